using System.Buffers.Binary;
using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.Integer;

/// <summary>MOV between general registers, memory and immediates; LEA, XCHG, BSWAP, MOVBE, XLAT.</summary>
public static unsafe class Moves
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Mov, new MovRow());
        table.Add(Mnemonic.Lea, new LeaRow());
        table.Add(Mnemonic.Xchg, new XchgRow());
        table.Add(Mnemonic.Bswap, new BswapRow());
        table.Add(Mnemonic.Movbe, new MovbeRow());
        table.Add(Mnemonic.Xlatb, new XlatRow());
    }

    private sealed class MovRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var width = OperandBinder.WidthOf(instruction, 0);
            var second = instruction.GetOpKind(1);
            if (instruction.GetOpKind(0) == OpKind.Memory)
            {
                return second == OpKind.Register
                    ? HandlerPicker.WidthMemory<Store>(width, context.Address)
                    : HandlerPicker.WidthMemory<StoreImmediate>(width, context.Address);
            }

            return second switch
            {
                OpKind.Register => HandlerPicker.Width<Copy>(width),
                OpKind.Memory => HandlerPicker.WidthMemory<Load>(width, context.Address),
                _ => HandlerPicker.Width<SetImmediate>(width),
            };
        }
    }

    private readonly struct Copy : IWidthForm
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, CpuState.Get<T>(s, op->Source));
            return op + 1;
        }
    }

    private readonly struct SetImmediate : IWidthForm
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, T.CreateTruncating(op->Immediate));
            return op + 1;
        }
    }

    private readonly struct Load : IWidthMemoryForm
    {
        public static Op* Execute<T, TAddress>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TAddress : struct, IAddress
        {
            if (!TAddress.TryGet(s, op, 0, sizeof(T), write: false, out var linear)
                || !GuestMemory.TryRead(s, op->Segment, linear, out T value))
            {
                return Exits.Faulted(s, op);
            }

            CpuState.Set(s, op->Destination, value);
            return op + 1;
        }
    }

    private readonly struct Store : IWidthMemoryForm
    {
        public static Op* Execute<T, TAddress>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TAddress : struct, IAddress
            => TAddress.TryGet(s, op, 0, sizeof(T), write: true, out var linear)
                && GuestMemory.TryWrite(s, op->Segment, linear, CpuState.Get<T>(s, op->Source))
                ? op + 1
                : Exits.Faulted(s, op);
    }

    private readonly struct StoreImmediate : IWidthMemoryForm
    {
        public static Op* Execute<T, TAddress>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TAddress : struct, IAddress
            => TAddress.TryGet(s, op, 0, sizeof(T), write: true, out var linear)
                && GuestMemory.TryWrite(s, op->Segment, linear, T.CreateTruncating(op->Immediate))
                ? op + 1
                : Exits.Faulted(s, op);
    }

    private sealed class LeaRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var width = OperandBinder.WidthOf(instruction, 0);
            return op->AddressSize == 8 && width == 8 ? &Lea64 : HandlerPicker.Width<Lea>(width);
        }
    }

    private static Op* Lea64(CpuState* s, Op* op)
    {
        CpuState.Set(s, op->Destination, EffectiveAddress.Offset64(s, op));
        return op + 1;
    }

    private readonly struct Lea : IWidthForm
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, T.CreateTruncating(EffectiveAddress.Offset(s, op)));
            return op + 1;
        }
    }

    private sealed class XchgRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var width = OperandBinder.WidthOf(instruction, 0);
            if (!OperandBinder.HasMemoryOperand(instruction))
            {
                return HandlerPicker.Width<Exchange>(width);
            }

            if (instruction.GetOpKind(0) == OpKind.Register)
            {
                op->Source = op->Destination;
            }

            return HandlerPicker.WidthMemory<ExchangeMemory>(width, context.Address);
        }
    }

    private readonly struct Exchange : IWidthForm
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var (a, b) = (CpuState.Get<T>(s, op->Destination), CpuState.Get<T>(s, op->Source));
            CpuState.Set(s, op->Destination, b);
            CpuState.Set(s, op->Source, a);
            return op + 1;
        }
    }

    private readonly struct ExchangeMemory : IWidthMemoryForm
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

            GuestMemory.FinishWrite(s, op->Segment, linear, direct, CpuState.Get<T>(s, op->Source));
            CpuState.Set(s, op->Source, value);
            return op + 1;
        }
    }

    private sealed class BswapRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
            => OperandBinder.WidthOf(instruction, 0) switch { 8 => &Bswap64, 4 => &Bswap32, _ => &Bswap16 };
    }

    private static Op* Bswap64(CpuState* s, Op* op)
    {
        CpuState.Set(s, op->Destination, BinaryPrimitives.ReverseEndianness(CpuState.Get<ulong>(s, op->Destination)));
        return op + 1;
    }

    private static Op* Bswap32(CpuState* s, Op* op)
    {
        CpuState.Set(s, op->Destination, BinaryPrimitives.ReverseEndianness(CpuState.Get<uint>(s, op->Destination)));
        return op + 1;
    }

    // Undefined by the SDM; processors clear the register.
    private static Op* Bswap16(CpuState* s, Op* op)
    {
        CpuState.Set<ushort>(s, op->Destination, 0);
        return op + 1;
    }

    private sealed class MovbeRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var width = OperandBinder.WidthOf(instruction, 0);
            return instruction.GetOpKind(0) == OpKind.Memory
                ? HandlerPicker.WidthMemory<StoreReversed>(width, context.Address)
                : HandlerPicker.WidthMemory<LoadReversed>(width, context.Address);
        }
    }

    private readonly struct LoadReversed : IWidthMemoryForm
    {
        public static Op* Execute<T, TAddress>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TAddress : struct, IAddress
        {
            if (!TAddress.TryGet(s, op, 0, sizeof(T), write: false, out var linear)
                || !GuestMemory.TryRead(s, op->Segment, linear, out T value))
            {
                return Exits.Faulted(s, op);
            }

            CpuState.Set(s, op->Destination, Reverse(value));
            return op + 1;
        }
    }

    private readonly struct StoreReversed : IWidthMemoryForm
    {
        public static Op* Execute<T, TAddress>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TAddress : struct, IAddress
            => TAddress.TryGet(s, op, 0, sizeof(T), write: true, out var linear)
                && GuestMemory.TryWrite(s, op->Segment, linear, Reverse(CpuState.Get<T>(s, op->Source)))
                ? op + 1
                : Exits.Faulted(s, op);
    }

    private static T Reverse<T>(T value)
        where T : unmanaged, IBinaryInteger<T>
        => T.CreateTruncating(BinaryPrimitives.ReverseEndianness(ulong.CreateTruncating(value)) >> (64 - (8 * sizeof(T))));

    private sealed class XlatRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
            => &Xlat;
    }

    // Iced gives [rBX + AL] as an ordinary memory operand with index AL.
    private static Op* Xlat(CpuState* s, Op* op)
    {
        var offset = EffectiveAddress.Wrap(op, s->Rbx + (byte)s->Rax);
        if (!SegmentAccess.TryLinear(s, op->Segment, offset, 1, write: false, out var linear)
            || !GuestMemory.TryRead(s, op->Segment, linear, out byte value))
        {
            return Exits.Faulted(s, op);
        }

        *(byte*)&s->Rax = value;
        return op + 1;
    }
}
