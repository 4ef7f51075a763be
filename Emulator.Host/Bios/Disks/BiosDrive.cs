using Emulator.Devices.Storage;

namespace Emulator.Host.Bios.Disks;

/// <summary>A drive under the number by which INT 13h knows it, possibly a part of a CD that plays the role of another.</summary>
/// <param name="Number">DL.</param>
/// <param name="Kind">What it behaves as.</param>
/// <param name="Medium">What is in it; null when it is empty.</param>
/// <param name="Geometry">Its cylinders, heads and sectors.</param>
internal sealed record BiosDrive(byte Number, DriveKind Kind, IBlockBackend? Medium, DiskGeometry Geometry)
{
    /// <summary>Sectors of a CD.</summary>
    public const int CdSectorLength = 2048;

    /// <summary>Where the drive's sectors begin in the medium.</summary>
    public long Start { get; init; }

    /// <summary>The drive behind it.</summary>
    public IDrive? Drive { get; init; }

    /// <summary>Whether writes are refused.</summary>
    public bool IsReadOnly => Kind == DriveKind.CdRom || Start != 0 || Medium is { IsReadOnly: true };

    /// <summary>Bytes of a sector.</summary>
    public int SectorLength => Kind == DriveKind.CdRom ? CdSectorLength : DiskGeometry.SectorLength;

    /// <summary>Sectors from <see cref="Start"/> on.</summary>
    public long Sectors => Medium is null ? 0 : (Medium.Length - Start) / SectorLength;
}
