using Emulator.Core.Cpu;
using Emulator.Host.Boot;

namespace Emulator.Host.Machines;

/// <summary>Puts a processor that was just reset into the state that a boot loader leaves.</summary>
internal static unsafe class ProcessorBoot
{
    private const ushort FlatCode = SegmentCache.Present | SegmentCache.CodeOrData | SegmentCache.Executable
        | SegmentCache.ReadWrite | SegmentCache.Accessed | SegmentCache.Granularity;

    private const ushort FlatData = SegmentCache.RealModeData | SegmentCache.Big | SegmentCache.Granularity;

    /// <summary>Sets the registers.</summary>
    public static void Apply(Processor processor, BootState boot)
    {
        if (boot.Mode == BootMode.Reset)
        {
            return;
        }

        var s = processor.State;
        var is64 = boot.Mode == BootMode.Long64;
        s->Rip = boot.EntryPoint;
        s->Rax = boot.Rax;
        s->Rbx = boot.Rbx;
        s->Rcx = 0;
        s->Rdx = 0;
        s->Rsi = boot.Rsi;
        s->Rsp = boot.Rsp;
        s->Gdtr = new DescriptorTable { Base = boot.GdtBase, Limit = boot.GdtLimit };
        s->Cs = new SegmentCache
        {
            Selector = boot.CodeSelector,
            Limit = uint.MaxValue,
            Attributes = (ushort)(FlatCode | (is64 ? SegmentCache.Long : SegmentCache.Big)),
        };
        for (var segment = Segment.ES; segment <= Segment.GS; segment++)
        {
            if (segment != Segment.CS)
            {
                *CpuState.SegmentOf(s, segment) = new SegmentCache { Selector = boot.DataSelector, Limit = uint.MaxValue, Attributes = FlatData };
            }
        }

        s->Cr0 = Cr0.PE | Cr0.ET;
        if (is64)
        {
            s->Cr0 |= Cr0.PG;
            s->Cr3 = boot.Cr3;
            s->Cr4 = Cr4.PAE;
            s->Efer = Efer.LME | Efer.LMA;
        }

        ModeTracker.Update(s);
        processor.Mmu.FlushAll();
    }
}
