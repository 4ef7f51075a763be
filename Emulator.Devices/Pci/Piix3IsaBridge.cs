using Emulator.Core.Bus;
using Emulator.Core.Snapshots;
using Emulator.Devices.Boards;
using Emulator.Devices.Chipset;

namespace Emulator.Devices.Pci;

/// <summary>
/// PIIX3 PCI-to-ISA bridge, 82371SB function 0 (Intel 82371FB/82371SB data sheet, order 290550): PCI 00:01.0, 8086:7000. Routes
/// PIRQA#-PIRQD# to ISA interrupt lines by its registers 0x60-0x63. The ELCR and the reset control register are in their own files.
/// </summary>
public sealed class Piix3IsaBridge : PciDevice, IIsaBridge
{
    private const int PirqRouteControl = 0x60;
    private const byte NotRouted = 0x80;

    // Lines 0, 1, 2, 8 and 13 are reserved.
    private const ushort RoutableLines = 0xdef8;

    private readonly InterruptLine?[] _wires = new InterruptLine?[4 * 16];
    private readonly int[] _routes = [-1, -1, -1, -1];
    private byte _asserted;

    /// <summary>Attaches to slot 1 and takes the bus's interrupt wires.</summary>
    public Piix3IsaBridge(PciBus bus, InterruptRouter router)
        : base(bus, PcPlatform.IsaBridgeDevfn, "piix3", new PciIdentity(0x8086, 0x7000, 0x060100)
        {
            SubsystemVendorId = 0x1af4,
            SubsystemId = 0x1100,
            Multifunction = true,
        })
    {
        for (var i = 0; i < _wires.Length; i++)
        {
            if ((RoutableLines >> (i & 15) & 1) != 0)
            {
                _wires[i] = router.Connect(i & 15);
            }
        }

        DeclareRegisters();
        bus.InterruptSink = this;
    }

    /// <inheritdoc/>
    public int PirqOf(int slot, int pin) => PcPlatform.PirqOf(slot, pin);

    /// <inheritdoc/>
    public void RouteAsFirmware()
    {
        for (var pirq = 0; pirq < 4; pirq++)
        {
            WriteConfig(PirqRouteControl + pirq, 1, (uint)PcPlatform.FirmwareLineOf(pirq));
        }
    }

    /// <inheritdoc/>
    public void SetPirq(int pirq, bool asserted)
    {
        _asserted = (byte)(asserted ? _asserted | (1 << pirq) : _asserted & ~(1 << pirq));
        Wire(pirq)?.Set(asserted);
    }

    /// <inheritdoc/>
    protected override void OnConfigWritten(int offset, int size)
    {
        for (var pirq = 0; pirq < 4; pirq++)
        {
            if (offset <= PirqRouteControl + pirq && offset + size > PirqRouteControl + pirq)
            {
                Reroute(pirq);
            }
        }
    }

    /// <inheritdoc/>
    protected override void ResetDevice()
    {
        _asserted = 0;
        for (var pirq = 0; pirq < 4; pirq++)
        {
            Reroute(pirq);
        }
    }

    /// <inheritdoc/>
    protected override void SaveDevice(StateWriter writer) => writer.Write(_asserted);

    /// <inheritdoc/>
    protected override void LoadDevice(StateReader reader)
    {
        _asserted = reader.ReadByte();
        for (var pirq = 0; pirq < 4; pirq++)
        {
            _routes[pirq] = RouteOf(pirq);
        }
    }

    private void DeclareRegisters()
    {
        const uint Always = PciRegister.CommandIo | PciRegister.CommandMemory | PciRegister.CommandMaster;
        Config.Declare(PciRegister.Command, 2, Always, PciRegister.CommandSerr);
        Config.Declare(PciRegister.Status, 2, PciRegister.StatusDevselMedium, 0, PciRegister.StatusErrors);
        Config.Declare(0x4c, 1, 0x4d, 0xff);
        Config.Declare(0x4e, 2, 0x0003, 0x01ff);
        for (var pirq = 0; pirq < 4; pirq++)
        {
            Config.Declare(PirqRouteControl + pirq, 1, NotRouted, 0x8f);
        }

        Config.Declare(0x69, 1, 0x02, 0xfe);
        Config.Declare(0x6a, 2, 0, 0x8011);
        Config.Declare(0x70, 1, 0x80, 0xff);
        Config.Declare(0x76, 2, 0x0c0c, 0x8f8f);
        Config.Declare(0x78, 2, 0x0002, 0xffff);
        Config.Declare(0x80, 1, 0, 0x7f);
        Config.Declare(0x82, 1, 0, 0x0f);
        Config.Declare(0xa0, 1, 0x08, 0x1f);
        Config.Declare(0xa2, 2, 0, 0xffff);
        Config.Declare(0xa4, 4, 0, 0xffffffff);
        Config.Declare(0xa8, 1, 0x0f, 0xff);
        Config.Declare(0xaa, 2, 0, 0, 0xffff);
        Config.Declare(0xac, 1, 0, 0xff);
        Config.Declare(0xae, 1, 0, 0xff);
    }

    private int RouteOf(int pirq)
    {
        var control = Config.Bytes[PirqRouteControl + pirq];
        var line = control & 15;
        return (control & NotRouted) == 0 && (RoutableLines >> line & 1) != 0 ? line : -1;
    }

    private InterruptLine? Wire(int pirq) => _routes[pirq] < 0 ? null : _wires[(pirq * 16) + _routes[pirq]];

    private void Reroute(int pirq)
    {
        Wire(pirq)?.Set(false);
        _routes[pirq] = RouteOf(pirq);
        Wire(pirq)?.Set((_asserted & (1 << pirq)) != 0);
    }
}
