using Emulator.Jit.Runtime;
using Emulator.Jit.Strategies;
using Emulator.Workloads;
using Emulator.Workloads.Machine;

namespace Emulator.Jit.Tests;

/// <summary>The benchmarks' workloads compute under every strategy what they compute in C#.</summary>
public sealed class WorkloadTests
{
    // Compiles at once, so that the short runs are runs of compiled code.
    private static readonly JitOptions Eager = new() { Threshold = 20, Threads = 0 };

    private const int ShortShare = 10;
    private const int LongShare = 2;

    public static TheoryData<string, string> Cases =>
    [
        .. from strategy in StrategyRegistry.All
           from workload in WorkloadCatalog.All
           select new TheoryDataRow<string, string>(strategy.Name, workload.Name),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Workload_UnderAStrategy_HasTheReferencesChecksum(string strategyName, string workloadName)
    {
        var workload = WorkloadCatalog.All.Single(candidate => candidate.Name == workloadName);
        using var run = new WorkloadRun(workload, (model, blocks) => EngineFactory.Create(StrategyRegistry.Find(strategyName)!, Eager, model, blocks));

        // Again on the same machine: what was translated in the first run is what the second begins with.
        foreach (var units in (int[])[1, Math.Max(1, workload.RoundUnits / ShortShare), Math.Max(1, workload.RoundUnits / LongShare)])
        {
            Assert.Equal(workload.Reference(units), run.Execute(units));
        }
    }

    [Fact]
    public void Catalogue_ItsNames_AreDistinct() => Assert.Distinct(WorkloadCatalog.All.Select(workload => workload.Name));
}
