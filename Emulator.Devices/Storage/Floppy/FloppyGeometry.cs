namespace Emulator.Devices.Storage.Floppy;

/// <summary>What a drive is, in the numbers that CMOS has for it (register 0x10).</summary>
public enum FloppyDriveType
{
    /// <summary>No drive.</summary>
    None = 0,

    /// <summary>5.25 inch, 360 KB.</summary>
    Kb360 = 1,

    /// <summary>5.25 inch, 1.2 MB.</summary>
    Mb12 = 2,

    /// <summary>3.5 inch, 720 KB.</summary>
    Kb720 = 3,

    /// <summary>3.5 inch, 1.44 MB.</summary>
    Mb144 = 4,

    /// <summary>3.5 inch, 2.88 MB.</summary>
    Mb288 = 5,
}

/// <summary>How a diskette is recorded: tracks, sides, sectors of 512 bytes, and the data rate (CCR bits 1:0).</summary>
/// <param name="Tracks">Tracks of a side.</param>
/// <param name="Heads">Sides.</param>
/// <param name="Sectors">Sectors of a track.</param>
/// <param name="Rate">0: 500 kbit/s, 1: 300, 2: 250, 3: 1000.</param>
/// <param name="Drive">The drive that it is made for.</param>
public sealed record FloppyGeometry(int Tracks, int Heads, int Sectors, byte Rate, FloppyDriveType Drive)
{
    /// <summary>Bytes of a sector.</summary>
    public const int SectorSize = 512;

    private static readonly FloppyGeometry[] All =
    [
        new(40, 1, 8, 2, FloppyDriveType.Kb360),
        new(40, 1, 9, 2, FloppyDriveType.Kb360),
        new(40, 2, 8, 2, FloppyDriveType.Kb360),
        new(40, 2, 9, 2, FloppyDriveType.Kb360),
        new(80, 1, 8, 2, FloppyDriveType.Mb144),
        new(80, 2, 8, 2, FloppyDriveType.Mb144),
        new(80, 2, 9, 2, FloppyDriveType.Mb144),
        new(80, 2, 10, 2, FloppyDriveType.Mb144),
        new(80, 2, 15, 0, FloppyDriveType.Mb12),
        new(80, 2, 18, 0, FloppyDriveType.Mb144),
        new(80, 2, 20, 0, FloppyDriveType.Mb144),
        new(80, 2, 21, 0, FloppyDriveType.Mb144),
        new(82, 2, 21, 0, FloppyDriveType.Mb144),
        new(80, 2, 36, 3, FloppyDriveType.Mb288),
    ];

    /// <summary>Bytes of a diskette.</summary>
    public long Length => (long)Tracks * Heads * Sectors * SectorSize;

    /// <summary>
    /// The geometry of an image: the one of its very size, else the smallest that holds it; the last sectors are missing then. Larger
    /// images are not reached whole.
    /// </summary>
    public static FloppyGeometry Of(long length)
    {
        foreach (var geometry in All)
        {
            if (geometry.Length == length)
            {
                return geometry;
            }
        }

        var standard = All.Where(geometry => geometry.Length >= length).MinBy(geometry => geometry.Length);
        return standard ?? All[^1];
    }

    /// <summary>The rate at which a drive reads it: 360 KB diskettes turn faster in a 1.2 MB drive.</summary>
    public byte RateIn(FloppyDriveType drive) => drive == FloppyDriveType.Mb12 && Rate == 2 ? (byte)1 : Rate;

    /// <summary>The sector at an address on the medium, from 0; sectors of a track count from 1.</summary>
    public long Sector(int track, int head, int sector) => ((((long)track * Heads) + head) * Sectors) + sector - 1;
}
