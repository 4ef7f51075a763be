using System.Globalization;
using Emulator.Host.Packages;

namespace Emulator.Bench.Peers;

/// <summary>This emulator with one strategy, as a process of its own.</summary>
internal sealed class EmulatorPeer(string strategy) : IPeer
{
    /// <inheritdoc/>
    public string Name => "emulator, " + strategy;

    /// <inheritdoc/>
    public string? Missing => null;

    /// <inheritdoc/>
    public bool Boots(Guest guest) => true;

    /// <inheritdoc/>
    public PeerCommand Prepare(LinuxGuestFiles files, string folder) => new(
        "dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "emulator.dll"), "-accel", "jit,strategy=" + strategy, "-m", Guest.Memory.ToString(CultureInfo.InvariantCulture),
            "-nographic", "-no-reboot", "-kernel", files.Kernel, "-initrd", files.Initrd, "-append", Guest.CommandLine,
        ]);
}
