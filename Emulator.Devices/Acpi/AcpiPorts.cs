using Emulator.Core.Bus;

namespace Emulator.Devices.Acpi;

/// <summary>
/// Where the ACPI registers stand in I/O space: the PM block, which PIIX4 configuration registers PMBA and PMREGMISC place and
/// enable (82371AB data sheet 290562, 7.0.13 and 7.0.24), and the fixed GPE0 block and SMI command port.
/// </summary>
public sealed class AcpiPorts
{
    /// <summary>Where QEMU's firmware places the PM block.</summary>
    public const ushort DefaultPmBase = 0x600;

    /// <summary>Bytes of the PM block.</summary>
    public const int PmLength = 64;

    /// <summary>QEMU's GPE0 block: two status and two enable bytes.</summary>
    public const ushort GpeBase = 0xafe0;

    /// <summary>Bytes of the GPE0 block.</summary>
    public const int GpeLength = 4;

    /// <summary>APMC, the FADT's SMI_CMD.</summary>
    public const ushort SmiCommandPort = 0xb2;

    /// <summary>Written to the SMI command port: SCI_EN is set.</summary>
    public const byte AcpiEnableCommand = 0xf1;

    /// <summary>Written to the SMI command port: SCI_EN is cleared.</summary>
    public const byte AcpiDisableCommand = 0xf0;

    private readonly MovablePorts _pm;

    /// <summary>Claims the fixed ports; the PM block answers only once placed.</summary>
    public AcpiPorts(IoPortBus bus, AcpiFixedHardware hardware)
    {
        _pm = new MovablePorts(bus, "acpi-pm", PmLength, new BytePorts(hardware.ReadPm, hardware.WritePm));
        bus.Claim("acpi-gpe0", GpeBase, GpeLength, new BytePorts(hardware.ReadGpe, hardware.WriteGpe));
        ClaimSmiCommand(bus, hardware);
    }

    /// <summary>Moves the PM block, or takes it away; where other ports are, it does not answer.</summary>
    public void PlacePm(ushort first, bool enabled) => _pm.Place((ushort)(first & 0xffc0), enabled);

    /// <summary>Claims APMC and APMS, which stand at the same ports on every board.</summary>
    internal static void ClaimSmiCommand(IoPortBus bus, AcpiFixedHardware hardware)
        => bus.Claim("apm", SmiCommandPort, 2, new BytePorts(hardware.ReadSmi, hardware.WriteSmi));
}
