namespace Emulator.Roms.Bios;

/// <summary>The registers of one video mode, as the video parameter table has them (IBM PS/2 BIOS Interface Technical Reference).</summary>
/// <param name="Columns">Characters in a row.</param>
/// <param name="Rows">Character rows.</param>
/// <param name="Height">Scan lines in a character.</param>
/// <param name="PageLength">Bytes of a page.</param>
/// <param name="Miscellaneous">The miscellaneous output register.</param>
/// <param name="Sequencer">Sequencer registers 1-4.</param>
/// <param name="Crtc">CRT controller registers 0-24.</param>
/// <param name="Attribute">Attribute controller registers 0-19.</param>
/// <param name="Graphics">Graphics controller registers 0-8.</param>
public sealed record VideoRegisters(
    byte Columns, byte Rows, byte Height, ushort PageLength, byte Miscellaneous, byte[] Sequencer, byte[] Crtc, byte[] Attribute, byte[] Graphics);

/// <summary>The standard VGA modes' registers (IBM VGA Technical Reference, mode tables).</summary>
public static class VideoParameters
{
    private const int EntryLength = 64;

    // The table's entries by mode: 0-7, 8-A unused, B and C the adapter's own, D-10 with little memory, F and 10, CGA text at 350 lines,
    // 7 and 0-3 at 400 lines, 11-13.
    private static ReadOnlySpan<sbyte> Order =>
        [0, 1, 2, 3, 4, 5, 6, 7, -1, -1, -1, -1, -1, 0xd, 0xe, 0xf, 0x10, 0xf, 0x10, 0, 1, 2, 3, 1, 3, 7, 0x11, 0x12, 0x13];

    /// <summary>The registers of a mode from 0 to 13h; null for one that a VGA does not have.</summary>
    public static VideoRegisters? Of(int mode) => mode switch
    {
        0 or 1 => new(40, 25, 16, 0x0800, 0x67, Bytes("08 03 00 02"),
            Bytes("2d 27 28 90 2b a0 bf 1f 00 4f 0d 0e 00 00 00 00 9c 8e 8f 14 1f 96 b9 a3 ff"), TextPalette(0x0c, 0x0f, 0x08), TextGraphics(0x0e)),
        2 or 3 => new(80, 25, 16, 0x1000, 0x67, Bytes("00 03 00 02"),
            Bytes("5f 4f 50 82 55 81 bf 1f 00 4f 0d 0e 00 00 00 00 9c 8e 8f 28 1f 96 b9 a3 ff"), TextPalette(0x0c, 0x0f, 0x08), TextGraphics(0x0e)),
        4 or 5 => new(40, 25, 8, 0x4000, 0x63, Bytes("09 03 00 02"),
            Bytes("2d 27 28 90 2b 80 bf 1f 00 c1 00 00 00 00 00 00 9c 8e 8f 14 00 96 b9 a2 ff"),
            Bytes("00 13 15 17 02 04 06 07 10 11 12 13 14 15 16 17 01 00 03 00"), Bytes("00 00 00 00 00 30 0f 00 ff")),
        6 => new(80, 25, 8, 0x4000, 0x63, Bytes("01 01 00 06"),
            Bytes("5f 4f 50 82 54 80 bf 1f 00 c1 00 00 00 00 00 00 9c 8e 8f 28 00 96 b9 c2 ff"),
            Bytes("00 17 17 17 17 17 17 17 17 17 17 17 17 17 17 17 01 00 01 00"), Bytes("00 00 00 00 00 00 0d 00 ff")),
        7 => new(80, 25, 16, 0x1000, 0x66, Bytes("00 03 00 02"),
            Bytes("5f 4f 50 82 55 81 bf 1f 00 4f 0d 0e 00 00 00 00 9c 8e 8f 28 0f 96 b9 a3 ff"),
            Bytes("00 08 08 08 08 08 08 08 10 18 18 18 18 18 18 18 0e 00 0f 08"), TextGraphics(0x0a)),
        0x0d => new(40, 25, 8, 0x2000, 0x63, Bytes("09 0f 00 06"),
            Bytes("2d 27 28 90 2b 80 bf 1f 00 c0 00 00 00 00 00 00 9c 8e 8f 14 00 96 b9 e3 ff"), Palette200(), PlanarGraphics(0x0f)),
        0x0e => new(80, 25, 8, 0x4000, 0x63, Bytes("01 0f 00 06"),
            Bytes("5f 4f 50 82 54 80 bf 1f 00 c0 00 00 00 00 00 00 9c 8e 8f 28 00 96 b9 e3 ff"), Palette200(), PlanarGraphics(0x0f)),
        0x0f => new(80, 25, 14, 0x8000, 0xa2, Bytes("01 0f 00 06"), Lines350Graphics(),
            Bytes("00 08 00 00 18 18 00 00 00 08 00 00 00 18 00 00 0b 00 05 00"), PlanarGraphics(0x05)),
        0x10 => new(80, 25, 14, 0x8000, 0xa3, Bytes("01 0f 00 06"), Lines350Graphics(), TextPalette(0x01, 0x0f, 0x00), PlanarGraphics(0x0f)),
        0x11 => new(80, 30, 16, 0xa000, 0xe3, Bytes("01 0f 00 06"), Lines480(0xc3),
            Bytes("00 3f 3f 3f 3f 3f 3f 3f 3f 3f 3f 3f 3f 3f 3f 3f 01 00 0f 00"), PlanarGraphics(0x01)),
        0x12 => new(80, 30, 16, 0xa000, 0xe3, Bytes("01 0f 00 06"), Lines480(0xe3), TextPalette(0x01, 0x0f, 0x00), PlanarGraphics(0x0f)),
        0x13 => new(40, 25, 8, 0xfa00, 0x63, Bytes("01 0f 00 0e"),
            Bytes("5f 4f 50 82 54 80 bf 1f 00 41 00 00 00 00 00 00 9c 8e 8f 28 40 96 b9 a3 ff"),
            Bytes("00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 41 00 0f 00"), Bytes("00 00 00 00 00 40 05 0f ff")),
        _ => null,
    };

    /// <summary>A text mode at 350 or 200 scan lines in place of 400, as INT 10h, AH=12h, BL=30h selects.</summary>
    public static VideoRegisters WithLines(VideoRegisters text, int lines)
    {
        var crtc = text.Crtc.ToArray();
        if (lines == 350)
        {
            crtc[9] = 0x4d;
            (crtc[10], crtc[11]) = (0x0b, 0x0c);
            (crtc[16], crtc[17], crtc[18]) = (0x83, 0x85, 0x5d);
            (crtc[21], crtc[22]) = (0x63, 0xba);
            return text with { Height = 14, Crtc = crtc, Miscellaneous = (byte)(0xa2 | (text.Miscellaneous & 1)) };
        }

        crtc[9] = 0xc7;
        (crtc[10], crtc[11]) = (0x06, 0x07);
        var sequencer = text.Sequencer.ToArray();
        sequencer[0] |= 1;
        return text with { Height = 8, Crtc = crtc, Sequencer = sequencer, Miscellaneous = (byte)(0x62 | (text.Miscellaneous & 1)) };
    }

    /// <summary>The table of 29 entries of 64 bytes.</summary>
    internal static byte[] Table()
    {
        var table = new byte[Order.Length * EntryLength];
        for (var i = 0; i < Order.Length; i++)
        {
            if (Order[i] >= 0 && Of(Order[i]) is { } mode)
            {
                byte[] entry = [mode.Columns, (byte)(mode.Rows - 1), mode.Height, (byte)mode.PageLength, (byte)(mode.PageLength >> 8),
                    .. mode.Sequencer, mode.Miscellaneous, .. mode.Crtc, .. mode.Attribute, .. mode.Graphics];
                entry.CopyTo(table, i * EntryLength);
            }
        }

        return table;
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static byte[] TextPalette(byte mode, byte planes, byte pan)
        => [0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, mode, 0, planes, pan];

    private static byte[] Palette200() => Bytes("00 01 02 03 04 05 06 07 10 11 12 13 14 15 16 17 01 00 0f 00");

    private static byte[] TextGraphics(byte miscellaneous) => [0, 0, 0, 0, 0, 0x10, miscellaneous, 0, 0xff];

    private static byte[] PlanarGraphics(byte dontCare) => [0, 0, 0, 0, 0, 0, 5, dontCare, 0xff];

    private static byte[] Lines350Graphics() => Bytes("5f 4f 50 82 54 80 bf 1f 00 40 00 00 00 00 00 00 83 85 5d 28 0f 63 ba e3 ff");

    private static byte[] Lines480(byte mode) => [.. Bytes("5f 4f 50 82 54 80 0b 3e 00 40 00 00 00 00 00 00 ea 8c df 28 00 e7 04"), mode, 0xff];
}
