using System.Collections.Immutable;
using Emulator.Core.Cpu;
using Emulator.Host.Cli;
using Iced.Intel;

namespace Emulator.Host.Machines;

/// <summary>Turns <c>-cpu</c> into a model of the core's table, and lists that table.</summary>
internal static class CpuSelection
{
    /// <summary>The models.</summary>
    public static ImmutableArray<CatalogEntry> Models { get; } = [new("max", "the newest that is implemented (default)")];

    /// <summary>The features that can be added and taken away.</summary>
    public static ImmutableArray<string> Features { get; } = [];

    /// <summary>The model for a choice.</summary>
    public static CpuModel Resolve(CpuChoice choice) => new() { Name = choice.Model };

    /// <summary>Whether a model has 64-bit mode.</summary>
    public static bool HasLongMode(CpuModel model) => model.Has(CpuidFeature.X64);
}
