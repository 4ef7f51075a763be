using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Video;

/// <summary>INT 10h, AH=00h: sets a mode, and INT 10h, AH=12h's choices for the next one.</summary>
internal static class VideoModeSet
{
    /// <summary>0040:0089: text modes have 400 lines; 350 without both bits.</summary>
    public const byte Lines400 = 0x10;

    /// <summary>0040:0089: text modes have 200 lines.</summary>
    public const byte Lines200 = 0x80;

    private const byte KeepMemory = 0x80;
    private const byte DefaultPaletteOff = 0x08;
    private const byte GreySumming = 0x02;
    private const byte UnlockCrtc = 0x11;

    /// <summary>Sets a mode; bit 7 keeps the memory's contents.</summary>
    public static void Set(VideoScreen screen, byte request)
    {
        if (VideoMode.Of((byte)(request & ~KeepMemory)) is not { } mode)
        {
            return;
        }

        var registers = Registers(screen, mode);
        screen.Call.AL = mode.Number switch { 6 => 0x3f, <= 5 or 7 => 0x30, _ => 0x20 };
        LoadRegisters(screen.Vga, registers);
        LoadPalette(screen, mode);
        if ((request & KeepMemory) == 0)
        {
            Clear(screen, mode);
        }

        Describe(screen, mode, registers, request);
        if (mode.IsText)
        {
            VideoFonts.Load(screen, VideoFonts.RomFont(registers.Height), registers.Height, 256, 0, 0);
            screen.Vga.Sequencer(3, 0);
        }

        var font = VideoFonts.RomFont(mode.Kind is VideoKind.Cga2 or VideoKind.Cga4 ? 8 : registers.Height);
        screen.Memory.Write(0x43 * 4, font | ((uint)BiosLayout.Segment << 16));
        screen.Memory.Write(0x1f * 4, BiosLayout.Font8Upper | ((uint)BiosLayout.Segment << 16));
        VideoText.SelectPage(screen, 0);
        screen.Vga.ScreenOn();
    }

    /// <summary>Puts registers into the VGA.</summary>
    private static void LoadRegisters(VgaPorts vga, VideoRegisters registers)
    {
        for (var i = 0; i < registers.Attribute.Length; i++)
        {
            vga.AttributeOf(i, registers.Attribute[i]);
        }

        vga.AttributeOf(0x14, 0);
        vga.Sequencer(0, 1);
        vga.Miscellaneous = registers.Miscellaneous;
        for (var i = 0; i < registers.Sequencer.Length; i++)
        {
            vga.Sequencer(i + 1, registers.Sequencer[i]);
        }

        vga.Sequencer(0, 3);
        for (var i = 0; i < registers.Graphics.Length; i++)
        {
            vga.Graphics(i, registers.Graphics[i]);
        }

        vga.Crtc(UnlockCrtc, 0);
        for (var i = 0; i < registers.Crtc.Length; i++)
        {
            vga.Crtc(i, registers.Crtc[i]);
        }
    }

    private static VideoRegisters Registers(VideoScreen screen, VideoMode mode)
    {
        var registers = VideoParameters.Of(mode.Number)!;
        if (mode.Number > 3 && mode.Number != 7)
        {
            return registers;
        }

        var control = screen.Memory.Read8(BiosData.VideoControl2);
        return (control & Lines400) != 0 ? registers
            : mode.Number <= 3 && (control & Lines200) != 0 ? VideoParameters.WithLines(registers, 200)
            : VideoParameters.WithLines(registers, 350);
    }

    private static void LoadPalette(VideoScreen screen, VideoMode mode)
    {
        screen.Vga.PixelMask = 0xff;
        var control = screen.Memory.Read8(BiosData.VideoControl2);
        if ((control & DefaultPaletteOff) != 0)
        {
            return;
        }

        screen.Vga.WriteDac(0, DefaultPalettes.Of(mode));
        if ((control & GreySumming) != 0)
        {
            VideoPalette.SumToGrey(screen.Vga, 0, 256);
        }
    }

    private static void Clear(VideoScreen screen, VideoMode mode)
    {
        var length = mode.Kind switch { VideoKind.Text or VideoKind.Cga2 or VideoKind.Cga4 => 0x8000u, _ => 0x1_0000u };
        var fill = mode.IsText ? 0x0720_0720_0720_0720ul : 0;
        for (var at = 0u; at < length; at += 8)
        {
            screen.Memory.Write(mode.Base + at, fill);
        }
    }

    private static void Describe(VideoScreen screen, VideoMode mode, VideoRegisters registers, byte request)
    {
        var memory = screen.Memory;
        memory.Write(BiosData.VideoMode, mode.Number);
        memory.Write<ushort>(BiosData.Columns, registers.Columns);
        memory.Write(BiosData.PageLength, registers.PageLength);
        memory.Write<ushort>(BiosData.PageStart, 0);
        memory.Write(BiosData.Cursors, 0ul);
        memory.Write(BiosData.Cursors + 8, 0ul);
        memory.Write<ushort>(BiosData.CursorShape, mode.IsText ? (ushort)(((registers.Crtc[10] & 0x1f) << 8) | registers.Crtc[11]) : (ushort)0);
        if (mode.IsText && registers.Height >= 14)
        {
            memory.Write<ushort>(BiosData.CursorShape, 0x0607);
        }

        memory.Write<byte>(BiosData.ActivePage, 0);
        memory.Write(BiosData.CrtcPort, screen.Vga.CrtcPort);
        memory.Write(BiosData.CgaMode, CgaModeOf(mode.Number));
        memory.Write<byte>(BiosData.CgaPalette, mode.Number == 6 ? (byte)0x3f : (byte)0x30);
        memory.Write(BiosData.Rows, (byte)(registers.Rows - 1));
        memory.Write<ushort>(BiosData.CharacterHeight, registers.Height);
        memory.Write(BiosData.VideoControl, (byte)((memory.Read8(BiosData.VideoControl) & 0x01) | 0x60 | (request & KeepMemory)));
        memory.Write<byte>(BiosData.VideoSwitches, 0xf9);
        memory.Replace8(BiosData.VideoControl2, 0x7f, memory.Read8(BiosData.VideoControl2));
        memory.Write<byte>(BiosData.DisplayCombination, 8);
    }

    private static byte CgaModeOf(byte mode) => mode switch { 0 => 0x2c, 1 => 0x28, 2 => 0x2d, 3 or 7 => 0x29, 4 => 0x2a, 5 => 0x2e, 6 => 0x1e, _ => 0x29 };
}
