using System.Buffers.Binary;
using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Video;

/// <summary>INT 10h, AH=4Fh: VESA BIOS extensions (VBE Core Functions Standard 3.0; VBE/DDC Standard 1.1) on a Bochs display.</summary>
internal sealed class VbeService(BochsDisplay display)
{
    private const ushort Done = 0x004f;
    private const ushort Failed = 0x014f;
    private const ushort WrongMode = 0x034f;
    private const ushort LinearRequested = 0x4000;
    private const ushort KeepMemory = 0x8000;
    private const ushort NumberMask = 0x01ff;
    private const uint Vbe2 = 0x3245_4256;
    private const int BlockLength = 256;
    private const int LongBlockLength = 512;
    private const int ModeListAt = 34;
    private const byte NoVgaCompatibility = 0xe0;
    private const int EdidLength = 128;
    private const byte ScreenOff = 0x20;

    /// <summary>Goes back to what the VGA's registers say, before a standard mode is set.</summary>
    public void Leave()
    {
        if (display.IsPresent)
        {
            display[BochsDisplay.Enable] = 0;
        }
    }

    /// <summary>Answers a call.</summary>
    public void Handle(BiosCall call, VideoScreen screen)
    {
        if (!display.IsPresent)
        {
            return;
        }

        call.AX = call.AL switch
        {
            0x00 => Inform(call),
            0x01 => DescribeMode(call),
            0x02 => SetMode(call, screen),
            0x03 => CurrentMode(call),
            0x04 => SaveOrRestore(call, screen),
            0x05 => Window(call),
            0x06 => LineLength(call),
            0x07 => Start(call),
            0x08 => DacWidth(call),
            0x09 => Palette(call, screen),
            0x0a => ProtectedInterface(call),
            0x0b when call.BL == 0 => Done,
            0x10 => Power(call, screen),
            0x15 => Ddc(call),
            _ => Failed,
        };
    }

    private bool IsPossible(VbeMode mode) => mode.Bytes <= display.MemoryLength;

    private VbeMode? Find(int number) => VbeMode.All.FirstOrDefault(mode => mode.Number == number && IsPossible(mode));

    private bool IsEnabled => (display[BochsDisplay.Enable] & BochsDisplay.Enabled) != 0;

    private VbeMode? Current => !IsEnabled ? null : VbeMode.All.FirstOrDefault(mode
        => mode.Width == display[BochsDisplay.Width] && mode.Height == display[BochsDisplay.Height] && mode.Depth == display[BochsDisplay.Depth]);

    // AL=00h: the list of modes stands in the block's reserved part.
    private ushort Inform(BiosCall call)
    {
        var at = call.InEs(call.DI);
        var block = new byte[call.Memory.Read32(at) == Vbe2 ? LongBlockLength : BlockLength];
        var oem = BiosLayout.VbeOem | ((uint)BiosLayout.Segment << 16);
        "VESA"u8.CopyTo(block);
        Put16(block, 4, 0x0300);
        Put32(block, 6, oem);
        Put32(block, 10, 1);
        Put32(block, 14, (uint)(call.DI + ModeListAt) | ((uint)call.ES << 16));
        Put16(block, 18, (ushort)(display.MemoryLength >> 16));
        if (block.Length == LongBlockLength)
        {
            Put16(block, 20, 0x0100);
            Put32(block, 22, oem);
            Put32(block, 26, oem);
            Put32(block, 30, oem);
        }

        var next = ModeListAt;
        foreach (var mode in VbeMode.All.Where(IsPossible).TakeWhile(_ => next < BlockLength - 2))
        {
            Put16(block, next, mode.Number);
            next += 2;
        }

        Put16(block, next, 0xffff);
        call.Memory.Write(at, block);
        return Done;
    }

    private ushort DescribeMode(BiosCall call)
    {
        if (Find(call.CX & NumberMask) is not { } mode)
        {
            return Failed;
        }

        var block = new byte[BlockLength];
        var pages = (int)Math.Min(display.MemoryLength / mode.Bytes, 256) - 1;
        Put16(block, 0, 0x00bb);
        block[2] = 0x07;
        Put16(block, 4, 64);
        Put16(block, 6, 64);
        Put16(block, 8, 0xa000);
        Put32(block, 12, BiosLayout.VbeWindow | ((uint)BiosLayout.Segment << 16));
        Put16(block, 16, (ushort)mode.LineBytes);
        Put16(block, 18, (ushort)mode.Width);
        Put16(block, 20, (ushort)mode.Height);
        block[22] = 8;
        block[23] = 16;
        block[24] = 1;
        block[25] = (byte)mode.Depth;
        block[26] = 1;
        block[27] = mode.Depth == 8 ? (byte)4 : (byte)6;
        block[29] = (byte)pages;
        block[30] = 1;
        mode.Masks.CopyTo(block, 31);
        block[39] = mode.Depth == 32 ? (byte)2 : (byte)0;
        Put32(block, 40, display.FrameBuffer);
        Put16(block, 50, (ushort)mode.LineBytes);
        block[52] = block[53] = (byte)pages;
        mode.Masks.CopyTo(block, 54);
        Put32(block, 62, 230_000_000);
        call.Memory.Write(call.InEs(call.DI), block);
        return Done;
    }

    private ushort SetMode(BiosCall call, VideoScreen screen)
    {
        var number = call.BX & NumberMask;
        if (number < 0x100)
        {
            Leave();
            VideoModeSet.Set(screen, (byte)((number & 0x7f) | ((call.BX & KeepMemory) >> 8)));
            return Done;
        }

        if (Find(number) is not { } mode)
        {
            return Failed;
        }

        // The VGA's own registers first, so that its memory is laid out as pixels.
        VideoModeSet.Set(screen, 0x93);
        display[BochsDisplay.Enable] = 0;
        display[BochsDisplay.Width] = (ushort)mode.Width;
        display[BochsDisplay.Height] = (ushort)mode.Height;
        display[BochsDisplay.Depth] = (ushort)mode.Depth;
        display[BochsDisplay.Enable] = (ushort)(BochsDisplay.Enabled
            | ((call.BX & LinearRequested) != 0 ? BochsDisplay.LinearFrameBuffer : 0)
            | ((call.BX & KeepMemory) != 0 ? BochsDisplay.KeepMemory : 0));
        display[BochsDisplay.Bank] = 0;
        screen.Memory.Write<ushort>(BiosData.Columns, (ushort)(mode.Width / 8));
        screen.Memory.Write(BiosData.Rows, (byte)Math.Min((mode.Height / 16) - 1, 255));
        screen.Memory.Write<ushort>(BiosData.CharacterHeight, 16);
        screen.Memory.Write<byte>(BiosData.VideoMode, 0x7f);
        screen.Memory.Or8(BiosData.VideoControl, NoVgaCompatibility & 0x60);
        return Done;
    }

    private ushort CurrentMode(BiosCall call)
    {
        var linear = (display[BochsDisplay.Enable] & BochsDisplay.LinearFrameBuffer) != 0 ? LinearRequested : 0;
        call.BX = Current is { } mode ? (ushort)(mode.Number | linear) : call.Memory.Read8(BiosData.VideoMode);
        return Done;
    }

    // AL=04h: the VGA's parts, and the display's registers behind them.
    private ushort SaveOrRestore(BiosCall call, VideoScreen screen)
    {
        ReadOnlySpan<int> registers =
            [BochsDisplay.Width, BochsDisplay.Height, BochsDisplay.Depth, BochsDisplay.VirtualWidth, BochsDisplay.OffsetX, BochsDisplay.OffsetY, BochsDisplay.Bank, BochsDisplay.Enable];
        var parts = call.CX & 7;
        var extended = VideoState.Length(parts);
        switch (call.DL)
        {
            case 0:
                call.BX = (ushort)((extended + (2 * registers.Length) + 63) / 64);
                return Done;
            case 1:
                VideoState.Save(screen, call.InEs(call.BX), parts);
                foreach (var register in registers)
                {
                    call.Memory.Write(call.InEs((uint)(call.BX + extended)), display[register]);
                    extended += 2;
                }

                return Done;
            case 2:
                Leave();
                VideoState.Restore(screen, call.InEs(call.BX), parts);
                foreach (var register in registers)
                {
                    var value = call.Memory.Read16(call.InEs((uint)(call.BX + extended)));
                    display[register] = register == BochsDisplay.Enable && value != 0 ? (ushort)(value | BochsDisplay.KeepMemory) : value;
                    extended += 2;
                }

                return Done;
            default:
                return Failed;
        }
    }

    private ushort Window(BiosCall call)
    {
        if (!IsEnabled || call.BL != 0)
        {
            return WrongMode;
        }

        if (call.BH == 0)
        {
            if (((uint)call.DX << 16) >= display.MemoryLength)
            {
                return Failed;
            }

            display[BochsDisplay.Bank] = call.DX;
            return Done;
        }

        call.DX = display[BochsDisplay.Bank];
        return Done;
    }

    private ushort LineLength(BiosCall call)
    {
        if (Current is not { } mode)
        {
            return WrongMode;
        }

        var longest = (int)Math.Min(display.MemoryLength / (uint)mode.Height / (uint)mode.PixelBytes, 0x3fff);
        var pixels = call.BL switch
        {
            0x00 => call.CX,
            0x02 => (call.CX + mode.PixelBytes - 1) / mode.PixelBytes,
            0x03 => longest,
            _ => display[BochsDisplay.VirtualWidth],
        };
        if (call.BL is 0x00 or 0x02)
        {
            if (pixels > longest)
            {
                return 0x024f;
            }

            display[BochsDisplay.VirtualWidth] = (ushort)Math.Max(pixels, mode.Width);
        }

        var width = call.BL == 0x03 ? longest : display[BochsDisplay.VirtualWidth];
        call.CX = (ushort)width;
        call.BX = (ushort)(width * mode.PixelBytes);
        call.DX = (ushort)Math.Min(display.MemoryLength / Math.Max((uint)(width * mode.PixelBytes), 1), ushort.MaxValue);
        return Done;
    }

    private ushort Start(BiosCall call)
    {
        if (!IsEnabled)
        {
            return WrongMode;
        }

        switch (call.BL)
        {
            case 0x00 or 0x80:
                display[BochsDisplay.OffsetX] = call.CX;
                display[BochsDisplay.OffsetY] = call.DX;
                return Done;
            case 0x01:
                call.BH = 0;
                call.CX = display[BochsDisplay.OffsetX];
                call.DX = display[BochsDisplay.OffsetY];
                return Done;
            default:
                return Failed;
        }
    }

    private ushort DacWidth(BiosCall call)
    {
        if (Current is not { Depth: 8 })
        {
            return WrongMode;
        }

        var enable = display[BochsDisplay.Enable];
        if (call.BL == 0)
        {
            enable = (ushort)(call.BH >= 8 ? enable | BochsDisplay.EightBitDac : enable & ~BochsDisplay.EightBitDac);
            display[BochsDisplay.Enable] = (ushort)(enable | BochsDisplay.KeepMemory);
        }

        call.BH = (enable & BochsDisplay.EightBitDac) != 0 ? (byte)8 : (byte)6;
        return Done;
    }

    // AL=09h: colours as blue, green, red and a spare byte.
    private static ushort Palette(BiosCall call, VideoScreen screen)
    {
        if (call.CX > 256 || call.BL is not (0 or 1 or 0x80))
        {
            return Failed;
        }

        var colours = new byte[3];
        for (var i = 0; i < call.CX; i++)
        {
            var at = call.InEs((uint)(call.DI + (4 * i)));
            if (call.BL == 1)
            {
                screen.Vga.ReadDac(call.DX + i, colours);
                call.Memory.Write(at, (uint)(colours[2] | (colours[1] << 8) | (colours[0] << 16)));
            }
            else
            {
                var value = call.Memory.Read32(at);
                screen.Vga.WriteDac(call.DX + i, [(byte)(value >> 16), (byte)(value >> 8), (byte)value]);
            }
        }

        return Done;
    }

    // AL=0Ah: where the code for protected mode lies.
    private static ushort ProtectedInterface(BiosCall call)
    {
        if (call.BL != 0)
        {
            return Failed;
        }

        call.ES = BiosLayout.Segment;
        call.DI = BiosLayout.VbeProtected;
        call.CX = VbeCode.ProtectedLength;
        return Done;
    }

    // AL=10h: VBE/PM 1.0. All that there is are on and off.
    private static ushort Power(BiosCall call, VideoScreen screen)
    {
        switch (call.BL)
        {
            case 0x00:
                call.BX = 0x0710;
                return Done;
            case 0x01 when call.BH is 0 or 1 or 2 or 4:
                screen.Vga.Sequencer(1, (screen.Vga.Sequencer(1) & ~ScreenOff) | (call.BH != 0 ? ScreenOff : 0));
                return Done;
            case 0x02:
                call.BH = (screen.Vga.Sequencer(1) & ScreenOff) != 0 ? (byte)4 : (byte)0;
                return Done;
            default:
                return Failed;
        }
    }

    private ushort Ddc(BiosCall call)
    {
        var edid = new byte[EdidLength];
        if (!display.TryReadEdid(edid))
        {
            return Failed;
        }

        if (call.BL == 0)
        {
            call.BX = 0x0103;
            return Done;
        }

        if (call.BL != 1 || call.DX != 0)
        {
            return Failed;
        }

        call.Memory.Write(call.InEs(call.DI), edid);
        return Done;
    }

    private static void Put16(byte[] block, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(at), value);

    private static void Put32(byte[] block, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(at), value);
}
