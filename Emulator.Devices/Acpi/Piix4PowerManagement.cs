using Emulator.Core.Snapshots;
using Emulator.Devices.Pci;

namespace Emulator.Devices.Acpi;

/// <summary>
/// PIIX4 power management, 82371AB function 3 (Intel 82371AB data sheet 290562, 7.0): PCI 00:01.3, 8086:7113. Its configuration
/// registers place the PM block in I/O space; the registers there are <see cref="AcpiFixedHardware"/>, a device of its own.
/// </summary>
public sealed class Piix4PowerManagement : PciDevice
{
    private const int PmBaseAddress = 0x40;
    private const int PmRegisterEnable = 0x80;
    private const int DeviceActivityB = 0x58;
    private const uint ApmcEnable = 1 << 25;
    private const uint IoSpaceIndicator = 1;

    private readonly AcpiPorts _ports;

    /// <summary>Attaches beside the ISA bridge.</summary>
    public Piix4PowerManagement(PciBus bus, AcpiPorts ports)
        : base(bus, PcPlatform.PowerManagementDevfn, "piix4-pm", new PciIdentity(0x8086, 0x7113, 0x068000)
        {
            Revision = 3,
            SubsystemVendorId = 0x1af4,
            SubsystemId = 0x1100,
            InterruptPin = 1,
        })
    {
        _ports = ports;
        DeclareRegisters();
    }

    /// <summary>Where the PM block is; 0 while firmware has not placed it.</summary>
    public ushort PmBase => (ushort)(Config.Word(PmBaseAddress) & 0xffc0);

    /// <summary>Places and enables the PM block as firmware does, for kernels started without firmware.</summary>
    public void PlaceAsFirmware(ushort pmBase = AcpiPorts.DefaultPmBase)
    {
        WriteConfig(PmBaseAddress, 4, pmBase | IoSpaceIndicator);
        WriteConfig(PmRegisterEnable, 1, 1);
        WriteConfig(PciRegister.InterruptLine, 1, PcPlatform.AcpiIrq);
    }

    /// <inheritdoc/>
    protected override void OnConfigWritten(int offset, int size)
    {
        if (offset < PmBaseAddress + 4 && offset + size > PmBaseAddress || offset <= PmRegisterEnable && offset + size > PmRegisterEnable)
        {
            Place();
        }
    }

    /// <inheritdoc/>
    protected override void ResetDevice() => Place();

    /// <inheritdoc/>
    protected override void SaveDevice(StateWriter writer)
    {
        // The configuration space is all there is.
    }

    /// <inheritdoc/>
    protected override void LoadDevice(StateReader reader) => Place();

    private void Place() => _ports.PlacePm(PmBase, (Config.Bytes[PmRegisterEnable] & 1) != 0);

    // 7.0.8 to 7.0.26; what has no effect here is stored, as firmware programs it.
    private void DeclareRegisters()
    {
        Config.Declare(PciRegister.Command, 2, 0, PciRegister.CommandIo);
        Config.Declare(PciRegister.Status, 2, PciRegister.StatusFastBackToBack | PciRegister.StatusDevselMedium, 0, PciRegister.StatusErrors);
        Config.Declare(PmBaseAddress, 4, IoSpaceIndicator, 0xffc0);
        Config.Declare(0x44, 4, 0, 0xffffffff); // CNTA
        Config.Declare(0x48, 4, 0, 0xffffffff); // CNTB
        Config.Declare(0x4c, 4, 0, 0xffffffff); // GPICTL
        Config.Declare(0x50, 3, 0, 0xffffff); // DEVRESD
        for (var register = 0x54; register < 0x80; register += 4)
        {
            // DEVACTA to DEVRESJ. There is no system management mode: APMC_EN stands from reset on, which tells firmware that it has nothing to set up.
            Config.Declare(register, 4, register == DeviceActivityB ? ApmcEnable : 0, 0xffffffff);
        }

        Config.Declare(PmRegisterEnable, 1, 0, 1);
        Config.Declare(0x90, 4, IoSpaceIndicator, 0xfff0); // SMBBA
        Config.Declare(0xd2, 1, 0, 0x0f); // SMBHSTCFG
        Config.Declare(0xd3, 1, 0, 0xff); // SMBSLVC
        Config.Declare(0xd4, 2, 0, 0xffff); // SMBSHDW1 and 2
        Config.Declare(0xd6, 1, 0); // SMBREV
    }
}
