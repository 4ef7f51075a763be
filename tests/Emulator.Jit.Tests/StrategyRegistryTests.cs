using Emulator.Jit.Strategies;

namespace Emulator.Jit.Tests;

/// <summary>The strategies that ship can be found by the names that help shows.</summary>
public sealed class StrategyRegistryTests
{
    [Fact]
    public void Find_NameInAnyCase_GivesTheStrategy()
    {
        Assert.All(StrategyRegistry.All, strategy => Assert.Equal(strategy.Name, StrategyRegistry.Find(strategy.Name.ToUpperInvariant())?.Name));
        Assert.NotEmpty(StrategyRegistry.All);
    }

    [Fact]
    public void Find_UnknownName_GivesNothing() => Assert.Null(StrategyRegistry.Find("no-such-strategy"));

    [Fact]
    public void Names_OfAllStrategies_AreDistinctAndDescribed()
    {
        Assert.Distinct(StrategyRegistry.All.Select(strategy => strategy.Name));
        Assert.All(StrategyRegistry.All, strategy => Assert.False(string.IsNullOrWhiteSpace(strategy.Description)));
    }
}
