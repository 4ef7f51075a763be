using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Memory;

namespace Emulator.Jit.Runtime;

/// <summary>
/// Finds out why an instruction of a region is left to the interpreter again and again, from samples: its memory is no plain memory (a device, data beside
/// code), or data that one probe is to answer for lie on different pages. The block is marked and its regions are compiled anew.
/// </summary>
internal static unsafe class SiteSampling
{
    /// <summary>Exits in a sample.</summary>
    public const uint SampleExits = 32;

    /// <summary>A sample matters only if it took fewer instructions than this for each exit.</summary>
    public const ulong RareExits = 1000;

    /// <summary>Samples that must meet slow memory.</summary>
    public const int SlowSamples = 3;

    private const ulong PageOffset = GuestRam.PageSize - 1;

    /// <summary>Counts an exit before an instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Note(CpuState* s, ExitSite* site)
    {
        if ((++site->Exits & (SampleExits - 1)) == 0)
        {
            Take(s, site);
        }
    }

    private static void Take(CpuState* s, ExitSite* site)
    {
        var instructions = s->Retired - site->SampleStart;
        site->SampleStart = s->Retired;
        if (site->Exits == SampleExits || instructions > SampleExits * RareExits || s->PendingVector != Fault.None)
        {
            return;
        }

        var op = site->Op;
        var block = (Block*)(op - op->Number) - 1;
        var tag = OwnTag(s, site, out var page);
        if ((tag & ~PageOffset) != page)
        {
            return;
        }

        var learned = false;
        if ((tag & TlbEntry.SlowTag) != 0)
        {
            learned = op->AddressSize != 0 && ++site->SlowSamples == SlowSamples;
            block->SlowOps |= learned ? 1ul << op->Number : 0;
        }
        else if (site->Merges)
        {
            learned = block->IsScattered = true;
        }

        if (learned)
        {
            Processor.Of(s).Wiring.Blocks.Observer?.OnLearned(block);
        }
    }

    // The tag of the page that the instruction itself accesses; an instruction without an address accesses the stack.
    private static ulong OwnTag(CpuState* s, ExitSite* site, out ulong page)
    {
        var op = site->Op;
        var linear = s->Rsp - (site->Writes ? 1ul : 0);
        if (op->AddressSize != 0)
        {
            var hasBase = !s->Is64Bit || op->Segment >= Segment.FS;
            linear = EffectiveAddress.Offset(s, op) + (hasBase ? CpuState.SegmentOf(s, op->Segment)->Base : 0);
        }

        page = (s->Is64Bit ? linear : (uint)linear) & ~PageOffset;
        var entry = TlbEntry.For(s->Tlb, page);
        return site->Writes ? entry->WriteTag : entry->ReadTag;
    }
}
