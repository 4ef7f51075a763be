using System.Diagnostics;
using System.Text;

namespace Emulator.Bench.Peers;

/// <summary>How long a boot took, in seconds that passed and in seconds of processor time.</summary>
internal sealed record BootTime(double Passed, double Processor);

/// <summary>Times a boot from the process's start to the marker on its standard output.</summary>
internal static class BootTimer
{
    private const int TailLength = 400;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    /// <summary>The time; or null and what was seen last, when the marker did not come.</summary>
    public static async Task<(BootTime? Time, string Seen)> MeasureAsync(PeerCommand command)
    {
        var start = new ProcessStartInfo(command.Program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in command.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start) ?? throw new UsageException(command.Program + " cannot be started");
        using var limit = new CancellationTokenSource(Limit);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var (found, seen) = await WatchAsync(process.StandardOutput, limit.Token);
        var time = new BootTime(watch.Elapsed.TotalSeconds, ProcessTree.ProcessorSeconds(process.Id));
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
        return found ? (time, seen) : (null, seen + await errors);
    }

    private static async Task<(bool Found, string Seen)> WatchAsync(StreamReader output, CancellationToken limit)
    {
        var seen = new StringBuilder();
        var buffer = new char[4096];
        try
        {
            int count;
            while ((count = await output.ReadAsync(buffer, limit)) > 0)
            {
                seen.Append(buffer, 0, count);
                if (seen.ToString().Contains(Guest.Marker, StringComparison.Ordinal))
                {
                    return (true, "");
                }

                seen.Remove(0, Math.Max(0, seen.Length - TailLength));
            }

            return (false, $"it ended, after: {seen}");
        }
        catch (OperationCanceledException)
        {
            return (false, $"nothing for {Limit.TotalMinutes} minutes, after: {seen}");
        }
    }
}
