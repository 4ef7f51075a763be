namespace Emulator.Host.Bios.Video;

/// <summary>Colours: INT 10h, AH=0Bh and AH=10h (IBM PS/2 BIOS Interface Technical Reference).</summary>
internal static class VideoPalette
{
    private const byte BorderRegister = 0x11;
    private const byte ModeRegister = 0x10;
    private const byte ColourSelect = 0x14;
    private const byte BlinkEnable = 0x08;
    private const byte PaletteSize = 0x80;
    private const int Registers = 16;

    /// <summary>AH=0Bh: the CGA's background, border and palette.</summary>
    public static void SetCga(VideoScreen screen)
    {
        var (vga, memory, colour) = (screen.Vga, screen.Memory, screen.Call.BL);
        if (screen.Call.BH == 0)
        {
            memory.Replace8(BiosData.CgaPalette, 0x1f, colour);
            var value = (colour & 0x07) | ((colour & 0x08) << 1);
            vga.AttributeOf(BorderRegister, value);
            if (screen.Mode is { IsText: false })
            {
                vga.AttributeOf(0, value);
            }

            for (var i = 1; i < 4 && screen.Mode is { Kind: VideoKind.Cga4 }; i++)
            {
                vga.AttributeOf(i, (vga.AttributeOf(i) & ~0x10) | (colour & 0x10));
            }
        }
        else
        {
            memory.Replace8(BiosData.CgaPalette, 0x20, colour << 5);
            for (var i = 1; i < 4 && screen.Mode is { Kind: VideoKind.Cga4 }; i++)
            {
                vga.AttributeOf(i, (vga.AttributeOf(i) & ~1) | (colour & 1));
            }
        }
    }

    /// <summary>AH=10h.</summary>
    public static void Handle(VideoScreen screen)
    {
        var (call, vga, memory) = (screen.Call, screen.Vga, screen.Memory);
        Span<byte> bytes = stackalloc byte[3];
        switch (call.AL)
        {
            case 0x00:
                vga.AttributeOf(call.BL & 0x1f, call.BH);
                break;
            case 0x01:
                vga.AttributeOf(BorderRegister, call.BH);
                break;
            case 0x02:
                for (var i = 0; i <= Registers; i++)
                {
                    vga.AttributeOf(i < Registers ? i : BorderRegister, memory.Read8(call.InEs((ushort)(call.DX + i))));
                }

                break;
            case 0x03:
                vga.AttributeOf(ModeRegister, (vga.AttributeOf(ModeRegister) & ~BlinkEnable) | ((call.BL & 1) * BlinkEnable));
                memory.Replace8(BiosData.CgaMode, 0x20, (call.BL & 1) << 5);
                break;
            case 0x07:
                call.BH = vga.AttributeOf(call.BL & 0x1f);
                break;
            case 0x08:
                call.BH = vga.AttributeOf(BorderRegister);
                break;
            case 0x09:
                for (var i = 0; i <= Registers; i++)
                {
                    memory.Write(call.InEs((ushort)(call.DX + i)), vga.AttributeOf(i < Registers ? i : BorderRegister));
                }

                break;
            case 0x10:
                vga.WriteDac(call.BL, [call.DH, call.CH, call.CL]);
                break;
            case 0x12:
                WriteBlock(screen);
                break;
            case 0x13:
                SelectPage(screen);
                break;
            case 0x15:
                vga.ReadDac(call.BL, bytes);
                (call.DH, call.CH, call.CL) = (bytes[0], bytes[1], bytes[2]);
                break;
            case 0x17:
                ReadBlock(screen);
                break;
            case 0x18:
                vga.PixelMask = call.BL;
                break;
            case 0x19:
                call.BL = vga.PixelMask;
                break;
            case 0x1a:
                ReadPage(screen);
                break;
            case 0x1b:
                SumToGrey(vga, call.BX, call.CX);
                break;
            default:
                break;
        }
    }

    /// <summary>Turns colours of the DAC into their greys.</summary>
    public static void SumToGrey(VgaPorts vga, int first, int count)
    {
        Span<byte> colour = stackalloc byte[3];
        for (var i = 0; i < Math.Min(count, 256); i++)
        {
            vga.ReadDac(first + i, colour);
            colour.Fill(DefaultPalettes.Grey(colour[0], colour[1], colour[2]));
            vga.WriteDac(first + i, colour);
        }
    }

    private static void WriteBlock(VideoScreen screen)
    {
        var bytes = new byte[3 * Math.Min((int)screen.Call.CX, 256)];
        screen.Memory.Read(screen.Call.InEs(screen.Call.DX), bytes);
        screen.Vga.WriteDac(screen.Call.BX, bytes);
    }

    private static void ReadBlock(VideoScreen screen)
    {
        var bytes = new byte[3 * Math.Min((int)screen.Call.CX, 256)];
        screen.Vga.ReadDac(screen.Call.BX, bytes);
        screen.Memory.Write(screen.Call.InEs(screen.Call.DX), bytes);
    }

    // Four pages of 64 colours, or sixteen of 16.
    private static void SelectPage(VideoScreen screen)
    {
        var (call, vga) = (screen.Call, screen.Vga);
        var mode = vga.AttributeOf(ModeRegister);
        if (call.BL == 0)
        {
            vga.AttributeOf(ModeRegister, (mode & ~PaletteSize) | ((call.BH & 1) * PaletteSize));
        }
        else
        {
            vga.AttributeOf(ColourSelect, (mode & PaletteSize) != 0 ? call.BH & 0x0f : (call.BH << 2) & 0x0c);
        }
    }

    private static void ReadPage(VideoScreen screen)
    {
        var (call, vga) = (screen.Call, screen.Vga);
        var mode = vga.AttributeOf(ModeRegister) >> 7;
        var page = vga.AttributeOf(ColourSelect) & 0x0f;
        call.BL = (byte)mode;
        call.BH = (byte)(mode != 0 ? page : page >> 2);
    }
}
