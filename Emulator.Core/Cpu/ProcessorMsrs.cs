namespace Emulator.Core.Cpu;

/// <summary>The time-stamp counter and the model-specific registers that no instruction reads on its own.</summary>
public sealed unsafe partial class Processor
{
    /// <summary>MTRRs, PAT, machine-check banks and the like.</summary>
    public StoredMsrs Msrs { get; }

    /// <summary>IA32_TSC_ADJUST (SDM Vol. 3B, 17.17.3).</summary>
    public ulong TscAdjust { get; private set; }

    /// <summary>IA32_PAT.</summary>
    public ulong Pat => Msrs.TryRead(Msr.Pat, out var value) ? value : 0;

    /// <summary>The time-stamp counter: one tick a nanosecond of virtual time.</summary>
    public ulong ReadTsc() => (ulong)Wiring.Clock.Now + State->TscOffset;

    /// <summary>What the time-stamp counter is ahead of virtual time.</summary>
    public long TimestampOffset => (long)State->TscOffset;

    internal bool WriteTsc(ulong value)
    {
        var delta = value - ReadTsc();
        State->TscOffset += delta;
        TscAdjust += delta;
        Apic?.TimestampChanged();
        return true;
    }

    internal bool WriteTscAdjust(ulong value)
    {
        State->TscOffset += value - TscAdjust;
        TscAdjust = value;
        Apic?.TimestampChanged();
        return true;
    }

    private void ResetMsrs()
    {
        var s = State;
        s->Star = 0;
        s->LStar = 0;
        s->CStar = 0;
        s->SyscallMask = 0;
        s->KernelGsBase = 0;
        s->SysenterCs = 0;
        s->SysenterEsp = 0;
        s->SysenterEip = 0;
        s->TscAux = 0;
        TscAdjust = 0;
        Msrs.Reset();
    }
}
