namespace Emulator.Roms.Fonts;

/// <summary>
/// This project's text-mode font: code page 437 in cells of 8 by 8, 8 by 14 and 8 by 16 dots. There is one drawing of each character,
/// of eight rows; taller cells repeat some of its rows, which are chosen so that horizontal strokes stay thin.
/// </summary>
public static class TextFont
{
    /// <summary>Characters in a font.</summary>
    public const int Characters = 256;

    private const int TallHeight = 16;
    private const int StrokeLength = 4;
    private const int Blank = -1;

    // Small letters whose tails go below the line: g, j, p, q, y, y with dots, mu.
    private static ReadOnlySpan<byte> Descenders => [0x67, 0x6a, 0x70, 0x71, 0x79, 0x98, 0xe6];

    private static ReadOnlySpan<sbyte> DescenderRows => [Blank, Blank, 0, 1, 1, 2, 3, 3, 3, 4, 4, 5, 6, 6, 7, Blank];

    /// <summary>The rows of all characters one after the other, leftmost dot in bit 7.</summary>
    /// <param name="height">Rows in a character: 8, 14 or 16.</param>
    public static byte[] Glyphs(int height)
    {
        if (height is not (8 or 14 or TallHeight))
        {
            throw new ArgumentOutOfRangeException(nameof(height), height, "The font has 8, 14 and 16 rows.");
        }

        var font = new byte[Characters * height];
        DrawArt(font, height);
        for (var character = LineDrawing.First; character <= LineDrawing.Last; character++)
        {
            LineDrawing.Draw(character, font.AsSpan(character * height, height));
        }

        return font;
    }

    private static void DrawArt(byte[] font, int height)
    {
        var lines = CharacterArt.Bands.Split('\n');
        Span<byte> drawing = stackalloc byte[CharacterArt.Rows];
        for (var band = 0; band < lines.Length; band += CharacterArt.Rows + 1)
        {
            for (var at = 0; at < lines[band].Length; at += CharacterArt.Columns + 1)
            {
                var character = Convert.ToByte(lines[band].Substring(at, 2), 16);
                for (var row = 0; row < drawing.Length; row++)
                {
                    drawing[row] = ReadRow(lines[band + 1 + row].AsSpan(at, CharacterArt.Columns));
                }

                Fit(character, drawing, font.AsSpan(character * height, height));
            }
        }
    }

    private static byte ReadRow(ReadOnlySpan<char> dots)
    {
        var row = 0;
        foreach (var dot in dots)
        {
            row = (row << 1) | (dot == '#' ? 1 : 0);
        }

        return (byte)(row << 1);
    }

    private static void Fit(byte character, ReadOnlySpan<byte> drawing, Span<byte> rows)
    {
        if (rows.Length == CharacterArt.Rows)
        {
            drawing.CopyTo(rows);
            return;
        }

        // A cell of 14 rows lacks the first and the last of 16, which are blank.
        var map = Descenders.Contains(character) ? DescenderRows : ThinnestRows(drawing);
        var skipped = (TallHeight - rows.Length) / 2;
        for (var y = 0; y < rows.Length; y++)
        {
            var source = map[y + skipped];
            rows[y] = source == Blank ? (byte)0 : drawing[source];
        }
    }

    private static ReadOnlySpan<sbyte> ThinnestRows(ReadOnlySpan<byte> drawing)
    {
        ReadOnlySpan<sbyte> high = [Blank, Blank, 0, 1, 1, 2, 3, 4, 4, 5, 5, 6, 7, 7, Blank, Blank];
        ReadOnlySpan<sbyte> even = [Blank, Blank, 0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, Blank, Blank];
        ReadOnlySpan<sbyte> low = [Blank, Blank, 0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 7, Blank, Blank];
        var best = Strokes(drawing, high) <= Strokes(drawing, even) ? high : even;
        return Strokes(drawing, best) <= Strokes(drawing, low) ? best : low;
    }

    private static int Strokes(ReadOnlySpan<byte> drawing, ReadOnlySpan<sbyte> map)
    {
        var strokes = 0;
        foreach (var row in map)
        {
            strokes += row != Blank && HasStroke(drawing[row]) ? 1 : 0;
        }

        return strokes;
    }

    private static bool HasStroke(int dots)
    {
        for (var i = 1; i < StrokeLength; i++)
        {
            dots &= dots << 1;
        }

        return (dots & 0xff) != 0;
    }
}
