using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.Integer;

/// <summary>The rows of the two-operand arithmetic and logic instructions, and the forms that bind their operands.</summary>
public static unsafe class Alu
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Add, new Row<Add>());
        table.Add(Mnemonic.Adc, new Row<AddWithCarry>());
        table.Add(Mnemonic.Sub, new Row<Subtract>());
        table.Add(Mnemonic.Sbb, new Row<SubtractWithBorrow>());
        table.Add(Mnemonic.Cmp, new Row<Compare>());
        table.Add(Mnemonic.And, new Row<And>());
        table.Add(Mnemonic.Test, new Row<Test>());
        table.Add(Mnemonic.Or, new Row<Or>());
        table.Add(Mnemonic.Xor, new Row<Xor>());
    }

    private sealed class Row<TOperation> : InstructionRow
        where TOperation : struct, IAluOperation
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var width = OperandBinder.WidthOf(instruction, 0);
            var second = instruction.GetOpKind(1);
            if (instruction.GetOpKind(0) == OpKind.Memory)
            {
                return second == OpKind.Register
                    ? HandlerPicker.WidthMemory<MemoryRegister<TOperation>>(width, context.Address)
                    : HandlerPicker.WidthMemory<MemoryImmediate<TOperation>>(width, context.Address);
            }

            return second switch
            {
                OpKind.Register => HandlerPicker.Width<RegisterRegister<TOperation>>(width),
                OpKind.Memory => HandlerPicker.WidthMemory<RegisterMemory<TOperation>>(width, context.Address),
                _ => HandlerPicker.Width<RegisterImmediate<TOperation>>(width),
            };
        }
    }

    private readonly struct RegisterRegister<TOperation> : IWidthForm
        where TOperation : struct, IAluOperation
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var result = TOperation.Apply(s, CpuState.Get<T>(s, op->Destination), CpuState.Get<T>(s, op->Source));
            if (TOperation.WritesResult)
            {
                CpuState.Set(s, op->Destination, result);
            }

            return op + 1;
        }
    }

    private readonly struct RegisterImmediate<TOperation> : IWidthForm
        where TOperation : struct, IAluOperation
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var result = TOperation.Apply(s, CpuState.Get<T>(s, op->Destination), T.CreateTruncating(op->Immediate));
            if (TOperation.WritesResult)
            {
                CpuState.Set(s, op->Destination, result);
            }

            return op + 1;
        }
    }

    private readonly struct RegisterMemory<TOperation> : IWidthMemoryForm
        where TOperation : struct, IAluOperation
    {
        public static Op* Execute<T, TAddress>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TAddress : struct, IAddress
        {
            if (!TAddress.TryGet(s, op, 0, sizeof(T), write: false, out var linear)
                || !GuestMemory.TryRead(s, op->Segment, linear, out T operand))
            {
                return Exits.Faulted(s, op);
            }

            var result = TOperation.Apply(s, CpuState.Get<T>(s, op->Destination), operand);
            if (TOperation.WritesResult)
            {
                CpuState.Set(s, op->Destination, result);
            }

            return op + 1;
        }
    }

    private readonly struct MemoryRegister<TOperation> : IWidthMemoryForm
        where TOperation : struct, IAluOperation
    {
        public static Op* Execute<T, TAddress>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TAddress : struct, IAddress
            => Modify<TOperation, T, TAddress>(s, op, CpuState.Get<T>(s, op->Source));
    }

    private readonly struct MemoryImmediate<TOperation> : IWidthMemoryForm
        where TOperation : struct, IAluOperation
    {
        public static Op* Execute<T, TAddress>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TAddress : struct, IAddress
            => Modify<TOperation, T, TAddress>(s, op, T.CreateTruncating(op->Immediate));
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    private static Op* Modify<TOperation, T, TAddress>(CpuState* s, Op* op, T operand)
        where TOperation : struct, IAluOperation
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        where TAddress : struct, IAddress
    {
        if (!TAddress.TryGet(s, op, 0, sizeof(T), TOperation.WritesResult, out var linear))
        {
            return Exits.Faulted(s, op);
        }

        if (!TOperation.WritesResult)
        {
            if (!GuestMemory.TryRead(s, op->Segment, linear, out T first))
            {
                return Exits.Faulted(s, op);
            }

            TOperation.Apply(s, first, operand);
            return op + 1;
        }

        if (!GuestMemory.TryReadForWrite(s, op->Segment, linear, out T value, out var direct))
        {
            return Exits.Faulted(s, op);
        }

        GuestMemory.FinishWrite(s, op->Segment, linear, direct, TOperation.Apply(s, value, operand));
        return op + 1;
    }
}
