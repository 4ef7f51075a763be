namespace Emulator.Devices.Storage;

/// <summary>What kind of drive a medium is put into.</summary>
public enum DriveKind
{
    /// <summary>A fixed disk.</summary>
    Disk,

    /// <summary>A CD-ROM drive.</summary>
    CdRom,

    /// <summary>A floppy drive.</summary>
    Floppy,
}

/// <summary>A drive of the machine, whatever controller it hangs on: what firmware's services, the monitor and the web console see.</summary>
public interface IDrive
{
    /// <summary>The name that the monitor gives it: <c>ide0-hd0</c>, <c>ide1-cd0</c>, <c>floppy0</c>, as QEMU's.</summary>
    string Name { get; }

    /// <summary>What it is.</summary>
    DriveKind Kind { get; }

    /// <summary>What is in it; null when it is empty.</summary>
    IBlockBackend? Medium { get; }

    /// <summary>Whether the guest has locked the tray.</summary>
    bool IsLocked { get; }

    /// <summary>Takes the medium out (null) or puts one in; the guest is told as the drive tells it. Not for fixed disks.</summary>
    void ChangeMedium(IBlockBackend? medium);
}
