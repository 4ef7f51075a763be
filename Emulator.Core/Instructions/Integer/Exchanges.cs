using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.Integer;

/// <summary>XADD, CMPXCHG, CMPXCHG8B and CMPXCHG16B.</summary>
public static unsafe class Exchanges
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Xadd, new Row<ExchangeAndAdd, InRegister<ExchangeAndAdd>>());
        table.Add(Mnemonic.Cmpxchg, new Row<CompareExchange, CompareExchangeRegister>());
        table.Add(Mnemonic.Cmpxchg8b, new RegisterOrMemoryRow<CompareExchange8>(&Undefined.InvalidOpcode));
        table.Add(Mnemonic.Cmpxchg16b, new RegisterOrMemoryRow<CompareExchange16>(&Undefined.InvalidOpcode));
    }

    private interface IExchange
    {
        // Returns the destination's new value.
        static abstract T Apply<T>(CpuState* s, Op* op, T destination)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>;
    }

    private readonly struct ExchangeAndAdd : IExchange
    {
        public static T Apply<T>(CpuState* s, Op* op, T destination)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var sum = Add.Apply(s, destination, CpuState.Get<T>(s, op->Source));
            CpuState.Set(s, op->Source, destination);
            return sum;
        }
    }

    private readonly struct CompareExchange : IExchange
    {
        public static T Apply<T>(CpuState* s, Op* op, T destination)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var accumulator = CpuState.Get<T>(s, 0);
            Subtract.Apply(s, accumulator, destination);
            if (accumulator == destination)
            {
                return CpuState.Get<T>(s, op->Source);
            }

            CpuState.Set(s, 0, destination);
            return destination;
        }
    }

    private sealed class Row<TExchange, TRegister> : InstructionRow
        where TExchange : struct, IExchange
        where TRegister : IWidthForm
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var width = OperandBinder.WidthOf(instruction, 0);
            return instruction.GetOpKind(0) == OpKind.Register
                ? HandlerPicker.Width<TRegister>(width)
                : HandlerPicker.WidthMemory<InMemory<TExchange>>(width, context.Address);
        }
    }

    private readonly struct InRegister<TExchange> : IWidthForm
        where TExchange : struct, IExchange
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            // XADD of a register with itself must leave the sum: the destination is written last.
            var value = TExchange.Apply(s, op, CpuState.Get<T>(s, op->Destination));
            CpuState.Set(s, op->Destination, value);
            return op + 1;
        }
    }

    // A register destination that differs is not written at all: a 32-bit one keeps its upper half.
    private readonly struct CompareExchangeRegister : IWidthForm
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var value = CompareExchange.Apply(s, op, CpuState.Get<T>(s, op->Destination));
            if (s->Flags.ZF)
            {
                CpuState.Set(s, op->Destination, value);
            }

            return op + 1;
        }
    }

    private readonly struct InMemory<TExchange> : IWidthMemoryForm
        where TExchange : struct, IExchange
    {
        // The destination is written even when a comparison fails (SDM): its page must be writable.
        public static Op* Execute<T, TAddress>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TAddress : struct, IAddress
        {
            if (!TAddress.TryGet(s, op, 0, sizeof(T), write: true, out var linear)
                || !GuestMemory.TryReadForWrite(s, op->Segment, linear, out T value, out var direct))
            {
                return Exits.Faulted(s, op);
            }

            GuestMemory.FinishWrite(s, op->Segment, linear, direct, TExchange.Apply(s, op, value));
            return op + 1;
        }
    }

    private readonly struct CompareExchange8 : IMemoryForm
    {
        public static Op* Execute<TAddress>(CpuState* s, Op* op)
            where TAddress : struct, IAddress
        {
            if (!TAddress.TryGet(s, op, 0, 8, write: true, out var linear)
                || !GuestMemory.TryReadForWrite(s, op->Segment, linear, out ulong value, out var direct))
            {
                return Exits.Faulted(s, op);
            }

            var expected = (uint)s->Rax | (s->Rdx << 32);
            var equal = value == expected;
            GuestMemory.FinishWrite(s, op->Segment, linear, direct, equal ? (uint)s->Rbx | (s->Rcx << 32) : value);
            if (!equal)
            {
                s->Rax = (uint)value;
                s->Rdx = value >> 32;
            }

            s->Flags.SetZero(equal);
            return op + 1;
        }
    }

    private readonly struct CompareExchange16 : IMemoryForm
    {
        public static Op* Execute<TAddress>(CpuState* s, Op* op)
            where TAddress : struct, IAddress
        {
            if (!TAddress.TryGet(s, op, 0, 16, write: true, out var linear))
            {
                return Exits.Faulted(s, op);
            }

            if ((linear & 15) != 0)
            {
                Fault.GeneralProtection(s, 0);
                return Exits.Faulted(s, op);
            }

            if (!GuestMemory.TryReadForWrite(s, op->Segment, linear, out UInt128 value, out var direct))
            {
                return Exits.Faulted(s, op);
            }

            var equal = value == new UInt128(s->Rdx, s->Rax);
            GuestMemory.FinishWrite(s, op->Segment, linear, direct, equal ? new UInt128(s->Rcx, s->Rbx) : value);
            if (!equal)
            {
                s->Rax = (ulong)value;
                s->Rdx = (ulong)(value >> 64);
            }

            s->Flags.SetZero(equal);
            return op + 1;
        }
    }
}
