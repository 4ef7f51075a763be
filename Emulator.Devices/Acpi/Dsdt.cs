using static Emulator.Devices.Acpi.Aml;

namespace Emulator.Devices.Acpi;

/// <summary>
/// The differentiated system description (ACPI 6.5, 5.2.11.1): host bridge, interrupt links, ISA devices and processors. What boards differ
/// in comes from their <see cref="ChipsetAml"/>.
/// </summary>
internal static class Dsdt
{
    private const uint PciWindowEnd = 0xfebf_ffff;
    private const int EcamLength = 256 << 20;

    /// <summary>The table's definition block.</summary>
    public static byte[] Build(AcpiOptions options)
    {
        ChipsetAml chipset = options.Chipset == AcpiChipset.Q35 ? new Q35Aml() : new I440FxAml();
        var system = new List<AmlTerm> { HostBridge(options, chipset) };
        system.AddRange(chipset.Links());
        if (options.HpetBlockId is not null)
        {
            system.Add(Device("HPET", Name("_HID", EisaId("PNP0103")), Name("_UID", 0),
                Name("_CRS", new AmlResources().Memory32Fixed(0xfed0_0000, 0x400).Template)));
        }

        if (options.EcamAddress is { } ecam and < uint.MaxValue)
        {
            system.Add(Device("ECAM", Name("_HID", EisaId("PNP0C02")), Name("_UID", Text("ECAM")),
                Name("_CRS", new AmlResources().Memory32Fixed((uint)ecam, EcamLength).Template)));
        }

        for (var cpu = 0; cpu < options.ApicIds.Length; cpu++)
        {
            system.Add(Device($"C{cpu:X3}", Name("_HID", Text("ACPI0007")), Name("_UID", cpu)));
        }

        AmlTerm[] top =
        [
            Name(@"\_S5", PackageOf(0, 0, 0, 0)),
            Name(@"\PICM", 0),
            Method(@"\_PIC", 1, Store(Arg(0), "PICM")),
            Scope(@"\_SB", [.. system]),
        ];
        return Join([], top).Bytes;
    }

    private static AmlTerm HostBridge(AcpiOptions options, ChipsetAml chipset) => Device("PCI0",
    [
        .. chipset.HostBridgeIdentity(),
        Name("_UID", 0),
        Name("_CRS", HostBridgeResources(options)),
        .. chipset.Routing(),
        IsaBridge(options, chipset),
    ]);

    private static AmlTerm HostBridgeResources(AcpiOptions options)
    {
        var resources = new AmlResources()
            .WordBusNumber(0, 0xff)
            .Io(0xcf8, 8)
            .WordIo(0x0000, 0x0cf7)
            .WordIo(0x0d00, 0xffff)
            .DWordMemory(0x000a_0000, 0x000b_ffff, cacheable: true)
            .DWordMemory(options.PciWindowStart, PciWindowEnd, cacheable: false);
        if (options.PciWindow64 is { Length: > 0 } window)
        {
            resources.QWordMemory(window.Start, window.Start + window.Length - 1, cacheable: true);
        }

        return resources.Template;
    }

    private static AmlTerm IsaBridge(AcpiOptions options, ChipsetAml chipset)
    {
        List<AmlTerm> parts =
        [
            .. chipset.IsaBridgeRegisters(),
            IsaDevice("PIC", "PNP0000", new AmlResources().Io(0x20, 2).Io(0xa0, 2).Io(0x4d0, 2).IrqNoFlags(2)),
            IsaDevice("TMR", "PNP0100", new AmlResources().Io(0x40, 4).IrqNoFlags(0)),
            IsaDevice("RTC", "PNP0B00", new AmlResources().Io(0x70, 2).IrqNoFlags(8)),
            IsaDevice("KBD", "PNP0303", new AmlResources().Io(0x60, 1).Io(0x64, 1).IrqNoFlags(1)),
            IsaDevice("MOU", "PNP0F13", new AmlResources().IrqNoFlags(12)),
            IsaDevice("MBRD", "PNP0C02", chipset.PowerManagementPorts(options).Io(AcpiPorts.SmiCommandPort, 2)),
        ];
        ReadOnlySpan<(int Port, int Irq)> serialPorts = [(0x3f8, 4), (0x2f8, 3), (0x3e8, 4), (0x2e8, 3)];
        for (var i = 0; i < Math.Min(options.SerialPorts, serialPorts.Length); i++)
        {
            var (port, irq) = serialPorts[i];
            parts.Add(Device($"COM{i + 1}", Name("_HID", EisaId("PNP0501")), Name("_UID", i + 1), Name("_STA", 0x0f),
                Name("_CRS", new AmlResources().Io(port, 8).IrqNoFlags(irq).Template)));
        }

        if (options.FwCfg)
        {
            parts.Add(Device("FWCF", Name("_HID", Text("QEMU0002")), Name("_STA", 0x0b),
                Name("_CRS", new AmlResources().Io(0x510, 12).Template)));
        }

        return Device("ISA", [.. parts]);
    }

    private static AmlTerm IsaDevice(string name, string id, AmlResources resources)
        => Device(name, Name("_HID", EisaId(id)), Name("_STA", 0x0f), Name("_CRS", resources.Template));
}
