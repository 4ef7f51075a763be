using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.Integer;

/// <summary>SHLD and SHRD.</summary>
public static unsafe class DoubleShifts
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Shld, new Row<Left>());
        table.Add(Mnemonic.Shrd, new Row<Right>());
    }

    private interface IDoubleShift
    {
        static abstract T Apply<T>(CpuState* s, T a, T b, int count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>;
    }

    // A 16-bit count above 16 is undefined (SDM); like processors, rotate on through b and a again.
    private readonly struct Left : IDoubleShift
    {
        public static T Apply<T>(CpuState* s, T a, T b, int count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var bits = 8 * sizeof(T);
            var (x, y) = (UInt128.CreateTruncating(a), UInt128.CreateTruncating(b));
            var chain = sizeof(T) == 2 ? (x << 32) | (y << 16) | x : (x << bits) | y;
            var top = sizeof(T) == 2 ? 48 : 2 * bits;
            var result = T.CreateTruncating(chain >> (top - bits - count));
            var carry = ((chain >> (top - count)) & 1) != 0;
            s->Flags.SetResult(result, carry, Bits.IsNegative(result) != Bits.IsNegative(a), auxiliary: false);
            return result;
        }
    }

    private readonly struct Right : IDoubleShift
    {
        public static T Apply<T>(CpuState* s, T a, T b, int count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var bits = 8 * sizeof(T);
            var (x, y) = (UInt128.CreateTruncating(a), UInt128.CreateTruncating(b));
            var chain = sizeof(T) == 2 ? (x << 32) | (y << 16) | x : (y << bits) | x;
            var result = T.CreateTruncating(chain >> count);
            var carry = ((chain >> (count - 1)) & 1) != 0;
            s->Flags.SetResult(result, carry, Bits.IsNegative(result) != Bits.IsNegative(a), auxiliary: false);
            return result;
        }
    }

    private sealed class Row<TShift> : InstructionRow
        where TShift : struct, IDoubleShift
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var width = OperandBinder.WidthOf(instruction, 0);
            var isRegister = instruction.GetOpKind(0) == OpKind.Register;
            op->OperandSize = (byte)(instruction.GetOpKind(2) == OpKind.Register ? 0 : 1);
            return isRegister
                ? HandlerPicker.Width<InRegister<TShift>>(width)
                : HandlerPicker.WidthMemory<InMemory<TShift>>(width, context.Address);
        }
    }

    // OperandSize tells the count's source: 0 is CL, 1 the immediate.
    private static int Count<T>(CpuState* s, Op* op)
        where T : unmanaged => (int)(op->OperandSize == 0 ? s->Rcx : op->Immediate) & (sizeof(T) == 8 ? 63 : 31);

    private readonly struct InRegister<TShift> : IWidthForm
        where TShift : struct, IDoubleShift
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var count = Count<T>(s, op);
            var value = CpuState.Get<T>(s, op->Destination);
            CpuState.Set(s, op->Destination, count == 0 ? value : TShift.Apply(s, value, CpuState.Get<T>(s, op->Source), count));
            return op + 1;
        }
    }

    private readonly struct InMemory<TShift> : IWidthMemoryForm
        where TShift : struct, IDoubleShift
    {
        public static Op* Execute<T, TAddress>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TAddress : struct, IAddress
        {
            if (!TAddress.TryGet(s, op, 0, sizeof(T), write: true, out var linear)
                || !GuestMemory.TryReadForWrite(s, op->Segment, linear, out T value, out var direct))
            {
                return Exits.Faulted(s, op);
            }

            var count = Count<T>(s, op);
            var result = count == 0 ? value : TShift.Apply(s, value, CpuState.Get<T>(s, op->Source), count);
            GuestMemory.FinishWrite(s, op->Segment, linear, direct, result);
            return op + 1;
        }
    }
}
