using System.Collections.Immutable;
using Emulator.Core.Cpu;
using Emulator.Host.Cli;

namespace Emulator.Host.Machines;

/// <summary>Turns <c>-cpu</c> into a model of the core's table, and lists that table.</summary>
internal static class CpuSelection
{
    // The address width is the model's own whatever the host has, and no migration takes features away.
    private static readonly string[] Checks = ["check", "enforce", "host-phys-bits", "migratable"];

    /// <summary>The models.</summary>
    public static ImmutableArray<CatalogEntry> Models => [.. CpuModels.All.Select(model => new CatalogEntry(model.Name, model.Brand))];

    /// <summary>The features that can be added and taken away.</summary>
    public static ImmutableArray<string> Features => [.. CpuFeature.All.Where(feature => feature.IsImplemented).Select(feature => feature.Name)];

    /// <summary>The name, when the core's table knows a model by it.</summary>
    public static string? FindModel(string name) => CpuModels.Find(name, []).Model?.Name;

    /// <summary>The feature's own name.</summary>
    public static string? FindFeature(string name) => CpuFeature.Find(name)?.Name;

    /// <summary>The model for a choice that was checked; with <c>enforce</c>, what is not implemented is an error.</summary>
    public static CpuModelResult Resolve(CpuChoice choice)
    {
        var changes = choice.Features.RemoveAll(feature => Checks.Contains(feature.Name, StringComparer.Ordinal));
        var result = CpuModels.Find(choice.Model, changes.IsEmpty ? [] : [.. changes.Select(feature => (feature.Name, feature.Enabled))], choice.Identity);
        return result.Missing.IsEmpty || !choice.Features.Contains(new CpuFeatureChoice("enforce", true))
            ? result
            : throw new UserErrorException(
                $"-cpu {choice.Model}", $"not implemented: {string.Join(", ", result.Missing)}", "leave enforce out, or use -cpu max");
    }
}
