using Emulator.Devices.Storage;

namespace Emulator.Host.Bios.Disks;

/// <summary>Which drive has which number: floppies from 00h, hard disks from 80h, CD-ROM drives from E0h.</summary>
internal sealed class DriveTable(Func<IReadOnlyList<IDrive>> drives)
{
    /// <summary>The first hard disk.</summary>
    public const byte FirstDisk = 0x80;

    /// <summary>The first CD-ROM drive.</summary>
    public const byte FirstCd = 0xe0;

    private const int MostFloppies = 2;

    private readonly Dictionary<IBlockBackend, DiskGeometry> _geometries = [];

    /// <summary>The drives of a kind, in their order.</summary>
    public IReadOnlyList<IDrive> Of(DriveKind kind) => [.. drives().Where(drive => drive.Kind == kind).Take(kind == DriveKind.Floppy ? MostFloppies : 32)];

    /// <summary>How many floppy drives or hard disks a caller counts.</summary>
    public int Count(DriveKind kind, CdEmulation? emulation)
        => Of(kind).Count + (emulation is { IsEmulating: true } cd && (cd.Number < FirstDisk) == (kind == DriveKind.Floppy) ? 1 : 0);

    /// <summary>The drive of a number; null when there is none.</summary>
    public BiosDrive? Find(byte number, CdEmulation? emulation)
    {
        if (emulation is { IsEmulating: true } cd)
        {
            if (number == cd.Number)
            {
                return Emulated(cd);
            }

            // The drive that is played for moves the others up.
            if (number < FirstDisk == cd.Number < FirstDisk && number < FirstCd)
            {
                number--;
            }
        }

        return number switch
        {
            < FirstDisk => Place(DriveKind.Floppy, number, number),
            < FirstCd => Place(DriveKind.Disk, number, number - FirstDisk),
            _ => Place(DriveKind.CdRom, number, number - FirstCd),
        };
    }

    private BiosDrive? Place(DriveKind kind, byte number, int index)
    {
        var list = Of(kind);
        if (index >= list.Count)
        {
            return null;
        }

        var medium = list[index].Medium;
        return new BiosDrive(number, kind, medium, medium is null ? default : Geometry(kind, medium)) { Drive = list[index] };
    }

    private BiosDrive? Emulated(CdEmulation cd)
    {
        var discs = Of(DriveKind.CdRom);
        return cd.Disc >= discs.Count ? null
            : new BiosDrive(cd.Number, cd.Number < FirstDisk ? DriveKind.Floppy : DriveKind.Disk, discs[cd.Disc].Medium, cd.Geometry)
            {
                Start = cd.Sector * (long)BiosDrive.CdSectorLength,
                Drive = discs[cd.Disc],
            };
    }

    // A hard disk keeps the geometry that it had at power-on, whatever becomes of its partition table.
    private DiskGeometry Geometry(DriveKind kind, IBlockBackend medium)
    {
        if (kind == DriveKind.Floppy)
        {
            return DiskGeometry.OfFloppy(medium.Length);
        }

        if (kind == DriveKind.CdRom)
        {
            return default;
        }

        if (!_geometries.TryGetValue(medium, out var geometry))
        {
            geometry = DiskGeometry.OfHardDisk(medium);
            _geometries.Add(medium, geometry);
        }

        return geometry;
    }

    /// <summary>Forgets geometries: at power-on.</summary>
    public void Reset() => _geometries.Clear();
}
