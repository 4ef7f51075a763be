namespace Emulator.Devices.Video;

/// <summary>
/// Draws single rows of dots. Each method fills a row from its left edge with whole character clocks, until the row is full; the caller
/// takes its part of it, for panning.
/// </summary>
internal sealed class VgaLines(VgaRegisters registers, VideoMemory memory, VgaPalette palette)
{
    private const byte Blinking = 0x80;

    // The eight bits of a byte as eight bytes, the highest bit first.
    private readonly ulong[] _bits = SpreadBytes();

    /// <summary>Where the cursor is in the address counter's terms; negative while there is none.</summary>
    public int CursorCounter { get; set; }

    /// <summary>Whether characters with the blink attribute are dark now.</summary>
    public bool BlinkedOff { get; set; }

    /// <summary>Draws a row of characters.</summary>
    public void Text(in VgaScan scan, Span<uint> row, int counter, int rowScan)
    {
        var maps = registers.Sequencer(3);
        var (fontB, fontA) = (FontOffset((maps & 3) | ((maps >> 2) & 4)), FontOffset(((maps >> 2) & 3) | ((maps >> 3) & 4)));
        var mode = registers.Attribute(0x10);
        var blinks = (mode & 0x08) != 0;
        var joinsLines = (mode & 0x04) != 0;
        var underlined = rowScan == (registers.Crtc(0x14) & 0x1f);
        var cursorRow = IsCursorRow(rowScan);
        for (var x = 0; x < row.Length; counter++)
        {
            var cell = memory.Planes(scan.Offset(counter, rowScan));
            var character = (int)(cell & 0xff);
            var attribute = (byte)(cell >> 8);
            var font = (attribute & 0x08) != 0 ? fontA : fontB;
            var dots = (memory.Planes(font + (character * VgaRegisters.FontRows) + rowScan) >> 16) & 0xff;

            // A ninth dot is blank, but for line-drawing characters, which repeat the eighth.
            dots = (dots << 1) | (joinsLines && (character & 0xe0) == 0xc0 ? dots & 1 : 0);
            var background = attribute >> 4;
            if (blinks)
            {
                background &= 7;
                dots = (attribute & Blinking) != 0 && BlinkedOff ? 0 : dots;
            }

            if ((underlined && (attribute & 0x77) == 0x01) || (cursorRow && (counter & 0xffff) == CursorCounter))
            {
                dots = 0x1ff;
            }

            x = Dots(scan, row, x, dots, palette.Sixteen[attribute & 0x0f], palette.Sixteen[background]);
        }
    }

    /// <summary>Draws pixels of a bit from each plane.</summary>
    public void Planar(in VgaScan scan, Span<uint> row, int counter, int rowScan)
    {
        for (var x = 0; x < row.Length; counter++)
        {
            x = Eight(scan, row, x, memory.Planes(scan.Offset(counter, rowScan)));
        }
    }

    /// <summary>Draws planar pixels of a frame buffer, whose rows lie one after the other.</summary>
    public void LinearPlanar(in VgaScan scan, Span<uint> row, int offset)
    {
        for (var x = 0; x < row.Length; offset++)
        {
            x = Eight(scan, row, x, memory.Planes(offset));
        }
    }

    /// <summary>Draws pixels of two bits.</summary>
    public void Interleaved(in VgaScan scan, Span<uint> row, int counter, int rowScan)
    {
        for (var x = 0; x < row.Length; counter++)
        {
            var planes = memory.Planes(scan.Offset(counter, rowScan));
            for (var pair = 0; pair < 2; pair++, planes >>= 8)
            {
                for (var shift = 6; shift >= 0; shift -= 2)
                {
                    var pixel = ((planes >> shift) & 3) | ((planes >> (14 + shift)) & 0xc);
                    x = Dot(scan, row, x, palette.Sixteen[(int)pixel]);
                }
            }
        }
    }

    /// <summary>Draws pixels of a byte, two dots wide; or of half a byte, one dot wide, when AR10 bit 6 is clear.</summary>
    public void Packed(in VgaScan scan, Span<uint> row, int counter, int rowScan)
    {
        var wide = (registers.Attribute(0x10) & 0x40) != 0;
        for (var x = 0; x < row.Length; counter++)
        {
            var planes = memory.Planes(scan.Offset(counter, rowScan));
            for (var plane = 0; plane < 4; plane++, planes >>= 8)
            {
                var pixel = (int)(planes & 0xff);
                x = Dot(scan, row, x, wide ? palette.All[pixel] : palette.Sixteen[pixel >> 4]);
                x = Dot(scan, row, x, wide ? palette.All[pixel] : palette.Sixteen[pixel & 15]);
            }
        }
    }

    // Three bits choose 8 KiB of plane 2: the highest of them the odd ones.
    private static int FontOffset(int map) => ((map & 3) << 14) | ((map & 4) << 11);

    private static ulong[] SpreadBytes()
    {
        var spread = new ulong[256];
        for (var value = 0; value < spread.Length; value++)
        {
            for (var i = 0; i < 8; i++)
            {
                spread[value] |= (ulong)(uint)((value >> (7 - i)) & 1) << (8 * i);
            }
        }

        return spread;
    }

    // CRA and CRB bits 4:0: the first and the last row; none when the last lies above the first.
    private bool IsCursorRow(int rowScan) => rowScan >= (registers.Crtc(0x0a) & 0x1f) && rowScan <= (registers.Crtc(0x0b) & 0x1f);

    private static int Dots(in VgaScan scan, Span<uint> row, int x, uint dots, uint foreground, uint background)
    {
        for (var i = 0; i < scan.Dots; i++, dots <<= 1)
        {
            x = Dot(scan, row, x, (dots & 0x100) != 0 ? foreground : background);
        }

        return x;
    }

    private int Eight(in VgaScan scan, Span<uint> row, int x, uint planes)
    {
        var pixels = _bits[planes & 0xff] | (_bits[(planes >> 8) & 0xff] << 1) | (_bits[(planes >> 16) & 0xff] << 2) | (_bits[planes >> 24] << 3);
        for (var i = 0; i < 8; i++, pixels >>= 8)
        {
            x = Dot(scan, row, x, palette.Sixteen[(int)(pixels & 15)]);
        }

        return x;
    }

    private static int Dot(in VgaScan scan, Span<uint> row, int x, uint colour)
    {
        if ((uint)x < (uint)row.Length)
        {
            row[x] = colour;
        }

        if (!scan.HalfClock)
        {
            return x + 1;
        }

        if ((uint)(x + 1) < (uint)row.Length)
        {
            row[x + 1] = colour;
        }

        return x + 2;
    }
}
