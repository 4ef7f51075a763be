namespace Emulator.Host.Bios.Video;

/// <summary>Characters and pixels in graphics modes: drawn from the font of INT 43h, whose upper half the CGA's modes take from INT 1Fh.</summary>
internal static class GraphicsText
{
    private const uint FontVector = 0x43 * 4;
    private const uint UpperFontVector = 0x1f * 4;
    private const byte Exclusive = 0x80;
    private const int CgaLine = 80;
    private const uint CgaOdd = 0x2000;
    private const int LongestLine = 320;

    /// <summary>Draws a character. Bit 7 of the colour combines it with what is there, but for 256 colours.</summary>
    public static void Draw(VideoScreen screen, VideoMode mode, int page, int row, int column, byte character, byte colour)
    {
        var height = mode.Kind is VideoKind.Cga2 or VideoKind.Cga4 ? 8 : screen.Height;
        Span<byte> glyph = stackalloc byte[32];
        glyph = glyph[..height];
        screen.Memory.Read(Glyph(screen, mode, character, height), glyph);
        switch (mode.Kind)
        {
            case VideoKind.Planar:
                DrawPlanar(screen, mode, page, row, column, glyph, colour);
                break;
            case VideoKind.Linear:
                DrawLinear(screen, mode, row, column, glyph, colour);
                break;
            default:
                DrawCga(screen, mode, row, column, glyph, colour);
                break;
        }
    }

    /// <summary>Finds the character that a cell looks like; 0 if none.</summary>
    public static ushort Read(VideoScreen screen, VideoMode mode, int page, int row, int column)
    {
        var height = mode.Kind is VideoKind.Cga2 or VideoKind.Cga4 ? 8 : screen.Height;
        Span<byte> seen = stackalloc byte[32];
        Span<byte> glyph = stackalloc byte[32];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < 8; x++)
            {
                seen[y] |= (byte)(ReadPixel(screen, mode, page, (8 * column) + x, (row * height) + y) != 0 ? 0x80 >> x : 0);
            }
        }

        for (var character = 0; character < 256; character++)
        {
            screen.Memory.Read(Glyph(screen, mode, (byte)character, height), glyph[..height]);
            if (glyph[..height].SequenceEqual(seen[..height]))
            {
                return (ushort)character;
            }
        }

        return 0;
    }

    /// <summary>Scrolls a window of character cells, and fills what comes free.</summary>
    public static void Scroll(VideoScreen screen, VideoMode mode, int page, int lines, byte colour, int top, int left, int bottom, int right)
    {
        var height = mode.Kind is VideoKind.Cga2 or VideoKind.Cga4 ? 8 : screen.Height;
        var (first, past) = (top * height, (bottom + 1) * height);
        var count = Math.Abs(lines) * height;
        var moved = past - first - count;
        var planar = mode.Kind == VideoKind.Planar;
        if (planar)
        {
            // Write mode 1: the four planes go through the latches.
            screen.Vga.Graphics(5, 1);
        }

        for (var i = 0; i < moved; i++)
        {
            var (to, from) = lines > 0 ? (first + i, first + i + count) : (past - 1 - i, past - 1 - i - count);
            CopyLine(screen, mode, page, from, to, left, right);
        }

        if (planar)
        {
            screen.Vga.Graphics(5, 0);
            screen.Vga.Graphics(0, colour);
            screen.Vga.Graphics(1, 0x0f);
        }

        for (var i = 0; i < count; i++)
        {
            FillLine(screen, mode, page, lines > 0 ? past - 1 - i : first + i, left, right, colour);
        }

        if (planar)
        {
            screen.Vga.Graphics(1, 0);
            screen.Vga.Graphics(0, 0);
        }
    }

    /// <summary>AH=0Ch: sets a pixel.</summary>
    public static void WritePixel(VideoScreen screen, VideoMode mode, int page, int x, int y, byte colour)
    {
        var at = PixelByte(screen, mode, page, x, y);
        switch (mode.Kind)
        {
            case VideoKind.Linear:
                screen.Memory.Write(at, colour);
                break;
            case VideoKind.Planar:
                SetPlanar(screen, at, (byte)(0x80 >> (x & 7)), colour);
                break;
            case VideoKind.Cga4:
                SetCga(screen, at, 6 - (2 * (x & 3)), 3, colour);
                break;
            case VideoKind.Cga2:
                SetCga(screen, at, 7 - (x & 7), 1, colour);
                break;
            default:
                break;
        }
    }

    /// <summary>AH=0Dh: a pixel's colour.</summary>
    public static byte ReadPixel(VideoScreen screen, VideoMode mode, int page, int x, int y)
    {
        var at = PixelByte(screen, mode, page, x, y);
        switch (mode.Kind)
        {
            case VideoKind.Linear:
                return screen.Memory.Read8(at);
            case VideoKind.Cga4:
                return (byte)((screen.Memory.Read8(at) >> (6 - (2 * (x & 3)))) & 3);
            case VideoKind.Cga2:
                return (byte)((screen.Memory.Read8(at) >> (7 - (x & 7))) & 1);
            case VideoKind.Planar:
                var colour = 0;
                for (var plane = 0; plane < 4; plane++)
                {
                    screen.Vga.Graphics(4, plane);
                    colour |= ((screen.Memory.Read8(at) >> (7 - (x & 7))) & 1) << plane;
                }

                screen.Vga.Graphics(4, 0);
                return (byte)colour;
            default:
                return 0;
        }
    }

    private static uint Glyph(VideoScreen screen, VideoMode mode, byte character, int height)
    {
        if (mode.Kind is VideoKind.Cga2 or VideoKind.Cga4)
        {
            return character < 128 ? Pointer(screen, FontVector) + (8u * character) : Pointer(screen, UpperFontVector) + (8u * (uint)(character - 128));
        }

        return Pointer(screen, FontVector) + (uint)(height * character);
    }

    private static uint Pointer(VideoScreen screen, uint vector)
        => BiosMemory.Linear(screen.Memory.Read16(vector + 2), screen.Memory.Read16(vector));

    private static uint PixelByte(VideoScreen screen, VideoMode mode, int page, int x, int y) => mode.Kind switch
    {
        VideoKind.Linear => mode.Base + (uint)((y * LongestLine) + x),
        VideoKind.Planar => mode.Base + (uint)((page * screen.PageLength) + (y * screen.Columns) + (x / 8)),
        _ => CgaByte(mode, y, x / (mode.Kind == VideoKind.Cga4 ? 4 : 8)),
    };

    private static uint CgaByte(VideoMode mode, int y, int at) => mode.Base + ((y & 1) != 0 ? CgaOdd : 0) + (uint)((y / 2 * CgaLine) + at);

    private static void SetPlanar(VideoScreen screen, uint at, byte mask, byte colour)
    {
        screen.Vga.Graphics(8, mask);
        screen.Vga.Graphics(3, (colour & Exclusive) != 0 ? 0x18 : 0);
        screen.Vga.Graphics(5, 2);
        _ = screen.Memory.Read8(at);
        screen.Memory.Write(at, (byte)(colour & 0x0f));
        screen.Vga.Graphics(5, 0);
        screen.Vga.Graphics(3, 0);
        screen.Vga.Graphics(8, 0xff);
    }

    private static void SetCga(VideoScreen screen, uint at, int shift, int mask, byte colour)
    {
        var old = screen.Memory.Read8(at);
        var value = (colour & mask) << shift;
        screen.Memory.Write(at, (byte)((colour & Exclusive) != 0 ? old ^ value : (old & ~(mask << shift)) | value));
    }

    // Set/reset gives the background where the bit mask lets it, then the foreground; combining draws the foreground alone.
    private static void DrawPlanar(VideoScreen screen, VideoMode mode, int page, int row, int column, ReadOnlySpan<byte> glyph, byte colour)
    {
        var at = PixelByte(screen, mode, page, 8 * column, row * glyph.Length);
        var exclusive = (colour & Exclusive) != 0;
        screen.Vga.Graphics(5, 2);
        screen.Vga.Graphics(3, exclusive ? 0x18 : 0);
        for (var y = 0; y < glyph.Length; y++)
        {
            var line = at + (uint)(y * screen.Columns);
            if (!exclusive)
            {
                screen.Vga.Graphics(8, 0xff);
                screen.Memory.Write<byte>(line, 0);
            }

            screen.Vga.Graphics(8, glyph[y]);
            _ = screen.Memory.Read8(line);
            screen.Memory.Write(line, (byte)(colour & 0x0f));
        }

        screen.Vga.Graphics(8, 0xff);
        screen.Vga.Graphics(3, 0);
        screen.Vga.Graphics(5, 0);
    }

    private static void DrawLinear(VideoScreen screen, VideoMode mode, int row, int column, ReadOnlySpan<byte> glyph, byte colour)
    {
        for (var y = 0; y < glyph.Length; y++)
        {
            var line = 0ul;
            for (var x = 0; x < 8; x++)
            {
                line |= (glyph[y] & (0x80 >> x)) != 0 ? (ulong)colour << (8 * x) : 0;
            }

            screen.Memory.Write(PixelByte(screen, mode, 0, 8 * column, (row * glyph.Length) + y), line);
        }
    }

    private static void DrawCga(VideoScreen screen, VideoMode mode, int row, int column, ReadOnlySpan<byte> glyph, byte colour)
    {
        for (var y = 0; y < glyph.Length; y++)
        {
            for (var x = 0; x < 8; x++)
            {
                var on = (glyph[y] & (0x80 >> x)) != 0;
                if (on || (colour & Exclusive) == 0)
                {
                    WritePixel(screen, mode, 0, (8 * column) + x, (row * 8) + y, on ? colour : (byte)0);
                }
            }
        }
    }

    private static (uint Start, int Length) Line(VideoScreen screen, VideoMode mode, int page, int y, int left, int right)
    {
        var cells = right - left + 1;
        var (start, length) = mode.Kind switch
        {
            VideoKind.Linear => (mode.Base + (uint)((y * LongestLine) + (8 * left)), 8 * cells),
            VideoKind.Planar => (mode.Base + (uint)((page * screen.PageLength) + (y * screen.Columns) + left), cells),
            VideoKind.Cga4 => (CgaByte(mode, y, 2 * left), 2 * cells),
            _ => (CgaByte(mode, y, left), cells),
        };
        return (start, Math.Min(length, LongestLine));
    }

    private static void CopyLine(VideoScreen screen, VideoMode mode, int page, int from, int to, int left, int right)
    {
        var (source, length) = Line(screen, mode, page, from, left, right);
        var (target, _) = Line(screen, mode, page, to, left, right);
        if (mode.Kind == VideoKind.Planar)
        {
            for (var i = 0u; i < length; i++)
            {
                screen.Memory.Write(target + i, screen.Memory.Read8(source + i));
            }

            return;
        }

        Span<byte> bytes = stackalloc byte[LongestLine];
        screen.Memory.Read(source, bytes[..length]);
        screen.Memory.Write(target, bytes[..length]);
    }

    private static void FillLine(VideoScreen screen, VideoMode mode, int page, int y, int left, int right, byte colour)
    {
        var (start, length) = Line(screen, mode, page, y, left, right);
        Span<byte> bytes = stackalloc byte[LongestLine];
        bytes[..length].Fill(mode.Kind == VideoKind.Cga4 ? (byte)((colour & 3) * 0x55) : mode.Kind == VideoKind.Cga2 ? (byte)((colour & 1) * 0xff) : colour);
        screen.Memory.Write(start, bytes[..length]);
    }
}
