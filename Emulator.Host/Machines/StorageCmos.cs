using Emulator.Devices.Chipset;
using Emulator.Devices.Storage.Ata;
using Emulator.Devices.Storage.Floppy;

namespace Emulator.Host.Machines;

/// <summary>The bytes of CMOS RAM that BIOSes read of drives (PC/AT Technical Reference; 0x39 is SeaBIOS's and Bochs's).</summary>
internal static class StorageCmos
{
    private const int FloppyTypes = 0x10;
    private const int DiskTypes = 0x12;
    private const int FirstDiskType = 0x19;
    private const int FirstDiskGeometry = 0x1b;
    private const int GeometryLength = 9;
    private const int Translation = 0x39;
    private const byte UserType = 47;
    private const byte HasFloppy = 0x01;
    private const int LargestUntranslated = 1024;

    /// <summary>Describes the floppy drives and the disks of the first channel.</summary>
    public static void Describe(Rtc146818 rtc, FloppyController floppy, IReadOnlyList<AtaDevice?> first)
    {
        var (a, b) = (TypeOf(floppy.Drives[0]), TypeOf(floppy.Drives[1]));
        rtc.StoreRam(FloppyTypes, (byte)((a << 4) | b));
        var count = (a != 0 ? 1 : 0) + (b != 0 ? 1 : 0);
        var equipment = rtc.LoadRam(RtcRegister.Equipment) & 0x3e;
        rtc.StoreRam(RtcRegister.Equipment, (byte)(equipment | (count > 0 ? HasFloppy | ((count - 1) << 6) : 0)));

        int diskTypes = 0, translation = 0;
        for (var unit = 0; unit < first.Count; unit++)
        {
            if (first[unit] is not AtaDisk disk)
            {
                continue;
            }

            diskTypes |= unit == 0 ? 0xf0 : 0x0f;
            translation |= (disk.NativeGeometry.Cylinders > LargestUntranslated ? 1 : 0) << (2 * unit);
            rtc.StoreRam(FirstDiskType + unit, UserType);
            WriteGeometry(rtc, FirstDiskGeometry + (unit * GeometryLength), disk.NativeGeometry);
        }

        rtc.StoreRam(DiskTypes, (byte)diskTypes);
        rtc.StoreRam(Translation, (byte)translation);
    }

    private static int TypeOf(FloppyDrive? drive) => (int)(drive?.Type ?? FloppyDriveType.None);

    // Cylinders, heads, write precompensation (none), control, landing zone, sectors.
    private static void WriteGeometry(Rtc146818 rtc, int at, DiskGeometry geometry)
    {
        var (low, high) = ((byte)geometry.Cylinders, (byte)(geometry.Cylinders >> 8));
        ReadOnlySpan<byte> bytes = [low, high, (byte)geometry.Heads, 0xff, 0xff, (byte)(0xc0 | (geometry.Heads > 8 ? 8 : 0)), low, high, (byte)geometry.Sectors];
        for (var i = 0; i < bytes.Length; i++)
        {
            rtc.StoreRam(at + i, bytes[i]);
        }
    }
}
