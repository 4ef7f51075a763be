using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Devices.Chipset;

/// <summary>
/// MC146818A real-time clock and CMOS RAM (Motorola MC146818A data sheet; PC/AT Technical Reference for the RAM's use), ports 0x70
/// and 0x71. The calendar is a start moment plus virtual time; nothing runs unless an interrupt is enabled.
/// The CMOS RAM and the time survive a reset.
/// </summary>
public sealed class Rtc146818 : IDevice, IPortHandler
{
    private const long Second = VirtualClock.TicksPerSecond;

    // UIP is set 244 us before an update of 1984 us; the time bytes change at the update's end.
    private const long UpdateInProgress = 244_000 + 1_984_000;
    private const byte Uip = 0x80;
    private const byte DividerMask = 0x70;
    private const byte DividerRunning = 0x20;
    private const byte Set = 0x80;
    private const byte PeriodicEnable = 0x40;
    private const byte AlarmEnable = 0x20;
    private const byte UpdateEnable = 0x10;
    private const byte SquareWave = 0x08;
    private const byte Binary = 0x04;
    private const byte Hours24 = 0x02;
    private const byte Irqf = 0x80;
    private const byte Flags = 0x70;
    private const byte ValidRam = 0x80;
    private const byte NmiMask = 0x80;

    private readonly EventScheduler _scheduler;
    private readonly InterruptLine _irq;
    private readonly ScheduledEvent _update;
    private readonly ScheduledEvent _periodic;
    private readonly byte[] _cmos = new byte[128];
    private byte _index;
    private DateTime _origin;
    private long _originAt;
    private long _stoppedFraction;
    private long _seenSecond;
    private long _seenPeriod;

    /// <summary>Claims ports 0x70-0x71 and starts the calendar.</summary>
    /// <param name="ports">The port bus.</param>
    /// <param name="scheduler">The machine's time.</param>
    /// <param name="irq">ISA line 8.</param>
    /// <param name="start">The calendar at virtual time zero.</param>
    public Rtc146818(IoPortBus ports, EventScheduler scheduler, InterruptLine irq, DateTime start)
    {
        _scheduler = scheduler;
        _irq = irq;
        _update = scheduler.Create("rtc.update", OnUpdate);
        _periodic = scheduler.Create("rtc.periodic", OnPeriodic);
        _origin = Truncate(start);
        _originAt = scheduler.Now - (start.Ticks % TimeSpan.TicksPerSecond * 100);
        _cmos[RtcRegister.A] = DividerRunning | 6;
        _cmos[RtcRegister.B] = Hours24;
        _cmos[RtcRegister.Equipment] = 0x06;
        ports.Claim("rtc", PcPlatform.RtcPort, 2, this);
    }

    /// <inheritdoc/>
    public string StateName => "rtc";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>Whether bit 7 of port 0x70 keeps NMI from the CPU.</summary>
    public bool NmiMasked => (_index & NmiMask) != 0;

    /// <summary>What the calendar shows now.</summary>
    public DateTime Time => Running ? _origin.AddTicks(SecondsSince(_originAt) * TimeSpan.TicksPerSecond) : Fetched();

    private bool Stopped => (_cmos[RtcRegister.A] & DividerMask) != DividerRunning;

    private bool Running => (_cmos[RtcRegister.B] & Set) == 0 && !Stopped;

    private bool IsBinary => (_cmos[RtcRegister.B] & Binary) != 0;

    private bool Is24Hours => (_cmos[RtcRegister.B] & Hours24) != 0;

    /// <summary>Sets a byte of CMOS RAM, as firmware's set-up would; registers 0x00-0x0d are not reached this way.</summary>
    public void StoreRam(int index, byte value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(index, RtcRegister.D + 1);
        _cmos[index] = value;
    }

    /// <summary>Reads a byte of CMOS RAM.</summary>
    public byte LoadRam(int index) => _cmos[index & 0x7f];

    /// <summary>Describes the machine's memory and processors in CMOS RAM.</summary>
    public void DescribeMachine(long below4G, long above4G, int processors)
    {
        var extended = Math.Min(ushort.MaxValue, Math.Max(0, below4G - 0x100000) >> 10);
        var above16M = Math.Min(ushort.MaxValue, Math.Max(0, below4G - 0x1000000) >> 16);
        StoreWide(RtcRegister.BaseMemory, 640, 2);
        StoreWide(RtcRegister.ExtendedMemory, extended, 2);
        StoreWide(RtcRegister.ExtendedMemoryFound, extended, 2);
        StoreWide(RtcRegister.MemoryAbove16M, above16M, 2);
        StoreWide(RtcRegister.MemoryAbove4G, Math.Min(0xffffff, above4G >> 16), 3);
        StoreRam(RtcRegister.ProcessorCount, (byte)Math.Clamp(processors - 1, 0, 255));
    }

    /// <summary>
    /// Tells firmware the boot order, as QEMU does: nibbles of two bytes, 1 for floppies, 2 for disks, 3 for CD-ROMs, 4 for the network. The
    /// lowest bit of the second skips the check of a floppy's boot signature, and stays clear.
    /// </summary>
    public void DescribeBootOrder(ReadOnlySpan<byte> devices)
    {
        StoreRam(RtcRegister.BootOrder, (byte)(devices[0] | devices[1] << 4));
        StoreRam(RtcRegister.BootOrderThird, (byte)(devices[2] << 4));
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size)
    {
        // The index register is write-only.
        return offset == 0 ? (size == 1 ? 0xffu : 0xffu | ((uint)ReadRegister() << 8)) : ReadRegister();
    }

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        if (offset == 0)
        {
            _index = (byte)value;
            if (size == 1)
            {
                return;
            }

            value >>= 8;
        }

        WriteRegister(_index & 0x7f, (byte)value);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _cmos[RtcRegister.B] &= unchecked((byte)~(PeriodicEnable | AlarmEnable | UpdateEnable | SquareWave));
        _cmos[RtcRegister.C] = 0;
        _index = 0;
        Forget();
        Rearm();
        _irq.Set(false);
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        writer.Write(_cmos.AsSpan());
        writer.Write(_index);
        writer.Write(_origin.Ticks);
        writer.Write(_originAt);
        writer.Write(_stoppedFraction);
        writer.Write(_seenSecond);
        writer.Write(_seenPeriod);
        writer.Write(_update);
        writer.Write(_periodic);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        reader.ReadBytes(_cmos);
        _index = reader.ReadByte();
        _origin = new DateTime(Math.Clamp(reader.ReadInt64(), 0, DateTime.MaxValue.Ticks), DateTimeKind.Utc);
        _originAt = reader.ReadInt64();
        _stoppedFraction = reader.ReadInt64();
        _seenSecond = reader.ReadInt64();
        _seenPeriod = reader.ReadInt64();
        reader.ReadEvent(_update);
        reader.ReadEvent(_periodic);
    }

    private static DateTime Truncate(DateTime time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);

    private void StoreWide(int index, long value, int bytes)
    {
        for (var i = 0; i < bytes; i++)
        {
            StoreRam(index + i, (byte)(value >> (8 * i)));
        }
    }

    private DateTime Fetched() => RtcCalendar.Fetch(_cmos, IsBinary, Is24Hours);

    private long SecondsSince(long at) => Math.Max(0, _scheduler.Now - at) / Second;

    private byte ReadRegister()
    {
        var index = _index & 0x7f;
        switch (index)
        {
            case RtcRegister.A:
                return (byte)((_cmos[index] & ~Uip) | (IsUpdating() ? Uip : 0));
            case RtcRegister.C:
                CollectFlags();
                var flags = _cmos[index];
                _cmos[index] = 0;
                _irq.Set(false);
                return flags;
            case RtcRegister.D:
                return ValidRam;
            case RtcRegister.Century:
                Refresh();
                return _cmos[index];
            default:
                if (index < RtcRegister.A)
                {
                    Refresh();
                }

                return _cmos[index];
        }
    }

    private bool IsUpdating() => Running && Second - ((_scheduler.Now - _originAt) % Second) <= UpdateInProgress;

    private void WriteRegister(int index, byte value)
    {
        switch (index)
        {
            case RtcRegister.A:
                WriteA(value);
                break;
            case RtcRegister.B:
                WriteB(value);
                break;
            case RtcRegister.C or RtcRegister.D:
                break;
            case RtcRegister.SecondsAlarm or RtcRegister.MinutesAlarm or RtcRegister.HoursAlarm:
                CollectFlags();
                _cmos[index] = value;
                break;
            case RtcRegister.Century or < RtcRegister.A:
                Refresh();
                _cmos[index] = value;
                if (Running)
                {
                    // Only the moment changes; the phase within the second does not.
                    _originAt += SecondsSince(_originAt) * Second;
                    _origin = Fetched();
                    Forget();
                }

                break;
            default:
                _cmos[index] = value;
                break;
        }
    }

    private void WriteA(byte value)
    {
        var wasRunning = Running;
        var wasStopped = Stopped;
        CollectFlags();
        if (wasRunning)
        {
            Refresh();
        }

        _cmos[RtcRegister.A] = (byte)(value & ~Uip);
        if (!wasStopped && Stopped)
        {
            _stoppedFraction = Second / 2;
        }

        Resume(wasRunning);
    }

    private void WriteB(byte value)
    {
        var wasRunning = Running;
        CollectFlags();
        if (wasRunning)
        {
            Refresh();
            _stoppedFraction = (_scheduler.Now - _originAt) % Second;
        }

        // SET clears the update-ended interrupt enable. A change of format alone re-reads the bytes in the new format.
        _cmos[RtcRegister.B] = (value & Set) != 0 ? (byte)(value & ~UpdateEnable) : value;
        Resume(wasRunning);
        if (wasRunning && Running)
        {
            RtcCalendar.Store(_cmos, Time, IsBinary, Is24Hours);
        }

        Raise(0);
    }

    // Takes up the calendar from the time bytes after SET or a divider reset: then the first update comes half a second later.
    private void Resume(bool wasRunning)
    {
        if (!wasRunning && Running)
        {
            _origin = Fetched();
            _originAt = _scheduler.Now - _stoppedFraction;
        }

        Forget();
        Rearm();
    }

    private void Refresh()
    {
        if (Running)
        {
            RtcCalendar.Store(_cmos, Time, IsBinary, Is24Hours);
        }
    }

    private long PeriodNanoseconds()
    {
        var rate = _cmos[RtcRegister.A] & 15;
        if (rate == 0 || Stopped)
        {
            return 0;
        }

        // Rates 1 and 2 give what 8 and 9 give with the 32.768 kHz time base.
        var shift = rate <= 2 ? rate + 6 : rate - 1;
        return (Second << shift) / 32768;
    }

    private void Forget()
    {
        _seenSecond = SecondsSince(_originAt);
        var period = PeriodNanoseconds();
        _seenPeriod = period == 0 ? 0 : _scheduler.Now / period;
    }

    // Flags are set whether or not their interrupts are enabled: what happened since they were last looked at.
    private void CollectFlags()
    {
        byte flags = 0;
        var period = PeriodNanoseconds();
        if (period != 0 && _scheduler.Now / period > _seenPeriod)
        {
            flags |= PeriodicEnable;
        }

        if (Running)
        {
            var second = SecondsSince(_originAt);
            if (second > _seenSecond)
            {
                flags |= UpdateEnable;
                flags |= AlarmBetween(_seenSecond + 1, second) ? AlarmEnable : (byte)0;
            }
        }

        Forget();
        Raise(flags);
    }

    private bool AlarmBetween(long first, long last)
    {
        first = Math.Max(first, last - 86_400);
        for (var second = first; second <= last; second++)
        {
            if (RtcCalendar.AlarmMatches(_cmos, _origin.AddTicks(second * TimeSpan.TicksPerSecond), IsBinary, Is24Hours))
            {
                return true;
            }
        }

        return false;
    }

    private void Raise(byte flags)
    {
        var c = (byte)((_cmos[RtcRegister.C] & Flags) | flags);
        var interrupt = (c & _cmos[RtcRegister.B] & Flags) != 0;
        _cmos[RtcRegister.C] = (byte)(c | (interrupt ? Irqf : 0));
        _irq.Set(interrupt);
    }

    private void Rearm()
    {
        if (Running && (_cmos[RtcRegister.B] & (UpdateEnable | AlarmEnable)) != 0)
        {
            _update.Arm(_originAt + ((SecondsSince(_originAt) + 1) * Second));
        }
        else
        {
            _update.Cancel();
        }

        var period = PeriodNanoseconds();
        if (period != 0 && (_cmos[RtcRegister.B] & PeriodicEnable) != 0)
        {
            _periodic.Arm(((_scheduler.Now / period) + 1) * period);
        }
        else
        {
            _periodic.Cancel();
        }
    }

    private void OnUpdate()
    {
        CollectFlags();
        Rearm();
    }

    private void OnPeriodic()
    {
        CollectFlags();
        Rearm();
    }
}
