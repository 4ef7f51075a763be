using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Integer;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.BitManipulation;

/// <summary>BT, BTS, BTR, BTC. With a register bit offset, the memory operand is a bit string: the offset reaches beyond it.</summary>
public static unsafe class BitTests
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Bt, new Row<Keep>());
        table.Add(Mnemonic.Bts, new Row<Set>());
        table.Add(Mnemonic.Btr, new Row<Reset>());
        table.Add(Mnemonic.Btc, new Row<Invert>());
    }

    private interface IBitOperation
    {
        static virtual bool Writes => true;

        static abstract ulong Apply(ulong value, ulong bit);
    }

    private readonly struct Keep : IBitOperation
    {
        public static bool Writes => false;

        public static ulong Apply(ulong value, ulong bit) => value;
    }

    private readonly struct Set : IBitOperation
    {
        public static ulong Apply(ulong value, ulong bit) => value | bit;
    }

    private readonly struct Reset : IBitOperation
    {
        public static ulong Apply(ulong value, ulong bit) => value & ~bit;
    }

    private readonly struct Invert : IBitOperation
    {
        public static ulong Apply(ulong value, ulong bit) => value ^ bit;
    }

    private sealed class Row<TOperation> : InstructionRow
        where TOperation : struct, IBitOperation
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var width = OperandBinder.WidthOf(instruction, 0);
            var byRegister = instruction.GetOpKind(1) == OpKind.Register;
            if (instruction.GetOpKind(0) == OpKind.Register)
            {
                return byRegister
                    ? HandlerPicker.Width<InRegister<TOperation, ByRegister>>(width)
                    : HandlerPicker.Width<InRegister<TOperation, ByImmediate>>(width);
            }

            return byRegister
                ? HandlerPicker.WidthMemory<InMemory<TOperation, ByRegister>>(width, context.Address)
                : HandlerPicker.WidthMemory<InMemory<TOperation, ByImmediate>>(width, context.Address);
        }
    }

    private interface IBitOffset
    {
        static abstract long Get<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>;
    }

    private readonly struct ByRegister : IBitOffset
    {
        public static long Get<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T> => Bits.SignExtend(CpuState.Get<T>(s, op->Source));
    }

    private readonly struct ByImmediate : IBitOffset
    {
        public static long Get<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T> => (long)op->Immediate & ((8 * sizeof(T)) - 1);
    }

    private readonly struct InRegister<TOperation, TOffset> : IWidthForm
        where TOperation : struct, IBitOperation
        where TOffset : struct, IBitOffset
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var bit = (int)TOffset.Get<T>(s, op) & ((8 * sizeof(T)) - 1);
            var value = ulong.CreateTruncating(CpuState.Get<T>(s, op->Destination));
            s->Flags.SetCarry(((value >> bit) & 1) != 0);
            if (TOperation.Writes)
            {
                CpuState.Set(s, op->Destination, T.CreateTruncating(TOperation.Apply(value, 1ul << bit)));
            }

            return op + 1;
        }
    }

    private readonly struct InMemory<TOperation, TOffset> : IWidthMemoryForm
        where TOperation : struct, IBitOperation
        where TOffset : struct, IBitOffset
    {
        public static Op* Execute<T, TAddress>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TAddress : struct, IAddress
        {
            var offset = TOffset.Get<T>(s, op);
            var bit = (int)offset & ((8 * sizeof(T)) - 1);
            var distance = (ulong)((offset >> BitOperations.Log2((uint)(8 * sizeof(T)))) * sizeof(T));
            if (!TAddress.TryGet(s, op, distance, sizeof(T), TOperation.Writes, out var linear))
            {
                return Exits.Faulted(s, op);
            }

            if (!TOperation.Writes)
            {
                if (!GuestMemory.TryRead(s, op->Segment, linear, out T tested))
                {
                    return Exits.Faulted(s, op);
                }

                s->Flags.SetCarry(((ulong.CreateTruncating(tested) >> bit) & 1) != 0);
                return op + 1;
            }

            if (!GuestMemory.TryReadForWrite(s, op->Segment, linear, out T old, out var direct))
            {
                return Exits.Faulted(s, op);
            }

            var value = ulong.CreateTruncating(old);
            s->Flags.SetCarry(((value >> bit) & 1) != 0);
            GuestMemory.FinishWrite(s, op->Segment, linear, direct, T.CreateTruncating(TOperation.Apply(value, 1ul << bit)));
            return op + 1;
        }
    }
}
