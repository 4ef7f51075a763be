using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.Integer;

/// <summary>SETcc and CMOVcc.</summary>
public static unsafe class Conditional
{
    /// <summary>Adds the rows: Iced's condition code tells which instruction of the sixteen it is.</summary>
    public static void AddTo(InstructionTable table)
    {
        for (var code = Code.INVALID; code < (Code)InstructionTable.CodeCount; code++)
        {
            var mnemonic = code.Mnemonic();
            if (code.ConditionCode() == ConditionCode.None || code.IsJccShortOrNear())
            {
                continue;
            }

            if (mnemonic is >= Mnemonic.Seta and <= Mnemonic.Sets)
            {
                table.Add(code, new SetRow());
            }
            else if (mnemonic is >= Mnemonic.Cmova and <= Mnemonic.Cmovs)
            {
                table.Add(code, new MoveRow());
            }
        }
    }

    private sealed class SetRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
            => OperandBinder.HasMemoryOperand(instruction)
                ? Conditions.Pick<SetMemory>(instruction.ConditionCode)
                : Conditions.Pick<SetRegister>(instruction.ConditionCode);
    }

    private readonly struct SetRegister : IConditionForm
    {
        public static Op* Execute<TCondition>(CpuState* s, Op* op)
            where TCondition : struct, ICondition
        {
            CpuState.Set(s, op->Destination, TCondition.Test(s) ? (byte)1 : (byte)0);
            return op + 1;
        }
    }

    private readonly struct SetMemory : IConditionForm
    {
        public static Op* Execute<TCondition>(CpuState* s, Op* op)
            where TCondition : struct, ICondition
            => CheckedAddress.TryGet(s, op, 0, 1, write: true, out var linear)
                && GuestMemory.TryWrite(s, op->Segment, linear, TCondition.Test(s) ? (byte)1 : (byte)0)
                ? op + 1
                : Exits.Faulted(s, op);
    }

    private sealed class MoveRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var condition = instruction.ConditionCode;
            var isMemory = OperandBinder.HasMemoryOperand(instruction);
            return OperandBinder.WidthOf(instruction, 0) switch
            {
                2 => isMemory ? Conditions.Pick<MoveFromMemory<ushort>>(condition) : Conditions.Pick<Move<ushort>>(condition),
                4 => isMemory ? Conditions.Pick<MoveFromMemory<uint>>(condition) : Conditions.Pick<Move<uint>>(condition),
                _ => isMemory ? Conditions.Pick<MoveFromMemory<ulong>>(condition) : Conditions.Pick<Move<ulong>>(condition),
            };
        }
    }

    // The destination is written either way: a 32-bit one loses its upper half even when the condition is false.
    private readonly struct Move<T> : IConditionForm
        where T : unmanaged, IBinaryInteger<T>
    {
        public static Op* Execute<TCondition>(CpuState* s, Op* op)
            where TCondition : struct, ICondition
        {
            var source = TCondition.Test(s) ? op->Source : op->Destination;
            CpuState.Set(s, op->Destination, CpuState.Get<T>(s, source));
            return op + 1;
        }
    }

    private readonly struct MoveFromMemory<T> : IConditionForm
        where T : unmanaged, IBinaryInteger<T>
    {
        public static Op* Execute<TCondition>(CpuState* s, Op* op)
            where TCondition : struct, ICondition
        {
            if (!CheckedAddress.TryGet(s, op, 0, sizeof(T), write: false, out var linear)
                || !GuestMemory.TryRead(s, op->Segment, linear, out T value))
            {
                return Exits.Faulted(s, op);
            }

            CpuState.Set(s, op->Destination, TCondition.Test(s) ? value : CpuState.Get<T>(s, op->Destination));
            return op + 1;
        }
    }
}
