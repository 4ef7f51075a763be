namespace Emulator.Jit.Strategies;

/// <summary>The strategies that ship, in the order in which help lists them. Adding one is adding its class here.</summary>
public static class StrategyRegistry
{
    /// <summary>Every strategy; the first is the default.</summary>
    public static IReadOnlyList<ITranslationStrategy> All => [new RegionStrategy(), new SuperblockStrategy(), new BlockStrategy(), new InterpreterStrategy()];

    /// <summary>The strategy with a name; null when there is none.</summary>
    public static ITranslationStrategy? Find(string name)
        => All.FirstOrDefault(strategy => strategy.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
