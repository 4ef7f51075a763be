using System.Numerics;
using System.Reflection;
using System.Reflection.Emit;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.BitManipulation;
using Emulator.Core.Instructions.Integer;
using Iced.Intel;

namespace Emulator.Jit.Emit.Families;

/// <summary>BSF, BSR, TZCNT, LZCNT, POPCNT; BT, BTS, BTR, BTC of registers.</summary>
internal static class BitEmitters
{
    private static readonly MethodInfo TrailingZeros32 = Count(nameof(BitOperations.TrailingZeroCount), typeof(uint));
    private static readonly MethodInfo TrailingZeros64 = Count(nameof(BitOperations.TrailingZeroCount), typeof(ulong));
    private static readonly MethodInfo LeadingZeros32 = Count(nameof(BitOperations.LeadingZeroCount), typeof(uint));
    private static readonly MethodInfo LeadingZeros64 = Count(nameof(BitOperations.LeadingZeroCount), typeof(ulong));
    private static readonly MethodInfo Log32 = Count(nameof(BitOperations.Log2), typeof(uint));
    private static readonly MethodInfo Log64 = Count(nameof(BitOperations.Log2), typeof(ulong));
    private static readonly MethodInfo Population32 = Count(nameof(BitOperations.PopCount), typeof(uint));
    private static readonly MethodInfo Population64 = Count(nameof(BitOperations.PopCount), typeof(ulong));
    private static readonly MethodInfo SetCarry = typeof(LazyFlags).GetMethod(nameof(LazyFlags.SetCarry))!;

    /// <summary>Adds the emitters.</summary>
    public static void AddTo(EmitterTable table)
    {
        table.Add(Mnemonic.Bsf, (EmitContext c, in Instruction i) => Scan(c, i, TrailingZeros32, TrailingZeros64));
        table.Add(Mnemonic.Bsr, (EmitContext c, in Instruction i) => Scan(c, i, Log32, Log64));
        table.Add(Mnemonic.Tzcnt, (EmitContext c, in Instruction i) => Counted(c, i, typeof(TrailingZeros), TrailingZeros32, TrailingZeros64));
        table.Add(Mnemonic.Lzcnt, (EmitContext c, in Instruction i) => Counted(c, i, typeof(LeadingZeros), LeadingZeros32, LeadingZeros64));
        table.Add(Mnemonic.Popcnt, (EmitContext c, in Instruction i) => Counted(c, i, typeof(PopulationCount), Population32, Population64));
        table.Add(Mnemonic.Bt, (EmitContext c, in Instruction i) => Test(c, i, null));
        table.Add(Mnemonic.Bts, (EmitContext c, in Instruction i) => Test(c, i, OpCodes.Or));
        table.Add(Mnemonic.Btr, (EmitContext c, in Instruction i) => Test(c, i, OpCodes.And));
        table.Add(Mnemonic.Btc, (EmitContext c, in Instruction i) => Test(c, i, OpCodes.Xor));
    }

    private static MethodInfo Count(string name, Type type) => typeof(BitOperations).GetMethod(name, [type])!;

    // A zero source leaves the whole destination as it is.
    private static bool Scan(EmitContext c, in Instruction instruction, MethodInfo scan32, MethodInfo scan64)
    {
        var width = OperandBinder.WidthOf(instruction, 1);
        if (width < 4)
        {
            return false;
        }

        var pending = c.Flags.Prepare(typeof(And), FlagShape.Binary, width);
        if (!SourceOperand.TryPush(c, instruction, 1, width))
        {
            return false;
        }

        c.Cil.Store(pending.Result);
        var keep = c.Cil.DefineLabel();
        c.Cil.Load(pending.Result);
        c.Cil.Branch(OpCodes.Brfalse, keep);
        c.Cil.Load(pending.Result);
        c.Cil.Call(width == 8 ? scan64 : scan32);
        Widen(c, width);
        c.Registers.Write(instruction.Op0Register);
        c.Cil.Mark(keep);
        if (c.FlagsNeeded)
        {
            c.Flags.Set(pending with { A = pending.Result, B = pending.Result });
        }

        return true;
    }

    private static bool Counted(EmitContext c, in Instruction instruction, Type operation, MethodInfo count32, MethodInfo count64)
    {
        var width = OperandBinder.WidthOf(instruction, 1);
        if (width < 4)
        {
            return false;
        }

        var pending = c.Flags.Prepare(operation, FlagShape.Unary, width);
        if (!SourceOperand.TryPush(c, instruction, 1, width))
        {
            return false;
        }

        c.Cil.Store(pending.A);
        c.Cil.Load(pending.A);
        c.Cil.Call(width == 8 ? count64 : count32);
        Widen(c, width);
        c.Cil.Store(pending.Result);
        c.Cil.Load(pending.Result);
        c.Registers.Write(instruction.Op0Register);
        if (c.FlagsNeeded)
        {
            c.Flags.Set(pending);
        }

        return true;
    }

    private static void Widen(EmitContext c, int width)
    {
        if (width == 8)
        {
            c.Cil.Op(OpCodes.Conv_U8);
        }
    }

    // change: how the bit goes into the value; And takes its complement.
    private static bool Test(EmitContext c, in Instruction instruction, OpCode? change)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (width < 4 || instruction.Op0Kind != OpKind.Register)
        {
            return false;
        }

        if (c.FlagsNeeded)
        {
            c.Flags.Settle();
        }

        var bit = c.Rent(4);
        PushBit(c, instruction, width);
        c.Cil.Store(bit);
        if (c.FlagsNeeded)
        {
            c.Cil.FieldAddress(StateLayout.Flags);
            c.Registers.Read(instruction.Op0Register);
            c.Cil.Load(bit);
            c.Cil.Op(OpCodes.Shr_Un);
            c.Cil.Op(OpCodes.Conv_I4);
            c.Cil.Int(1);
            c.Cil.Op(OpCodes.And);
            c.Cil.Call(SetCarry);
        }

        if (change is { } code)
        {
            Change(c, instruction.Op0Register, bit, width, code);
        }

        c.Cil.Return(bit);
        return true;
    }

    private static void PushBit(EmitContext c, in Instruction instruction, int width)
    {
        if (instruction.Op1Kind != OpKind.Register)
        {
            c.Cil.Int((int)instruction.GetImmediate(1) & ((8 * width) - 1));
            return;
        }

        c.Registers.Read(instruction.Op1Register);
        c.Cil.Op(OpCodes.Conv_I4);
        c.Cil.Int((8 * width) - 1);
        c.Cil.Op(OpCodes.And);
    }

    private static void Change(EmitContext c, Register register, LocalBuilder bit, int width, OpCode code)
    {
        c.Registers.Read(register);
        c.Cil.Number(1, width);
        c.Cil.Load(bit);
        c.Cil.Op(OpCodes.Shl);
        if (code == OpCodes.And)
        {
            c.Cil.Op(OpCodes.Not);
        }

        c.Cil.Op(code);
        c.Registers.Write(register);
    }
}
