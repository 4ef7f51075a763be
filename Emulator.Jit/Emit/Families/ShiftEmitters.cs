using System.Numerics;
using System.Reflection;
using System.Reflection.Emit;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Integer;
using Iced.Intel;

namespace Emulator.Jit.Emit.Families;

/// <summary>Shifts and rotations.</summary>
internal static class ShiftEmitters
{
    private static readonly MethodInfo RotateLeft32 = typeof(BitOperations).GetMethod(nameof(BitOperations.RotateLeft), [typeof(uint), typeof(int)])!;
    private static readonly MethodInfo RotateLeft64 = typeof(BitOperations).GetMethod(nameof(BitOperations.RotateLeft), [typeof(ulong), typeof(int)])!;
    private static readonly MethodInfo RotateRight32 = typeof(BitOperations).GetMethod(nameof(BitOperations.RotateRight), [typeof(uint), typeof(int)])!;
    private static readonly MethodInfo RotateRight64 = typeof(BitOperations).GetMethod(nameof(BitOperations.RotateRight), [typeof(ulong), typeof(int)])!;

    /// <summary>Adds the emitters.</summary>
    public static void AddTo(EmitterTable table)
    {
        table.Add(Mnemonic.Shl, (EmitContext c, in Instruction i) => Shift(c, i, OpCodes.Shl, typeof(ShiftLeft)));
        table.Add(Mnemonic.Sal, (EmitContext c, in Instruction i) => Shift(c, i, OpCodes.Shl, typeof(ShiftLeft)));
        table.Add(Mnemonic.Shr, (EmitContext c, in Instruction i) => Shift(c, i, OpCodes.Shr_Un, typeof(ShiftRight)));
        table.Add(Mnemonic.Sar, (EmitContext c, in Instruction i) => Shift(c, i, OpCodes.Shr, typeof(ShiftArithmeticRight)));
        table.Add(Mnemonic.Rol, (EmitContext c, in Instruction i) => Rotate(c, i, RotateLeft32, RotateLeft64, typeof(RotateLeft)));
        table.Add(Mnemonic.Ror, (EmitContext c, in Instruction i) => Rotate(c, i, RotateRight32, RotateRight64, typeof(RotateRight)));
        table.Add(Mnemonic.Shlx, (EmitContext c, in Instruction i) => ShiftWithoutFlags(c, i, OpCodes.Shl));
        table.Add(Mnemonic.Shrx, (EmitContext c, in Instruction i) => ShiftWithoutFlags(c, i, OpCodes.Shr_Un));
        table.Add(Mnemonic.Sarx, (EmitContext c, in Instruction i) => ShiftWithoutFlags(c, i, OpCodes.Shr));
        table.Add(Mnemonic.Rorx, RotateWithoutFlags);
    }

    private static int CountMask(int width) => width == 8 ? 63 : 31;

    private static bool Shift(EmitContext c, in Instruction instruction, OpCode code, Type operation)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (instruction.Op1Kind == OpKind.Register)
        {
            return ShiftByCl(c, instruction, code, operation, width);
        }

        var count = (int)instruction.GetImmediate(1) & CountMask(width);
        if (count == 0 || !DestinationOperand.TryOpen(c, instruction, width, writes: true, out var destination))
        {
            return false;
        }

        var pending = c.Flags.Prepare(operation, FlagShape.Shift, width);
        c.Cil.Int(count);
        c.Cil.Store(pending.B!);
        destination.Push();
        c.Cil.Store(pending.A);
        PushShifted(c, pending.A, pending.B!, width, code);
        destination.Finish(pending);
        return true;
    }

    // A count of 0 changes no flag: the former ones are computed first, and the new ones only when the count is not 0.
    private static bool ShiftByCl(EmitContext c, in Instruction instruction, OpCode code, Type operation, int width)
    {
        if (c.FlagsNeeded)
        {
            c.Flags.Settle();
        }

        if (!DestinationOperand.TryOpen(c, instruction, width, writes: true, out var destination))
        {
            return false;
        }

        var locals = c.Flags.Prepare(operation, FlagShape.Shift, width);
        PushCl(c, width);
        c.Cil.Store(locals.B!);
        destination.Push();
        c.Cil.Store(locals.A);
        PushShifted(c, locals.A, locals.B!, width, code);
        destination.Complete(locals.Result);
        if (c.FlagsNeeded)
        {
            var none = c.Cil.DefineLabel();
            c.Cil.Load(locals.B!);
            c.Cil.Branch(OpCodes.Brfalse, none);
            c.Flags.Compute(locals);
            c.Cil.Mark(none);
        }

        return true;
    }

    // Narrow operands are zero-extended, so that only SAR must extend them; counts reach 31 at every width below 64 bits.
    private static void PushShifted(EmitContext c, LocalBuilder value, LocalBuilder count, int width, OpCode code)
    {
        c.Cil.Load(value);
        if (code == OpCodes.Shr && width < 4)
        {
            c.Cil.Op(width == 1 ? OpCodes.Conv_I1 : OpCodes.Conv_I2);
        }

        c.Cil.Load(count);
        c.Cil.Op(code);
        c.Narrow(width);
    }

    private static bool Rotate(EmitContext c, in Instruction instruction, MethodInfo rotate32, MethodInfo rotate64, Type operation)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        var byCl = instruction.Op1Kind == OpKind.Register;
        if (width < 4 || (byCl && c.FlagsNeeded) || (!byCl && ((int)instruction.GetImmediate(1) & CountMask(width)) == 0))
        {
            return false;
        }

        if (c.FlagsNeeded)
        {
            c.Flags.Settle();
        }

        if (!DestinationOperand.TryOpen(c, instruction, width, writes: true, out var destination))
        {
            return false;
        }

        var locals = c.Flags.Prepare(operation, FlagShape.Shift, width);
        PushCount(c, instruction, width, byCl);
        c.Cil.Store(locals.B!);
        destination.Push();
        c.Cil.Store(locals.A);
        c.Cil.Load(locals.A);
        c.Cil.Load(locals.B!);
        c.Cil.Call(width == 8 ? rotate64 : rotate32);
        destination.Complete(locals.Result);
        if (c.FlagsNeeded)
        {
            c.Flags.Compute(locals);
        }

        return true;
    }

    private static void PushCount(EmitContext c, in Instruction instruction, int width, bool byCl)
    {
        if (!byCl)
        {
            c.Cil.Int((int)instruction.GetImmediate(1) & CountMask(width));
            return;
        }

        PushCl(c, width);
    }

    private static void PushCl(EmitContext c, int width)
    {
        c.Registers.Read(Register.CL);
        c.Cil.Int(CountMask(width));
        c.Cil.Op(OpCodes.And);
    }

    private static bool ShiftWithoutFlags(EmitContext c, in Instruction instruction, OpCode code)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (!BmiEmitters.IsAvailable(c) || !SourceOperand.TryPush(c, instruction, 1, width))
        {
            return false;
        }

        c.Registers.Read(instruction.Op2Register);
        if (width == 8)
        {
            c.Cil.Op(OpCodes.Conv_I4);
        }

        c.Cil.Int(CountMask(width));
        c.Cil.Op(OpCodes.And);
        c.Cil.Op(code);
        c.Registers.Write(instruction.Op0Register);
        return true;
    }

    private static bool RotateWithoutFlags(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (!BmiEmitters.IsAvailable(c) || !SourceOperand.TryPush(c, instruction, 1, width))
        {
            return false;
        }

        c.Cil.Int((int)instruction.GetImmediate(2) & CountMask(width));
        c.Cil.Call(width == 8 ? RotateRight64 : RotateRight32);
        c.Registers.Write(instruction.Op0Register);
        return true;
    }
}
