using Emulator.Devices;
using Emulator.Devices.Firmware;
using Emulator.Devices.Storage;
using Emulator.Host.Bios.Board;
using Emulator.Host.Bios.Boot;
using Emulator.Host.Bios.Disks;
using Emulator.Host.Bios.Video;
using Emulator.Host.Boot;
using Emulator.Roms.Bios;

namespace Emulator.Host.Bios;

/// <summary>
/// The power-on self-test: chipset, interrupt vectors, data areas, screen, option ROMs; then the boot (PC/AT Technical Reference, section 5).
/// </summary>
internal sealed class PowerOnTest(BiosBoard board, DriveTable drives, TimeService time, BootService boot, BiosConsole console)
{
    private const int ShutdownStatus = 0x0f;
    private const int FloppyTypes = 0x10;
    private const byte FirstVideoMode = 0x03;
    private const byte DefaultVideoControl = 0x11;
    private const uint VideoRom = 0xc_0000;
    private const int VideoRomLength = 0x400;
    private const int VideoRomEntry = 0x80;
    private const byte ControllerConfig = 0x65;
    private const byte UnknownMedium = 0x07;
    private const ushort HardwareVectors = 0x70;

    private readonly OptionRoms _roms = new(board);

    /// <summary>From the reset vector to the first option ROM.</summary>
    public void Run(BiosCall call)
    {
        board.PrepareChipset();
        CopyRom();
        var resume = board.ReadCmos(ShutdownStatus);
        board.WriteCmos(ShutdownStatus, 0);
        if (resume is 0x05 or 0x0a)
        {
            var vector = call.Memory.Read32(BiosData.ResumeVector);
            call.FarCall((ushort)(vector >> 16), (ushort)vector, BiosLayout.Halt);
            return;
        }

        drives.Reset();
        BoardSetup.Run(board.Ports);
        board.Ports.Write(PcPlatform.KeyboardCommandPort, 1, 0x60);
        board.Ports.Write(PcPlatform.KeyboardDataPort, 1, ControllerConfig);
        var memory = call.Memory;
        WriteVectors(memory);
        WriteDataAreas(memory);
        WriteVideoRom();
        var screen = new VideoScreen(call, new VgaPorts(board.Ports));
        memory.Write(BiosData.VideoControl2, DefaultVideoControl);
        VideoModeSet.Set(screen, FirstVideoMode);
        _roms.Copy();
        Continue(call);
    }

    /// <summary>Initialises the next option ROM, or ends the test.</summary>
    public void Continue(BiosCall call)
    {
        if (_roms.TryInitialiseNext(call))
        {
            return;
        }

        board.PlaceTables();
        Greet(call);
        boot.Begin(call);
    }

    // The ROM is seen below 1 MiB where RAM lies too: from now on it is read from there.
    private void CopyRom()
    {
        var rom = new byte[BiosLayout.Length];
        board.Memory.Read(PcPlatform.SystemRomEnd - BiosLayout.Length, rom);
        board.Memory.Write((ulong)BiosLayout.Segment << 4, rom);
    }

    private static void WriteVectors(BiosMemory memory)
    {
        for (var vector = 0; vector < 256; vector++)
        {
            memory.Write(4u * (uint)vector, vector is >= 0x60 and <= 0x67 or >= 0x78 ? 0 : Far(Handler(vector)));
        }

        memory.Write(0x10 * 4, (VideoRom >> 4 << 16) | VideoRomEntry);
    }

    private static uint Far(ushort offset) => offset | ((uint)BiosLayout.Segment << 16);

    private static ushort Handler(int vector) => vector switch
    {
        0x02 => BiosLayout.NonMaskable,
        0x05 => BiosLayout.PrintScreen,
        0x08 => BiosLayout.Timer,
        0x09 => BiosLayout.Keyboard,
        0x0e => BiosLayout.DisketteInterrupt,
        >= 0x0a and <= 0x0f => BiosLayout.MasterInterrupt,
        0x10 or 0x42 or 0x6d => BiosLayout.Video,
        0x11 => BiosLayout.Equipment,
        0x12 => BiosLayout.MemorySize,
        0x13 => BiosLayout.Disk,
        0x14 => BiosLayout.Serial,
        0x15 => BiosLayout.System,
        0x16 => BiosLayout.KeyboardInput,
        0x17 => BiosLayout.Printer,
        0x18 => BiosLayout.BootFailure,
        0x19 => BiosLayout.Bootstrap,
        0x1a => BiosLayout.Time,
        0x1d => BiosLayout.VideoTable,
        0x1e => BiosLayout.DisketteParameters,
        0x1f => BiosLayout.Font8Upper,
        0x40 => BiosLayout.Diskette,
        0x43 => BiosLayout.Font16,
        HardwareVectors => BiosLayout.ClockInterrupt,
        0x71 => BiosLayout.RedirectInterrupt,
        0x74 => BiosLayout.MouseInterrupt,
        0x75 => BiosLayout.CoprocessorInterrupt,
        0x76 => BiosLayout.HardDiskInterrupt,
        >= 0x72 and <= 0x77 => BiosLayout.SlaveInterrupt,
        _ => BiosLayout.Iret,
    };

    private void WriteDataAreas(BiosMemory memory)
    {
        var warm = memory.Read16(BiosData.WarmStart);
        memory.Write(BiosData.SerialPorts, new byte[0x100]);
        memory.Write(BiosData.PrintScreenStatus, (byte)0);
        memory.Write(BiosData.InExtended(0), new byte[0x400]);
        memory.Write<byte>(BiosData.InExtended(0), 1);
        memory.Write(BiosData.ExtendedSegment, BiosData.Extended);
        memory.Write(BiosData.MemorySize, (ushort)(RamLayout.ConventionalEnd >> 10));
        memory.Write(BiosData.WarmStart, warm);
        memory.Write<ushort>(BiosData.KeyboardHead, 0x1e);
        memory.Write<ushort>(BiosData.KeyboardTail, 0x1e);
        memory.Write<ushort>(BiosData.KeyboardBufferStart, 0x1e);
        memory.Write<ushort>(BiosData.KeyboardBufferLimit, 0x3e);
        memory.Write<byte>(BiosData.KeyboardMode, 0x10);
        memory.Write(BiosData.PrinterTimeouts, 0x14141414u);
        memory.Write(BiosData.SerialTimeouts, 0x01010101u);
        memory.Write(BiosData.Ticks, time.TicksNow());
        memory.Write(BiosData.VideoSavePointer, Far(BiosLayout.VideoSavePointers));
        WriteEquipment(memory);
        WriteDisks(memory);
    }

    private void WriteEquipment(BiosMemory memory)
    {
        var serial = 0u;
        foreach (var port in (ReadOnlySpan<ushort>)[PcPlatform.Com1Port, PcPlatform.Com2Port, PcPlatform.Com3Port, PcPlatform.Com4Port])
        {
            const byte Scratch = 7;
            board.Ports.Write((ushort)(port + Scratch), 1, 0x5a);
            if (board.Ports.Read((ushort)(port + Scratch), 1) == 0x5a)
            {
                memory.Write(BiosData.SerialPorts + (2 * serial++), port);
            }
        }

        var floppies = drives.Of(DriveKind.Floppy);
        byte types = 0;
        for (var i = 0; i < floppies.Count; i++)
        {
            var type = floppies[i].Medium is { } medium ? DiskService.FloppyType(DiskGeometry.OfFloppy(medium.Length)) : (byte)4;
            types |= (byte)(type << (4 - (4 * i)));
        }

        board.WriteCmos(FloppyTypes, types);

        // A diskette drive, x87, mouse, 80 by 25 colour; numbers of diskettes and serial ports.
        memory.Write(BiosData.Equipment, (ushort)((floppies.Count > 0 ? 1 | ((floppies.Count - 1) << 6) : 0) | 0x26 | ((int)serial << 9)));
    }

    private void WriteDisks(BiosMemory memory)
    {
        var disks = drives.Of(DriveKind.Disk);
        memory.Write(BiosData.DiskCount, (byte)disks.Count);
        for (byte i = 0; i < drives.Of(DriveKind.Floppy).Count; i++)
        {
            var state = drives.Find(i, null) is { Medium: not null } floppy ? DiskService.MediaState(floppy.Geometry) : UnknownMedium;
            memory.Write(BiosData.DisketteMedia + i, state);
        }

        for (var i = 0; i < 2; i++)
        {
            var vector = i == 0 ? 0x41u * 4 : 0x46u * 4;
            var at = BiosData.DiskParameters + (16u * (uint)i);
            memory.Write(vector, at | ((uint)BiosData.Extended << 16));
            if (drives.Find((byte)(DriveTable.FirstDisk + i), null) is not { Medium: not null } drive)
            {
                continue;
            }

            // Cylinders, heads, no precompensation, more than 8 heads, landing zone, sectors.
            memory.Write(BiosData.InExtended(at), (ushort)drive.Geometry.Cylinders);
            memory.Write(BiosData.InExtended(at) + 2, (byte)drive.Geometry.Heads);
            memory.Write<ushort>(BiosData.InExtended(at) + 5, 0xffff);
            memory.Write(BiosData.InExtended(at) + 8, drive.Geometry.Heads > 8 ? (byte)8 : (byte)0);
            memory.Write(BiosData.InExtended(at) + 12, (ushort)drive.Geometry.Cylinders);
            memory.Write(BiosData.InExtended(at) + 14, (byte)drive.Geometry.Sectors);
        }
    }

    // Programs look for a display's ROM at C000h, and for INT 10h there.
    private void WriteVideoRom()
    {
        var rom = new byte[VideoRomLength];
        rom[0] = 0x55;
        rom[1] = 0xaa;
        rom[2] = VideoRomLength / 512;
        rom[3] = 0xcb;
        "IBM VGA compatible BIOS"u8.CopyTo(rom.AsSpan(0x1e));
        ReadOnlySpan<byte> jump = [0xea, BiosLayout.Video & 0xff, BiosLayout.Video >> 8, BiosLayout.Segment & 0xff, BiosLayout.Segment >> 8];
        jump.CopyTo(rom.AsSpan(VideoRomEntry));
        rom[^1] = (byte)-rom.Aggregate(0, (sum, value) => sum + value);
        board.Memory.Write(VideoRom, rom);
    }

    private void Greet(BiosCall call)
    {
        var version = typeof(PowerOnTest).Assembly.GetName().Version?.ToString(3);
        var memory = board.Ram.Below4G + board.Ram.SizeAbove4G;
        console.Write(call, $"emulator {version} BIOS, {memory >> 20} MiB\n");
        foreach (var drive in board.Drives())
        {
            console.Write(call, $"{drive.Name}: {(drive.Medium is { } medium ? $"{Describe(medium.Length)}" : "empty")}\n");
        }

        console.Write(call, "\n");
    }

    private static string Describe(long bytes) => bytes >= 10L << 20 ? $"{bytes >> 20} MiB" : $"{bytes >> 10} KiB";
}
