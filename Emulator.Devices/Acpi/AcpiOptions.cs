namespace Emulator.Devices.Acpi;

/// <summary>Whose registers the tables describe.</summary>
public enum AcpiChipset
{
    /// <summary>82441FX, PIIX3 and PIIX4.</summary>
    I440Fx,

    /// <summary>MCH and ICH9.</summary>
    Q35,
}

/// <summary>What the ACPI tables describe and where they go.</summary>
public sealed record AcpiOptions
{
    /// <summary>The APIC IDs of the CPUs; the bootstrap processor's first.</summary>
    public required uint[] ApicIds { get; init; }

    /// <summary>Where the RSDP goes: a multiple of 16 in 0xe0000-0xfffff, where systems look for it (ACPI 6.5, 5.2.5.1).</summary>
    public ulong RootPointerAddress { get; init; } = 0xf_0000;

    /// <summary>Where all other tables go: RAM below 4 GiB that the memory map reserves, a multiple of 64.</summary>
    public required ulong TablesAddress { get; init; }

    /// <summary>The base of the power management registers.</summary>
    public ushort PmBase { get; init; } = AcpiPorts.DefaultPmBase;

    /// <summary>The chips.</summary>
    public AcpiChipset Chipset { get; init; }

    /// <summary>The first port of the GPE0 block.</summary>
    public ushort GpeBase { get; init; } = AcpiPorts.GpeBase;

    /// <summary>Bytes of the GPE0 block.</summary>
    public byte GpeLength { get; init; } = AcpiPorts.GpeLength;

    /// <summary>The first address below 4 GiB that PCI devices may use; the window ends below the I/O APIC.</summary>
    public uint PciWindowStart { get; init; } = 0xc000_0000;

    /// <summary>A window above RAM for 64-bit BARs; none when its length is zero.</summary>
    public (ulong Start, ulong Length) PciWindow64 { get; init; }

    /// <summary>The HPET's low capability word; null when the machine has none.</summary>
    public uint? HpetBlockId { get; init; } = 0x8086_a201;

    /// <summary>The memory-mapped configuration space; null on a machine without one, such as <c>pc</c>.</summary>
    public ulong? EcamAddress { get; init; }

    /// <summary>How many of COM1 to COM4 there are.</summary>
    public int SerialPorts { get; init; } = 1;

    /// <summary>Whether <c>fw_cfg</c> is there.</summary>
    public bool FwCfg { get; init; } = true;

    /// <summary>The I/O APIC's ID.</summary>
    public byte IoApicId { get; init; }
}
