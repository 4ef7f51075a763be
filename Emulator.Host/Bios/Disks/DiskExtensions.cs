using Emulator.Devices.Storage;

namespace Emulator.Host.Bios.Disks;

/// <summary>
/// INT 13h from AH=41h on: BIOS Enhanced Disk Drive Specification 3.0 (T13 1572D), and the CD functions of the El Torito Bootable
/// CD-ROM Format Specification 1.0.
/// </summary>
internal static class DiskExtensions
{
    private const ushort Question = 0x55aa;
    private const ushort Reply = 0xaa55;
    private const byte Version30 = 0x30;
    private const ushort FixedAccessRemovableEdd = 0x07;
    private const int ShortPacket = 0x10;
    private const int LongPacket = 0x18;
    private const int ShortResult = 0x1a;
    private const int LongResult = 0x1e;
    private const int SpecificationLength = 0x13;
    private const ushort LocksAndChanges = 0x74;
    private const ushort GeometryValid = 0x02;
    private const long LastCylinderSectors = 16_383L * 16 * 63;

    /// <summary>Answers a call; null when the registers are set already.</summary>
    public static byte? Run(BiosCall call, DriveTable drives, CdEmulation? emulation)
    {
        if (call.AH is >= 0x4a and <= 0x4d)
        {
            return Cd(call, drives, emulation);
        }

        if (call.DL < DriveTable.FirstDisk || drives.Find(call.DL, emulation) is not { } drive)
        {
            return DiskStatus.BadParameter;
        }

        switch (call.AH)
        {
            case 0x41:
                return Check(call);
            case 0x42:
                return Transfer(call, drive, DiskOperation.Read);
            case 0x43:
                return Transfer(call, drive, DiskOperation.Write);
            case 0x44:
                return Transfer(call, drive, DiskOperation.Verify);
            case 0x47:
                return DiskStatus.Success;
            case 0x45:
                return Lock(call, drive);
            case 0x46:
                return Eject(drive);
            case 0x48:
                return Parameters(call, drive);
            case 0x49:
                return drive.Kind == DriveKind.CdRom && drive.Medium is null ? DiskStatus.Changed : DiskStatus.Success;
            case 0x4e:
                return SetHardware(call);
            default:
                return DiskStatus.BadParameter;
        }
    }

    private static byte? Check(BiosCall call)
    {
        if (call.BX != Question)
        {
            return DiskStatus.BadParameter;
        }

        call.BX = Reply;
        call.AH = Version30;
        call.CX = FixedAccessRemovableEdd;
        call.Carry = false;
        return null;
    }

    // The packet at DS:SI: size, count, far pointer (or FFFF:FFFF and a linear one behind the sector), sector.
    private static byte Transfer(BiosCall call, BiosDrive drive, DiskOperation operation)
    {
        var memory = call.Memory;
        var packet = call.InDs(call.SI);
        int size = memory.Read8(packet), count = memory.Read16(packet + 2);
        var sector = memory.Read<ulong>(packet + 8);
        if (size < ShortPacket)
        {
            return DiskStatus.BadParameter;
        }

        var (offset, segment) = (memory.Read16(packet + 4), memory.Read16(packet + 6));
        var linear = (ulong)BiosMemory.Linear(segment, offset);
        if (segment == 0xffff && offset == 0xffff && size >= LongPacket)
        {
            linear = memory.Read<ulong>(packet + 16);
        }

        if (drive.Medium is not { } medium)
        {
            memory.Write<ushort>(packet + 2, 0);
            return drive.Kind == DriveKind.CdRom ? DiskStatus.NoMedium : DiskStatus.NotReady;
        }

        if (sector > long.MaxValue)
        {
            memory.Write<ushort>(packet + 2, 0);
            return DiskStatus.BadParameter;
        }

        var status = DiskTransfer.Run(memory, drive, medium, (long)sector, count, linear, operation);
        if (status != DiskStatus.Success)
        {
            memory.Write<ushort>(packet + 2, 0);
        }

        return status == DiskStatus.SectorNotFound ? DiskStatus.BadParameter : status;
    }

    private static byte Lock(BiosCall call, BiosDrive drive)
    {
        var removable = drive.Kind == DriveKind.CdRom;
        switch (call.AL)
        {
            case 0 or 1:
                return removable ? DiskStatus.Success : DiskStatus.NotRemovable;
            case 2:
                call.AL = drive.Drive is { IsLocked: true } ? (byte)1 : (byte)0;
                return DiskStatus.Success;
            default:
                return DiskStatus.BadParameter;
        }
    }

    private static byte Eject(BiosDrive drive)
    {
        if (drive.Kind != DriveKind.CdRom || drive.Drive is not { } tray)
        {
            return DiskStatus.NotRemovable;
        }

        if (tray.IsLocked)
        {
            return DiskStatus.Locked;
        }

        tray.ChangeMedium(null);
        return DiskStatus.Success;
    }

    private static byte Parameters(BiosCall call, BiosDrive drive)
    {
        var memory = call.Memory;
        var at = call.InDs(call.SI);
        var size = memory.Read16(at);
        if (size < ShortResult)
        {
            return DiskStatus.BadParameter;
        }

        var result = new byte[size >= LongResult ? LongResult : ShortResult];
        BitConverter.TryWriteBytes(result, (ushort)result.Length);
        if (drive.Kind == DriveKind.CdRom)
        {
            BitConverter.TryWriteBytes(result.AsSpan(2), LocksAndChanges);
            result.AsSpan(4, 20).Fill(0xff);
        }
        else
        {
            BitConverter.TryWriteBytes(result.AsSpan(2), drive.Sectors > LastCylinderSectors ? (ushort)0 : GeometryValid);
            BitConverter.TryWriteBytes(result.AsSpan(4), (uint)Math.Min(drive.Sectors / (16 * 63), 16_383));
            BitConverter.TryWriteBytes(result.AsSpan(8), 16u);
            BitConverter.TryWriteBytes(result.AsSpan(12), 63u);
            BitConverter.TryWriteBytes(result.AsSpan(16), drive.Sectors);
        }

        BitConverter.TryWriteBytes(result.AsSpan(24), (ushort)drive.SectorLength);
        if (result.Length == LongResult)
        {
            result.AsSpan(26).Fill(0xff);
        }

        memory.Write(at, result);
        return DiskStatus.Success;
    }

    private static byte SetHardware(BiosCall call)
    {
        if (call.AL is 0x00 or 0x01 or 0x02 or 0x03 or 0x04 or 0x06)
        {
            call.AL = 0;
            return DiskStatus.Success;
        }

        return DiskStatus.BadParameter;
    }

    private static byte Cd(BiosCall call, DriveTable drives, CdEmulation? emulation)
    {
        if (call.AH == 0x4d)
        {
            return ReadCatalog(call, drives, emulation);
        }

        if (call.AH != 0x4b || emulation is not { } cd)
        {
            return DiskStatus.BadParameter;
        }

        Describe(call, cd);
        if (call.AL == 0)
        {
            (cd with { Media = 0 }).Store(call.Memory);
        }

        return DiskStatus.Success;
    }

    private static void Describe(BiosCall call, CdEmulation cd)
    {
        var packet = new byte[SpecificationLength];
        packet[0] = SpecificationLength;
        packet[1] = cd.Media;
        packet[2] = cd.Number;
        BitConverter.TryWriteBytes(packet.AsSpan(4), cd.Sector);
        BitConverter.TryWriteBytes(packet.AsSpan(12), cd.Segment);
        BitConverter.TryWriteBytes(packet.AsSpan(14), cd.Count);
        if (cd.IsEmulating)
        {
            var last = cd.Geometry.Cylinders - 1;
            packet[16] = (byte)last;
            packet[17] = (byte)(((last >> 2) & 0xc0) | cd.Geometry.Sectors);
            packet[18] = (byte)(cd.Geometry.Heads - 1);
        }

        call.Memory.Write(call.InDs(call.SI), packet);
    }

    // The command packet at DS:SI: size, sectors, buffer, first sector of the catalog.
    private static byte ReadCatalog(BiosCall call, DriveTable drives, CdEmulation? emulation)
    {
        var number = (byte)(DriveTable.FirstCd + (emulation?.Disc ?? 0));
        if (drives.Find(number, null) is not { Medium: { } medium } drive || BootEntry.CatalogSector(medium) is not { } catalog)
        {
            return DiskStatus.BadParameter;
        }

        var memory = call.Memory;
        var packet = call.InDs(call.SI);
        return DiskTransfer.Run(memory, drive, medium, catalog + memory.Read16(packet + 6), memory.Read8(packet + 1), memory.Read32(packet + 2), DiskOperation.Read);
    }
}
