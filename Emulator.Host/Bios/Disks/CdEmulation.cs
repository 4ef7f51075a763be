using Emulator.Devices.Storage;

namespace Emulator.Host.Bios.Disks;

/// <summary>What a boot catalog's initial entry says (El Torito Bootable CD-ROM Format Specification 1.0, figure 3).</summary>
/// <param name="Media">0 none, 1 to 3 floppies of 1.2, 1.44 and 2.88 MB, 4 a hard disk.</param>
/// <param name="Segment">Where it is loaded.</param>
/// <param name="Count">Sectors of 512 bytes to load.</param>
/// <param name="Sector">Where it begins, in sectors of 2048 bytes.</param>
internal sealed record BootEntry(byte Media, ushort Segment, ushort Count, uint Sector)
{
    private const int BootRecordSector = 17;
    private const int CatalogAt = 0x47;
    private const int EntryAt = 32;
    private const byte Bootable = 0x88;
    private const ushort DefaultSegment = 0x7c0;

    /// <summary>Reads a CD's entry; null when it has none.</summary>
    public static BootEntry? Read(IBlockBackend disc)
    {
        Span<byte> sector = stackalloc byte[BiosDrive.CdSectorLength];
        if (CatalogSector(disc) is not { } catalog || disc.ReadNow(catalog * (long)BiosDrive.CdSectorLength, sector) != BlockStatus.Success
            || sector[0] != 1 || sector[30] != 0x55 || sector[31] != 0xaa || sector[EntryAt] != Bootable)
        {
            return null;
        }

        var segment = BitConverter.ToUInt16(sector[(EntryAt + 2)..]);
        var count = BitConverter.ToUInt16(sector[(EntryAt + 6)..]);
        return new((byte)(sector[EntryAt + 1] & 15), segment == 0 ? DefaultSegment : segment, count, BitConverter.ToUInt32(sector[(EntryAt + 8)..]));
    }

    /// <summary>Where the boot catalog lies; null when the disc has none.</summary>
    public static uint? CatalogSector(IBlockBackend disc)
    {
        Span<byte> sector = stackalloc byte[BiosDrive.CdSectorLength];
        return disc.ReadNow(BootRecordSector * (long)BiosDrive.CdSectorLength, sector) == BlockStatus.Success
            && sector[..6].SequenceEqual("\0CD001"u8) && sector[7..30].SequenceEqual("EL TORITO SPECIFICATION"u8)
            ? BitConverter.ToUInt32(sector[CatalogAt..]) : null;
    }
}

/// <summary>
/// What the CD that was booted plays: kept in the extended BIOS data area, so that it is part of the machine's state.
/// </summary>
internal readonly record struct CdEmulation(byte Media, byte Number, byte Disc, uint Sector, ushort Segment, ushort Count, DiskGeometry Geometry)
{
    private const byte Active = 0x80;

    /// <summary>Whether a part of the disc stands in for a floppy or a hard disk.</summary>
    public bool IsEmulating => Media != 0;

    /// <summary>Reads it; null when no CD was booted.</summary>
    public static CdEmulation? Load(BiosMemory memory)
    {
        var at = BiosData.InExtended(BiosData.Emulation);
        var media = memory.Read8(at);
        return (media & Active) == 0 ? null : new CdEmulation(
            (byte)(media & 15), memory.Read8(at + 1), memory.Read8(at + 2), memory.Read32(at + 4), memory.Read16(at + 8), memory.Read16(at + 10),
            new DiskGeometry(memory.Read16(at + 12), memory.Read8(at + 14), memory.Read8(at + 15)));
    }

    /// <summary>Ends it.</summary>
    public static void Clear(BiosMemory memory) => memory.Write<byte>(BiosData.InExtended(BiosData.Emulation), 0);

    /// <summary>Writes it.</summary>
    public void Store(BiosMemory memory)
    {
        var at = BiosData.InExtended(BiosData.Emulation);
        memory.Write(at, (byte)(Active | Media));
        memory.Write(at + 1, Number);
        memory.Write(at + 2, Disc);
        memory.Write(at + 4, Sector);
        memory.Write(at + 8, Segment);
        memory.Write(at + 10, Count);
        memory.Write(at + 12, (ushort)Geometry.Cylinders);
        memory.Write(at + 14, (byte)Geometry.Heads);
        memory.Write(at + 15, (byte)Geometry.Sectors);
    }
}
