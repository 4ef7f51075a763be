using System.Diagnostics;

namespace Emulator.Bench.Comparison;

/// <summary>
/// The lesser of the time that passed and the processor time of this process: what else the host does is not counted, nor is a compiler's thread
/// that works beside the guest.
/// </summary>
internal readonly struct BusyTime
{
    private readonly long _start;
    private readonly TimeSpan _processorStart;

    private BusyTime(long start, TimeSpan processorStart)
    {
        _start = start;
        _processorStart = processorStart;
    }

    /// <summary>Milliseconds since the start.</summary>
    public double Milliseconds
    {
        get
        {
            var passed = Stopwatch.GetElapsedTime(_start).TotalMilliseconds;

            // Windows counts processor time in clock ticks of 15 ms.
            return OperatingSystem.IsWindows() ? passed : Math.Min(passed, (Environment.CpuUsage.TotalTime - _processorStart).TotalMilliseconds);
        }
    }

    /// <summary>Starts.</summary>
    public static BusyTime Start() => new(Stopwatch.GetTimestamp(), OperatingSystem.IsWindows() ? default : Environment.CpuUsage.TotalTime);
}
