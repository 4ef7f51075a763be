using Emulator.Jit.Regions;

namespace Emulator.Jit.Strategies;

/// <summary>Compiles nothing: predecoded blocks, one handler call an instruction. The yardstick for the others.</summary>
public sealed class InterpreterStrategy : ITranslationStrategy
{
    /// <inheritdoc/>
    public string Name => "interpreter";

    /// <inheritdoc/>
    public string Description => "decodes blocks once and calls a handler for each instruction; compiles nothing";

    /// <inheritdoc/>
    public uint? Threshold => null;

    /// <inheritdoc/>
    public RegionLimits Limits => default;

    /// <inheritdoc/>
    public void Select(RegionSelector selection)
    {
    }
}
