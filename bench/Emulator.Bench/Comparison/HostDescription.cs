using System.Globalization;
using System.Runtime.InteropServices;
using Emulator.Host.Packages;

namespace Emulator.Bench.Comparison;

/// <summary>What a figure is worth nothing without: the machine, the versions, the commit, the day and the command.</summary>
internal sealed record HostDescription(string Cpu, int Cores, string System, string Runtime, string Commit, string Date, string Command)
{
    /// <summary>Asks this host.</summary>
    /// <param name="root">The repository's root.</param>
    /// <param name="arguments">The arguments of this run.</param>
    public static HostDescription Ask(string root, IReadOnlyList<string> arguments) => new(
        CpuName(),
        Environment.ProcessorCount,
        RuntimeInformation.OSDescription.Trim() + ", " + RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant(),
        RuntimeInformation.FrameworkDescription,
        CommitName(root),
        DateTime.Now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        "dotnet run -c Release --project bench/Emulator.Bench -- " + string.Join(' ', arguments));

    /// <summary>As lines of Markdown.</summary>
    public string ToMarkdown() =>
        $"""
        - Machine: {Cpu}, {Cores} core{(Cores == 1 ? "" : "s")}; {System}; {Runtime}
        - Commit: {Commit}; date: {Date}
        - Command: `{Command}`

        """;

    private static string CpuName()
    {
        const string linuxList = "/proc/cpuinfo";
        var line = File.Exists(linuxList)
            ? File.ReadLines(linuxList).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal))
            : null;
        if (line is not null)
        {
            return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }

        if (OperatingSystem.IsMacOS() && CommandRunner.Run("sysctl", ["-n", "machdep.cpu.brand_string"], null) is { Status: 0 } answer)
        {
            return answer.Output.Trim();
        }

        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "processor of unknown name";
    }

    private static string CommitName(string root)
    {
        var commit = CommandRunner.Run("git", ["-C", root, "rev-parse", "--short=12", "HEAD"], null);
        var changes = CommandRunner.Run("git", ["-C", root, "status", "--porcelain", "--untracked-files=no"], null);
        return commit.Status != 0 ? "unknown" : commit.Output.Trim() + (changes.Output.Trim().Length == 0 ? "" : " with changes");
    }
}
