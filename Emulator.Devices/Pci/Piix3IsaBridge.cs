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

    private readonly PirqSteering _steering;

    /// <summary>Attaches to slot 1 and takes the bus's interrupt wires.</summary>
    public Piix3IsaBridge(PciBus bus, InterruptRouter router)
        : base(bus, PcPlatform.IsaBridgeDevfn, "piix3", new PciIdentity(0x8086, 0x7000, 0x060100)
        {
            SubsystemVendorId = 0x1af4,
            SubsystemId = 0x1100,
            Multifunction = true,
        })
    {
        _steering = new PirqSteering(router, 4);
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
        _steering.Set(pirq, asserted);
    }

    /// <inheritdoc/>
    protected override void OnConfigWritten(int offset, int size)
    {
        for (var pirq = 0; pirq < 4; pirq++)
        {
            if (offset <= PirqRouteControl + pirq && offset + size > PirqRouteControl + pirq)
            {
                _steering.Route(pirq, Config.Bytes[PirqRouteControl + pirq]);
            }
        }
    }

    /// <inheritdoc/>
    protected override void ResetDevice()
    {
        _steering.Asserted = 0;
        for (var pirq = 0; pirq < 4; pirq++)
        {
            _steering.Route(pirq, Config.Bytes[PirqRouteControl + pirq]);
        }
    }

    /// <inheritdoc/>
    protected override void SaveDevice(StateWriter writer) => writer.Write(_steering.Asserted);

    /// <inheritdoc/>
    protected override void LoadDevice(StateReader reader)
    {
        _steering.Asserted = reader.ReadByte();
        for (var pirq = 0; pirq < 4; pirq++)
        {
            _steering.Restore(pirq, Config.Bytes[PirqRouteControl + pirq]);
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
            Config.Declare(PirqRouteControl + pirq, 1, PirqSteering.NotRouted, 0x8f);
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
}
