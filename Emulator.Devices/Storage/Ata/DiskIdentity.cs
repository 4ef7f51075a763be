using System.Buffers.Binary;

namespace Emulator.Devices.Storage.Ata;

/// <summary>
/// Writes the 256 words of IDENTIFY DEVICE and IDENTIFY PACKET DEVICE (ATA/ATAPI-6, 8.15 and 8.16; ATA8-ACS, 7.16).
/// </summary>
internal static class DiskIdentity
{
    private const int Words = 256;
    private const byte IntegritySignature = 0xa5;
    private const ushort Valid = 0x4000;

    /// <summary>What a disk says of itself.</summary>
    public static void WriteDisk(Span<byte> data, AtaDisk disk)
    {
        data = data[..(2 * Words)];
        data.Clear();
        var sectors = disk.Sectors;
        var lba28 = Math.Min(sectors, AtaDisk.Lba28Limit);
        Put(data, 0, 0x0040);
        Put(data, 1, disk.NativeGeometry.Cylinders);
        Put(data, 3, disk.NativeGeometry.Heads);
        Put(data, 6, disk.NativeGeometry.Sectors);
        PutNames(data, disk.Serial, "EMULATOR HARDDISK");
        Put(data, 47, 0x8000 | AtaDisk.MostMultiple);
        Put(data, 49, 0x0f00); // IORDY may be disabled, IORDY, LBA, DMA
        Put(data, 50, Valid);
        Put(data, 51, 0x0200);
        Put(data, 53, 0x0007);
        Put(data, 54, disk.Geometry.Cylinders);
        Put(data, 55, disk.Geometry.Heads);
        Put(data, 56, disk.Geometry.Sectors);
        Put32(data, 57, (uint)Math.Min(disk.Geometry.Capacity, sectors));
        Put(data, 59, disk.Multiple == 0 ? 0 : 0x0100 | disk.Multiple);
        Put32(data, 60, (uint)lba28);
        PutTransferModes(data, disk.TransferMode);
        if (disk.IsSerial)
        {
            PutSerial(data);
        }

        Put(data, 80, 0x01f0); // ATA/ATAPI-4 to ATA8-ACS
        PutFeatures(data, disk);
        Put32(data, 100, (uint)sectors);
        Put32(data, 102, (uint)(sectors >> 32));
        Put(data, 105, AtaDisk.MostTrimBlocks);
        Put(data, 106, Valid);
        Put(data, 169, 0x0001);
        Seal(data);
    }

    /// <summary>What a CD-ROM drive says of itself.</summary>
    public static void WriteCdRom(Span<byte> data, AtapiCdRom drive)
    {
        data = data[..(2 * Words)];
        data.Clear();
        Put(data, 0, 0x85c0); // ATAPI, CD-ROM, removable, DRQ within 50 us of PACKET, 12-byte packets
        PutNames(data, drive.Serial, "EMULATOR DVD-ROM");
        Put(data, 49, 0x0f00);
        Put(data, 50, Valid);
        Put(data, 53, 0x0006);
        PutTransferModes(data, drive.TransferMode);
        if (drive.IsSerial)
        {
            PutSerial(data);
            Put(data, 75, 0);
            Put(data, 76, 0x0006);
        }

        Put(data, 80, 0x01f0);
        Put(data, 82, 0x4210); // NOP, DEVICE RESET, PACKET
        Put(data, 83, Valid);
        Put(data, 84, Valid);
        Put(data, 85, 0x4210);
        Put(data, 87, Valid);
        Seal(data);
    }

    private static void PutFeatures(Span<byte> data, AtaDisk disk)
    {
        const int Sets82 = 0x4069; // NOP, look-ahead, write cache, power management, SMART
        const int Sets83 = 0x7400; // FLUSH CACHE EXT, FLUSH CACHE, 48-bit addresses
        const int Sets84 = 0x4060; // WRITE DMA FUA EXT, general purpose logging
        Put(data, 82, Sets82);
        Put(data, 83, Sets83);
        Put(data, 84, Sets84);
        Put(data, 85, 0x4008 | (disk.IsSmartEnabled ? 1 : 0) | (disk.IsWriteCacheEnabled ? 0x20 : 0) | (disk.IsLookAheadEnabled ? 0x40 : 0));
        Put(data, 86, Sets83 & ~Valid);
        Put(data, 87, Sets84);
    }

    private static void PutSerial(Span<byte> data)
    {
        Put(data, 75, AtaDisk.QueueDepth - 1);
        Put(data, 76, 0x0106); // NCQ, 1.5 and 3 Gbit/s
        Put(data, 93, 0);
    }

    private static void PutTransferModes(Span<byte> data, byte mode)
    {
        Put(data, 63, 0x0007 | (mode >> 3 == 4 ? 0x0100 << (mode & 7) : 0));
        Put(data, 64, 0x0003);
        for (var word = 65; word <= 68; word++)
        {
            Put(data, word, 120);
        }

        Put(data, 88, 0x003f | (mode >> 3 == 8 ? 0x0100 << (mode & 7) : 0));
        Put(data, 93, 0x6001); // 80-conductor cable, tests passed
    }

    private static void PutNames(Span<byte> data, string serial, string model)
    {
        PutText(data, 10, 10, serial.PadLeft(20));
        PutText(data, 23, 4, "1.0");
        PutText(data, 27, 20, model);
    }

    private static void Put(Span<byte> data, int word, int value) => BinaryPrimitives.WriteUInt16LittleEndian(data[(2 * word)..], (ushort)value);

    private static void Put32(Span<byte> data, int word, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(data[(2 * word)..], value);

    // Characters are swapped within words, padded with spaces.
    private static void PutText(Span<byte> data, int word, int words, string text)
    {
        for (var i = 0; i < 2 * words; i++)
        {
            data[(2 * word) + (i ^ 1)] = i < text.Length && text[i] is >= ' ' and <= '~' ? (byte)text[i] : (byte)' ';
        }
    }

    private static void Seal(Span<byte> data)
    {
        data[510] = IntegritySignature;
        data[511] = Checksum.Of(data[..511]);
    }
}

/// <summary>The byte that makes a page's sum zero.</summary>
internal static class Checksum
{
    /// <summary>The byte to follow <paramref name="bytes"/>.</summary>
    public static byte Of(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        foreach (var value in bytes)
        {
            sum += value;
        }

        return (byte)-sum;
    }
}
