using System.Reflection.Emit;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Integer;
using Iced.Intel;

namespace Emulator.Jit.Emit.Families;

/// <summary>CMPXCHG and XADD on memory. Processors take turns on one thread, so that LOCK needs nothing.</summary>
internal static class ExchangeEmitters
{
    /// <summary>Adds the emitters.</summary>
    public static void AddTo(EmitterTable table)
    {
        table.Add(Mnemonic.Cmpxchg, CompareExchange);
        table.Add(Mnemonic.Xadd, ExchangeAdd);
    }

    private static bool CompareExchange(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (width < 4 || instruction.Op0Kind != OpKind.Memory || !DestinationOperand.TryOpen(c, instruction, width, writes: true, out var destination))
        {
            return false;
        }

        var accumulator = width == 8 ? Register.RAX : Register.EAX;
        var pending = c.Flags.Prepare(typeof(Subtract), FlagShape.Binary, width);
        var value = c.Rent(width);
        c.Registers.Read(accumulator);
        c.Cil.Store(pending.A);
        destination.Push();
        c.Cil.Store(pending.B!);
        c.Registers.Read(instruction.Op1Register);
        c.Cil.Store(value);
        var different = c.Cil.DefineLabel();
        var done = c.Cil.DefineLabel();
        c.Cil.Load(pending.A);
        c.Cil.Load(pending.B!);
        c.Cil.Branch(OpCodes.Bne_Un, different);
        destination.Write(value);
        c.Cil.Branch(OpCodes.Br, done);
        c.Cil.Mark(different);
        c.Cil.Load(pending.B!);
        c.Registers.Write(accumulator);
        c.Cil.Mark(done);
        destination.Close();
        c.Cil.Return(value);
        c.Cil.Load(pending.A);
        c.Cil.Load(pending.B!);
        c.Cil.Op(OpCodes.Sub);
        c.Cil.Store(pending.Result);
        if (c.FlagsNeeded)
        {
            c.Flags.Set(pending);
        }

        return true;
    }

    private static bool ExchangeAdd(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (width < 4 || instruction.Op0Kind != OpKind.Memory || !DestinationOperand.TryOpen(c, instruction, width, writes: true, out var destination))
        {
            return false;
        }

        var pending = c.Flags.Prepare(typeof(Add), FlagShape.Binary, width);
        destination.Push();
        c.Cil.Store(pending.A);
        c.Registers.Read(instruction.Op1Register);
        c.Cil.Store(pending.B!);
        c.Cil.Load(pending.A);
        c.Cil.Load(pending.B!);
        c.Cil.Op(OpCodes.Add);
        c.Cil.Store(pending.Result);
        destination.Write(pending.Result);
        destination.Close();
        c.Cil.Load(pending.A);
        c.Registers.Write(instruction.Op1Register);
        if (c.FlagsNeeded)
        {
            c.Flags.Set(pending);
        }

        return true;
    }
}
