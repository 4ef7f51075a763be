using Emulator.Jit.Strategies;
using Emulator.Workloads;

namespace Emulator.Bench.Comparison;

/// <summary>The command <c>workloads</c>: each workload under each strategy, as a table and a chart.</summary>
internal static class StrategyComparison
{
    private const int DefaultRounds = 11;

    /// <summary>Runs it; returns the exit status.</summary>
    public static int Run(IReadOnlyList<string> arguments)
    {
        var options = new BenchOptions(arguments, "--strategies", "--only", "--rounds", "--output");
        var strategies = options.Choose("--strategies", StrategyRegistry.All, strategy => strategy.Name);
        var workloads = options.Choose("--only", WorkloadCatalog.All, workload => workload.Name);
        var rounds = options.Number("--rounds", DefaultRounds);
        var host = HostDescription.Ask(ResultFolder.Root, ["workloads", .. arguments]);
        var rows = new List<Row>();
        foreach (var workload in workloads)
        {
            rows.Add(Compare(workload, strategies, rounds));
            Console.WriteLine(StrategyReport.Line(rows[^1], strategies));
        }

        var path = Path.Combine(ResultFolder.Choose(options.Text("--output")), host.Date + "-strategies");
        ResultFolder.Write(path + ".svg", StrategyChart.Draw(rows, strategies, host));
        ResultFolder.Write(path + ".md", StrategyReport.ToMarkdown(rows, strategies, host, rounds, Path.GetFileName(path) + ".svg"));
        return 0;
    }

    /// <summary>One workload under each strategy. They take turns, so that what else the host does meets all of them.</summary>
    internal static Row Compare(Workload workload, IReadOnlyList<ITranslationStrategy> strategies, int rounds)
    {
        Contender[] contenders = [.. strategies.Select(strategy => new Contender(strategy, workload))];
        try
        {
            foreach (var contender in contenders)
            {
                contender.WarmUp();
            }

            for (var round = 0; round < rounds; round++)
            {
                foreach (var contender in contenders)
                {
                    contender.Sample();
                }
            }

            return new Row(workload.Name, workload.Unit, [.. contenders.Select(contender => contender.Measure())]);
        }
        finally
        {
            foreach (var contender in contenders)
            {
                contender.Dispose();
            }
        }
    }
}
