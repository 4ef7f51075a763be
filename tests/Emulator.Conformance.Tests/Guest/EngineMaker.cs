using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Interpreter;
using Emulator.Core.Machine;
using Emulator.Jit.Runtime;
using Emulator.Jit.Strategies;

namespace Emulator.Conformance.Tests.Guest;

/// <summary>Makes the engine that is judged, from what a machine gives it.</summary>
public delegate ICpuEngine EngineMaker(BlockBuilder builder, CpuModel model, BlockCache blocks);

/// <summary>The engines.</summary>
public static class JudgedEngines
{
    /// <summary>The interpreter.</summary>
    public static EngineMaker Interpreter { get; } = (builder, _, _) => new InterpreterEngine(builder);

    /// <summary>A strategy that compiles every block when it is first entered, on the oracle's own thread.</summary>
    /// <param name="strategy">The strategy.</param>
    /// <param name="vectorLocals">Whether XMM registers are locals; null: where that pays, which is nowhere in so short a program.</param>
    public static EngineMaker Compiled(ITranslationStrategy strategy, bool? vectorLocals = null)
        => strategy.Threshold is null
            ? Interpreter
            : (builder, model, blocks) => new InterpreterEngine(
                builder, new Translator(strategy, new JitOptions { Threshold = 1, Threads = 0, VectorLocals = vectorLocals }, model, new InstructionTable(), blocks));
}
