using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>
/// Cache, TLB and ordering instructions: INVLPG, INVPCID, INVD, WBINVD, CLFLUSH and its kin, prefetches, fences; and what does nothing at all.
/// </summary>
public static unsafe class CacheInstructions
{
    private const ulong PcidMask = 0xfff;

    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Invlpg, SystemRow.Memory(&InvalidatePage, 0));
        table.Add(Mnemonic.Invpcid, SystemRow.Memory(&InvalidateContext, 0));
        table.Add(Mnemonic.Invd, new SystemRow(&FlushCaches));
        table.Add(Mnemonic.Wbinvd, new SystemRow(&FlushCaches));
        table.Add(Mnemonic.Wbnoinvd, new SystemRow(&FlushCaches));
        foreach (var mnemonic in new[] { Mnemonic.Clflush, Mnemonic.Clflushopt, Mnemonic.Clwb })
        {
            table.Add(mnemonic, SystemRow.Memory(&FlushLine, 0));
        }

        foreach (var mnemonic in new[]
        {
            Mnemonic.Prefetch, Mnemonic.Prefetchw, Mnemonic.Prefetchnta, Mnemonic.Prefetcht0, Mnemonic.Prefetcht1, Mnemonic.Prefetcht2,
            Mnemonic.Prefetchwt1, Mnemonic.Prefetchit0, Mnemonic.Prefetchit1, Mnemonic.Reservednop, Mnemonic.Nop,

            // From the hint space: without their features they do nothing (RDSSP leaves its register).
            Mnemonic.Endbr32, Mnemonic.Endbr64, Mnemonic.Rdsspd, Mnemonic.Rdsspq, Mnemonic.Cldemote,
            Mnemonic.Lfence, Mnemonic.Mfence, Mnemonic.Sfence,
        })
        {
            table.Add(mnemonic, new HandlerRow(&Nothing));
        }

        table.Add(Mnemonic.Pause, new SystemRow(&Pause));
        foreach (var mnemonic in new[] { Mnemonic.Ud0, Mnemonic.Ud1, Mnemonic.Ud2 })
        {
            table.Add(mnemonic, new HandlerRow(&Undefined.InvalidOpcode) { EndsBlock = true });
        }
    }

    private static Op* Nothing(CpuState* s, Op* op) => op + 1;

    // Who spins waits for another processor: it gives the rest of its turn away.
    private static Op* Pause(CpuState* s, Op* op)
    {
        Processor.Of(s).Yield();
        return Exits.LeaveNext(s, op);
    }

    private static Op* InvalidatePage(CpuState* s, Op* op)
    {
        if (!SystemSteps.CheckSupervisor(s))
        {
            return Exits.Faulted(s, op);
        }

        // Neither limit nor canonical form is checked (SDM Vol. 2, INVLPG).
        var linear = EffectiveAddress.Offset(s, op);
        linear += !s->Is64Bit || op->Segment is Segment.FS or Segment.GS ? CpuState.SegmentOf(s, op->Segment)->Base : 0;
        Processor.Of(s).Mmu.FlushPage(s->Is64Bit ? linear : (uint)linear);
        return Exits.LeaveNext(s, op);
    }

    private static Op* InvalidateContext(CpuState* s, Op* op)
    {
        if (!SystemSteps.CheckSupervisor(s)
            || !SystemSteps.TryRead<ulong>(s, op, 0, out var pcid)
            || !SystemSteps.TryRead<ulong>(s, op, 8, out var linear)
            || !TryInvalidate(s, SystemSteps.GetRegister(s, op->Destination, s->Is64Bit ? 8 : 4), pcid, linear))
        {
            return Exits.Faulted(s, op);
        }

        return Exits.LeaveNext(s, op);
    }

    private static bool TryInvalidate(CpuState* s, ulong type, ulong pcid, ulong linear)
    {
        var mmu = Processor.Of(s).Mmu;
        if (type > 3 || (pcid & ~PcidMask) != 0 || (type < 2 && pcid != 0 && (s->Cr4 & Cr4.PCIDE) == 0))
        {
            return Fault.GeneralProtection(s, 0);
        }

        switch (type)
        {
            case 0 when !SlowMemory.IsCanonicalBase(s, linear):
                return Fault.GeneralProtection(s, 0);
            case 0:
                mmu.FlushPage(pcid, linear);
                break;
            case 1:
                mmu.FlushNonGlobal(pcid);
                break;
            case 2:
                mmu.FlushAll();
                break;
            default:
                mmu.FlushNonGlobal();
                break;
        }

        return true;
    }

    private static Op* FlushCaches(CpuState* s, Op* op)
        => SystemSteps.CheckSupervisor(s) ? Exits.LeaveNext(s, op) : Exits.Faulted(s, op);

    // Checked like a load of one byte.
    private static Op* FlushLine(CpuState* s, Op* op)
        => CheckedAddress.TryGet(s, op, 0, 1, write: false, out var linear)
            && SlowMemory.Probe(s, op->Segment, linear, 1, write: false)
            ? Exits.LeaveNext(s, op)
            : Exits.Faulted(s, op);
}
