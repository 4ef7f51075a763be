using Emulator.Jit.Regions;

namespace Emulator.Jit.Strategies;

/// <summary>Compiles each hot block alone, as most translators do: short methods, joined by chaining. A block that loops to itself is closed.</summary>
public sealed class BlockStrategy : ITranslationStrategy
{
    /// <inheritdoc/>
    public string Name => "block";

    /// <inheritdoc/>
    public string Description => "compiles each hot block alone and chains them";

    /// <inheritdoc/>
    public uint? Threshold => 2000;

    /// <inheritdoc/>
    public RegionLimits Limits => new(1, 48);

    /// <inheritdoc/>
    public void Select(RegionSelector selection)
    {
    }
}
