using Emulator.Devices.Storage;

namespace Emulator.Host.Bios.Disks;

/// <summary>Cylinders, heads and sectors as INT 13h counts them.</summary>
internal readonly record struct DiskGeometry(int Cylinders, int Heads, int Sectors)
{
    /// <summary>Bytes of a sector.</summary>
    public const int SectorLength = 512;

    private const int MostCylinders = 1024;
    private const int MostHeads = 255;
    private const int MostSectors = 63;
    private const int AtaHeads = 16;
    private const int PartitionTable = 0x1be;
    private const int PartitionLength = 16;

    // Kibibytes of floppy images, with cylinders, heads, sectors.
    private static ReadOnlySpan<short> Floppies =>
    [
        160, 40, 1, 8, 180, 40, 1, 9, 320, 40, 2, 8, 360, 40, 2, 9, 640, 80, 2, 8, 720, 80, 2, 9, 800, 80, 2, 10, 820, 82, 2, 10,
        1200, 80, 2, 15, 1440, 80, 2, 18, 1476, 82, 2, 18, 1520, 80, 2, 19, 1600, 80, 2, 20, 1680, 80, 2, 21, 1722, 82, 2, 21,
        1743, 83, 2, 21, 1760, 80, 2, 22, 1840, 80, 2, 23, 1920, 80, 2, 24, 2880, 80, 2, 36,
    ];

    /// <summary>Sectors in all.</summary>
    public long Total => (long)Cylinders * Heads * Sectors;

    /// <summary>The geometry of a floppy: of the format that its length is, else of the smallest that holds it.</summary>
    public static DiskGeometry OfFloppy(long length)
    {
        for (var i = 0; i < Floppies.Length; i += 4)
        {
            if (length <= Floppies[i] * 1024L)
            {
                return new(Floppies[i + 1], Floppies[i + 2], Floppies[i + 3]);
            }
        }

        return new(80, 2, 36);
    }

    /// <summary>
    /// The geometry of a hard disk: what its partition table was made with, else the drive's own if it has at most 1024 cylinders, else
    /// 63 sectors and as many heads as are needed (LBA-assisted), as CMOS tells other BIOSes.
    /// </summary>
    public static DiskGeometry OfHardDisk(IBlockBackend disk)
    {
        var sectors = disk.Length / SectorLength;
        Span<byte> first = stackalloc byte[SectorLength];
        if (disk.ReadNow(0, first) == BlockStatus.Success && FromPartitions(first, sectors) is { } found)
        {
            return found;
        }

        var cylinders = Math.Clamp(sectors / (AtaHeads * MostSectors), 1, 16_383);
        if (cylinders <= MostCylinders)
        {
            return new((int)cylinders, AtaHeads, MostSectors);
        }

        return Assisted(sectors);
    }

    /// <summary>The geometry by which the partitions of a boot record end; null without partitions or when none fits.</summary>
    public static DiskGeometry? FromPartitions(ReadOnlySpan<byte> record, long sectors)
    {
        if (record[510] != 0x55 || record[511] != 0xaa)
        {
            return null;
        }

        for (var i = 0; i < 4; i++)
        {
            var entry = record.Slice(PartitionTable + (PartitionLength * i), PartitionLength);
            int heads = entry[5] + 1, perTrack = entry[6] & 0x3f;
            var length = BitConverter.ToUInt32(entry[12..]);
            if (length == 0 || perTrack == 0 || (heads == 1 && perTrack == 1) || heads > MostHeads)
            {
                continue;
            }

            var cylinders = sectors / (heads * perTrack);
            if (cylinders >= 1)
            {
                return new((int)Math.Min(cylinders, MostCylinders), heads, perTrack);
            }
        }

        return null;
    }

    /// <summary>The geometry of a hard disk's image on a CD: where its first partition ends (El Torito 1.0, 2.2).</summary>
    public static DiskGeometry FromImage(ReadOnlySpan<byte> record)
    {
        var entry = record.Slice(PartitionTable, PartitionLength);
        return new((((entry[6] & 0xc0) << 2) | entry[7]) + 1, Math.Min(entry[5] + 1, MostHeads), Math.Max(entry[6] & 0x3f, 1));
    }

    /// <summary>The sector's number from 0; null outside of the disk.</summary>
    public long? ToLinear(int cylinder, int head, int sector)
        => sector < 1 || sector > Sectors || head >= Heads || cylinder >= Cylinders ? null
            : ((((long)cylinder * Heads) + head) * Sectors) + sector - 1;

    private static DiskGeometry Assisted(long sectors)
    {
        var tracks = sectors / MostSectors;
        var heads = (tracks / MostCylinders) switch { > 128 => MostHeads, > 64 => 128, > 32 => 64, > 16 => 32, _ => AtaHeads };
        return new((int)Math.Min(tracks / heads, MostCylinders), heads, MostSectors);
    }
}
