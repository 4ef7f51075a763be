using Emulator.Core.Decoding;
using Emulator.Core.Interpreter;
using Emulator.Core.Machine;

namespace Emulator.Jit.Strategies;

/// <summary>Compiles nothing: predecoded blocks, one handler call an instruction. The yardstick for the others.</summary>
public sealed class InterpreterStrategy : ITranslationStrategy
{
    /// <inheritdoc/>
    public string Name => "interpreter";

    /// <inheritdoc/>
    public string Description => "decodes blocks once and calls a handler for each instruction; compiles nothing";

    /// <inheritdoc/>
    public ICpuEngine CreateEngine(BlockBuilder builder) => new InterpreterEngine(builder);
}
