using System.Buffers.Binary;

namespace Emulator.Devices.Storage.Ata;

/// <summary>The pages of SMART of a disk that is always well (ATA/ATAPI-6, 8.41; attributes as SFF-8035i has them).</summary>
internal static class SmartPages
{
    private const int Size = 512;
    private const int EntryLength = 12;

    private static readonly byte[] Attributes = [0x03, 0x05, 0x09, 0x0c, 0xc2];

    /// <summary>SMART READ DATA.</summary>
    public static void WriteData(Span<byte> page)
    {
        page = Begin(page);
        for (var i = 0; i < Attributes.Length; i++)
        {
            var entry = page[(2 + (i * EntryLength))..];
            entry[0] = Attributes[i];
            BinaryPrimitives.WriteUInt16LittleEndian(entry[1..], 0x0003);
            entry[3] = 100;
            entry[4] = 100;
        }

        page[362] = 0x02; // off-line collection completed without error
        page[367] = 0x01; // off-line immediate is implemented
        page[368] = 0x03; // saves attributes
        Seal(page);
    }

    /// <summary>SMART READ ATTRIBUTE THRESHOLDS.</summary>
    public static void WriteThresholds(Span<byte> page)
    {
        page = Begin(page);
        for (var i = 0; i < Attributes.Length; i++)
        {
            page[2 + (i * EntryLength)] = Attributes[i];
            page[3 + (i * EntryLength)] = 1;
        }

        Seal(page);
    }

    /// <summary>SMART READ LOG: the directory (0), and the summary error log (1), which is empty.</summary>
    public static void WriteLog(Span<byte> page, int log)
    {
        page = page[..Size];
        page.Clear();
        page[0] = 1;
        if (log == 0)
        {
            page[2] = 1;
        }
        else
        {
            Seal(page);
        }
    }

    private static Span<byte> Begin(Span<byte> page)
    {
        page = page[..Size];
        page.Clear();
        page[0] = 0x10;
        return page;
    }

    private static void Seal(Span<byte> page) => page[Size - 1] = Checksum.Of(page[..(Size - 1)]);
}
