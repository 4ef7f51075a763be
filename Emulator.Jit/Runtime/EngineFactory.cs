using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Interpreter;
using Emulator.Core.Machine;
using Emulator.Jit.Strategies;
using Emulator.Jit.Verify;

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
    /// <param name="log">Told, by name, of an instruction that exists but is not announced or not implemented, and at the end of what was verified.</param>
    public static ICpuEngine Create(ITranslationStrategy strategy, JitOptions options, CpuModel model, InstructionTable instructions, BlockCache blocks, Action<string> log)
    {
        var builder = new BlockBuilder(instructions, model, log);
        if (strategy.Threshold is null)
        {
            return new InterpreterEngine(builder);
        }

        var translator = new Translator(strategy, options, model, instructions, blocks);
        return options.Verify ? new VerifyingEngine(builder, translator, log) : new InterpreterEngine(builder, translator);
    }
}
