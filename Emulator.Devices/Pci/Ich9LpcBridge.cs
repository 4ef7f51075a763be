using Emulator.Core.Bus;
using Emulator.Core.Snapshots;
using Emulator.Devices.Boards;
using Emulator.Devices.Chipset;

namespace Emulator.Devices.Pci;

/// <summary>
/// LPC bridge of the ICH9, 82801I (Intel I/O Controller Hub 9 data sheet, order 316972, chapter 13): PCI 00:1f.0, 8086:2918. Routes
/// PIRQA#-PIRQH# to ISA lines by PIRQ[n]_ROUT and, fixed, to I/O APIC inputs 16 to 23; places power management by PMBASE and the chipset
/// configuration registers by RCBA.
/// </summary>
public sealed class Ich9LpcBridge : PciDevice, IIsaBridge
{
    private const int Pirqs = 8;
    private const int PowerBase = 0x40;
    private const int AcpiControl = 0x44;
    private const int PirqRoutAToD = 0x60;
    private const int PirqRoutEToH = 0x68;
    private const int RootComplexBase = 0xf0;
    private const byte AcpiEnable = 0x80;
    private const uint IoSpaceIndicator = 1;
    private const uint RootComplexEnable = 1;
    private const uint RootComplexAddress = 0xffff_c000;
    private const uint FirmwareRootComplexBase = 0xfed1_c000;
    private const int FirstApicInput = 16;

    private readonly PirqSteering _steering;
    private readonly InterruptLine[] _inputs = new InterruptLine[Pirqs];
    private readonly ChipsetConfiguration _configuration;

    /// <summary>Attaches to slot 0x1f and takes the bus's interrupt wires.</summary>
    public Ich9LpcBridge(PciBus bus, InterruptRouter router)
        : base(bus, PcPlatform.LpcBridgeDevfn, "ich9-lpc", new PciIdentity(0x8086, 0x2918, 0x060100)
        {
            Revision = 2,
            SubsystemVendorId = 0x1af4,
            SubsystemId = 0x1100,
            Multifunction = true,
        })
    {
        _steering = new PirqSteering(router, Pirqs);
        for (var pirq = 0; pirq < Pirqs; pirq++)
        {
            _inputs[pirq] = router.Connect(FirstApicInput + pirq);
        }

        _configuration = new ChipsetConfiguration(bus.Memory, bus.Rewire);
        DeclareRegisters();
        bus.InterruptSink = this;
    }

    /// <summary>Where the power management block is; 0 while firmware has not placed it.</summary>
    public ushort PmBase => (ushort)(Config.Word(PowerBase) & 0xff80);

    /// <summary>Whether the power management block is decoded.</summary>
    public bool IsPowerManagementEnabled => (Config.Bytes[AcpiControl] & AcpiEnable) != 0;

    /// <summary>Whether a watchdog that runs out leaves the machine alone (GCS bit 5).</summary>
    public bool IsWatchdogHarmless => _configuration.NoReboot;

    /// <summary>Called when <see cref="PmBase"/> or <see cref="IsPowerManagementEnabled"/> may have changed.</summary>
    public Action? PowerManagementMoved { get; set; }

    /// <inheritdoc/>
    public int PirqOf(int slot, int pin) => _configuration.PirqOf(slot, pin);

    /// <inheritdoc/>
    public void RouteAsFirmware()
    {
        for (var pirq = 0; pirq < Pirqs; pirq++)
        {
            WriteConfig(RouteRegister(pirq), 1, (uint)PcPlatform.FirmwareLineOf(pirq));
        }
    }

    /// <summary>Places power management and the chipset configuration registers as firmware does.</summary>
    public void PlaceAsFirmware(ushort pmBase)
    {
        WriteConfig(PowerBase, 4, pmBase | IoSpaceIndicator);
        WriteConfig(AcpiControl, 1, AcpiEnable);
        WriteConfig(RootComplexBase, 4, FirmwareRootComplexBase | RootComplexEnable);
    }

    /// <inheritdoc/>
    public void SetPirq(int pirq, bool asserted)
    {
        _steering.Set(pirq, asserted);
        _inputs[pirq].Set(asserted);
    }

    /// <inheritdoc/>
    protected override void OnConfigWritten(int offset, int size)
    {
        for (var pirq = 0; pirq < Pirqs; pirq++)
        {
            var register = RouteRegister(pirq);
            if (offset <= register && offset + size > register)
            {
                _steering.Route(pirq, Config.Bytes[RouteRegister(pirq)]);
            }
        }

        if (offset < AcpiControl + 1 && offset + size > PowerBase)
        {
            PowerManagementMoved?.Invoke();
        }

        if (offset < RootComplexBase + 4 && offset + size > RootComplexBase)
        {
            PlaceConfiguration();
        }
    }

    /// <inheritdoc/>
    protected override void ResetDevice()
    {
        _steering.Asserted = 0;
        _configuration.Reset();
        for (var pirq = 0; pirq < Pirqs; pirq++)
        {
            _steering.Route(pirq, Config.Bytes[RouteRegister(pirq)]);
            _inputs[pirq].Set(false);
        }

        PowerManagementMoved?.Invoke();
        PlaceConfiguration();
    }

    /// <inheritdoc/>
    protected override void SaveDevice(StateWriter writer)
    {
        writer.Write(_steering.Asserted);
        _configuration.Save(writer);
    }

    /// <inheritdoc/>
    protected override void LoadDevice(StateReader reader)
    {
        _steering.Asserted = reader.ReadByte();
        _configuration.Load(reader);
        for (var pirq = 0; pirq < Pirqs; pirq++)
        {
            _steering.Restore(pirq, Config.Bytes[RouteRegister(pirq)]);
        }

        PowerManagementMoved?.Invoke();
        PlaceConfiguration();
    }

    private static int RouteRegister(int pirq) => pirq < 4 ? PirqRoutAToD + pirq : PirqRoutEToH + pirq - 4;

    // 13.1: what has no effect here is stored, as firmware programs it.
    private void DeclareRegisters()
    {
        const uint Always = PciRegister.CommandIo | PciRegister.CommandMemory | PciRegister.CommandMaster;
        Config.Declare(PciRegister.Command, 2, Always, PciRegister.CommandSerr);
        Config.Declare(PciRegister.Status, 2, PciRegister.StatusDevselMedium, 0, PciRegister.StatusErrors);
        Config.Declare(PowerBase, 4, IoSpaceIndicator, 0xff80);
        Config.Declare(AcpiControl, 1, 0, 0x87);
        Config.Declare(0x48, 4, IoSpaceIndicator, 0xffc0); // GPIOBASE
        Config.Declare(0x4c, 1, 0, 0x13); // GPIO control
        for (var pirq = 0; pirq < Pirqs; pirq++)
        {
            Config.Declare(RouteRegister(pirq), 1, PirqSteering.NotRouted, 0x8f);
        }

        Config.Declare(0x64, 1, 0x10, 0xd3); // SIRQ_CNTL
        Config.Declare(0x80, 2, 0, 0x1377); // LPC_I/O_DEC
        Config.Declare(0x82, 2, 0, 0x3f0f); // LPC_EN
        for (var generic = 0x84; generic < 0x94; generic += 4)
        {
            Config.Declare(generic, 4, 0, 0x00fc_fffd); // GEN1_DEC to GEN4_DEC
        }

        Config.Declare(0xa0, 2, 0, 0x1f1f); // GEN_PMCON_1
        Config.Declare(0xa2, 2, 0, 0x00ff); // GEN_PMCON_2
        Config.Declare(0xa4, 1, 0, 0xff); // GEN_PMCON_3
        Config.Declare(0xac, 4, 0, 0x0010_0000); // GEN_PMCON_LOCK, CF9 lock and global reset
        Config.Declare(0xb8, 4, 0, 0xffff_ffff); // GPI_ROUT
        Config.Declare(0xd0, 4, 0x0011_2233, 0xffff_ffff); // FWH_SEL1
        Config.Declare(0xd4, 2, 0x4567, 0xffff); // FWH_SEL2
        Config.Declare(0xd8, 2, 0xffcf, 0xff0f); // FWH_DEC_EN1
        Config.Declare(0xdc, 1, 0, 0x0b); // BIOS_CNTL
        Config.Declare(RootComplexBase, 4, 0, RootComplexAddress | RootComplexEnable);
    }

    private void PlaceConfiguration()
    {
        var register = Config.Dword(RootComplexBase);
        _configuration.Place(register & RootComplexAddress, (register & RootComplexEnable) != 0);
    }
}
