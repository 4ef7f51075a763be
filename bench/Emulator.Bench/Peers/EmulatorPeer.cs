using System.Globalization;
using Emulator.Bench.Comparison;
using Emulator.Host.Packages;

namespace Emulator.Bench.Peers;

/// <summary>This emulator with one strategy, as a process of its own: the Release build, whose assemblies are compiled ahead of time.</summary>
internal sealed class EmulatorPeer(string strategy) : IPeer
{
    private static string Program => Path.Combine(ResultFolder.Root, "Emulator.Host", "bin", "Release", "net10.0", "emulator.dll");

    /// <inheritdoc/>
    public string Name => "emulator, " + strategy;

    /// <inheritdoc/>
    public string? Missing => File.Exists(Program) ? null : "dotnet build -c Release Emulator.Host";

    /// <inheritdoc/>
    public bool Boots(Guest guest) => true;

    /// <inheritdoc/>
    public PeerCommand Prepare(LinuxGuestFiles files, string folder) => new(
        "dotnet",
        [
            Program, "-accel", "jit,strategy=" + strategy, "-m", Guest.Memory.ToString(CultureInfo.InvariantCulture),
            "-nographic", "-no-reboot", "-kernel", files.Kernel, "-initrd", files.Initrd, "-append", Guest.CommandLine,
        ]);
}
