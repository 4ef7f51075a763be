using Emulator.Core.Cpu;
using Emulator.Core.Interpreter;
using Emulator.Jit.Runtime;
using Emulator.Jit.Strategies;
using Emulator.Workloads.Machine;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Jit.Tests;

/// <summary>A machine whose program calls many functions in turn, each with a loop of its own: more code than a small bound holds.</summary>
internal sealed unsafe class ManyFunctions : IDisposable
{
    private const int Functions = 60;
    private const int Turns = 40;
    private const ulong Slice = 20_000;

    private readonly BareMachine _machine;

    /// <summary>Builds it; blocks are compiled at once, each alone.</summary>
    public ManyFunctions(long codeBytes, params IReadOnlyList<ITranslationObserver> observers)
    {
        InterpreterEngine? engine = null;
        _machine = new BareMachine((model, blocks) =>
        {
            var options = new JitOptions { Threshold = 16, Threads = 0, CodeBytes = codeBytes };
            engine = (InterpreterEngine)EngineFactory.Create(StrategyRegistry.Find("block")!, options, model, blocks);
            return engine;
        });
        Translator = (Translator)engine!.Translator!;
        foreach (var observer in observers)
        {
            Translator.Observe(observer);
        }
        _machine.LoadProgram(Emit);
    }

    /// <summary>The translator.</summary>
    public Translator Translator { get; }

    /// <summary>Calls every function so often; returns what they add up to.</summary>
    public ulong Run(int rounds)
    {
        var s = _machine.Processor.State;
        _machine.Restart();
        s->Rdi = (uint)rounds;
        while (s->Activity == ActivityState.Active)
        {
            _machine.Run(Slice);
        }

        return s->Rax;
    }

    /// <summary>What <see cref="Run"/> returns if every instruction counts.</summary>
    public static ulong Expected(int rounds) => (ulong)rounds * Turns * (Functions * (Functions + 1) / 2);

    /// <summary>Writes the program anew over itself: every function's code changes.</summary>
    public void Rewrite()
    {
        _machine.ForgetCode();
        _machine.LoadProgram(Emit);
    }

    /// <inheritdoc/>
    public void Dispose() => _machine.Dispose();

    private static void Emit(Assembler a)
    {
        var functions = Enumerable.Range(1, Functions).Select(_ => a.CreateLabel()).ToArray();
        var again = a.CreateLabel();
        a.xor(eax, eax);
        a.Label(ref again);
        foreach (var function in functions)
        {
            a.call(function);
        }

        a.dec(edi);
        a.jne(again);
        a.hlt();
        for (var i = 0; i < functions.Length; i++)
        {
            var loop = a.CreateLabel();
            a.Label(ref functions[i]);
            a.mov(ecx, Turns);
            a.Label(ref loop);
            a.add(rax, i + 1);
            a.dec(ecx);
            a.jne(loop);
            a.ret();
        }
    }
}
