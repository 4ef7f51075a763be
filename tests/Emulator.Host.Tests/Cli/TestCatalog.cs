using Emulator.Host.Cli;

namespace Emulator.Host.Tests.Cli;

/// <summary>A small catalogue, so that the command line's tests stand apart from the machine's.</summary>
internal static class TestCatalog
{
    private static readonly string[] FeatureNames = ["avx2", "sse4.1", "tsc-deadline"];

    public static Catalog Create() => new(
        () => [new("max", "newest"), new("qemu64", "old"), new("Haswell", "Intel")],
        () => [.. FeatureNames],
        name => name is "max" or "qemu64" or "Haswell" ? name : null,
        name => Array.Find(FeatureNames, feature => feature == name || feature.Replace('.', '_') == name),
        () => [new("region", "hot regions"), new("block", "block at a time")],
        () =>
        [
            new("isa-debug-exit", "exit", [new("iobase", "port"), new("iosize", "ports")]),
            new("pci-testdev", "PCI test device", [new("addr", "slot")]),
        ]);

    public static MachineOptions Read(params string[] arguments)
        => MachineOptionsReader.Read(ArgumentParser.Parse(arguments), Create(), 64L << 30);

    public static string Error(params string[] arguments) => Assert.Throws<UserErrorException>(() => Read(arguments)).Message;
}
