using Emulator.Core.Machine;
using Emulator.Devices.Acpi;
using Emulator.Devices.Pci;

namespace Emulator.Devices.Boards;

/// <summary>The machine <c>q35</c>: MCH host bridge with memory-mapped configuration space, ICH9 LPC bridge with power management.</summary>
public sealed class Q35Board : IPcBoard
{
    private readonly BoardWiring _wiring;
    private readonly MchHostBridge _mch;
    private readonly Ich9LpcBridge _lpc;

    /// <summary>Attaches the bridges.</summary>
    public Q35Board(BoardWiring wiring)
    {
        _wiring = wiring;
        _mch = new MchHostBridge(wiring.Bus);
        _lpc = new Ich9LpcBridge(wiring.Bus, wiring.Router);
    }

    /// <inheritdoc/>
    public string Product => "Standard PC (Q35 + ICH9, 2009)";

    /// <inheritdoc/>
    public IHostBridge HostBridge => _mch;

    /// <inheritdoc/>
    public IIsaBridge IsaBridge => _lpc;

    /// <inheritdoc/>
    public IEnumerable<IDevice> JoinPowerManagement(AcpiFixedHardware hardware) => [new Ich9PowerManagement(_lpc, hardware, _wiring)];

    /// <inheritdoc/>
    public void SetUpAsFirmware()
    {
        _mch.PlaceEcamAsFirmware();
        _lpc.RouteAsFirmware();
        _lpc.PlaceAsFirmware(AcpiPorts.DefaultPmBase);
    }

    /// <inheritdoc/>
    public AcpiOptions Describe(AcpiOptions options)
    {
        var pmBase = _lpc.PmBase != 0 ? _lpc.PmBase : options.PmBase;
        return options with
        {
            Chipset = AcpiChipset.Q35,
            PmBase = pmBase,
            GpeBase = (ushort)(pmBase + Ich9PowerManagement.GpeOffset),
            GpeLength = Ich9PowerManagement.GpeLength,
            EcamAddress = _mch.EcamAddress,
        };
    }
}
