using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;

namespace Emulator.Core.Instructions.X87;

/// <summary>What surrounds every x87 instruction: the pending error before it, the instruction and data pointers after it.</summary>
internal static unsafe class X87Unit
{
    /// <summary>
    /// Whether a waiting instruction may run (SDM Vol. 1, 8.7). If not, <see cref="Refuse"/> says how to leave.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool MayRun(CpuState* s) => (s->X87.StatusWord & X87Status.ErrorSummary) == 0 || MayRunInSpiteOfError(s);

    /// <summary>Leaves before a waiting instruction: with #MF, or to let the interrupt that FERR# causes come first.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Op* Refuse(CpuState* s, Op* op)
    {
        if ((s->Cr0 & Cr0.NE) == 0)
        {
            return Exits.LeaveAt(s, op, ExitReason.NextBlock);
        }

        Fault.Raise(s, Vector.FloatingPoint);
        return Exits.Faulted(s, op);
    }

    /// <summary>Notes FOP, FIP and FCS of a non-control instruction (SDM Vol. 1, 8.1.8).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NoteInstruction(CpuState* s, Op* op)
    {
        s->X87.Opcode = op->Fourth;
        s->X87.InstructionPointer = Exits.RipOf(s, op);
        s->X87.InstructionSelector = s->Cs.Selector;
    }

    /// <summary>Notes the memory operand too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NoteOperand(CpuState* s, Op* op)
    {
        NoteInstruction(s, op);
        s->X87.DataPointer = EffectiveAddress.Offset(s, op);
        s->X87.DataSelector = CpuState.SegmentOf(s, op->Segment)->Selector;
    }

    /// <summary>The same when the operand's linear address is at hand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NoteOperand<TAddress>(CpuState* s, Op* op, ulong linear)
        where TAddress : struct, IAddress
    {
        NoteInstruction(s, op);
        s->X87.DataPointer = typeof(TAddress) == typeof(Flat64Address) || typeof(TAddress) == typeof(Flat32Address)
            ? linear
            : EffectiveAddress.Offset(s, op);
        s->X87.DataSelector = CpuState.SegmentOf(s, op->Segment)->Selector;
    }

    /// <summary>After an instruction that may have removed the pending error.</summary>
    public static void ErrorMayBeGone(CpuState* s)
    {
        if ((s->X87.StatusWord & X87Status.ErrorSummary) == 0)
        {
            Processor.Of(s).ReleaseNumericError();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool MayRunInSpiteOfError(CpuState* s) => (s->Cr0 & Cr0.NE) == 0 && !Processor.Of(s).AssertNumericError();
}
