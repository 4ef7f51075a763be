using Emulator.Host.Machines;

namespace Emulator.Host.Monitors;

/// <summary>The drives and what is in them; <c>change vnc</c> is here too, because QEMU has it in the same command.</summary>
internal sealed class DriveCommands(PcStorage storage, VncCommands vnc) : IMonitorGroup
{
    /// <inheritdoc/>
    public IEnumerable<MonitorCommand> Commands =>
    [
        new("eject", "[-f] DRIVE", "take the medium out", line => Answer(line[0] == "-f" ? Eject(line.From(1), force: true) : Eject(line.From(0), force: false))),
        new("change", "DRIVE FILE | vnc password PASSWORD", "put another medium in, or set the VNC password", Change),
    ];

    /// <inheritdoc/>
    public IEnumerable<InfoPart> Parts => [new("block", "the drives and what is in them", Describe)];

    /// <summary>Takes a medium out; returns what went wrong, or null.</summary>
    public string? Eject(string name, bool force) => storage.Change(name, file: null, format: null, force);

    /// <summary>Puts a medium in; returns what went wrong, or null.</summary>
    public string? Insert(string name, string path, string? format = null, bool force = false) => storage.Change(name, path, format, force);

    private static string Answer(string? problem) => problem is null ? "" : problem + "\n";

    private string Change(MonitorLine line)
        => line[0] == "vnc"
            ? line[1] is "password" or "passwd" ? vnc.Set(line.From(2)) : "write change vnc password PASSWORD\n"
            : line.Words.Length >= 2 ? Answer(Insert(line[0], line.From(1).Trim('"'))) : "write DRIVE FILE\n";

    private string Describe() => storage.Drives.Count == 0 ? "the machine has no drives\n" : string.Concat(storage.Drives.Select(drive => drive.ToString()));
}
