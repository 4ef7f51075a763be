namespace Emulator.Devices.Apic;

/// <summary>What a local APIC is built as.</summary>
public sealed record LocalApicOptions
{
    /// <summary>The CPU's initial APIC ID, which is also its x2APIC ID.</summary>
    public required uint Id { get; init; }

    /// <summary>Whether its CPU is the bootstrap processor (IA32_APIC_BASE bit 8).</summary>
    public bool Bootstrap { get; init; }

    /// <summary>CPUID.80000008H:EAX[7:0]; address bits from here up are reserved in IA32_APIC_BASE.</summary>
    public int PhysicalAddressBits { get; init; } = 40;

    /// <summary>CPUID.01H:ECX[21].</summary>
    public bool X2Apic { get; init; } = true;

    /// <summary>CPUID.01H:ECX[24].</summary>
    public bool TscDeadline { get; init; } = true;

    /// <summary>
    /// Whether LINT0 of the bootstrap processor passes the 8259A through after reset, as firmware would set it up, so that
    /// guests started without firmware get their 8259A interrupts. QEMU's machines do the same.
    /// </summary>
    public bool VirtualWireAtReset { get; init; } = true;

    /// <summary>What the guest's TSC differs from virtual time by, for TSC-deadline mode.</summary>
    public Func<long> TimestampOffset { get; init; } = static () => 0;
}
