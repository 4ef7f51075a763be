using Emulator.Host.Packages;

namespace Emulator.Bench.Peers;

/// <summary>A program to start, which writes the guest's serial port to its standard output.</summary>
internal sealed record PeerCommand(string Program, IReadOnlyList<string> Arguments);

/// <summary>An emulator that boots guests beside ours.</summary>
internal interface IPeer
{
    /// <summary>What tables and the command line call it.</summary>
    string Name { get; }

    /// <summary>What to type to install what is missing; null when nothing is.</summary>
    string? Missing { get; }

    /// <summary>Whether it can boot a guest at all.</summary>
    bool Boots(Guest guest);

    /// <summary>Prepares files that it needs in a folder of its own, and says how it is started.</summary>
    PeerCommand Prepare(LinuxGuestFiles files, string folder);
}
