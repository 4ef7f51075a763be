using Emulator.Core.Machine;
using Emulator.Devices.Acpi;
using Emulator.Devices.Pci;

namespace Emulator.Devices.Boards;

/// <summary>The machine <c>pc</c>: 82441FX host bridge, 82371SB (PIIX3) ISA bridge, and the power management function of an 82371AB (PIIX4).</summary>
public sealed class I440FxBoard : IPcBoard
{
    private readonly PciBus _bus;
    private Piix4PowerManagement? _power;

    /// <summary>Attaches the bridges.</summary>
    public I440FxBoard(BoardWiring wiring)
    {
        _bus = wiring.Bus;
        HostBridge = new I440FxHostBridge(_bus);
        IsaBridge = new Piix3IsaBridge(_bus, wiring.Router);
    }

    /// <inheritdoc/>
    public string Product => "Standard PC (i440FX + PIIX, 1996)";

    /// <inheritdoc/>
    public IHostBridge HostBridge { get; }

    /// <inheritdoc/>
    public IIsaBridge IsaBridge { get; }

    /// <inheritdoc/>
    public IEnumerable<IDevice> JoinPowerManagement(AcpiFixedHardware hardware)
    {
        _power = new Piix4PowerManagement(_bus, new AcpiPorts(_bus.Ports, hardware));
        return [_power];
    }

    /// <inheritdoc/>
    public void SetUpAsFirmware()
    {
        IsaBridge.RouteAsFirmware();
        _power?.PlaceAsFirmware();
    }

    /// <inheritdoc/>
    public AcpiOptions Describe(AcpiOptions options) => options with
    {
        Chipset = AcpiChipset.I440Fx,
        PmBase = _power is { PmBase: not 0 and var pmBase } ? pmBase : options.PmBase,
        GpeBase = AcpiPorts.GpeBase,
        GpeLength = AcpiPorts.GpeLength,
    };
}
