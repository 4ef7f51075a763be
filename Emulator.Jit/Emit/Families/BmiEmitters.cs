using System.Reflection;
using System.Reflection.Emit;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.BitManipulation;
using Emulator.Core.Instructions.Integer;
using Emulator.Core.Instructions.Sse;
using Iced.Intel;

namespace Emulator.Jit.Emit.Families;

/// <summary>BMI1 and BMI2 but for the shifts and MULX; CRC32.</summary>
internal static class BmiEmitters
{
    private static readonly MethodInfo CrcMethod = typeof(Crc32).GetMethod(nameof(Crc32.Apply))!;

    /// <summary>Adds the emitters.</summary>
    public static void AddTo(EmitterTable table)
    {
        table.Add(Mnemonic.Andn, AndNot);
        table.Add(Mnemonic.Bextr, (EmitContext c, in Instruction i) => ByControl(c, i, nameof(BitFields.Extract), typeof(And)));
        table.Add(Mnemonic.Bzhi, (EmitContext c, in Instruction i) => ByControl(c, i, nameof(BitFields.ZeroHigh), typeof(ZeroHigh)));
        table.Add(Mnemonic.Blsi, (EmitContext c, in Instruction i) => Lowest(c, i, OpCodes.And, typeof(IsolateLowest)));
        table.Add(Mnemonic.Blsmsk, (EmitContext c, in Instruction i) => Lowest(c, i, OpCodes.Xor, typeof(MaskToLowest)));
        table.Add(Mnemonic.Blsr, (EmitContext c, in Instruction i) => Lowest(c, i, OpCodes.And, typeof(ResetLowest)));
        table.Add(Mnemonic.Pdep, (EmitContext c, in Instruction i) => ByMask(c, i, nameof(BitFields.Deposit)));
        table.Add(Mnemonic.Pext, (EmitContext c, in Instruction i) => ByMask(c, i, nameof(BitFields.ExtractParallel)));
        table.Add(Mnemonic.Crc32, Checksum);
    }

    /// <summary>Whether the mode has VEX encodings.</summary>
    public static bool IsAvailable(EmitContext c) => (c.Plan.Mode & (CpuMode.Real | CpuMode.Virtual8086)) == 0;

    private static bool AndNot(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        var pending = c.Flags.Prepare(typeof(And), FlagShape.Binary, width);
        if (!IsAvailable(c) || !SourceOperand.TryPush(c, instruction, 2, width))
        {
            return false;
        }

        c.Registers.Read(instruction.Op1Register);
        c.Cil.Op(OpCodes.Not);
        c.Cil.Op(OpCodes.And);
        Finish(c, instruction, pending with { A = pending.Result, B = pending.Result });
        return true;
    }

    // The source is combined with itself less one, or, for BLSI, with its negative.
    private static bool Lowest(EmitContext c, in Instruction instruction, OpCode code, Type operation)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        var pending = c.Flags.Prepare(operation, FlagShape.Unary, width);
        if (!IsAvailable(c) || !SourceOperand.TryPush(c, instruction, 1, width))
        {
            return false;
        }

        c.Cil.Store(pending.A);
        c.Cil.Load(pending.A);
        c.Cil.Load(pending.A);
        if (operation == typeof(IsolateLowest))
        {
            c.Cil.Op(OpCodes.Neg);
        }
        else
        {
            c.Cil.Number(1, width);
            c.Cil.Op(OpCodes.Sub);
        }

        c.Cil.Op(code);
        Finish(c, instruction, pending);
        return true;
    }

    private static bool ByControl(EmitContext c, in Instruction instruction, string method, Type operation)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        var pending = c.Flags.Prepare(operation, FlagShape.Binary, width);
        if (!IsAvailable(c) || !SourceOperand.TryPush(c, instruction, 1, width))
        {
            return false;
        }

        c.Cil.Store(pending.A);
        c.Registers.Read(instruction.Op2Register);
        c.Cil.Store(pending.B!);
        PushWide(c, pending.A, width);
        PushWide(c, pending.B!, width);
        Call(c, method, width);
        Finish(c, instruction, operation == typeof(And) ? pending with { A = pending.Result, B = pending.Result } : pending);
        return true;
    }

    private static bool ByMask(EmitContext c, in Instruction instruction, string method)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (!IsAvailable(c) || !SourceOperand.TryPush(c, instruction, 2, width))
        {
            return false;
        }

        var mask = c.Rent(width);
        var value = c.Rent(width);
        c.Cil.Store(mask);
        c.Registers.Read(instruction.Op1Register);
        c.Cil.Store(value);
        PushWide(c, value, width);
        PushWide(c, mask, width);
        Call(c, method, width);
        c.Registers.Write(instruction.Op0Register);
        c.Cil.Return(mask);
        c.Cil.Return(value);
        return true;
    }

    private static bool Checksum(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 1);
        if (!SourceOperand.TryPush(c, instruction, 1, width))
        {
            return false;
        }

        var value = c.Rent(width);
        c.Cil.Store(value);
        c.Registers.Read(instruction.Op0Register);
        c.Cil.Op(OpCodes.Conv_U4);
        c.Cil.Load(value);
        c.Cil.Call(CrcMethod.MakeGenericMethod(Meanings.TypeOf(width)));
        c.Cil.Op(OpCodes.Conv_U8);
        c.Registers.Write(instruction.Op0Register.GetFullRegister());
        c.Cil.Return(value);
        return true;
    }

    // The result is on the stack.
    private static void Finish(EmitContext c, in Instruction instruction, PendingFlags pending)
    {
        c.Cil.Store(pending.Result);
        c.Cil.Load(pending.Result);
        c.Registers.Write(instruction.Op0Register);
        if (c.FlagsNeeded)
        {
            c.Flags.Set(pending);
        }
    }

    private static void Call(EmitContext c, string method, int width)
    {
        c.Cil.Call(typeof(BitFields).GetMethod(method)!);
        if (width < 8)
        {
            c.Cil.Op(OpCodes.Conv_U4);
        }
    }

    private static void PushWide(EmitContext c, LocalBuilder value, int width)
    {
        c.Cil.Load(value);
        if (width < 8)
        {
            c.Cil.Op(OpCodes.Conv_U8);
        }
    }
}
