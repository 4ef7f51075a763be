using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Integer;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.ControlFlow;

/// <summary>Near JMP, CALL, RET and Jcc. Far ones are the system family's.</summary>
public static unsafe class NearBranches
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        for (var code = Code.INVALID; code < (Code)InstructionTable.CodeCount; code++)
        {
            if (code.IsJccShortOrNear())
            {
                table.Add(code, new JccRow { EndsBlock = true });
            }
            else if (code.IsJmpShortOrNear())
            {
                table.Add(code, new JumpRow { EndsBlock = true });
            }
            else if (code.IsCallNear())
            {
                table.Add(code, new CallRow { EndsBlock = true });
            }
            else if (code.IsJmpNearIndirect())
            {
                table.Add(code, new SourceRow<JumpIndirect>(0) { EndsBlock = true });
            }
            else if (code.IsCallNearIndirect())
            {
                table.Add(code, new IndirectCallRow { EndsBlock = true });
            }
        }

        foreach (var code in (ReadOnlySpan<Code>)[Code.Retnw, Code.Retnd, Code.Retnq, Code.Retnw_imm16, Code.Retnd_imm16, Code.Retnq_imm16])
        {
            table.Add(code, new ReturnRow { EndsBlock = true });
        }
    }

    /// <summary>Whether a direct branch needs no check: its target is not cut to 16 bits, and no limit stands in its way.</summary>
    internal static bool IsPlain(in Instruction instruction, DecodeContext context)
        => instruction.Op0Kind != OpKind.NearBranch16 && (context.Mode & CpuMode.FlatCode) != 0;

    /// <summary>The target of a direct branch, cut to its operand size.</summary>
    internal static ulong Target(CpuState* s, Op* op)
    {
        var target = s->BlockRip + op->Immediate;
        return op->OperandSize switch { 2 => (ushort)target, 4 => (uint)target, _ => target };
    }

    /// <summary>Sets <see cref="Op.OperandSize"/> by the kind of branch target.</summary>
    internal static void SetOperandSize(in Instruction instruction, Op* op)
        => op->OperandSize = (byte)(instruction.Op0Kind switch { OpKind.NearBranch16 => 2, OpKind.NearBranch32 => 4, _ => 8 });

    /// <summary>Goes to the op's target with every check.</summary>
    internal static Op* GoChecked(CpuState* s, Op* op)
    {
        var target = Target(s, op);
        return Branches.CanGoTo(s, target) ? Branches.To(s, target) : Exits.Faulted(s, op);
    }

    private sealed class JccRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            SetOperandSize(instruction, op);
            return IsPlain(instruction, context)
                ? Conditions.Pick<JumpIf>(instruction.ConditionCode)
                : Conditions.Pick<JumpIfChecked>(instruction.ConditionCode);
        }
    }

    // Not taken: the block's last op follows and goes on at the next instruction; it is followed here to save a dispatch.
    private readonly struct JumpIf : IConditionForm
    {
        public static Op* Execute<TCondition>(CpuState* s, Op* op)
            where TCondition : struct, ICondition => Branches.Follow(s, TCondition.Test(s) ? op : op + 1);
    }

    private readonly struct JumpIfChecked : IConditionForm
    {
        public static Op* Execute<TCondition>(CpuState* s, Op* op)
            where TCondition : struct, ICondition => TCondition.Test(s) ? GoChecked(s, op) : op + 1;
    }

    private sealed class JumpRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            SetOperandSize(instruction, op);
            return IsPlain(instruction, context) ? &Branches.FallThrough : &GoChecked;
        }
    }

    private readonly struct JumpIndirect : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var target = ulong.CreateTruncating(source);
            if (!Branches.CanGoTo(s, target))
            {
                return Exits.Faulted(s, op);
            }

            Note(s, op, target);
            return Branches.To(s, target);
        }
    }

    // For those who translate the branch.
    private static void Note(CpuState* s, Op* op, ulong target)
    {
        if (op->Seen != null)
        {
            op->Seen->Note(target - s->BlockRip);
        }
    }

    private sealed class CallRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            SetOperandSize(instruction, op);
            return IsPlain(instruction, context)
                ? Stack.Pick<Call>(op->OperandSize, context.Mode)
                : Stack.Pick<CallChecked>(op->OperandSize, context.Mode);
        }
    }

    private readonly struct Call : IStackForm
    {
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
            => Stack.TryPush<T, TStack>(s, T.CreateTruncating(Exits.RipOf(s, op) + op->Length))
                ? Branches.Follow(s, op)
                : Exits.Faulted(s, op);
    }

    private readonly struct CallChecked : IStackForm
    {
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
            => CallTo<T, TStack>(s, op, Target(s, op));
    }

    private static Op* CallTo<T, TStack>(CpuState* s, Op* op, ulong target)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        where TStack : struct, IStack
        => Branches.CanGoTo(s, target) && Stack.TryPush<T, TStack>(s, T.CreateTruncating(Exits.NextRip(s, op)))
            ? Branches.To(s, target)
            : Exits.Faulted(s, op);

    private static Op* CallSeen<T, TStack>(CpuState* s, Op* op, ulong target)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        where TStack : struct, IStack
    {
        Note(s, op, target);
        return CallTo<T, TStack>(s, op, target);
    }

    private sealed class IndirectCallRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var width = OperandBinder.WidthOf(instruction, 0);
            return instruction.GetOpKind(0) == OpKind.Register
                ? Stack.Pick<CallRegister>(width, context.Mode)
                : Stack.Pick<CallMemory>(width, context.Mode);
        }
    }

    private readonly struct CallRegister : IStackForm
    {
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
            => CallSeen<T, TStack>(s, op, ulong.CreateTruncating(CpuState.Get<T>(s, op->Destination)));
    }

    private readonly struct CallMemory : IStackForm
    {
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
            => CheckedAddress.TryGet(s, op, 0, sizeof(T), write: false, out var linear)
                && GuestMemory.TryRead(s, op->Segment, linear, out T target)
                ? CallSeen<T, TStack>(s, op, ulong.CreateTruncating(target))
                : Exits.Faulted(s, op);
    }

    private sealed class ReturnRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var width = instruction.Code switch
            {
                Code.Retnw or Code.Retnw_imm16 => 2,
                Code.Retnd or Code.Retnd_imm16 => 4,
                _ => 8,
            };
            return Stack.Pick<Return>(width, context.Mode);
        }
    }

    // RET imm16 releases that many bytes more; Immediate is 0 for plain RET.
    private readonly struct Return : IStackForm
    {
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
        {
            if (!Stack.TryPeek<T, TStack>(s, 0, out var value))
            {
                return Exits.Faulted(s, op);
            }

            var target = ulong.CreateTruncating(value);
            if (!Branches.CanGoTo(s, target))
            {
                return Exits.Faulted(s, op);
            }

            TStack.SetPointer(s, TStack.Wrap(s, s->Rsp + (ulong)sizeof(T) + op->Immediate));
            return Branches.To(s, target);
        }
    }
}
