using Emulator.Bench.Comparison;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Interpreter;
using Emulator.Examples;
using Emulator.Jit.Runtime;
using Emulator.Jit.Strategies;
using Emulator.Workloads;
using Emulator.Workloads.ControlFlow;
using Emulator.Workloads.Integer;
using Emulator.Workloads.Machine;

namespace Emulator.Jit.Tests;

/// <summary>docs/adding-a-translation-strategy.md: its example works and can be compared, without a change of the product.</summary>
public sealed class ExampleStrategyTests
{
    private static readonly JitOptions Eager = new() { Threshold = 20, Threads = 0 };

    public static TheoryData<string> Workloads => [.. WorkloadCatalog.All.Select(workload => workload.Name)];

    [Theory]
    [MemberData(nameof(Workloads))]
    public void Workload_UnderTheExample_HasTheReferencesChecksum(string name)
    {
        var workload = WorkloadCatalog.All.Single(candidate => candidate.Name == name);
        using var run = new WorkloadRun(workload, (model, blocks) => EngineFactory.Create(new CallFreeStrategy(), Eager, model, blocks));
        var units = Math.Max(1, workload.RoundUnits / 10);
        run.ExecuteChecked(units, workload.Reference(units));
    }

    [Fact]
    public void Region_OfTheExample_IsLargerThanABlockAndHasNoCalls()
    {
        Assert.True(InstructionsPerRegion(new CallFreeStrategy(), new Sieve()) > InstructionsPerRegion(new BlockStrategy(), new Sieve()));
        Assert.True(InstructionsPerRegion(new CallFreeStrategy(), new Fibonacci()) < InstructionsPerRegion(new RegionStrategy(), new Fibonacci()));
    }

    [Fact]
    public void Comparison_WithTheExample_HasItsFigure()
    {
        ITranslationStrategy[] strategies = [new CallFreeStrategy(), new InterpreterStrategy()];
        var row = StrategyComparison.Compare(new Sieve(), strategies, rounds: 1);
        Assert.Equal(strategies.Length, row.Figures.Count);
        Assert.All(row.Figures, figure => Assert.True(figure.NanosecondsPerUnit > 0));
        Assert.Contains("call-free", StrategyReport.Line(row, strategies), StringComparison.Ordinal);
    }

    private static double InstructionsPerRegion(ITranslationStrategy strategy, Workload workload)
    {
        Translator? translator = null;
        using var run = new WorkloadRun(workload, (model, blocks) =>
        {
            translator = new Translator(strategy, Eager, model, new InstructionTable(), blocks);
            return new InterpreterEngine(new BlockBuilder(new InstructionTable(), model, _ => { }), translator);
        });
        run.Execute(Math.Max(1, workload.RoundUnits / 4));
        return (double)translator!.Counters.Instructions / translator.Counters.Compiled;
    }
}
