using Emulator.Devices.Storage;
using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Disks;

/// <summary>
/// INT 13h with cylinders, heads and sectors: floppies and hard disks (PC/AT Technical Reference, section 5; IBM PS/2 BIOS Interface
/// Technical Reference). Functions from 41h on are <see cref="DiskExtensions"/>'.
/// </summary>
internal sealed class DiskService(DriveTable drives)
{
    private const byte NoChangeLine = 1;
    private const byte ChangeLine = 2;
    private const byte FixedDisk = 3;
    private const int FillByteInParameters = 8;

    private readonly IBlockBackend?[] _seen = new IBlockBackend?[2];

    /// <summary>Answers a call.</summary>
    public void Handle(BiosCall call)
    {
        var emulation = CdEmulation.Load(call.Memory);
        if (call.AH is 0x41 or 0x4a or 0x4b or 0x4c or 0x4d || call.AH is >= 0x42 and <= 0x4e)
        {
            Finish(call, DiskExtensions.Run(call, drives, emulation), isFloppy: false);
            return;
        }

        var isFloppy = call.DL < DriveTable.FirstDisk;
        if (call.AH == 0x01)
        {
            var last = call.Memory.Read8(isFloppy ? BiosData.DisketteStatus : BiosData.DiskStatus);
            call.AH = last;
            call.Carry = last != 0;
            return;
        }

        // Floppy drive parameters are there even for a drive that is not.
        if (drives.Find(call.DL, emulation) is not { } drive)
        {
            if (call.AH is 0x08 or 0x15)
            {
                NoDrive(call, emulation);
                return;
            }

            call.AL = call.AH is 0x02 or 0x03 or 0x04 ? (byte)0 : call.AL;
            Finish(call, isFloppy && call.AH is not (0x00 or 0x16) ? DiskStatus.NotReady : DiskStatus.BadParameter, isFloppy);
            return;
        }

        Finish(call, Run(call, drive, emulation), isFloppy);
    }

    /// <summary>Says the status in AH, the carry flag and the data area.</summary>
    private static void Finish(BiosCall call, byte? status, bool isFloppy)
    {
        if (status is not { } code)
        {
            return;
        }

        call.Memory.Write(isFloppy ? BiosData.DisketteStatus : BiosData.DiskStatus, code);
        call.AH = code;
        call.Carry = code != 0;
    }

    private byte? Run(BiosCall call, BiosDrive drive, CdEmulation? emulation)
    {
        var isFloppy = drive.Kind == DriveKind.Floppy;
        switch (call.AH)
        {
            case 0x00 or 0x0d:
                return DiskStatus.Success;
            case 0x02 or 0x03 or 0x04:
                return Transfer(call, drive);
            case 0x05 when isFloppy:
                return Format(call, drive);
            case 0x05 or 0x06 or 0x07 or 0x09 or 0x0c or 0x11 or 0x14 when drive.Kind == DriveKind.Disk:
                return DiskStatus.Success;
            case 0x08:
                return Parameters(call, drive, emulation);
            case 0x10 when !isFloppy:
                return drive.Medium is null ? DiskStatus.NotReady : DiskStatus.Success;
            case 0x15:
                return Type(call, drive);
            case 0x16 when isFloppy:
                return Change(drive);
            case 0x17 when isFloppy:
                return DiskStatus.Success;
            case 0x18 when isFloppy:
                return SetMediaType(call, drive);
            default:
                return DiskStatus.BadParameter;
        }
    }

    private static byte Transfer(BiosCall call, BiosDrive drive)
    {
        var count = call.AL;
        call.AL = 0;
        var (cylinder, sector) = (call.CH | ((call.CL & 0xc0) << 2), call.CL & 0x3f);
        if (drive.Kind == DriveKind.Floppy)
        {
            // The upper bits of the cylinder are not the floppy's.
            cylinder = call.CH;
        }

        if (count == 0 || drive.Kind == DriveKind.CdRom || (drive.Kind == DriveKind.Disk && count > 128))
        {
            return DiskStatus.BadParameter;
        }

        if (drive.Medium is not { } medium)
        {
            return DiskStatus.NotReady;
        }

        if (drive.Geometry.ToLinear(cylinder, call.DH, sector) is not { } first)
        {
            return drive.Kind == DriveKind.Floppy ? DiskStatus.SectorNotFound : DiskStatus.BadParameter;
        }

        var status = DiskTransfer.Run(call.Memory, drive, medium, first, count, call.InEs(call.BX), (DiskOperation)call.AH);
        call.AL = status == DiskStatus.Success ? count : (byte)0;
        return status;
    }

    // ES:BX has four bytes for each sector: cylinder, head, sector, size. What is written is the fill byte of INT 1Eh's parameters.
    private static byte Format(BiosCall call, BiosDrive drive)
    {
        if (drive.Medium is not { } medium)
        {
            return DiskStatus.NotReady;
        }

        if (drive.IsReadOnly)
        {
            return DiskStatus.WriteProtected;
        }

        var memory = call.Memory;
        var parameters = BiosMemory.Linear(memory.Read16((0x1e * 4) + 2), memory.Read16(0x1e * 4));
        Span<byte> sector = stackalloc byte[DiskGeometry.SectorLength];
        sector.Fill(memory.Read8(parameters + FillByteInParameters));
        for (var i = 0; i < call.AL; i++)
        {
            var number = memory.Read8(call.InEs((ushort)(call.BX + (4 * i) + 2)));
            if (drive.Geometry.ToLinear(call.CH, call.DH, number) is not { } at || at >= drive.Sectors)
            {
                return DiskStatus.SectorNotFound;
            }

            var status = medium.WriteNow(at * DiskGeometry.SectorLength, sector);
            if (status != BlockStatus.Success)
            {
                return DiskStatus.Of(status, write: true);
            }
        }

        return DiskStatus.Success;
    }

    private byte Parameters(BiosCall call, BiosDrive drive, CdEmulation? emulation)
    {
        var geometry = drive.Geometry;
        if (drive.Kind == DriveKind.CdRom)
        {
            return DiskStatus.BadParameter;
        }

        if (drive.Kind == DriveKind.Floppy)
        {
            geometry = drive.Medium is null ? new DiskGeometry(80, 2, 18) : geometry;
            call.BX = FloppyType(geometry);
            call.ES = BiosLayout.Segment;
            call.DI = (ushort)(BiosLayout.DisketteTypes + (16 * (call.BL - 1)));
        }

        // The last cylinder of a hard disk is kept for diagnostics (PC/AT Technical Reference), so programs are not told of it.
        var last = Math.Max(geometry.Cylinders - (drive.Kind == DriveKind.Disk ? 2 : 1), 0);
        call.AL = 0;
        call.CH = (byte)last;
        call.CL = (byte)(((last >> 2) & 0xc0) | geometry.Sectors);
        call.DH = (byte)(geometry.Heads - 1);
        call.DL = (byte)drives.Count(drive.Kind, emulation);
        return DiskStatus.Success;
    }

    /// <summary>The CMOS type of the drive that takes a format: 1 360K, 2 1.2M, 3 720K, 4 1.44M, 5 2.88M.</summary>
    internal static byte FloppyType(DiskGeometry geometry) => geometry switch
    {
        { Sectors: > 24 } => 5,
        { Sectors: > 15 } => 4,
        { Sectors: > 10 } => 2,
        { Cylinders: > 43 } => 3,
        _ => 1,
    };

    /// <summary>0040:0090: the data rate and that the medium is known, for a drive that takes its format.</summary>
    internal static byte MediaState(DiskGeometry geometry) => FloppyType(geometry) switch
    {
        1 => 0x93,
        2 => 0x15,
        3 => 0x97,
        5 => 0xd7,
        _ => 0x17,
    };

    private void NoDrive(BiosCall call, CdEmulation? emulation)
    {
        var isFloppy = call.DL < DriveTable.FirstDisk;
        if (call.AH == 0x15)
        {
            call.AH = 0;
            call.Carry = !isFloppy;
            return;
        }

        call.AX = 0;
        call.BX = 0;
        call.CX = 0;
        call.DH = 0;
        call.DL = (byte)drives.Count(isFloppy ? DriveKind.Floppy : DriveKind.Disk, emulation);
        if (isFloppy)
        {
            call.ES = BiosLayout.Segment;
            call.DI = BiosLayout.DisketteParameters;
            call.Carry = false;
            return;
        }

        call.AH = 0x07;
        call.Memory.Write(BiosData.DiskStatus, call.AH);
        call.Carry = true;
    }

    private static byte? Type(BiosCall call, BiosDrive drive)
    {
        call.Memory.Write<byte>(drive.Kind == DriveKind.Floppy ? BiosData.DisketteStatus : BiosData.DiskStatus, DiskStatus.Success);
        call.Carry = false;
        if (drive.Kind == DriveKind.Floppy)
        {
            call.AH = drive.Medium is not null && FloppyType(drive.Geometry) == 1 ? NoChangeLine : ChangeLine;
            return null;
        }

        if (drive.Kind == DriveKind.CdRom)
        {
            return DiskStatus.BadParameter;
        }

        var sectors = (uint)Math.Min((long)(drive.Geometry.Cylinders - 1) * drive.Geometry.Heads * drive.Geometry.Sectors, uint.MaxValue);
        call.CX = (ushort)(sectors >> 16);
        call.DX = (ushort)sectors;
        call.AH = FixedDisk;
        return null;
    }

    private byte Change(BiosDrive drive)
    {
        if (drive.Medium is null)
        {
            return DiskStatus.NotReady;
        }

        ref var seen = ref _seen[drive.Number & 1];
        var changed = seen is not null && !ReferenceEquals(seen, drive.Medium);
        seen = drive.Medium;
        return changed ? DiskStatus.Changed : DiskStatus.Success;
    }

    private static byte SetMediaType(BiosCall call, BiosDrive drive)
    {
        if (drive.Medium is null)
        {
            return DiskStatus.NotReady;
        }

        var (cylinders, sectors) = ((call.CH | ((call.CL & 0xc0) << 2)) + 1, call.CL & 0x3f);
        if (cylinders > drive.Geometry.Cylinders || sectors > drive.Geometry.Sectors)
        {
            return 0x0c;
        }

        call.ES = BiosLayout.Segment;
        call.DI = BiosLayout.DisketteParameters;
        return DiskStatus.Success;
    }
}
