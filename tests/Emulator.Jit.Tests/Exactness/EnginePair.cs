using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Interpreter;
using Emulator.Jit.Runtime;
using Emulator.Jit.Strategies;
using Iced.Intel;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>Two machines with the same program, under the interpreter and under a strategy that compiles at once; they must never differ.</summary>
internal sealed class EnginePair : IDisposable
{
    private const uint Threshold = 3;

    private Translator? _translator;
    private InterpreterEngine? _engine;

    /// <summary>Builds both and loads the program.</summary>
    public EnginePair(string strategy, Action<Assembler> program, int bitness = 64, int processors = 1)
    {
        Expected = new TestMachine(bitness, (model, blocks) => EngineFactory.Create(new InterpreterStrategy(), new JitOptions(), model, blocks), processors);
        Actual = new TestMachine(
            bitness,
            (model, blocks) =>
            {
                _translator = new Translator(StrategyRegistry.Find(strategy)!, new JitOptions { Threshold = Threshold, Threads = 0 }, model, new InstructionTable(), blocks);
                return _engine = new InterpreterEngine(new BlockBuilder(new InstructionTable(), model, _ => { }), _translator);
            },
            processors);
        Both(machine => machine.Load(program));
    }

    /// <summary>The strategies that compile.</summary>
    public static TheoryData<string> Strategies => [.. StrategyRegistry.All.Where(strategy => strategy.Threshold is not null).Select(strategy => strategy.Name)];

    /// <summary>Under the interpreter.</summary>
    public TestMachine Expected { get; }

    /// <summary>Under the strategy.</summary>
    public TestMachine Actual { get; }

    /// <summary>What was compiled.</summary>
    public TranslationCounters Counters => _translator!.Counters;

    /// <summary>Times that compiled code came back to the dispatcher.</summary>
    public long Exits => _engine!.Exits.Sum();

    /// <summary>Does the same to both.</summary>
    public void Both(Action<TestMachine> action)
    {
        action(Expected);
        action(Actual);
    }

    /// <summary>Runs both for some instructions and compares them.</summary>
    public unsafe void Run(ulong instructions)
    {
        var limit = Expected.State->Retired + instructions;
        Both(machine => machine.RunTo(limit));
        Assert.Null(StateText.Difference(Expected, Actual, withRam: true));
    }

    /// <summary>The same with a stop after each instruction.</summary>
    public void Step(int instructions)
    {
        for (var i = 0; i < instructions; i++)
        {
            Run(1);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Expected.Dispose();
        Actual.Dispose();
    }
}
