using static Emulator.Devices.Acpi.Aml;

namespace Emulator.Devices.Acpi;

/// <summary>
/// The differentiated system description of the <c>pc</c> machine: an i440FX host bridge, PIIX3 interrupt links, ISA devices and
/// processors (ACPI 6.5, 5.2.11.1).
/// </summary>
internal static class Dsdt
{
    private const int PciSlots = 32;
    private const int IsaBridgeSlot = 1;
    private const int SciIrq = 9;
    private const int LinkDisabled = 0x80;
    private const uint PciWindowEnd = 0xfebf_ffff;
    private const string LinkRegister = @"\_SB.PCI0.ISA.PRQ";

    // The ISA interrupts that PIRQA-D may be routed to.
    private static ReadOnlySpan<int> LinkChoices => [5, 10, 11];

    /// <summary>The table's definition block.</summary>
    public static byte[] Build(AcpiOptions options)
    {
        var system = new List<AmlTerm> { HostBridge(options) };
        for (var link = 0; link < 4; link++)
        {
            system.Add(Link(link));
        }

        system.Add(SciLink());
        if (options.HpetBlockId is not null)
        {
            system.Add(Device("HPET", Name("_HID", EisaId("PNP0103")), Name("_UID", 0),
                Name("_CRS", new AmlResources().Memory32Fixed(0xfed0_0000, 0x400).Template)));
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

    private static AmlTerm HostBridge(AcpiOptions options) => Device("PCI0",
        Name("_HID", EisaId("PNP0A03")),
        Name("_UID", 0),
        Name("_CRS", HostBridgeResources(options)),
        Name("_PRT", RoutingTable()),
        IsaBridge(options));

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

    // A slot's pin goes to PIRQ (slot + pin - 1) mod 4; the power management function of the ISA bridge's slot has the SCI.
    // PIRQs end at ISA interrupts, which are the same inputs of the 8259As and of the I/O APIC: \_PIC changes nothing here.
    private static AmlTerm RoutingTable()
    {
        var routes = new List<AmlTerm>();
        for (var slot = 0; slot < PciSlots; slot++)
        {
            for (var pin = 0; pin < 4; pin++)
            {
                AmlTerm link = slot == IsaBridgeSlot && pin == 0 ? "LNKS" : LinkName((slot + pin + 3) & 3);
                routes.Add(PackageOf(slot << 16 | 0xffff, pin, link, 0));
            }
        }

        return PackageOf([.. routes]);
    }

    private static string LinkName(int link) => $"LNK{(char)('A' + link)}";

    // A PCI interrupt link (6.2.13): the PIIX3's PIRQRC register, whose bit 7 disables it.
    private static AmlTerm Link(int link)
    {
        var register = $"{LinkRegister}{link}";
        return Device(LinkName(link),
            Name("_HID", EisaId("PNP0C0F")),
            Name("_UID", link),
            Name("_PRS", new AmlResources().Interrupt(LinkChoices).Template),
            Name("BUF0", new AmlResources().Interrupt(0).Template),
            Method("_STA", 0, If(And(register, LinkDisabled), Return(0x09)), Return(0x0b)),
            Method("_DIS", 0, Or(register, LinkDisabled, register)),
            SerializedMethod("_CRS", 0,
                CreateDWordField("BUF0", 5, "IRQ0"),
                If(LogicalNot(And(register, LinkDisabled)), Store(register, "IRQ0")),
                Return("BUF0")),
            SerializedMethod("_SRS", 1,
                CreateDWordField(Arg(0), 5, "IRQ1"),
                Store("IRQ1", register)));
    }

    private static AmlTerm SciLink()
    {
        var resources = new AmlResources().Interrupt(SciIrq).Template;
        return Device("LNKS",
            Name("_HID", EisaId("PNP0C0F")),
            Name("_UID", 4),
            Name("_PRS", resources),
            Name("_CRS", resources),
            Method("_STA", 0, Return(0x0b)),
            Method("_DIS", 0),
            Method("_SRS", 1));
    }

    private static AmlTerm IsaBridge(AcpiOptions options)
    {
        var parts = new List<AmlTerm>
        {
            Name("_ADR", IsaBridgeSlot << 16),
            PciConfigRegion("PIRQ", 0x60, 4),
            ByteFields("PIRQ", "PRQ0", "PRQ1", "PRQ2", "PRQ3"),
            IsaDevice("PIC", "PNP0000", new AmlResources().Io(0x20, 2).Io(0xa0, 2).Io(0x4d0, 2).IrqNoFlags(2)),
            IsaDevice("TMR", "PNP0100", new AmlResources().Io(0x40, 4).IrqNoFlags(0)),
            IsaDevice("RTC", "PNP0B00", new AmlResources().Io(0x70, 2).IrqNoFlags(8)),
            IsaDevice("KBD", "PNP0303", new AmlResources().Io(0x60, 1).Io(0x64, 1).IrqNoFlags(1)),
            IsaDevice("MOU", "PNP0F13", new AmlResources().IrqNoFlags(12)),
            IsaDevice("MBRD", "PNP0C02", new AmlResources()
                .Io(options.PmBase, AcpiPorts.PmLength)
                .Io(AcpiPorts.GpeBase, AcpiPorts.GpeLength)
                .Io(AcpiPorts.SmiCommandPort, 2)),
        };
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
