using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Devices.Acpi;

/// <summary>
/// The ACPI power management timer (ACPI 6.5, 4.8.2.1; PIIX4 data sheet 290562, 7.1.4): 24 bits at 3.579545 MHz. Its carry is
/// noticed whenever someone looks, and by an event while it may interrupt.
/// </summary>
internal sealed class PowerManagementTimer
{
    /// <summary>The frequency in Hz: that of the 8254 times three.</summary>
    public const long Frequency = 3_579_545;

    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long ValueMask = 0xff_ffff;
    private const long CarryPeriod = 0x80_0000;

    private readonly EventScheduler _scheduler;
    private readonly ScheduledEvent _carry;
    private long _nextCarry = CarryPeriod;

    /// <summary>Makes the timer.</summary>
    /// <param name="scheduler">The machine's time.</param>
    /// <param name="carried">Called when a carry that <see cref="Watch"/> asked for comes.</param>
    public PowerManagementTimer(EventScheduler scheduler, Action carried)
    {
        _scheduler = scheduler;
        _carry = scheduler.Create("pm-timer", carried);
    }

    /// <summary>The counter as the guest reads it.</summary>
    public uint Value => (uint)(Ticks & ValueMask);

    /// <summary>Whether the counter's top bit changed since <see cref="ClearCarry"/>.</summary>
    public bool Carried => Ticks >= _nextCarry;

    private long Ticks => TicksAt(_scheduler.Now);

    /// <summary>Forgets the carries so far.</summary>
    public void ClearCarry() => _nextCarry = (Ticks / CarryPeriod + 1) * CarryPeriod;

    /// <summary>Asks for a call at the next carry, or no longer.</summary>
    public void Watch(bool enabled)
    {
        if (enabled && !Carried)
        {
            _carry.Arm(TimeOf(_nextCarry));
        }
        else
        {
            _carry.Cancel();
        }
    }

    public void Save(StateWriter writer)
    {
        writer.Write(_nextCarry);
        writer.Write(_carry);
    }

    public void Load(StateReader reader)
    {
        _nextCarry = reader.ReadInt64();
        reader.ReadEvent(_carry);
    }

    private static long TicksAt(long now)
        => now / NanosecondsPerSecond * Frequency + now % NanosecondsPerSecond * Frequency / NanosecondsPerSecond;

    // The first nanosecond at which the count is reached.
    private static long TimeOf(long ticks)
        => ticks / Frequency * NanosecondsPerSecond + (ticks % Frequency * NanosecondsPerSecond + Frequency - 1) / Frequency;
}
