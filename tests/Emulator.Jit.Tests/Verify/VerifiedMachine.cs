using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Machine;
using Emulator.Jit.Emit;
using Emulator.Jit.Runtime;
using Emulator.Jit.Strategies;
using Emulator.Jit.Verify;
using Emulator.Workloads.Machine;
using Iced.Intel;

namespace Emulator.Jit.Tests.Verify;

/// <summary>A bare machine whose compiled code is compared with the interpreter from the twentieth entry of a block on.</summary>
internal sealed unsafe class VerifiedMachine : IDisposable
{
    private const ulong Slice = 20_000;
    private const int MostSlices = 1000;

    private readonly BareMachine _machine;

    /// <summary>Builds it.</summary>
    /// <param name="change">Replaces emitters; null for those that ship.</param>
    /// <param name="strategy">What is compiled together.</param>
    public VerifiedMachine(Action<EmitterTable>? change = null, string strategy = "region")
        => _machine = new BareMachine((model, blocks) => Create(model, blocks, change, strategy));

    /// <summary>What the engine said at its end.</summary>
    public List<string> Log { get; } = [];

    /// <summary>The engine.</summary>
    public VerifyingEngine? Engine { get; private set; }

    /// <summary>The processor's state.</summary>
    public CpuState* State => _machine.Processor.State;

    /// <summary>All of RAM.</summary>
    public Span<byte> Ram => _machine.Ram;

    /// <summary>Runs a program to its HLT, which is added.</summary>
    public void Run(Action<Assembler> program)
    {
        _machine.LoadProgram(a =>
        {
            program(a);
            a.hlt();
        });
        for (var i = 0; i < MostSlices && State->Activity == ActivityState.Active; i++)
        {
            _machine.Run(Slice);
        }

        Assert.Equal(ActivityState.Halted, State->Activity);
    }

    /// <summary>Makes an engine for a machine of the test's own.</summary>
    public static VerifyingEngine CreateEngine(CpuModel model, BlockCache blocks, EmitterTable emitters, string strategy, Action<string> log)
    {
        var options = new JitOptions { Threshold = 20, Threads = 0, Verify = true };
        var translator = new Translator(StrategyRegistry.Find(strategy)!, options, model, blocks, new Lazy<EmitterTable>(emitters));
        return new VerifyingEngine(new BlockBuilder(new InstructionTable(), model, log), translator, log);
    }

    /// <inheritdoc/>
    public void Dispose() => _machine.Dispose();

    private ICpuEngine Create(CpuModel model, BlockCache blocks, Action<EmitterTable>? change, string strategy)
    {
        var emitters = new EmitterTable(new InstructionTable());
        change?.Invoke(emitters);
        return Engine = CreateEngine(model, blocks, emitters, strategy, Log.Add);
    }
}
