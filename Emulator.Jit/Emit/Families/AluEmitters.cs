using System.Reflection.Emit;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Integer;
using Iced.Intel;

namespace Emulator.Jit.Emit.Families;

/// <summary>The two-operand arithmetic and logic instructions, INC, DEC, NEG and NOT: one CIL opcode each, with flags pending.</summary>
internal static class AluEmitters
{
    /// <summary>Adds the emitters.</summary>
    public static void AddTo(EmitterTable table)
    {
        table.Add(Mnemonic.Add, (EmitContext c, in Instruction i) => Binary(c, i, OpCodes.Add, typeof(Add)));
        table.Add(Mnemonic.Sub, (EmitContext c, in Instruction i) => Binary(c, i, OpCodes.Sub, typeof(Subtract)));
        table.Add(Mnemonic.Cmp, (EmitContext c, in Instruction i) => Binary(c, i, OpCodes.Sub, typeof(Subtract), writes: false));
        table.Add(Mnemonic.And, (EmitContext c, in Instruction i) => Binary(c, i, OpCodes.And, typeof(And)));
        table.Add(Mnemonic.Test, (EmitContext c, in Instruction i) => Binary(c, i, OpCodes.And, typeof(And), writes: false));
        table.Add(Mnemonic.Or, (EmitContext c, in Instruction i) => Binary(c, i, OpCodes.Or, typeof(And)));
        table.Add(Mnemonic.Xor, (EmitContext c, in Instruction i) => Binary(c, i, OpCodes.Xor, typeof(And)));
        table.Add(Mnemonic.Adc, (EmitContext c, in Instruction i) => WithCarry(c, i, OpCodes.Add, typeof(Add)));
        table.Add(Mnemonic.Sbb, (EmitContext c, in Instruction i) => WithCarry(c, i, OpCodes.Sub, typeof(Subtract)));
        table.Add(Mnemonic.Inc, (EmitContext c, in Instruction i) => Step(c, i, OpCodes.Add, typeof(Increment)));
        table.Add(Mnemonic.Dec, (EmitContext c, in Instruction i) => Step(c, i, OpCodes.Sub, typeof(Decrement)));
        table.Add(Mnemonic.Neg, Negate);
        table.Add(Mnemonic.Not, Complement);
    }

    // The flags of every logic operation are those of its result: And of the result with itself.
    private static bool Binary(EmitContext c, in Instruction instruction, OpCode code, Type operation, bool writes = true)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (!DestinationOperand.TryOpen(c, instruction, width, writes, out var destination))
        {
            return false;
        }

        var isLogic = operation == typeof(And);
        var pending = c.Flags.Prepare(operation, FlagShape.Binary, width);
        if (!destination.TryTakeOperands(instruction, pending))
        {
            return false;
        }

        c.Cil.Op(code);
        c.Narrow(width);
        c.Cil.Store(pending.Result);
        if (writes)
        {
            destination.Write(pending.Result);
        }

        destination.Close();
        if (c.FlagsNeeded)
        {
            c.Flags.Set(isLogic ? pending with { A = pending.Result, B = pending.Result } : pending);
        }

        return true;
    }

    // CF is read from the state: bit 63 of the carries.
    private static bool WithCarry(EmitContext c, in Instruction instruction, OpCode code, Type flags)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        c.Flags.Settle();
        if (!DestinationOperand.TryOpen(c, instruction, width, writes: true, out var destination))
        {
            return false;
        }

        var pending = c.Flags.Prepare(flags, FlagShape.Binary, width);
        if (!destination.TryTakeOperands(instruction, pending))
        {
            return false;
        }

        c.Cil.Op(code);
        c.Cil.LoadField(StateLayout.FlagCarries);
        c.Cil.Int(63);
        c.Cil.Op(OpCodes.Shr_Un);
        if (width < 8)
        {
            c.Cil.Op(OpCodes.Conv_I4);
        }

        c.Cil.Op(code);
        c.Narrow(width);
        destination.Complete(pending.Result);
        if (c.FlagsNeeded)
        {
            c.Flags.Compute(pending);
        }

        return true;
    }

    // CF is kept: the former flags are computed first.
    private static bool Step(EmitContext c, in Instruction instruction, OpCode code, Type operation)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (c.FlagsNeeded)
        {
            c.Flags.Settle();
        }

        if (!DestinationOperand.TryOpen(c, instruction, width, writes: true, out var destination))
        {
            return false;
        }

        var pending = c.Flags.Prepare(operation, FlagShape.Unary, width);
        destination.Push();
        c.Cil.Store(pending.A);
        c.Cil.Load(pending.A);
        c.Cil.Number(1, width);
        c.Cil.Op(code);
        c.Narrow(width);
        destination.Finish(pending);
        return true;
    }

    private static bool Negate(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (!DestinationOperand.TryOpen(c, instruction, width, writes: true, out var destination))
        {
            return false;
        }

        var pending = c.Flags.Prepare(typeof(Subtract), FlagShape.Binary, width);
        c.Cil.Number(0, width);
        c.Cil.Store(pending.A);
        destination.Push();
        c.Cil.Store(pending.B!);
        c.Cil.Load(pending.B!);
        c.Cil.Op(OpCodes.Neg);
        c.Narrow(width);
        destination.Finish(pending);
        return true;
    }

    private static bool Complement(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (!DestinationOperand.TryOpen(c, instruction, width, writes: true, out var destination))
        {
            return false;
        }

        var result = c.Rent(width);
        destination.Push();
        c.Cil.Op(OpCodes.Not);
        c.Narrow(width);
        destination.Complete(result);
        c.Cil.Return(result);
        return true;
    }
}
