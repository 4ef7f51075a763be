using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Video;

/// <summary>Fonts: INT 10h, AH=11h (IBM PS/2 BIOS Interface Technical Reference).</summary>
internal static class VideoFonts
{
    private const int CellLength = 32;
    private const int Block = 0x2000;
    private const uint Plane2 = 0xa_0000;
    private const uint RomStart = (uint)BiosLayout.Segment << 4;

    /// <summary>The ROM's font of a height, as an offset in its segment.</summary>
    public static ushort RomFont(int height) => height switch { 8 => BiosLayout.Font8, 14 => BiosLayout.Font14, _ => BiosLayout.Font16 };

    /// <summary>AH=11h.</summary>
    public static void Handle(VideoScreen screen)
    {
        var call = screen.Call;
        switch (call.AL)
        {
            case 0x00 or 0x10:
                LoadFrom(screen, call.InEs(call.BP), call.BH, call.CX, call.DX, call.BL);
                break;
            case 0x01 or 0x11:
                Load(screen, BiosLayout.Font14, 14, 256, 0, call.BL);
                break;
            case 0x02 or 0x12:
                Load(screen, BiosLayout.Font8, 8, 256, 0, call.BL);
                break;
            case 0x03:
                screen.Vga.Sequencer(3, call.BL);
                return;
            case 0x04 or 0x14:
                Load(screen, BiosLayout.Font16, 16, 256, 0, call.BL);
                break;
            case 0x20:
                screen.Memory.Write(0x1f * 4, call.BP | ((uint)call.ES << 16));
                return;
            case 0x21:
                SetGraphicsFont(screen, call.ES, call.BP, call.CX);
                return;
            case 0x22 or 0x23 or 0x24:
                var height = call.AL switch { 0x22 => 14, 0x23 => 8, _ => 16 };
                SetGraphicsFont(screen, BiosLayout.Segment, RomFont(height), height);
                return;
            case 0x30:
                Inform(screen);
                return;
            default:
                return;
        }

        if (call.AL >= 0x10)
        {
            SetHeight(screen, call.AL switch { 0x10 => call.BH, 0x11 => 14, 0x12 => 8, _ => 16 });
        }
    }

    /// <summary>Loads characters of the ROM's font into plane 2.</summary>
    public static void Load(VideoScreen screen, ushort font, int height, int count, int first, int block)
    {
        if (height != 8)
        {
            LoadFrom(screen, RomStart + font, height, count, first, block);
            return;
        }

        // The small font stands in two places.
        LoadFrom(screen, RomStart + BiosLayout.Font8, 8, 128, first, block);
        LoadFrom(screen, RomStart + BiosLayout.Font8Upper, 8, 128, first + 128, block);
    }

    private static void LoadFrom(VideoScreen screen, ulong source, int height, int count, int first, int block)
    {
        var vga = screen.Vga;
        height = Math.Min(height, CellLength);
        Span<byte> cell = stackalloc byte[CellLength];
        byte[] saved = [vga.Sequencer(2), vga.Sequencer(4), vga.Graphics(4), vga.Graphics(5), vga.Graphics(6)];
        vga.Sequencer(2, 0x04);
        vga.Sequencer(4, 0x06);
        vga.Graphics(4, 0x02);
        vga.Graphics(5, 0x00);
        vga.Graphics(6, 0x04);
        var target = Plane2 + (uint)(((block & 3) * 2 * Block) + ((block & 4) != 0 ? Block : 0));
        for (var i = 0; i < Math.Min(count, 256); i++)
        {
            screen.Memory.Read(source + (ulong)(i * height), cell[..height]);
            screen.Memory.Write(target + (uint)(((first + i) & 0xff) * CellLength), cell[..height]);
        }

        vga.Sequencer(2, saved[0]);
        vga.Sequencer(4, saved[1]);
        vga.Graphics(4, saved[2]);
        vga.Graphics(5, saved[3]);
        vga.Graphics(6, saved[4]);
    }

    // As many rows as the screen's lines hold; the cursor goes to the bottom of the cell.
    private static void SetHeight(VideoScreen screen, int height)
    {
        if (height is < 1 or > CellLength)
        {
            return;
        }

        var (vga, memory) = (screen.Vga, screen.Memory);
        vga.Crtc(9, (vga.Crtc(9) & 0xe0) | (height - 1));
        var doubled = (vga.Crtc(9) & 0x80) != 0 ? 2 : 1;
        vga.Crtc(0x0a, height <= 8 ? height - 2 : height - 3);
        vga.Crtc(0x0b, height <= 8 ? height - 1 : height - 2);
        if (memory.Read8(BiosData.VideoMode) == 7)
        {
            vga.Crtc(0x14, height - 1);
        }

        // The lines that the mode was set with, not those that the last font left in use.
        var lines = (memory.Read8(BiosData.VideoControl2) & (VideoModeSet.Lines400 | VideoModeSet.Lines200)) switch
        {
            VideoModeSet.Lines400 => 400,
            0 => 350,
            _ => doubled * 200,
        };
        var rows = Math.Max(lines / doubled / height, 1);
        vga.Crtc(0x12, (rows * height * doubled) - 1);
        memory.Write<ushort>(BiosData.CursorShape, 0x0607);
        memory.Write(BiosData.Rows, (byte)(rows - 1));
        memory.Write(BiosData.CharacterHeight, (ushort)height);
        memory.Write(BiosData.PageLength, (ushort)((rows * screen.Columns * 2) + 0x100 & ~0xff));
    }

    private static void SetGraphicsFont(VideoScreen screen, ushort segment, ushort offset, int height)
    {
        var call = screen.Call;
        screen.Memory.Write(0x43 * 4, offset | ((uint)segment << 16));
        var rows = call.BL switch { 1 => 14, 2 => 25, 3 => 43, _ => call.DL };
        screen.Memory.Write(BiosData.Rows, (byte)(rows - 1));
        screen.Memory.Write(BiosData.CharacterHeight, (ushort)height);
    }

    private static void Inform(VideoScreen screen)
    {
        var (call, memory) = (screen.Call, screen.Memory);
        var rom = (uint)BiosLayout.Segment << 16;
        var pointer = call.BH switch
        {
            0 => memory.Read32(0x1f * 4),
            1 => memory.Read32(0x43 * 4),
            2 => rom | BiosLayout.Font14,
            3 => rom | BiosLayout.Font8,
            4 => rom | BiosLayout.Font8Upper,
            5 or 7 => rom | BiosLayout.NoReplacements,
            6 => rom | BiosLayout.Font16,
            _ => (uint?)null,
        };
        if (pointer is not { } address)
        {
            return;
        }

        call.CX = memory.Read16(BiosData.CharacterHeight);
        call.DL = memory.Read8(BiosData.Rows);
        call.ES = (ushort)(address >> 16);
        call.BP = (ushort)address;
    }
}
