namespace Emulator.Core.Cpu;

/// <summary>Power-on, INIT and start-up IPI (SDM Vol. 3A, 9.1 and table 9-1).</summary>
public sealed unsafe partial class Processor
{
    private const ulong ResetVectorBase = 0xffff_0000;
    private const ulong ResetRip = 0xfff0;
    private const uint MxcsrDefault = 0x1f80;

    /// <summary>The power-on state.</summary>
    public void Reset()
    {
        var s = State;
        s->TscOffset = 0;
        _startupVector = -1;
        ResetCommon();
        s->Cr0 = Cr0.ET | Cr0.NW | Cr0.CD;
        s->Xcr0 = 1;
        s->Pkru = 0;
        s->Mxcsr = MxcsrDefault;
        s->Vectors = default;
        for (var i = 0; i < 8; i++)
        {
            s->OpMask[i] = 0;
        }

        s->X87 = default;
        s->X87.ControlWord = 0x40;
        s->X87.TagWord = 0x5555;
        ReleaseNumericError();
        ResetMsrs();
        s->Activity = Index == 0 ? ActivityState.Active : ActivityState.WaitForStartup;
        ModeTracker.Update(s);
        Mmu.FlushAll();
    }

    /// <summary>The state after INIT: as after reset, but caches, x87, SSE, PKRU, MSRs and the TSC keep what they had.</summary>
    private void Init()
    {
        var s = State;
        var cacheBits = s->Cr0 & (Cr0.CD | Cr0.NW);
        ResetCommon();
        s->Cr0 = Cr0.ET | cacheBits;
        s->Activity = Index == 0 ? ActivityState.Active : ActivityState.WaitForStartup;
        ModeTracker.Update(s);
        Mmu.FlushAll();
    }

    private void Startup(byte vector)
    {
        var s = State;
        s->Cs.Selector = (ushort)(vector << 8);
        s->Cs.Base = (ulong)vector << 12;
        s->Rip = 0;
        s->Activity = ActivityState.Active;
        ModeTracker.Update(s);
    }

    private void ResetCommon()
    {
        var s = State;
        for (var i = 0; i < 16; i++)
        {
            *CpuState.Gpr(s, i) = 0;
        }

        s->Rdx = Model.Signature;
        s->Flags.FromRflags(0);
        s->SystemFlags = 0;
        s->Rip = ResetRip;
        for (var segment = Segment.ES; segment <= Segment.GS; segment++)
        {
            *CpuState.SegmentOf(s, segment) = new SegmentCache { Attributes = SegmentCache.RealModeData, Limit = 0xffff };
        }

        s->Cs.Selector = 0xf000;
        s->Cs.Base = ResetVectorBase;
        s->Cs.Attributes = SegmentCache.RealModeData | SegmentCache.Executable;
        s->Ldtr = new SegmentCache { Attributes = SegmentCache.Present | 2, Limit = 0xffff };
        s->Tr = new SegmentCache { Attributes = SegmentCache.Present | 0xb, Limit = 0xffff };
        s->Gdtr = new DescriptorTable { Limit = 0xffff };
        s->Idtr = new DescriptorTable { Limit = 0xffff };
        s->Cr2 = 0;
        s->Cr3 = 0;
        s->Cr4 = 0;
        s->Efer = 0;
        s->Cpl = 0;
        for (var i = 0; i < 4; i++)
        {
            s->Dr[i] = 0;
        }

        s->Dr[6] = 0xffff_0ff0;
        s->Dr[7] = 0x400;
        s->PendingVector = Fault.None;
        s->PendingDebug = 0;
        s->Shadow = InterruptShadow.None;
        ClearSignals();
    }
}
