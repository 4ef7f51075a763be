using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Devices.Chipset;

/// <summary>
/// The 8254 programmable interval timer (Intel 8254 data sheet, order 231164) at 1.193182 MHz: counter 0 drives IRQ 0, counter 1 the
/// refresh, counter 2 the speaker with its gate at port 0x61. Ticks of a periodic counter 0 that the machine was too late for are
/// caught up, a bounded number of them, in half periods.
/// </summary>
public sealed class Pit8254 : IDevice, IPortHandler
{
    /// <summary>CLK pulses a second: 14.31818 MHz / 12.</summary>
    public const long Frequency = 1_193_182;

    private const int MaximumDebt = 8;
    private const long ShortestInterval = 10_000;

    private readonly EventScheduler _scheduler;
    private readonly InterruptLine _irq;
    private readonly ScheduledEvent _rise;
    private readonly ScheduledEvent _catchUp;
    private readonly PitChannel[] _channels = [new(), new(), new()];
    private int _debt;
    private long _dueTick;

    /// <summary>Claims ports 0x40-0x43.</summary>
    public Pit8254(IoPortBus ports, EventScheduler scheduler, InterruptLine irq)
    {
        _scheduler = scheduler;
        _irq = irq;
        _rise = scheduler.Create("pit.out0", OnRise);
        _catchUp = scheduler.Create("pit.catch-up", OnCatchUp);
        ports.Claim("pit", PcPlatform.PitPort, 4, this);
    }

    /// <inheritdoc/>
    public string StateName => "pit";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>OUT of counter 2: the speaker and port 0x61 bit 5.</summary>
    public bool Out2 => _channels[2].Out(Tick);

    /// <summary>GATE of counter 2: port 0x61 bit 0.</summary>
    public bool Gate2
    {
        get => _channels[2].Gate;
        set => _channels[2].SetGate(value, Tick);
    }

    /// <summary>Counter 2's count, which with the speaker on is its tone's period in CLK pulses.</summary>
    public int SpeakerPeriod => _channels[2].InitialCount;

    private long Tick => TickAt(_scheduler.Now);

    /// <summary>CLK pulses until a time in nanoseconds.</summary>
    public static long TickAt(long now)
    {
        var (seconds, rest) = Math.DivRem(now, VirtualClock.TicksPerSecond);
        return (seconds * Frequency) + (rest * Frequency / VirtualClock.TicksPerSecond);
    }

    /// <summary>The first nanosecond at which <see cref="TickAt"/> says <paramref name="tick"/>.</summary>
    public static long TimeOf(long tick)
    {
        var (seconds, rest) = Math.DivRem(tick, Frequency);
        return (seconds * VirtualClock.TicksPerSecond) + (((rest * VirtualClock.TicksPerSecond) + Frequency - 1) / Frequency);
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size)
    {
        var value = 0u;
        for (var i = 0; i < size; i++)
        {
            var index = offset + i;
            value |= (index < 3 ? _channels[index].Read(Tick) : 0xffu) << (8 * i);
        }

        return value;
    }

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        for (var i = 0; i < size; i++)
        {
            WriteRegister(offset + i, (byte)(value >> (8 * i)));
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        foreach (var channel in _channels)
        {
            channel.Reset();
        }

        _channels[2].SetGate(false, 0);
        _debt = 0;
        _dueTick = 0;
        _rise.Cancel();
        _catchUp.Cancel();
        _irq.Set(false);
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        foreach (var channel in _channels)
        {
            channel.Save(writer);
        }

        writer.Write(_debt);
        writer.Write(_dueTick);
        writer.Write(_rise);
        writer.Write(_catchUp);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        foreach (var channel in _channels)
        {
            channel.Load(reader);
        }

        _debt = Math.Clamp(reader.ReadInt32(), 0, MaximumDebt);
        _dueTick = reader.ReadInt64();
        reader.ReadEvent(_rise);
        reader.ReadEvent(_catchUp);
    }

    private void WriteRegister(int index, byte value)
    {
        if (index < 3)
        {
            _channels[index].WriteCount(value, Tick);
        }
        else if (value >> 6 < 3)
        {
            index = value >> 6;
            _channels[index].WriteControl(value, Tick);
            if ((value & 0x30) == 0)
            {
                return;
            }
        }
        else
        {
            ReadBack(value);
            return;
        }

        if (index == 0)
        {
            _debt = 0;
            _catchUp.Cancel();
            _irq.Set(_channels[0].Out(Tick));
            ArmRise(Tick);
        }
    }

    private void ReadBack(byte value)
    {
        var tick = Tick;
        for (var i = 0; i < 3; i++)
        {
            if ((value & (2 << i)) == 0)
            {
                continue;
            }

            if ((value & 0x20) == 0)
            {
                _channels[i].LatchCount(tick);
            }

            if ((value & 0x10) == 0)
            {
                _channels[i].LatchStatus(tick);
            }
        }
    }

    private void ArmRise(long after)
    {
        _dueTick = _channels[0].NextRise(after);
        if (_dueTick == long.MaxValue)
        {
            _rise.Cancel();
        }
        else
        {
            // A hostile rate costs at most one event in ShortestInterval.
            var earliest = _channels[0].Mode is 2 or 3 ? _scheduler.Now + ShortestInterval : 0;
            _rise.Arm(Math.Max(TimeOf(_dueTick), earliest));
        }
    }

    private void OnRise()
    {
        var tick = Tick;
        var period = _channels[0].InitialCount;
        if (_channels[0].Mode is 2 or 3)
        {
            var missed = (tick - _dueTick) / period;
            _debt = (int)Math.Min(MaximumDebt, _debt + missed);
            if (_debt > 0 && !_catchUp.IsArmed)
            {
                _catchUp.Arm(_scheduler.Now + CatchUpInterval());
            }
        }

        Edge();
        ArmRise(tick);
    }

    private void OnCatchUp()
    {
        if (_debt == 0)
        {
            return;
        }

        _debt--;
        Edge();
        if (_debt > 0)
        {
            _catchUp.Arm(_scheduler.Now + CatchUpInterval());
        }
    }

    private long CatchUpInterval() => Math.Max(ShortestInterval, TimeOf(_channels[0].InitialCount) / 2);

    private void Edge()
    {
        _irq.Set(false);
        _irq.Set(true);
    }
}
