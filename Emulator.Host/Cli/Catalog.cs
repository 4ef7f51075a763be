using System.Collections.Immutable;

namespace Emulator.Host.Cli;

/// <summary>A thing that can be named on the command line, with its line in a <c>help</c> list.</summary>
public sealed record CatalogEntry(string Name, string Summary);

/// <summary>A device for <c>-device</c>: its name, what it is, and its properties.</summary>
public sealed record DeviceEntry(string Name, string Summary, ImmutableArray<CatalogEntry> Properties);

/// <summary>What this build offers by name: it is made from the CPU's, the engines' and the devices' own tables.</summary>
/// <param name="CpuModels">The CPU models.</param>
/// <param name="CpuFeatures">The CPU features.</param>
/// <param name="FindCpuModel">A model's own name from any of its spellings; null when there is none.</param>
/// <param name="FindCpuFeature">A feature's own name from any of its spellings; null when there is none.</param>
/// <param name="Strategies">The translation strategies.</param>
/// <param name="Devices">The devices for <c>-device</c>.</param>
public sealed record Catalog(
    ImmutableArray<CatalogEntry> CpuModels,
    ImmutableArray<string> CpuFeatures,
    Func<string, string?> FindCpuModel,
    Func<string, string?> FindCpuFeature,
    ImmutableArray<CatalogEntry> Strategies,
    ImmutableArray<DeviceEntry> Devices)
{
    /// <summary>The machine types.</summary>
    public static ImmutableArray<CatalogEntry> Machines { get; } =
    [
        new("pc", "PC with i440FX and PIIX3 (default)"),
        new("pc-i440fx-7.2", "the same as pc"),
        new("q35", "PC with Q35 and ICH9: memory-mapped configuration space"),
        new("pc-q35-7.2", "the same as q35"),
    ];

    /// <summary>The engines.</summary>
    public static ImmutableArray<CatalogEntry> Engines { get; } =
    [
        new("interpreter", "decodes once, then interprets"),
        new("jit", "the interpreter with a translation strategy (default)"),
        new("tcg", "QEMU's name; the same as jit"),
    ];
}
