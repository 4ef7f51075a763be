using System.Numerics;
using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.Integer;

/// <summary>An instruction with one source operand in a register or memory, and a body that takes its value.</summary>
public unsafe interface ISourceOperation
{
    /// <summary>Runs the instruction on the source's value and returns what the handler is to return.</summary>
    static abstract Op* Apply<T>(CpuState* s, Op* op, T source)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>;
}

/// <summary>
/// A row for instructions whose operand <paramref name="index"/> is the register-or-memory source; its width selects the handler.
/// </summary>
public sealed unsafe class SourceRow<TOperation>(int index) : InstructionRow
    where TOperation : struct, ISourceOperation
{
    /// <inheritdoc/>
    public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
    {
        var width = OperandBinder.WidthOf(instruction, index);
        if (instruction.GetOpKind(index) != OpKind.Register)
        {
            return HandlerPicker.WidthMemory<FromMemory>(width, context.Address);
        }

        op->Fourth = OperandBinder.OffsetOf(instruction.GetOpRegister(index));
        return HandlerPicker.Width<FromRegister>(width);
    }

    private readonly struct FromRegister : IWidthForm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => TOperation.Apply(s, op, CpuState.Get<T>(s, op->Fourth));
    }

    private readonly struct FromMemory : IWidthMemoryForm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Op* Execute<T, TAddress>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TAddress : struct, IAddress
            => TAddress.TryGet(s, op, 0, sizeof(T), write: false, out var linear)
                && GuestMemory.TryRead(s, op->Segment, linear, out T value)
                ? TOperation.Apply(s, op, value)
                : Exits.Faulted(s, op);
    }
}
