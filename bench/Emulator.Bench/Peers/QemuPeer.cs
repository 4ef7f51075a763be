using System.Globalization;
using Emulator.Host.Packages;

namespace Emulator.Bench.Peers;

/// <summary>QEMU with its translator (TCG).</summary>
internal sealed class QemuPeer : IPeer
{
    private const string Program = "qemu-system-x86_64";

    /// <inheritdoc/>
    public string Name => "QEMU TCG";

    /// <inheritdoc/>
    public string? Missing => CommandRunner.Exists(Program) ? null : "apt-get install qemu-system-x86";

    /// <inheritdoc/>
    public bool Boots(Guest guest) => true;

    /// <inheritdoc/>
    public PeerCommand Prepare(LinuxGuestFiles files, string folder) => new(
        Program,
        [
            "-accel", "tcg", "-m", Guest.Memory.ToString(CultureInfo.InvariantCulture),
            "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot",
            "-kernel", files.Kernel, "-initrd", files.Initrd, "-append", Guest.CommandLine,
        ]);
}
