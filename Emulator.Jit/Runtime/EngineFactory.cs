using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Interpreter;
using Emulator.Core.Machine;
using Emulator.Jit.Strategies;

namespace Emulator.Jit.Runtime;

/// <summary>Makes the engine of a machine.</summary>
public static class EngineFactory
{
    /// <summary>The same for a machine that stands alone: all instructions, and nobody to tell of those that are not there.</summary>
    public static ICpuEngine Create(ITranslationStrategy strategy, JitOptions options, CpuModel model, BlockCache blocks)
        => Create(strategy, options, model, new InstructionTable(), blocks, _ => { });

    /// <summary>The interpreter, with a translator above it if the strategy compiles anything.</summary>
    /// <param name="strategy">What to compile.</param>
    /// <param name="options">How.</param>
    /// <param name="model">The processors' model.</param>
    /// <param name="instructions">The rows.</param>
    /// <param name="blocks">The machine's decoded code.</param>
    /// <param name="unsupported">Told, by name, of an instruction that exists but is not announced or not implemented.</param>
    public static ICpuEngine Create(ITranslationStrategy strategy, JitOptions options, CpuModel model, InstructionTable instructions, BlockCache blocks, Action<string> unsupported)
    {
        var builder = new BlockBuilder(instructions, model, unsupported);
        return strategy.Threshold is null ? new InterpreterEngine(builder) : new InterpreterEngine(builder, new Translator(strategy, options, model, blocks));
    }
}
