using System.Reflection;
using System.Reflection.Emit;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Jit.Emit.Families;

/// <summary>SHLD and SHRD of 32 and 64 bits; by CL where nobody sees the flags, which a count of 0 would keep.</summary>
internal static class DoubleShiftEmitters
{
    private static readonly MethodInfo SetResultMethod = typeof(LazyFlags).GetMethod(nameof(LazyFlags.SetResult))!;

    /// <summary>Adds the emitters.</summary>
    public static void AddTo(EmitterTable table)
    {
        table.Add(Mnemonic.Shld, (EmitContext c, in Instruction i) => Emit(c, i, OpCodes.Shl, OpCodes.Shr_Un));
        table.Add(Mnemonic.Shrd, (EmitContext c, in Instruction i) => Emit(c, i, OpCodes.Shr_Un, OpCodes.Shl));
    }

    private static bool Emit(EmitContext c, in Instruction instruction, OpCode shift, OpCode fill)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        var byCl = instruction.Op2Kind == OpKind.Register;
        var mask = (8 * width) - 1;
        var count = byCl ? 0 : (int)instruction.GetImmediate(2) & mask;
        if (width < 4 || (byCl ? c.FlagsNeeded : count == 0) || !DestinationOperand.TryOpen(c, instruction, width, writes: true, out var destination))
        {
            return false;
        }

        var (value, amount, result) = (c.Rent(width), c.Cil.Rent(typeof(int)), c.Rent(width));
        destination.Push();
        c.Cil.Store(value);
        PushCount();
        c.Cil.Store(amount);
        c.Cil.Load(value);
        c.Cil.Load(amount);
        c.Cil.Op(shift);

        // The other way in two steps: by 1, then by the count's complement, which is right for a count of 0 too.
        c.Registers.Read(instruction.Op1Register);
        c.Cil.Int(1);
        c.Cil.Op(fill);
        c.Cil.Int(mask);
        c.Cil.Load(amount);
        c.Cil.Op(OpCodes.Sub);
        c.Cil.Op(fill);
        c.Cil.Op(OpCodes.Or);
        destination.Complete(result);
        if (c.FlagsNeeded)
        {
            SetFlags(c, value, result, width, shift == OpCodes.Shl ? mask + 1 - count : count - 1);
        }

        c.Cil.Return(value);
        c.Cil.Return(amount);
        c.Cil.Return(result);
        return true;

        void PushCount()
        {
            if (!byCl)
            {
                c.Cil.Int(count);
                return;
            }

            c.Registers.Read(Register.CL);
            c.Cil.Int(mask);
            c.Cil.Op(OpCodes.And);
        }
    }

    // CF is the bit that was shifted out last, OF tells whether the sign has changed.
    private static void SetFlags(EmitContext c, LocalBuilder value, LocalBuilder result, int width, int carry)
    {
        c.Cil.FieldAddress(StateLayout.Flags);
        c.Cil.Load(result);
        c.Cil.Load(value);
        c.Cil.Int(carry);
        PushBit();
        c.Cil.Load(value);
        c.Cil.Load(result);
        c.Cil.Op(OpCodes.Xor);
        c.Cil.Int((8 * width) - 1);
        PushBit();
        c.Cil.Int(0);
        c.Cil.Call(SetResultMethod.MakeGenericMethod(Meanings.TypeOf(width)));
        c.Flags.Set(null);

        void PushBit()
        {
            c.Cil.Op(OpCodes.Shr_Un);
            c.Cil.Op(OpCodes.Conv_I4);
            c.Cil.Int(1);
            c.Cil.Op(OpCodes.And);
        }
    }
}
