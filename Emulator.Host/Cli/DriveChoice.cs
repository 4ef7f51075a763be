namespace Emulator.Host.Cli;

/// <summary>What a drive hangs on (<c>if=</c>).</summary>
public enum DriveInterface
{
    /// <summary>The board's disk controller: IDE, or AHCI where the board has that.</summary>
    Ide,

    /// <summary>The floppy controller.</summary>
    Floppy,

    /// <summary>Nothing yet: a <c>-device</c> names the drive by its id.</summary>
    None,

    /// <summary>Firmware flash.</summary>
    Pflash,
}

/// <summary>When a write is reported done, and what a flush does (<c>cache=</c>).</summary>
public enum DriveCache
{
    /// <summary>Done when the host has it; a flush brings it to stable storage.</summary>
    WriteBack,

    /// <summary>Done when it is on stable storage.</summary>
    WriteThrough,

    /// <summary>A flush does nothing: a crash of the host may lose everything.</summary>
    Unsafe,
}

/// <summary>What happens when the host cannot read or write (<c>rerror=</c>, <c>werror=</c>).</summary>
public enum DriveErrorAction
{
    /// <summary>The guest is told.</summary>
    Report,

    /// <summary>The guest is told that all is well.</summary>
    Ignore,

    /// <summary>The machine stops; when it goes on, the request is tried again.</summary>
    Stop,

    /// <summary><see cref="Stop"/> when the host has no space left, else <see cref="Report"/>.</summary>
    StopWithoutSpace,
}

/// <summary>One drive of the machine, from <c>-drive</c>, <c>-hda</c> and their like, or one that every machine has.</summary>
public sealed record DriveChoice
{
    /// <summary>The options as typed, for messages: <c>-hda disk.img</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>What it hangs on.</summary>
    public required DriveInterface Interface { get; init; }

    /// <summary>Which bus of that.</summary>
    public int Bus { get; init; }

    /// <summary>Which place on the bus.</summary>
    public int Unit { get; init; }

    /// <summary>The name, the user's (<c>id=</c>) or QEMU's for its place: <c>ide0-hd0</c>, <c>ide1-cd0</c>, <c>floppy0</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Whether it is a CD-ROM drive (<c>media=cdrom</c>).</summary>
    public bool IsCdRom { get; init; }

    /// <summary>The medium's file; null for an empty drive.</summary>
    public string? File { get; init; }

    /// <summary>The file's format, <c>raw</c> or <c>qcow2</c>; null to find it out by the contents.</summary>
    public string? Format { get; init; }

    /// <summary>Whether the guest may only read.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether writes are dropped at the end (<c>snapshot=on</c>, <c>-snapshot</c>).</summary>
    public bool IsSnapshot { get; init; }

    /// <summary>When writes are reported done.</summary>
    public DriveCache Cache { get; init; }

    /// <summary>Whether what the guest discards is given back to the host (<c>discard=unmap</c>).</summary>
    public bool Unmap { get; init; }

    /// <summary>Whether the file is locked against other writers (<c>file.locking=</c>).</summary>
    public bool IsLocked { get; init; } = true;

    /// <summary>What happens when a read fails.</summary>
    public DriveErrorAction ReadError { get; init; }

    /// <summary>What happens when a write fails.</summary>
    public DriveErrorAction WriteError { get; init; }
}

/// <summary>What firmware boots from (<c>-boot</c>). The letters are a, b: floppy; c: disk; d: CD-ROM; n: network.</summary>
/// <param name="Order">The letters at every boot; null for the firmware's own order.</param>
/// <param name="Once">The letters at the first boot only; null for <paramref name="Order"/>.</param>
/// <param name="Menu">Whether a menu is shown.</param>
/// <param name="Strict">Whether nothing but what is named is tried.</param>
public sealed record BootChoice(string? Order = null, string? Once = null, bool Menu = false, bool Strict = false)
{
    /// <summary>Milliseconds that the menu waits; null for the firmware's own.</summary>
    public int? SplashTime { get; init; }

    /// <summary>Milliseconds until a machine that cannot boot tries again; null for never.</summary>
    public int? RebootTimeout { get; init; }
}
