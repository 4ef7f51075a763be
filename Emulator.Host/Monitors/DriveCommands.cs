using System.Globalization;
using Emulator.Devices.Storage;
using Emulator.Host.Cli;

namespace Emulator.Host.Monitors;

/// <summary>The drives and what is in them; <c>change vnc</c> is here too, because QEMU has it in the same command.</summary>
internal sealed class DriveCommands(IReadOnlyList<IDrive> drives, Func<string, bool, IBlockBackend>? open, VncCommands vnc) : IMonitorGroup
{
    /// <inheritdoc/>
    public IEnumerable<MonitorCommand> Commands =>
    [
        new("eject", "[-f] DRIVE", "take the medium out", line => Answer(line[0] == "-f" ? Eject(line.From(1), force: true) : Eject(line.From(0), force: false))),
        new("change", "DRIVE FILE | vnc password PASSWORD", "put another medium in, or set the VNC password", Change),
    ];

    /// <inheritdoc/>
    public IEnumerable<InfoPart> Parts => [new("block", "the drives", Describe)];

    /// <summary>The drives.</summary>
    public IReadOnlyList<IDrive> Drives => drives;

    /// <summary>Takes a medium out; returns what went wrong, or null.</summary>
    public string? Eject(string name, bool force)
    {
        if (Find(name, out var problem) is not { } drive)
        {
            return problem;
        }

        if (drive.IsLocked && !force)
        {
            return $"Device '{name}' is locked and force was not specified, wait for tray to open and try again";
        }

        drive.ChangeMedium(null);
        return null;
    }

    /// <summary>Puts a medium in; returns what went wrong, or null.</summary>
    public string? Insert(string name, string path, bool readOnly)
    {
        if (Find(name, out var problem) is not { } drive)
        {
            return problem;
        }

        if (open is null)
        {
            return "this machine opens no disk images";
        }

        try
        {
            drive.ChangeMedium(open(path, readOnly || drive.Kind == DriveKind.CdRom));
            return null;
        }
        catch (UserErrorException failure)
        {
            return failure.Message;
        }
    }

    private static string Answer(string? problem) => problem is null ? "" : problem + "\n";

    private IDrive? Find(string name, out string problem)
    {
        var drive = drives.FirstOrDefault(item => item.Name == name);
        problem = drive is null
            ? $"Device '{name}' not found; {Suggestion.Mend(name, drives.Select(item => item.Name), "info block lists the drives")}"
            : $"Device '{name}' is not removable";
        return drive is null || drive.Kind == DriveKind.Disk ? null : drive;
    }

    private string Change(MonitorLine line)
        => line[0] == "vnc"
            ? line[1] is "password" or "passwd" ? vnc.Set(line.From(2)) : "write change vnc password PASSWORD\n"
            : line.Words.Length >= 2 ? Answer(Insert(line[0], line.From(1).Trim('"'), readOnly: false)) : "write DRIVE FILE\n";

    private string Describe()
        => drives.Count == 0 ? "the machine has no drives\n" : string.Concat(drives.Select(drive => drive.Medium is { } medium
            ? string.Create(CultureInfo.InvariantCulture, $"{drive.Name}: {drive.Kind}, {medium.Length} bytes{(medium.IsReadOnly ? ", read-only" : "")}{Locked(drive)}\n")
            : $"{drive.Name}: {drive.Kind}, [not inserted]{Locked(drive)}\n"));

    private static string Locked(IDrive drive) => drive.IsLocked ? ", locked" : "";
}
