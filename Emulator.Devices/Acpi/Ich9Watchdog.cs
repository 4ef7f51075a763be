using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Devices.Acpi;

/// <summary>
/// The total cost of ownership timer of the ICH9 (data sheet 316972, 13.9): it counts down by 0.6 s ticks from TCO_TMR; the first timeout
/// sets TIMEOUT, the second in a row SECOND_TO_STS and ends in a reset.
/// </summary>
internal sealed class Ich9Watchdog
{
    private const int Reload = 0x00;
    private const int Status1 = 0x04;
    private const int Status2 = 0x06;
    private const int Control1 = 0x08;
    private const int Timer = 0x12;
    private const int Length = 0x20;

    private const byte TimeoutStatus = 1 << 3;
    private const byte SecondTimeoutStatus = 1 << 1;
    private const ushort TimerHalted = 1 << 11;
    private const ushort CountMask = 0x3ff;
    private const ushort DefaultCount = 4;
    private const ushort FewestTicks = 2;
    private const long Tick = 600_000_000;

    private readonly byte[] _registers = new byte[Length];
    private readonly EventScheduler _scheduler;
    private readonly ScheduledEvent _timeout;
    private readonly Action _expired;
    private long _due;

    /// <summary>Makes the timer.</summary>
    /// <param name="scheduler">The machine's time.</param>
    /// <param name="expired">Called at the second timeout in a row.</param>
    public Ich9Watchdog(EventScheduler scheduler, Action expired)
    {
        _scheduler = scheduler;
        _expired = expired;
        _timeout = scheduler.Create("ich9-watchdog", OnTimeout);
        SetInitialValues();
    }

    private bool IsHalted => (Word(Control1) & TimerHalted) != 0;

    // Nothing counts until the guest has reloaded the timer once: firmware that does not know it is left alone.
    private bool IsRunning => _due != 0;

    /// <summary>Reads an aligned double word.</summary>
    public uint Read(int offset)
    {
        var value = Word(offset) | (uint)Word(offset + 2) << 16;
        return offset == Reload ? (value & 0xffff_0000) | Remaining() : value;
    }

    /// <summary>Writes a byte.</summary>
    public void Write(int offset, byte value)
    {
        switch (offset)
        {
            case Reload or Reload + 1:
                Start();
                break;
            case Status1 or Status1 + 1 or Status2 or Status2 + 1:
                _registers[offset] &= (byte)~value;
                break;
            case Control1 or Control1 + 1:
                _registers[offset] = value;
                OnControlWritten();
                break;
            default:
                _registers[offset] = value;
                break;
        }
    }

    /// <summary>Power-on state.</summary>
    public void Reset()
    {
        Array.Clear(_registers);
        SetInitialValues();
        Stop();
    }

    /// <summary>Writes the state.</summary>
    public void Save(StateWriter writer)
    {
        writer.Write(_registers.AsSpan());
        writer.Write(_due);
        writer.Write(_timeout);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader)
    {
        reader.ReadBytes(_registers);
        _due = reader.ReadInt64();
        reader.ReadEvent(_timeout);
    }

    private ushort Word(int offset) => (ushort)(_registers[offset] | _registers[offset + 1] << 8);

    private uint Remaining() => IsRunning ? (uint)(Math.Max(0, _due - _scheduler.Now) / Tick) & CountMask : Word(Timer) & (uint)CountMask;

    private void SetInitialValues() => _registers[Timer] = (byte)DefaultCount;

    private void OnControlWritten()
    {
        if (IsHalted)
        {
            Stop();
        }
        else if (!IsRunning)
        {
            Start();
        }
    }

    private void Start()
    {
        if (IsHalted)
        {
            return;
        }

        var ticks = Math.Max(FewestTicks, Word(Timer) & CountMask);
        _due = _scheduler.Now + (ticks * Tick);
        _timeout.Arm(_due);
    }

    private void Stop()
    {
        _due = 0;
        _timeout.Cancel();
    }

    private void OnTimeout()
    {
        if ((_registers[Status1] & TimeoutStatus) == 0)
        {
            _registers[Status1] |= TimeoutStatus;
            Start();
            return;
        }

        _registers[Status2] |= SecondTimeoutStatus;
        Stop();
        _expired();
    }
}
