using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Video;

/// <summary>The state of the display: INT 10h, AH=1Bh and AH=1Ch (IBM PS/2 BIOS Interface Technical Reference).</summary>
internal static class VideoState
{
    private const byte Hardware = 1;
    private const byte Data = 2;
    private const byte Dac = 4;
    private const int BlockLength = 64;
    private const int HardwareLength = 80;
    private const int DataLength = 96;
    private const int DacLength = 772;
    private const int ModeRegisterInFrame = 5;
    private const uint VideoData = 0x449;
    private const int VideoDataLength = 0x1e;
    private const int VideoData2Length = 7;

    /// <summary>AH=1Bh: fills 64 bytes at ES:DI.</summary>
    public static void Describe(VideoScreen screen)
    {
        var (call, memory) = (screen.Call, screen.Memory);
        var block = new byte[BlockLength];
        BitConverter.TryWriteBytes(block, BiosLayout.VideoFunctions | ((uint)BiosLayout.Segment << 16));
        memory.Read(VideoData, block.AsSpan(4, VideoDataLength));
        memory.Read(BiosData.Rows, block.AsSpan(0x22, 3));
        block[0x22]++;
        block[0x25] = memory.Read8(BiosData.DisplayCombination);
        var colours = screen.Mode?.Kind switch { VideoKind.Cga2 => 2, VideoKind.Cga4 => 4, VideoKind.Linear => 256, _ => 16 };
        BitConverter.TryWriteBytes(block.AsSpan(0x27), (ushort)(screen.Mode?.Number == 7 ? 0 : colours));
        block[0x29] = screen.Mode is { IsText: true } ? (byte)8 : (byte)1;
        block[0x2a] = (memory.Read8(BiosData.VideoControl2) & 0x90) switch { 0x80 => 0, 0 => 1, _ => 2 };
        block[0x2d] = 0x21;
        block[0x31] = 3;
        memory.Write(call.InEs(call.DI), block);
        call.AL = 0x1b;
    }

    /// <summary>AH=1Ch: the size of the state, or saves it to ES:BX, or restores it.</summary>
    public static void SaveOrRestore(VideoScreen screen)
    {
        var call = screen.Call;
        var parts = call.CX & 7;
        switch (call.AL)
        {
            case 0:
                call.BX = (ushort)((Length(parts) + 63) / 64);
                break;
            case 1:
                Save(screen, call.InEs(call.BX), parts);
                break;
            case 2:
                Restore(screen, call.InEs(call.BX), parts);
                break;
            default:
                return;
        }

        call.AL = 0x1c;
    }

    /// <summary>Bytes of the parts of the state that bits 2:0 name.</summary>
    public static int Length(int parts)
        => ((parts & Hardware) != 0 ? HardwareLength : 0) + ((parts & Data) != 0 ? DataLength : 0) + ((parts & Dac) != 0 ? DacLength : 0);

    /// <summary>Saves parts of the state.</summary>
    public static void Save(VideoScreen screen, ulong at, int parts)
    {
        if ((parts & Hardware) != 0)
        {
            screen.Memory.Write(at, SaveHardware(screen.Vga));
            at += HardwareLength;
        }

        if ((parts & Data) != 0)
        {
            var data = new byte[DataLength];
            screen.Memory.Read(VideoData, data.AsSpan(0, VideoDataLength));
            screen.Memory.Read(BiosData.Rows, data.AsSpan(VideoDataLength, VideoData2Length));
            BitConverter.TryWriteBytes(data.AsSpan(0x40), screen.Memory.Read32(BiosData.VideoSavePointer));
            BitConverter.TryWriteBytes(data.AsSpan(0x44), screen.Memory.Read32(0x1f * 4));
            BitConverter.TryWriteBytes(data.AsSpan(0x48), screen.Memory.Read32(0x43 * 4));
            screen.Memory.Write(at, data);
            at += DataLength;
        }

        if ((parts & Dac) != 0)
        {
            var dac = new byte[DacLength];
            dac[2] = screen.Vga.PixelMask;
            screen.Vga.ReadDac(0, dac.AsSpan(3, 768));
            dac[771] = screen.Vga.AttributeOf(0x14);
            screen.Memory.Write(at, dac);
        }
    }

    /// <summary>Restores parts of the state.</summary>
    public static void Restore(VideoScreen screen, ulong at, int parts)
    {
        if ((parts & Hardware) != 0)
        {
            var registers = new byte[HardwareLength];
            screen.Memory.Read(at, registers);
            RestoreHardware(screen.Vga, registers);
            at += HardwareLength;
        }

        if ((parts & Data) != 0)
        {
            var data = new byte[DataLength];
            screen.Memory.Read(at, data);
            screen.Memory.Write(VideoData, data.AsSpan(0, VideoDataLength));
            screen.Memory.Write(BiosData.Rows, data.AsSpan(VideoDataLength, VideoData2Length));
            screen.Memory.Write(BiosData.VideoSavePointer, BitConverter.ToUInt32(data, 0x40));
            screen.Memory.Write(0x1f * 4, BitConverter.ToUInt32(data, 0x44));
            screen.Memory.Write(0x43 * 4, BitConverter.ToUInt32(data, 0x48));
            at += DataLength;
        }

        if ((parts & Dac) != 0)
        {
            var dac = new byte[DacLength];
            screen.Memory.Read(at, dac);
            screen.Vga.PixelMask = dac[2];
            screen.Vga.WriteDac(0, dac.AsSpan(3, 768));
            screen.Vga.AttributeOf(0x14, dac[771]);
        }
    }

    private static byte[] SaveHardware(VgaPorts vga)
    {
        var bytes = new byte[HardwareLength];
        for (var i = 0; i < 5; i++)
        {
            bytes[ModeRegisterInFrame + i] = vga.Sequencer(i);
        }

        bytes[10] = vga.Miscellaneous;
        for (var i = 0; i < 25; i++)
        {
            bytes[11 + i] = vga.Crtc(i);
        }

        for (var i = 0; i < 20; i++)
        {
            bytes[36 + i] = vga.AttributeOf(i);
        }

        for (var i = 0; i < 9; i++)
        {
            bytes[56 + i] = vga.Graphics(i);
        }

        return bytes;
    }

    private static void RestoreHardware(VgaPorts vga, byte[] bytes)
    {
        vga.Miscellaneous = bytes[10];
        for (var i = 1; i < 5; i++)
        {
            vga.Sequencer(i, bytes[ModeRegisterInFrame + i]);
        }

        vga.Crtc(0x11, 0);
        for (var i = 0; i < 25; i++)
        {
            vga.Crtc(i, bytes[11 + i]);
        }

        for (var i = 0; i < 20; i++)
        {
            vga.AttributeOf(i, bytes[36 + i]);
        }

        for (var i = 0; i < 9; i++)
        {
            vga.Graphics(i, bytes[56 + i]);
        }
    }
}
