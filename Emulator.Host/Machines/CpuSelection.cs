using System.Collections.Immutable;
using Emulator.Core.Cpu;
using Emulator.Host.Cli;
using Iced.Intel;

namespace Emulator.Host.Machines;

/// <summary>Turns <c>-cpu</c> into a model of the core's table, and lists that table.</summary>
internal static class CpuSelection
{
    /// <summary>The models.</summary>
    public static ImmutableArray<CatalogEntry> Models { get; } = [.. CpuModels.All.Select(entry => new CatalogEntry(entry.Name, entry.Brand))];

    /// <summary>The features that can be added and taken away.</summary>
    public static ImmutableArray<string> Features { get; } = [.. CpuFeature.All.Select(feature => feature.Name)];

    /// <summary>The model for a choice.</summary>
    public static CpuModel Resolve(CpuChoice choice)
        => CpuModels.Find(choice.Model, choice.Features.Select(feature => (feature.Name, feature.Enabled))).Model
            ?? throw new InvalidOperationException($"-cpu {choice.Model} is not in the core's table.");

    /// <summary>Whether a model has 64-bit mode.</summary>
    public static bool HasLongMode(CpuModel model) => model.Has(CpuidFeature.X64);
}
