using Emulator.Jit.Runtime;
using Emulator.Jit.Strategies;
using Emulator.Workloads.Machine;
using Iced.Intel;

namespace Emulator.Bench.Parts;

/// <summary>An endless loop of guest code on a bare machine: what the benchmarks of parts run.</summary>
internal sealed class GuestLoop : IDisposable
{
    private readonly BareMachine _machine;

    /// <summary>Assembles the loop's body; a jump back to its start is added.</summary>
    /// <param name="strategy">The name of the strategy that runs it.</param>
    /// <param name="body">The loop.</param>
    /// <param name="prologue">What runs once before it.</param>
    public GuestLoop(string strategy, Action<Assembler> body, Action<Assembler>? prologue = null)
    {
        var chosen = StrategyRegistry.Find(strategy) ?? throw new ArgumentException($"no strategy is called {strategy}", nameof(strategy));
        _machine = new BareMachine((model, blocks) => EngineFactory.Create(chosen, new JitOptions(), model, blocks));
        _machine.LoadProgram(a =>
        {
            var start = a.CreateLabel();
            prologue?.Invoke(a);
            a.Label(ref start);
            body(a);
            a.jmp(start);
        });
    }

    /// <summary>Memory that the loop may use.</summary>
    public const int Data = Workloads.Workload.Data;

    /// <summary>Runs about this many guest instructions.</summary>
    public void Run(ulong instructions) => _machine.Run(instructions);

    /// <summary>Forgets every decoded block.</summary>
    public void Forget() => _machine.ForgetCode();

    /// <summary>Forgets every translation of an address.</summary>
    public void FlushTlb() => _machine.Processor.Mmu.FlushAll();

    /// <inheritdoc/>
    public void Dispose() => _machine.Dispose();
}
