using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.Integer;

/// <summary>The rows of shifts and rotations by an immediate, 1 or CL.</summary>
public static unsafe class Shifts
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Shl, new Row<ShiftLeft>());
        table.Add(Mnemonic.Sal, new Row<ShiftLeft>());
        table.Add(Mnemonic.Shr, new Row<ShiftRight>());
        table.Add(Mnemonic.Sar, new Row<ShiftArithmeticRight>());
        table.Add(Mnemonic.Rol, new Row<RotateLeft>());
        table.Add(Mnemonic.Ror, new Row<RotateRight>());
        table.Add(Mnemonic.Rcl, new Row<RotateCarryLeft>());
        table.Add(Mnemonic.Rcr, new Row<RotateCarryRight>());
    }

    /// <summary>Where the count comes from.</summary>
    private interface ICount
    {
        static abstract int Get(CpuState* s, Op* op);
    }

    private readonly struct ImmediateCount : ICount
    {
        public static int Get(CpuState* s, Op* op) => (int)op->Immediate;
    }

    private readonly struct ClCount : ICount
    {
        public static int Get(CpuState* s, Op* op) => (int)s->Rcx;
    }

    private sealed class Row<TOperation> : InstructionRow
        where TOperation : struct, IShiftOperation
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var width = OperandBinder.WidthOf(instruction, 0);
            if (instruction.GetOpKind(1) == OpKind.Register)
            {
                return instruction.GetOpKind(0) == OpKind.Register
                    ? HandlerPicker.Width<InRegister<TOperation, ClCount>>(width)
                    : HandlerPicker.WidthMemory<InMemory<TOperation, ClCount>>(width, context.Address);
            }

            return instruction.GetOpKind(0) == OpKind.Register
                ? HandlerPicker.Width<InRegister<TOperation, ImmediateCount>>(width)
                : HandlerPicker.WidthMemory<InMemory<TOperation, ImmediateCount>>(width, context.Address);
        }
    }

    private readonly struct InRegister<TOperation, TCount> : IWidthForm
        where TOperation : struct, IShiftOperation
        where TCount : struct, ICount
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var count = TCount.Get(s, op) & (sizeof(T) == 8 ? 63 : 31);
            var value = CpuState.Get<T>(s, op->Destination);
            CpuState.Set(s, op->Destination, count == 0 ? value : TOperation.Apply(s, value, count));
            return op + 1;
        }
    }

    private readonly struct InMemory<TOperation, TCount> : IWidthMemoryForm
        where TOperation : struct, IShiftOperation
        where TCount : struct, ICount
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

            var count = TCount.Get(s, op) & (sizeof(T) == 8 ? 63 : 31);
            GuestMemory.FinishWrite(s, op->Segment, linear, direct, count == 0 ? value : TOperation.Apply(s, value, count));
            return op + 1;
        }
    }
}
