using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Devices.Apic;

/// <summary>
/// The local APIC's timer (SDM Vol. 3A, 11.5.4). Its input clock ticks once a nanosecond of virtual time; the count is
/// derived from the clock whenever it is read, and an event stands for the moment at which it reaches zero.
/// </summary>
internal sealed class LocalApicTimer
{
    private readonly ScheduledEvent _expiry;
    private readonly EventScheduler _scheduler;
    private readonly Action _fire;
    private readonly Func<long> _timestampOffset;

    private TimerMode _mode;
    private byte _divide;
    private uint _initial;
    private ulong _deadline;

    // While the count runs, it was _startCount at the virtual time _start.
    private bool _counting;
    private long _start;
    private uint _startCount;

    /// <summary>Makes a stopped timer.</summary>
    /// <param name="scheduler">The machine's time.</param>
    /// <param name="name">The event's name.</param>
    /// <param name="fire">Called at each expiry.</param>
    /// <param name="timestampOffset">What the guest's TSC differs from virtual time by.</param>
    public LocalApicTimer(EventScheduler scheduler, string name, Action fire, Func<long> timestampOffset)
    {
        _scheduler = scheduler;
        _fire = fire;
        _timestampOffset = timestampOffset;
        _expiry = scheduler.Create(name, Expire);
    }

    private enum TimerMode : byte
    {
        OneShot,
        Periodic,
        TscDeadline,
        Reserved,
    }

    public uint InitialCount => _initial;

    public uint DivideConfiguration => _divide;

    /// <summary>IA32_TSC_DEADLINE: zero when disarmed or in another mode (SDM Vol. 3A, 11.5.4.1).</summary>
    public ulong Deadline => _deadline;

    public uint CurrentCount => _counting ? CountAt(_scheduler.Now) : 0;

    private int DivideShift => ((_divide & 3) | (_divide >> 1 & 4)) is var code && code == 7 ? 0 : code + 1;

    public void Reset()
    {
        _mode = TimerMode.OneShot;
        _divide = 0;
        Stop();
    }

    /// <summary>Takes over the mode field of the LVT timer entry. Entering or leaving TSC-deadline mode disarms the timer.</summary>
    public void SetMode(uint lvt)
    {
        var mode = (TimerMode)(lvt >> 17 & 3);
        if (mode == _mode)
        {
            return;
        }

        var keepsCounting = mode <= TimerMode.Periodic && _mode <= TimerMode.Periodic;
        _mode = mode;
        if (!keepsCounting)
        {
            Stop();
        }
    }

    public void WriteInitialCount(uint value)
    {
        if (_mode is TimerMode.TscDeadline or TimerMode.Reserved)
        {
            return;
        }

        _initial = value;
        StartFrom(value, _scheduler.Now);
    }

    public void WriteDivideConfiguration(uint value)
    {
        var count = CurrentCount;
        var running = _counting && count != 0; // At zero the expiry is already due.
        _divide = (byte)(value & 0xb);
        if (running)
        {
            StartFrom(count, _scheduler.Now);
        }
    }

    public void WriteDeadline(ulong value)
    {
        if (_mode != TimerMode.TscDeadline)
        {
            return;
        }

        _deadline = value;
        ArmDeadline();
    }

    /// <summary>The guest wrote the TSC: the armed deadline is compared with the new value.</summary>
    public void ArmDeadline()
    {
        if (_mode != TimerMode.TscDeadline)
        {
            return;
        }

        if (_deadline == 0)
        {
            _expiry.Cancel();
            return;
        }

        var now = _scheduler.Now;
        var timestamp = (ulong)(now + _timestampOffset());
        var remaining = _deadline > timestamp ? _deadline - timestamp : 0;
        _expiry.Arm(now + (long)Math.Min(remaining, (ulong)(long.MaxValue - now)));
    }

    public void Save(StateWriter writer)
    {
        writer.Write((byte)_mode);
        writer.Write(_divide);
        writer.Write(_initial);
        writer.Write(_deadline);
        writer.Write(_counting);
        writer.Write(_start);
        writer.Write(_startCount);
        writer.Write(_expiry);
    }

    public void Load(StateReader reader)
    {
        _mode = (TimerMode)(reader.ReadByte() & 3);
        _divide = (byte)(reader.ReadByte() & 0xb);
        _initial = reader.ReadUInt32();
        _deadline = reader.ReadUInt64();
        _counting = reader.ReadBoolean();
        _start = reader.ReadInt64();
        _startCount = reader.ReadUInt32();
        reader.ReadEvent(_expiry);
    }

    private void Stop()
    {
        _initial = 0;
        _deadline = 0;
        _counting = false;
        _start = 0;
        _startCount = 0;
        _expiry.Cancel();
    }

    private void StartFrom(uint count, long at)
    {
        _counting = count != 0;
        _start = at;
        _startCount = count;
        if (_counting)
        {
            _expiry.Arm(at + ((long)count << DivideShift));
        }
        else
        {
            _expiry.Cancel();
        }
    }

    private uint CountAt(long now)
    {
        var elapsed = (now - _start) >> DivideShift;
        if (elapsed < _startCount)
        {
            return _startCount - (uint)Math.Max(elapsed, 0);
        }

        return _mode == TimerMode.Periodic && _initial != 0 ? _initial - (uint)((elapsed - _startCount) % _initial) : 0;
    }

    private void Expire()
    {
        if (_mode == TimerMode.TscDeadline)
        {
            _deadline = 0;
        }
        else if (_mode == TimerMode.Periodic && _initial != 0)
        {
            Reload();
        }
        else
        {
            _counting = false;
        }

        _fire();
    }

    // Whole periods that the machine overslept are dropped, so that a period shorter than a callback cannot starve the guest.
    private void Reload()
    {
        var period = (long)_initial << DivideShift;
        var zero = _start + ((long)_startCount << DivideShift);
        var missed = Math.Max(_scheduler.Now - zero, 0) / period;
        StartFrom(_initial, zero + missed * period);
    }
}
