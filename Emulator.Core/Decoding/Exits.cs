using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;

namespace Emulator.Core.Decoding;

/// <summary>The ways in which a handler ends. Each returns what the handler is to return.</summary>
public static unsafe class Exits
{
    /// <summary>RIP of an instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong RipOf(CpuState* s, Op* op) => s->BlockRip + op->Offset;

    /// <summary>RIP of the instruction that follows, wrapped to the code size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong NextRip(CpuState* s, Op* op) => Wrap(s, s->BlockRip + op->Offset + op->Length);

    /// <summary>An instruction pointer wrapped to the code size of the current mode.</summary>
    public static ulong Wrap(CpuState* s, ulong rip) => (s->Mode & CpuMode.CodeSizeMask) switch
    {
        CpuMode.Code64 => rip,
        CpuMode.Code32 => (uint)rip,
        _ => (ushort)rip,
    };

    /// <summary>
    /// The instruction faulted: a fault has been recorded with <see cref="Cpu.Fault"/>, and nothing of the instruction was committed.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Op* Faulted(CpuState* s, Op* op) => LeaveAt(s, op, ExitReason.Fault);

    /// <summary>Leaves before the instruction, as if it had not begun (or, for REP, with the iterations so far committed).</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Op* LeaveAt(CpuState* s, Op* op, ExitReason reason)
    {
        s->Rip = RipOf(s, op);
        s->Retired -= op->Remaining;
        s->Exit = reason;
        return null;
    }

    /// <summary>
    /// Leaves after the instruction, which is complete, to go on at <paramref name="rip"/>: for whatever changes mode, privilege,
    /// paging, interrupt flag or code, so that the next block is looked up in the new state.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Op* LeaveTo(CpuState* s, Op* op, ulong rip)
    {
        s->Rip = rip;
        s->Retired -= (ulong)(op->Remaining - 1);
        s->Exit = ExitReason.NextBlock;
        return null;
    }

    /// <summary>Leaves after the instruction, to go on at the one that follows.</summary>
    public static Op* LeaveNext(CpuState* s, Op* op) => LeaveTo(s, op, NextRip(s, op));
}
