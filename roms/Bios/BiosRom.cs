using System.Text;
using Emulator.Roms.Fonts;
using Iced.Intel;
using static Emulator.Roms.Bios.BiosLayout;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Bios;

/// <summary>
/// The project's own PC BIOS: 64 KiB that end at 1 MiB. Its interrupt handlers are stubs: each pushes the number of a service and
/// writes to <see cref="CallPort"/>; the service replaces the number by the offset at which the ROM is to go on, and a near RET goes there.
/// What interrupts do at run time (timer, acknowledgements, waiting) is code here.
/// </summary>
public static class BiosRom
{
    /// <summary>The port whose writes call services; nothing of a PC decodes it.</summary>
    public const byte CallPort = 0xbe;

    /// <summary>The date of the ROM, as INT 15h and programs read it.</summary>
    public const string Date = "11/24/26";

    private const byte ModelAt = 0xfc;
    private const byte PowerOnStackHigh = 0x70;

    /// <summary>Builds the ROM.</summary>
    public static byte[] Build()
    {
        var rom = new RomImage(Length);
        PlaceStubs(rom);
        Continuations.Place(rom);
        InterruptHandlers.Place(rom);
        Bios32.Place(rom);
        VbeCode.Place(rom);
        PlaceFonts(rom);
        PlaceVideoTables(rom);
        PlaceTables(rom);
        PlaceReset(rom);
        return rom.Bytes;
    }

    /// <summary>Calls a service, and goes on where it says.</summary>
    internal static void Call(Assembler a, BiosService service)
    {
        a.push((int)service);
        a.@out(CallPort, al);
        a.ret();
    }

    private static void PlaceStubs(RomImage rom)
    {
        ReadOnlySpan<(ushort At, BiosService Service)> stubs =
        [
            (PrintScreen, BiosService.PrintScreen),
            (Video, BiosService.Video),
            (Equipment, BiosService.Equipment),
            (BiosLayout.MemorySize, BiosService.MemorySize),
            (Disk, BiosService.Disk),
            (Diskette, BiosService.Disk),
            (Serial, BiosService.Serial),
            (BiosLayout.System, BiosService.System),
            (KeyboardInput, BiosService.KeyboardInput),
            (Printer, BiosService.Printer),
            (BootFailure, BiosService.BootFailure),
            (Bootstrap, BiosService.Bootstrap),
            (Time, BiosService.Time),
            (ClockInterrupt, BiosService.RealTimeClock),
        ];
        foreach (var (at, service) in stubs)
        {
            rom.Code(at, a => Call(a, service));
        }
    }

    private static void PlaceFonts(RomImage rom)
    {
        const int Half = TextFont.Characters / 2 * 8;
        var small = TextFont.Glyphs(8);
        rom.Data(Font8, small.AsSpan(0, Half));
        rom.Data(Font8Upper, small.AsSpan(Half));
        rom.Data(Font14, TextFont.Glyphs(14));
        rom.Data(Font16, TextFont.Glyphs(16));
        rom.Data(NoReplacements, 0);
    }

    private static void PlaceVideoTables(RomImage rom)
    {
        // INT 10h, AH=1Bh: modes 00h-13h, all scan line counts, 8 fonts of which 2 at once, functions of a VGA.
        rom.Data(VideoFunctions, 0xff, 0xff, 0x0f, 0, 0, 0, 0, 0x07, 2, 8, 0xe7, 0x0e, 0, 0, 0, 0);
        var pointers = new byte[28];
        BitConverter.TryWriteBytes(pointers, BiosLayout.VideoParameters);
        BitConverter.TryWriteBytes(pointers.AsSpan(2), Segment);
        rom.Data(VideoSavePointers, pointers);
        rom.Data(BiosLayout.VideoParameters, Bios.VideoParameters.Table());
        rom.Data(VbeOem, [.. "emulator VBE\0"u8]);

        // The 6845's registers for 40 and 80 columns, graphics and the monochrome adapter; buffer lengths, columns, mode registers.
        rom.Data(VideoTable,
            0x38, 0x28, 0x2d, 0x0a, 0x1f, 6, 0x19, 0x1c, 2, 7, 6, 7, 0, 0, 0, 0,
            0x71, 0x50, 0x5a, 0x0a, 0x1f, 6, 0x19, 0x1c, 2, 7, 6, 7, 0, 0, 0, 0,
            0x38, 0x28, 0x2d, 0x0a, 0x7f, 6, 0x64, 0x70, 2, 1, 6, 7, 0, 0, 0, 0,
            0x61, 0x50, 0x52, 0x0f, 0x19, 6, 0x19, 0x19, 2, 0x0d, 0x0b, 0x0c, 0, 0, 0, 0,
            0x00, 0x08, 0x00, 0x10, 0x00, 0x40, 0x00, 0x40, 40, 40, 80, 80, 40, 40, 80, 80,
            0x2c, 0x28, 0x2d, 0x29, 0x2a, 0x2e, 0x1e, 0x29);
    }

    private static void PlaceTables(RomImage rom)
    {
        // INT 15h, AH=C0h: an AT; second 8259A, real-time clock, keyboard intercept, extended BIOS data area; INT 16h AH=09h.
        rom.Data(Configuration, 8, 0, ModelAt, 0x00, 0x01, 0x74, 0x40, 0, 0, 0);

        // Step rate and head unload, head load and DMA, motor off after 37 ticks, 512 bytes, sectors, gap, data length, gap for
        // format, fill byte, head settle, motor start. INT 1Eh has those of a 1.44 MB drive.
        rom.Data(DisketteParameters, 0xaf, 0x02, 0x25, 0x02, 0x12, 0x1b, 0xff, 0x6c, 0xf6, 0x0f, 0x08);

        // The same of 360K, 1.2M, 720K, 1.44M and 2.88M; the last cylinder and the data rate behind.
        rom.Data(DisketteTypes,
            0xdf, 0x02, 0x25, 0x02, 0x09, 0x2a, 0xff, 0x50, 0xf6, 0x0f, 0x08, 0x27, 0x80, 0, 0, 0,
            0xdf, 0x02, 0x25, 0x02, 0x0f, 0x1b, 0xff, 0x54, 0xf6, 0x0f, 0x08, 0x4f, 0x00, 0, 0, 0,
            0xdf, 0x02, 0x25, 0x02, 0x09, 0x2a, 0xff, 0x50, 0xf6, 0x0f, 0x08, 0x4f, 0x80, 0, 0, 0,
            0xaf, 0x02, 0x25, 0x02, 0x12, 0x1b, 0xff, 0x6c, 0xf6, 0x0f, 0x08, 0x4f, 0x00, 0, 0, 0,
            0xaf, 0x02, 0x25, 0x02, 0x24, 0x1b, 0xff, 0x54, 0xf6, 0x0f, 0x08, 0x4f, 0xc0, 0, 0, 0);
    }

    private static void PlaceReset(RomImage rom)
    {
        rom.Code(PowerOn, a =>
        {
            a.cli();
            a.cld();
            a.xor(ax, ax);
            a.mov(ss, ax);
            a.mov(sp, PowerOnStackHigh << 8);
            Call(a, BiosService.PowerOn);
        });
        rom.Data(Reset, 0xea, PowerOn & 0xff, PowerOn >> 8, Segment & 0xff, Segment >> 8);
        rom.Data(BiosLayout.Date, Encoding.ASCII.GetBytes(Date));
        rom.Data(Model, ModelAt);
    }
}
