using static Emulator.Devices.Acpi.Aml;

namespace Emulator.Devices.Acpi;

/// <summary>What a board's chips are in the differentiated system description.</summary>
internal abstract class ChipsetAml
{
    /// <summary>Bits of a PIRQ route register that say that it routes nowhere.</summary>
    protected const int LinkDisabled = 0x80;

    /// <summary>Slots of a PCI bus.</summary>
    protected const int PciSlots = 32;

    /// <summary>The interrupt of power management.</summary>
    protected const int SciIrq = 9;

    /// <summary>The ISA interrupts that PIRQs may be routed to.</summary>
    protected static ReadOnlySpan<int> LinkChoices => [5, 10, 11];

    /// <summary>_HID of the host bridge, and what belongs to it.</summary>
    public abstract IEnumerable<AmlTerm> HostBridgeIdentity();

    /// <summary>_PRT of the root bus, and what it needs.</summary>
    public abstract IEnumerable<AmlTerm> Routing();

    /// <summary>The interrupt link devices.</summary>
    public abstract IEnumerable<AmlTerm> Links();

    /// <summary>_ADR of the ISA bridge, and its PIRQ route registers as fields PRQ0 and so on.</summary>
    public abstract IEnumerable<AmlTerm> IsaBridgeRegisters();

    /// <summary>The ports of power management.</summary>
    public abstract AmlResources PowerManagementPorts(AcpiOptions options);

    /// <summary>The name of a link device: LNKA for 0.</summary>
    protected static string LinkName(int link) => $"LNK{(char)('A' + link)}";

    /// <summary>A route: pin of a slot, link, and no source index.</summary>
    protected static AmlTerm Route(int slot, int pin, string link) => PackageOf(slot << 16 | 0xffff, pin, link, 0);

    /// <summary>A PCI interrupt link (6.2.13) whose register is a PIRQ route register.</summary>
    protected static AmlTerm Link(int link)
    {
        var register = $@"\_SB.PCI0.ISA.PRQ{link}";
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

    /// <summary>A link that is wired to one interrupt for good.</summary>
    protected static AmlTerm FixedLink(string name, int uid, int interrupt)
    {
        var resources = new AmlResources().Interrupt(interrupt).Template;
        return Device(name,
            Name("_HID", EisaId("PNP0C0F")),
            Name("_UID", uid),
            Name("_PRS", resources),
            Name("_CRS", resources),
            Method("_STA", 0, Return(0x0b)),
            Method("_DIS", 0),
            Method("_SRS", 1));
    }
}

/// <summary>82441FX, PIIX3 and PIIX4.</summary>
internal sealed class I440FxAml : ChipsetAml
{
    private const int IsaBridgeSlot = 1;
    private const int Pirqs = 4;

    /// <inheritdoc/>
    public override IEnumerable<AmlTerm> HostBridgeIdentity() => [Name("_HID", EisaId("PNP0A03"))];

    // A slot's pin goes to PIRQ (slot + pin - 1) mod 4; the power management function of the ISA bridge's slot has the SCI.
    // PIRQs end at ISA interrupts, which are the same inputs of the 8259As and of the I/O APIC: \_PIC changes nothing here.
    /// <inheritdoc/>
    public override IEnumerable<AmlTerm> Routing()
    {
        var routes = new List<AmlTerm>();
        for (var slot = 0; slot < PciSlots; slot++)
        {
            for (var pin = 0; pin < 4; pin++)
            {
                routes.Add(Route(slot, pin, slot == IsaBridgeSlot && pin == 0 ? "LNKS" : LinkName(PcPlatform.PirqOf(slot, pin))));
            }
        }

        return [Name("_PRT", PackageOf([.. routes]))];
    }

    /// <inheritdoc/>
    public override IEnumerable<AmlTerm> Links() => [Link(0), Link(1), Link(2), Link(3), FixedLink("LNKS", Pirqs, SciIrq)];

    /// <inheritdoc/>
    public override IEnumerable<AmlTerm> IsaBridgeRegisters() =>
    [
        Name("_ADR", IsaBridgeSlot << 16),
        PciConfigRegion("PIRQ", 0x60, Pirqs),
        ByteFields("PIRQ", "PRQ0", "PRQ1", "PRQ2", "PRQ3"),
    ];

    /// <inheritdoc/>
    public override AmlResources PowerManagementPorts(AcpiOptions options)
        => new AmlResources().Io(options.PmBase, AcpiPorts.PmLength).Io(options.GpeBase, options.GpeLength);
}

/// <summary>MCH and ICH9.</summary>
internal sealed class Q35Aml : ChipsetAml
{
    private const int IsaBridgeSlot = 0x1f;
    private const int Pirqs = 8;
    private const int FirstApicInput = 16;
    private const int FirstRoutedSlot = 25;
    private const int BridgeSlot = 30;

    // PCI Firmware Specification 3.3, 4.5: the method's revision, and the control field's bit for the capability structure.
    private static readonly Guid PciHostBridge = new("33db4d5b-1ff7-401c-9657-7441c03dd766");
    private const int ExpressCapabilityControl = 0x10;

    /// <inheritdoc/>
    public override IEnumerable<AmlTerm> HostBridgeIdentity() => [Name("_HID", EisaId("PNP0A08")), Name("_CID", EisaId("PNP0A03")), OperatingSystemCapabilities()];

    /// <inheritdoc/>
    public override IEnumerable<AmlTerm> Routing() =>
    [
        Name("PRTP", Table(LinkName)),
        Name("PRTA", Table(InputName)),
        Method("_PRT", 0, If("PICM", Return("PRTA")), Return("PRTP")),
    ];

    /// <inheritdoc/>
    public override IEnumerable<AmlTerm> Links() =>
    [
        .. Enumerable.Range(0, Pirqs).Select(Link),
        .. Enumerable.Range(0, Pirqs).Select(pirq => FixedLink(InputName(pirq), FirstApicInput + pirq, FirstApicInput + pirq)),
    ];

    /// <inheritdoc/>
    public override IEnumerable<AmlTerm> IsaBridgeRegisters() =>
    [
        Name("_ADR", IsaBridgeSlot << 16),
        PciConfigRegion("PIR0", 0x60, 4),
        ByteFields("PIR0", "PRQ0", "PRQ1", "PRQ2", "PRQ3"),
        PciConfigRegion("PIR1", 0x68, 4),
        ByteFields("PIR1", "PRQ4", "PRQ5", "PRQ6", "PRQ7"),
    ];

    /// <inheritdoc/>
    public override AmlResources PowerManagementPorts(AcpiOptions options) => new AmlResources().Io(options.PmBase, Ich9PowerManagement.Length);

    private static string InputName(int pirq) => $"GSI{(char)('A' + pirq)}";

    // The wiring of slots below 25 and of slot 30 is the board's, that of the others what D25IR to D31IR say after reset.
    private static AmlTerm Table(Func<int, string> name)
    {
        var routes = new List<AmlTerm>();
        for (var slot = 0; slot < PciSlots; slot++)
        {
            for (var pin = 0; pin < 4; pin++)
            {
                var pirq = slot < FirstRoutedSlot ? 4 + ((slot + pin) & 3) : slot == BridgeSlot ? 4 + pin : pin;
                routes.Add(Route(slot, pin, name(pirq)));
            }
        }

        return PackageOf([.. routes]);
    }

    // _OSC (ACPI 6.5, 6.2.11.3): the guest gets the express capability structure; there is no hot plug and no error reporting to hand over.
    private static AmlTerm OperatingSystemCapabilities() => SerializedMethod("_OSC", 4,
        CreateDWordField(Arg(3), 0, "CDW1"),
        If(LogicalEqual(Arg(0), Uuid(PciHostBridge)),
            CreateDWordField(Arg(3), 8, "CDW3"),
            AndTo("CDW3", ExpressCapabilityControl, Local(0)),
            If(LogicalNot(LogicalEqual(Arg(1), 1)), Or("CDW1", 0x08, "CDW1")),
            If(LogicalNot(LogicalEqual("CDW3", Local(0))), Or("CDW1", 0x10, "CDW1")),
            Store(Local(0), "CDW3")),
        Else(Or("CDW1", 0x04, "CDW1")),
        Return(Arg(3)));
}
