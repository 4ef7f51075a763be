using BenchmarkDotNet.Attributes;
using Emulator.Jit.Strategies;
using Iced.Intel;

namespace Emulator.Bench.Parts;

/// <summary>What the benchmarks of parts share: they are run under each strategy, and their loops are disposed of.</summary>
[GroupBenchmarksBy(BenchmarkDotNet.Configs.BenchmarkLogicalGroupRule.ByMethod)]
public abstract class PartBenchmarks
{
    /// <summary>Guest instructions of one invocation.</summary>
    protected const int Instructions = 1_000_000;

    private readonly List<GuestLoop> _loops = [];

    /// <summary>The names of the strategies.</summary>
    public static IEnumerable<string> Strategies => StrategyRegistry.All.Select(strategy => strategy.Name);

    /// <summary>The strategy under which the loops run.</summary>
    [ParamsSource(nameof(Strategies))]
    public string Strategy { get; set; } = "";

    /// <summary>Disposes of the loops.</summary>
    [GlobalCleanup]
    public void DisposeLoops()
    {
        foreach (var loop in _loops)
        {
            loop.Dispose();
        }

        _loops.Clear();
    }

    private protected GuestLoop Loop(Action<Assembler> body, Action<Assembler>? prologue = null)
    {
        var loop = new GuestLoop(Strategy, body, prologue);
        _loops.Add(loop);
        return loop;
    }
}
