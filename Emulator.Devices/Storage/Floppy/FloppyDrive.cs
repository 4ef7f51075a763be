using Emulator.Core.Snapshots;

namespace Emulator.Devices.Storage.Floppy;

/// <summary>A floppy drive: where its heads stand, what is in it, and its disk change line.</summary>
public sealed class FloppyDrive : IDrive
{
    private const int LastTrack = 83;

    /// <summary>A drive with a medium, or an empty one.</summary>
    /// <param name="name">Its name at the monitor.</param>
    /// <param name="medium">What is in it.</param>
    /// <param name="type">What it is; null for the kind that fits the medium, or 1.44 MB.</param>
    public FloppyDrive(string name, IBlockBackend? medium, FloppyDriveType? type = null)
    {
        Name = name;
        Medium = medium;
        Geometry = medium is null ? null : FloppyGeometry.Of(medium.Length);
        Type = type ?? Geometry?.Drive ?? FloppyDriveType.Mb144;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public DriveKind Kind => DriveKind.Floppy;

    /// <inheritdoc/>
    public IBlockBackend? Medium { get; private set; }

    /// <inheritdoc/>
    public bool IsLocked => false;

    /// <summary>What it is.</summary>
    public FloppyDriveType Type { get; }

    /// <summary>How the medium is recorded; null without one.</summary>
    public FloppyGeometry? Geometry { get; private set; }

    /// <summary>Where the heads stand.</summary>
    public int Track { get; private set; }

    /// <summary>The disk change line: set by a change and at power-on, until the heads step with a medium in the drive.</summary>
    public bool IsChanged { get; private set; } = true;

    /// <summary>Whether the medium may only be read.</summary>
    public bool IsWriteProtected => Medium is { IsReadOnly: true };

    /// <summary>The sector that READ ID finds next.</summary>
    public int NextId { get; private set; } = 1;

    /// <inheritdoc/>
    public void ChangeMedium(IBlockBackend? medium)
    {
        Medium = medium;
        Geometry = medium is null ? null : FloppyGeometry.Of(medium.Length);
        IsChanged = true;
    }

    /// <summary>Steps to a track.</summary>
    public void Seek(int track)
    {
        track = Math.Clamp(track, 0, LastTrack);
        if (track != Track)
        {
            Track = track;
            IsChanged &= Medium is null;
        }
    }

    /// <summary>The sector under the heads, which turns on.</summary>
    public int ReadId()
    {
        var id = NextId;
        NextId = id >= (Geometry?.Sectors ?? 1) ? 1 : id + 1;
        return id;
    }

    /// <summary>Power-on.</summary>
    public void Reset()
    {
        Track = 0;
        IsChanged = true;
        NextId = 1;
    }

    /// <summary>Writes the state; the medium is a host resource.</summary>
    public void Save(StateWriter writer)
    {
        writer.Write(Track);
        writer.Write(IsChanged);
        writer.Write(NextId);
    }

    /// <summary>Reads back what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader)
    {
        Track = reader.ReadInt32();
        IsChanged = reader.ReadBoolean();
        NextId = reader.ReadInt32();
    }
}
