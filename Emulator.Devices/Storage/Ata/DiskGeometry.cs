namespace Emulator.Devices.Storage.Ata;

/// <summary>Cylinders, heads and sectors per track.</summary>
public readonly record struct DiskGeometry(int Cylinders, int Heads, int Sectors)
{
    private const int MostCylinders = 16383;
    private const int DefaultHeads = 16;
    private const int DefaultSectors = 63;

    /// <summary>Sectors that the geometry reaches.</summary>
    public long Capacity => (long)Cylinders * Heads * Sectors;

    /// <summary>
    /// The geometry that a disk reports at power-on: 16 heads and 63 sectors, of which a large disk has 16383 cylinders
    /// (ATA/ATAPI-5, annex C).
    /// </summary>
    public static DiskGeometry Of(long sectors) => Of(sectors, DefaultHeads, DefaultSectors);

    /// <summary>The cylinders of a disk under given heads and sectors.</summary>
    public static DiskGeometry Of(long sectors, int heads, int sectorsPerTrack)
        => new((int)Math.Clamp(sectors / (heads * sectorsPerTrack), 1, MostCylinders), heads, sectorsPerTrack);

    /// <summary>The sector at an address of cylinder, head and sector; -1 when there is none.</summary>
    public long Lba(int cylinder, int head, int sector)
        => head < Heads && sector >= 1 && sector <= Sectors && cylinder < 65536 ? ((((long)cylinder * Heads) + head) * Sectors) + sector - 1 : -1;
}
