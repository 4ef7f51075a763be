using System.Reflection.Emit;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Jit.Emit.Families;

/// <summary>SETcc and CMOVcc.</summary>
internal static class ConditionEmitters
{
    /// <summary>Adds the emitters.</summary>
    public static void AddTo(EmitterTable table)
    {
        for (var mnemonic = Mnemonic.Seta; mnemonic <= Mnemonic.Sets; mnemonic++)
        {
            if (mnemonic.ToString().StartsWith("Set", StringComparison.Ordinal))
            {
                table.Add(mnemonic, Set);
            }
        }

        for (var mnemonic = Mnemonic.Cmova; mnemonic <= Mnemonic.Cmovs; mnemonic++)
        {
            table.Add(mnemonic, Move);
        }
    }

    private static bool Set(EmitContext c, in Instruction instruction)
    {
        if (instruction.ConditionCode == ConditionCode.None)
        {
            return false;
        }

        if (instruction.Op0Kind == OpKind.Register)
        {
            c.Flags.Test(instruction.ConditionCode);
            c.Registers.Write(instruction.Op0Register);
            return true;
        }

        if (!c.Memory.IsFlat(instruction))
        {
            return false;
        }

        var value = c.Rent(1);
        c.Flags.Test(instruction.ConditionCode);
        c.Cil.Store(value);
        var address = c.Memory.Open(instruction, 1, writes: true);
        c.Memory.Store(address, value, 1);
        c.Memory.Close(address);
        c.Cil.Return(value);
        return true;
    }

    // The destination is written either way: a 32-bit one loses its upper half even when the condition is false.
    private static bool Move(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        var value = c.Rent(width);
        if (!SourceOperand.TryPush(c, instruction, 1, width))
        {
            c.Cil.Return(value);
            return false;
        }

        c.Cil.Store(value);
        var done = c.Cil.DefineLabel();
        c.Flags.Test(instruction.ConditionCode);
        c.Cil.Branch(OpCodes.Brtrue, done);
        c.Registers.Read(instruction.Op0Register);
        c.Cil.Store(value);
        c.Cil.Mark(done);
        c.Cil.Load(value);
        c.Registers.Write(instruction.Op0Register);
        c.Cil.Return(value);
        return true;
    }
}
