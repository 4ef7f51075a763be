using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;

namespace Emulator.Core.Instructions;

/// <summary>How control goes from block to block without leaving the handlers.</summary>
public static unsafe class Branches
{
    /// <summary>Enters a block at its first op; null when attention or the retire limit stops it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Op* Enter(CpuState* s, Block* block, ulong rip)
    {
        var retired = s->Retired + block->Count;
        if (s->Attention != 0 || retired > s->RetireLimit || --block->Countdown == 0)
        {
            return Stop(s, block, rip);
        }

        s->Retired = retired;
        s->BlockRip = rip;
        return Block.Ops(block);
    }

    /// <summary>Goes to the target of a near branch (<see cref="Op.Immediate"/>), through its link if it has one.</summary>
    /// <remarks>The target is wrapped to 32 bits outside 64-bit mode; 16-bit operand size is the caller's (<see cref="To"/>).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Op* Follow(CpuState* s, Op* op)
    {
        var target = s->BlockRip + op->Immediate;
        return op->Link != null ? Enter(s, op->Link, target) : Link(s, op, target);
    }

    /// <summary>Goes to any instruction pointer, through the jump cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Op* To(CpuState* s, ulong rip)
    {
        var entry = JumpCacheEntry.For(s, rip);
        if (entry->Rip == rip && entry->Key == s->JumpKey)
        {
            return Enter(s, entry->Block, rip);
        }

        s->Rip = rip;
        s->Exit = ExitReason.NextBlock;
        return null;
    }

    /// <summary>
    /// Goes to a computed target (indirect branch, return, 16-bit operand size) once <see cref="CanGoTo"/> has allowed it.
    /// </summary>
    /// <remarks>The jump cache holds only what has been fetched, so a hit needs no check; it is the caller's order that matters:
    /// check, then commit (pop, push), then go.</remarks>
    public static bool CanGoTo(CpuState* s, ulong rip)
    {
        if (s->Is64Bit)
        {
            return SlowMemory.IsCanonical(s, rip) || Fault.GeneralProtection(s, 0);
        }

        return rip <= s->Cs.Limit || Fault.GeneralProtection(s, 0);
    }

    /// <summary>The op after a block's last instruction.</summary>
    public static Op* FallThrough(CpuState* s, Op* op) => Follow(s, op);

    /// <summary>Every op of a dropped block.</summary>
    public static Op* Stale(CpuState* s, Op* op) => Exits.LeaveAt(s, op, ExitReason.StaleBlock);

    // Same page, flat code and no wrap: the target's block is the same wherever the page is mapped, so that the branch may keep it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* Link(CpuState* s, Op* op, ulong target)
    {
        target = Exits.Wrap(s, target);
        var entry = JumpCacheEntry.For(s, target);
        if (entry->Rip != target || entry->Key != s->JumpKey)
        {
            s->Rip = target;
            s->Exit = ExitReason.NextBlock;
            return null;
        }

        var source = (Block*)(op - op->Number) - 1;
        var isSamePage = (target & ~(ulong)(GuestRam.PageSize - 1)) == (s->BlockRip & ~(ulong)(GuestRam.PageSize - 1));
        if (isSamePage && s->BlockRip + op->Immediate == target && (s->Mode & CpuMode.FlatCode) != 0 && source->Code != null
            && !source->IsStale && !entry->Block->IsStale)
        {
            op->Link = entry->Block;
            op->NextIncoming = entry->Block->Incoming;
            entry->Block->Incoming = op;
        }

        return Enter(s, entry->Block, target);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* Stop(CpuState* s, Block* block, ulong rip)
    {
        s->Rip = rip;
        s->Exit = block->Countdown == 0 ? ExitReason.Hot : ExitReason.Attention;
        return null;
    }
}
