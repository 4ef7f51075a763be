using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;

namespace Emulator.Jit.Runtime;

/// <summary>Why a region is left to the dispatcher.</summary>
public enum RegionExit
{
    /// <summary>Before an instruction: for its fault if one is recorded, else for the interpreter to run it.</summary>
    Before,

    /// <summary>After an instruction, because the code of the region has changed.</summary>
    After,

    /// <summary>Before a block, which is not entered: attention, or the retire limit.</summary>
    Stop,

    /// <summary>A handler left the block.</summary>
    Left,
}

/// <summary>How compiled code leaves. State is complete but for what these methods set; each returns what the method is to return.</summary>
public static unsafe class RegionExits
{
    /// <summary>Why and where a region is left as one number.</summary>
    public static int Pack(RegionExit exit, int site) => (int)exit | (site << 8);

    /// <summary>Leaves to the dispatcher. All of the state is stored but RIP and why.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Op* Leave(CpuState* s, RegionGuard* guard, int packed, ulong ripBase)
    {
        var exit = (RegionExit)(byte)packed;
        if (exit == RegionExit.Left)
        {
            return null;
        }

        var place = guard->Sites + (packed >> 8);
        s->BlockRip = ripBase + (ulong)place->BlockDistance;
        switch (exit)
        {
            case RegionExit.Before:
                SiteSampling.Note(s, place);
                return Exits.LeaveAt(s, place->Op, s->PendingVector != Fault.None ? ExitReason.Fault : ExitReason.Interpret);
            case RegionExit.After:
                return Exits.LeaveNext(s, place->Op);
            default:
                // The block was counted, and is not entered.
                s->Retired -= place->Op->Remaining;
                s->Rip = Exits.Wrap(s, s->BlockRip);
                s->Exit = ExitReason.Attention;
                return null;
        }
    }

    /// <summary>Leaves for the target of an op's branch, which is looked up by the dispatcher.</summary>
    public static Op* LeaveBy(CpuState* s, Op* op) => LeaveFor(s, Exits.Wrap(s, s->BlockRip + op->Immediate));

    /// <summary>Leaves for an instruction pointer, whose block is looked up by the dispatcher.</summary>
    public static Op* LeaveFor(CpuState* s, ulong rip)
    {
        s->Rip = rip;
        s->Exit = ExitReason.NextBlock;
        return null;
    }

    /// <summary>The block at a computed target if the processor has been there under the present translation; else null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Block* Lookup(CpuState* s, ulong rip)
    {
        var entry = JumpCacheEntry.For(s, rip);
        return entry->Rip == rip && entry->Key == s->JumpKey ? entry->Block : null;
    }

    /// <summary>
    /// Whether every page of a region still lies where it did when it was compiled, seen from its entry. Only the TLB is asked: what it does not hold counts as
    /// moved, and the interpreter will fill it.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Revalidate(CpuState* s, RegionGuard* guard)
    {
        var mmu = Processor.Of(s).Mmu;
        var table = s->Cpl == 3 ? TlbTable.User : ModeTracker.ImplicitTable(s);
        var page = s->BlockRip & ~(ulong)(GuestRam.PageSize - 1);
        for (var i = 0; i < guard->PageCount; i++)
        {
            var linear = page + (ulong)guard->Pages[i].Distance;
            linear = s->Is64Bit ? linear : (uint)linear;
            var entry = TlbEntry.For(mmu.Table(table), linear);

            // A hit is still noted as a fetch: the generation must end when this page goes.
            if (entry->ExecTag != linear || (nint)linear + entry->Addend != guard->Pages[i].Host || !mmu.TryResolve(linear, AccessKind.Execute, table, out _))
            {
                return false;
            }
        }

        guard->Owner = s;
        guard->Key = s->JumpKey;
        guard->Rip = s->BlockRip;
        return true;
    }
}
