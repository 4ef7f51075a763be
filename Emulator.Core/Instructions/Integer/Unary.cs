using System.Numerics;
using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.Integer;

/// <summary>An operation on one integer in a register or memory.</summary>
public unsafe interface IUnaryOperation
{
    /// <summary>Computes the result and the flags.</summary>
    static abstract T Apply<T>(CpuState* s, T a)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>;
}

/// <summary>INC.</summary>
public readonly unsafe struct Increment : IUnaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var result = a + T.One;
        s->Flags.SetIncrement(result);
        return result;
    }
}

/// <summary>DEC.</summary>
public readonly unsafe struct Decrement : IUnaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var result = a - T.One;
        s->Flags.SetDecrement(result);
        return result;
    }
}

/// <summary>NEG.</summary>
public readonly unsafe struct Negate : IUnaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => Subtract.Apply(s, T.Zero, a);
}

/// <summary>NOT.</summary>
public readonly unsafe struct Complement : IUnaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => ~a;
}

/// <summary>The rows of INC, DEC, NEG and NOT.</summary>
public static unsafe class Unary
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Inc, new Row<Increment>());
        table.Add(Mnemonic.Dec, new Row<Decrement>());
        table.Add(Mnemonic.Neg, new Row<Negate>());
        table.Add(Mnemonic.Not, new Row<Complement>());
    }

    private sealed class Row<TOperation> : InstructionRow
        where TOperation : struct, IUnaryOperation
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var width = OperandBinder.WidthOf(instruction, 0);
            return instruction.GetOpKind(0) == OpKind.Register
                ? HandlerPicker.Width<InRegister<TOperation>>(width)
                : HandlerPicker.WidthMemory<InMemory<TOperation>>(width, context.Address);
        }
    }

    private readonly struct InRegister<TOperation> : IWidthForm
        where TOperation : struct, IUnaryOperation
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, TOperation.Apply(s, CpuState.Get<T>(s, op->Destination)));
            return op + 1;
        }
    }

    private readonly struct InMemory<TOperation> : IWidthMemoryForm
        where TOperation : struct, IUnaryOperation
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

            GuestMemory.FinishWrite(s, op->Segment, linear, direct, TOperation.Apply(s, value));
            return op + 1;
        }
    }
}
