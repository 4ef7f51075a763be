using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Examples;

/// <summary>
/// The example of docs/adding-a-device.md: one 32-bit register at one port. Writing microseconds sets the alarm (0 cancels it); when the
/// time has come the interrupt line rises; reading gives 1 if it has, and lowers the line.
/// </summary>
public sealed class AlarmClock : IDevice, IPortHandler
{
    /// <summary>Ports claimed.</summary>
    public const int PortCount = 4;

    private const long NanosecondsPerMicrosecond = 1000;

    private readonly EventScheduler _scheduler;
    private readonly InterruptLine _line;
    private readonly ScheduledEvent _alarm;
    private bool _hasRung;

    /// <summary>Wires the device; everything it needs of the machine comes in here.</summary>
    public AlarmClock(IoPortBus ports, ushort firstPort, EventScheduler scheduler, InterruptLine line)
    {
        _scheduler = scheduler;
        _line = line;
        _alarm = scheduler.Create(StateName, Ring);
        ports.Claim(StateName, firstPort, PortCount, this);
    }

    /// <inheritdoc/>
    public string StateName => "alarm-clock";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size)
    {
        if (offset != 0 || size != 4)
        {
            return uint.MaxValue;
        }

        var value = _hasRung ? 1u : 0;
        _hasRung = false;
        _line.Set(false);
        return value;
    }

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        if (offset != 0 || size != 4)
        {
            return;
        }

        if (value == 0)
        {
            _alarm.Cancel();
        }
        else
        {
            _alarm.Arm(_scheduler.Now + (value * NanosecondsPerMicrosecond));
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _alarm.Cancel();
        _hasRung = false;
        _line.Set(false);
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        writer.Write(_alarm);
        writer.Write(_hasRung);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        reader.ReadEvent(_alarm);
        _hasRung = reader.ReadBoolean();
    }

    private void Ring()
    {
        _hasRung = true;
        _line.Set(true);
    }
}
