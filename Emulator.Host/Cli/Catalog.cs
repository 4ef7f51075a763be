using System.Collections.Immutable;

namespace Emulator.Host.Cli;

/// <summary>A thing that can be named on the command line, with its line in a <c>help</c> list.</summary>
public sealed record CatalogEntry(string Name, string Summary);

/// <summary>A device for <c>-device</c>: its name, what it is, and its properties.</summary>
public sealed record DeviceEntry(string Name, string Summary, ImmutableArray<CatalogEntry> Properties);

/// <summary>
/// What this build offers by name: it is made from the CPU's, the engines' and the devices' own tables, each list when it is asked for, as
/// most command lines ask for none and the guest waits.
/// </summary>
/// <param name="cpuModels">Lists the CPU models.</param>
/// <param name="cpuFeatures">Lists the CPU features.</param>
/// <param name="findCpuModel">A model's own name from any of its spellings; null when there is none.</param>
/// <param name="findCpuFeature">A feature's own name from any of its spellings; null when there is none.</param>
/// <param name="strategies">Lists the translation strategies.</param>
/// <param name="devices">Lists the devices for <c>-device</c>.</param>
public sealed class Catalog(
    Func<ImmutableArray<CatalogEntry>> cpuModels,
    Func<ImmutableArray<string>> cpuFeatures,
    Func<string, string?> findCpuModel,
    Func<string, string?> findCpuFeature,
    Func<ImmutableArray<CatalogEntry>> strategies,
    Func<ImmutableArray<DeviceEntry>> devices)
{
    /// <summary>The CPU models.</summary>
    public ImmutableArray<CatalogEntry> CpuModels => cpuModels();

    /// <summary>The CPU features.</summary>
    public ImmutableArray<string> CpuFeatures => cpuFeatures();

    /// <summary>The translation strategies.</summary>
    public ImmutableArray<CatalogEntry> Strategies => strategies();

    /// <summary>The devices for <c>-device</c>.</summary>
    public ImmutableArray<DeviceEntry> Devices => devices();

    /// <summary>The machine types.</summary>
    public static ImmutableArray<CatalogEntry> Machines =>
    [
        new("pc", "PC with i440FX and PIIX3 (default)"),
        new("pc-i440fx-7.2", "the same as pc"),
        new("q35", "PC with Q35 and ICH9: memory-mapped configuration space"),
        new("pc-q35-7.2", "the same as q35"),
    ];

    /// <summary>The engines.</summary>
    public static ImmutableArray<CatalogEntry> Engines =>
    [
        new("interpreter", "decodes once, then interprets"),
        new("jit", "the interpreter with a translation strategy (default)"),
        new("tcg", "QEMU's name; the same as jit"),
    ];

    /// <summary>A model's own name from any of its spellings; null when there is none.</summary>
    public string? FindCpuModel(string name) => findCpuModel(name);

    /// <summary>A feature's own name from any of its spellings; null when there is none.</summary>
    public string? FindCpuFeature(string name) => findCpuFeature(name);
}
