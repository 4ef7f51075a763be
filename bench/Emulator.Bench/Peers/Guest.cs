using Emulator.Host.Packages;

namespace Emulator.Bench.Peers;

/// <summary>A Debian kernel with a busybox initial RAM disk, which says on the first serial port that user space is there.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Package">The kernel's package.</param>
internal sealed record Guest(string Name, string Package)
{
    /// <summary>What the guest writes when its first user process runs.</summary>
    public const string Marker = "A busybox shell";

    /// <summary>The kernel's command line.</summary>
    public const string CommandLine = LinuxGuest.CommandLine;

    /// <summary>RAM in MiB.</summary>
    public const int Memory = 512;

    /// <summary>The guests: one for emulators of 64-bit processors, one for all.</summary>
    public static IReadOnlyList<Guest> All => [new("amd64", LinuxGuest.DefaultPackage), new("i386", "linux-image-686")];

    /// <summary>Whether it needs a 64-bit processor.</summary>
    public bool Is64Bit => Name == "amd64";

    /// <summary>Fetches the packages, unless they are in the emulator's cache, and builds the initial RAM disk.</summary>
    public LinuxGuestFiles Fetch() => LinuxGuest.Prepare(null, null, Package, DebianPackages.DefaultFolder(), Console.WriteLine);
}
