using Emulator.Host.Cli;
using Emulator.Jit.Strategies;

namespace Emulator.Host.Machines;

/// <summary>What this build offers by name, from the tables of its parts.</summary>
internal static class PcCatalog
{
    /// <summary>Says where its lists are.</summary>
    public static Catalog Create() => new(
        () => CpuSelection.Models,
        () => CpuSelection.Features,
        CpuSelection.FindModel,
        CpuSelection.FindFeature,
        () => [.. StrategyRegistry.All.Select(strategy => new CatalogEntry(strategy.Name, strategy.Description))],
        () => ExtraDevices.Catalog);
}
