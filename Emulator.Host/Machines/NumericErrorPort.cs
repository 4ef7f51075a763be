using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;
using Emulator.Devices;

namespace Emulator.Host.Machines;

/// <summary>
/// Port F0h, the coprocessor error register (82371SB PIIX3, 2.5.5.3): a write drops IRQ 13 and asserts IGNNE# until FERR# falls.
/// </summary>
internal sealed class NumericErrorPort : IDevice, IPortHandler
{
    private const ushort Port = 0xf0;
    private const int NumericErrorIrq = 13;

    private readonly VirtualMachine _machine;
    private readonly InterruptLine _line;

    /// <summary>Claims the port and joins FERR# of every processor to IRQ 13.</summary>
    public NumericErrorPort(VirtualMachine machine, LegacyDevices legacy)
    {
        _machine = machine;
        _line = legacy.Router.Connect(NumericErrorIrq);
        machine.Ports.Claim("numeric-error", Port, 1, this);
        foreach (var processor in machine.Processors)
        {
            processor.NumericErrorLine = _line;
        }
    }

    /// <inheritdoc/>
    public string StateName => "numeric-error";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size) => uint.MaxValue;

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        _line.Set(false);
        foreach (var processor in _machine.Processors)
        {
            processor.IgnoreNumericError = true;
        }
    }

    /// <inheritdoc/>
    public void Reset() => _line.Set(false);

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        // FERR# and IGNNE# are the processors' state, IRQ 13's level the router's.
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        // See Save.
    }
}
