using System.Globalization;
using Emulator.Conformance.Tests.Guest;
using Emulator.Conformance.Tests.Judging;
using Emulator.Conformance.Tests.Native;
using Emulator.Jit.Strategies;
using Xunit.MicrosoftTestingPlatform;

namespace Emulator.Conformance.Tests;

/// <summary>
/// The tests, or the long run: <c>dotnet run -c Release --project tests/Emulator.Conformance.Tests -- --oracle-cases 2000000 --seed 1</c>
/// (<c>--only NAME</c> judges the forms whose name contains NAME, <c>--features avx,avx2</c> adds features to the model,
/// <c>--whole-blocks</c> lets the guest run on to the INT3 after a case, <c>--strategy NAME</c> compiles every case, which implies whole blocks, and
/// with <c>--vector-locals</c> keeps XMM registers in locals everywhere). Exit status 1 when anything differs.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (args.Any(arg => arg is "-automated" or "@@"))
        {
            return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args).ConfigureAwait(false);
        }

        return args.Contains("--oracle-cases", StringComparer.Ordinal)
            ? RunOracle(args)
            : await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions).ConfigureAwait(false);
    }

    private static int RunOracle(string[] args)
    {
        if (NativeProcessor.WhyNot() is { } reason)
        {
            Console.WriteLine($"the host-CPU oracle does not run here: {reason}");
            return 1;
        }

        var name = Value(args, "--strategy") ?? "interpreter";
        if (StrategyRegistry.Find(name) is not { } strategy)
        {
            Console.WriteLine($"no strategy is called {name}: there are {string.Join(", ", StrategyRegistry.All.Select(one => one.Name))}");
            return 1;
        }

        var options = new OracleOptions
        {
            Cases = long.Parse(Value(args, "--oracle-cases") ?? "100000", CultureInfo.InvariantCulture),
            Seed = Value(args, "--seed") is { } seed ? ulong.Parse(seed, CultureInfo.InvariantCulture) : (ulong)DateTime.UtcNow.Ticks,
            WholeBlocks = strategy.Threshold is not null || args.Contains("--whole-blocks", StringComparer.Ordinal),
            Only = Value(args, "--only") ?? string.Empty,
        };
        Console.WriteLine($"seed {options.Seed}");
        var report = OracleRun.Run(options, JudgedModel.With(Value(args, "--features")), JudgedEngines.Compiled(strategy, args.Contains("--vector-locals", StringComparer.Ordinal) ? true : null));
        Console.Write(report.ToString());
        return report.Different == 0 ? 0 : 1;
    }

    private static string? Value(string[] args, string name)
    {
        var index = Array.IndexOf(args, name);
        return index >= 0 && index + 1 < args.Length ? args[index + 1] : null;
    }
}
