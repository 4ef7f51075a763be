namespace Emulator.Core.Cpu;

/// <summary>What a CPU asks of its interrupt controller: the local APIC, or a bare 8259A pair behind LINT0.</summary>
public interface ILocalApic
{
    /// <summary>The APIC ID that CPUID reports.</summary>
    uint ApicId { get; }

    /// <summary>
    /// Acknowledges the highest-priority deliverable interrupt (moves it to in-service) and returns its vector; -1 when none is left.
    /// The controller drives <see cref="ICpuSignals.SetInterruptRequest"/> accordingly.
    /// </summary>
    int Acknowledge();

    /// <summary>The task-priority class as CR8 holds it (bits 3:0).</summary>
    byte TaskPriorityClass { get; set; }

    /// <summary>IA32_APIC_BASE (MSR 0x1b).</summary>
    ulong ApicBase { get; }

    /// <summary>Writes IA32_APIC_BASE; false means #GP(0) (reserved bits, illegal x2APIC transition).</summary>
    bool TryWriteApicBase(ulong value);

    /// <summary>Reads an x2APIC register MSR (0x800-0x8ff) or IA32_TSC_DEADLINE (0x6e0); false means #GP(0).</summary>
    bool TryReadMsr(uint index, out ulong value);

    /// <summary>Writes an x2APIC register MSR (0x800-0x8ff) or IA32_TSC_DEADLINE (0x6e0); false means #GP(0).</summary>
    bool TryWriteMsr(uint index, ulong value);

    /// <summary>Software moved the time-stamp counter: a TSC deadline now comes at another time.</summary>
    void TimestampChanged();
}

/// <summary>The pins of a CPU that interrupt controllers drive. Called on the machine's thread.</summary>
public interface ICpuSignals
{
    /// <summary>The INTR level: an unmasked interrupt of sufficient priority waits.</summary>
    void SetInterruptRequest(bool level);

    /// <summary>Latches a non-maskable interrupt.</summary>
    void RaiseNmi();

    /// <summary>INIT: the CPU resets (SDM Vol. 3A, table 10-1) and, unless it is the bootstrap processor, waits for a SIPI.</summary>
    void RaiseInit();

    /// <summary>Start-up IPI: a CPU that waits for it starts in real mode at <paramref name="vector"/> &lt;&lt; 12.</summary>
    void RaiseStartup(byte vector);

    /// <summary>The APIC's enable state changed (IA32_APIC_BASE bit 11), which CPUID.1:EDX.APIC mirrors.</summary>
    void SetApicEnabled(bool enabled);
}
