using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Devices.Chipset;

/// <summary>
/// NMI status and control, port 0x61 (82371SB PIIX3 data sheet, 2.5.5.1): gate of counter 2, speaker data enable, SERR# and IOCHK#
/// enables; reads the refresh toggle and OUT of counter 2.
/// </summary>
public sealed class SystemControlPortB : IDevice, IPortHandler
{
    // One refresh cycle: 18 CLK pulses of the 8254.
    private const long RefreshPeriod = 15_085;
    private const byte Writable = 0x0f;
    private const byte TimerGate = 0x01;
    private const byte RefreshToggle = 0x10;
    private const byte TimerOut = 0x20;

    private readonly EventScheduler _scheduler;
    private readonly Pit8254 _pit;
    private byte _control;

    /// <summary>Claims port 0x61.</summary>
    public SystemControlPortB(IoPortBus ports, EventScheduler scheduler, Pit8254 pit)
    {
        _scheduler = scheduler;
        _pit = pit;
        ports.Claim("port-b", PcPlatform.SystemControlPortB, 1, this);
    }

    /// <inheritdoc/>
    public string StateName => "port-b";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>Whether counter 2 reaches the speaker.</summary>
    public bool SpeakerEnabled => (_control & 3) == 3;

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size)
    {
        var value = _control;
        if ((_scheduler.Now / RefreshPeriod & 1) != 0)
        {
            value |= RefreshToggle;
        }

        return _pit.Out2 ? (uint)(value | TimerOut) : value;
    }

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        _control = (byte)(value & Writable);
        _pit.Gate2 = (_control & TimerGate) != 0;
    }

    /// <inheritdoc/>
    public void Reset() => _control = 0;

    /// <inheritdoc/>
    public void Save(StateWriter writer) => writer.Write(_control);

    /// <inheritdoc/>
    public void Load(StateReader reader) => _control = reader.ReadByte();
}
