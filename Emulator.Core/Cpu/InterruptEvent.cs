namespace Emulator.Core.Cpu;

/// <summary>Where an event that goes through the IDT comes from.</summary>
public enum InterruptSource
{
    /// <summary>An interrupt from outside.</summary>
    External,
    Nmi,

    /// <summary>An exception that the processor detected.</summary>
    Exception,

    /// <summary>INT n.</summary>
    Software,

    /// <summary>INT3 and INTO.</summary>
    SoftwareException,

    /// <summary>INT1: no privilege check.</summary>
    PrivilegedSoftware,
}

/// <summary>An event to deliver through the IDT or the real-mode vector table.</summary>
public struct InterruptEvent
{
    public byte Vector;
    public InterruptSource Source;

    /// <summary>The instruction pointer to save.</summary>
    public ulong ReturnRip;

    /// <summary>The event has an error code.</summary>
    public bool HasErrorCode;
    public uint ErrorCode;

    /// <summary>The saved image has RF set: faults, and interrupts between the iterations of a REP instruction (SDM Vol. 3B, 17.3.1.1).</summary>
    public bool SetsResume;

    /// <summary>The EXT bit of error codes of faults met on the way (SDM Vol. 3A, 6.13).</summary>
    public readonly int External => Source is InterruptSource.Software or InterruptSource.SoftwareException ? 0 : 1;

    /// <summary>Whether it is an instruction that asks, whose privilege the gate checks.</summary>
    public readonly bool ChecksGate => Source is InterruptSource.Software or InterruptSource.SoftwareException;
}
