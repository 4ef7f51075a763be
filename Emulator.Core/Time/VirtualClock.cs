using System.Diagnostics;

namespace Emulator.Core.Time;

/// <summary>The machine's time in nanoseconds since power-on. Every device and the TSC read this clock and no other.</summary>
public abstract class VirtualClock
{
    /// <summary>The guest's TSC and APIC timer run at this frequency, so that one tick is one nanosecond of virtual time.</summary>
    public const long TicksPerSecond = 1_000_000_000;

    /// <summary>Nanoseconds of virtual time since power-on.</summary>
    public abstract long Now { get; }

    /// <summary>Whether virtual time passes while the host sleeps (real mode) or only as told (deterministic mode).</summary>
    public abstract bool FollowsHost { get; }

    /// <summary>Stops virtual time (a stopped machine); idempotent.</summary>
    public abstract void Pause();

    /// <summary>Lets virtual time go on from where it was stopped; idempotent.</summary>
    public abstract void Resume();

    /// <summary>Sets the time, when a snapshot is restored or, in deterministic mode, when a halted machine skips to the next event.</summary>
    public abstract void Set(long now);
}

/// <summary>Real mode: virtual time follows the host's monotonic clock while the machine runs.</summary>
public sealed class HostClock : VirtualClock
{
    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    private long _base;
    private long _startedAt = Stopwatch.GetTimestamp();
    private bool _paused;

    /// <inheritdoc/>
    public override bool FollowsHost => true;

    /// <inheritdoc/>
    public override long Now => _paused ? _base : _base + Elapsed();

    /// <inheritdoc/>
    public override void Pause()
    {
        _base = Now;
        _paused = true;
    }

    /// <inheritdoc/>
    public override void Resume()
    {
        if (_paused)
        {
            _startedAt = Stopwatch.GetTimestamp();
            _paused = false;
        }
    }

    /// <inheritdoc/>
    public override void Set(long now)
    {
        _base = now;
        _startedAt = Stopwatch.GetTimestamp();
    }

    private long Elapsed()
    {
        var ticks = Stopwatch.GetTimestamp() - _startedAt;
        return Stopwatch.Frequency == TicksPerSecond ? ticks : (long)(ticks * NanosecondsPerTick);
    }
}

/// <summary>A clock that moves only when told: deterministic mode and the tests of devices.</summary>
public sealed class ManualClock : VirtualClock
{
    private long _now;

    /// <inheritdoc/>
    public override bool FollowsHost => false;

    /// <inheritdoc/>
    public override long Now => _now;

    /// <inheritdoc/>
    public override void Pause()
    {
        // Time stands still between calls of Set anyway.
    }

    /// <inheritdoc/>
    public override void Resume()
    {
        // Time stands still between calls of Set anyway.
    }

    /// <inheritdoc/>
    public override void Set(long now) => _now = now;
}
