namespace Emulator.Roms.Fonts;

/// <summary>
/// Code page 437's characters 0xb0 to 0xdf: shades, lines and blocks, which fill their cell so that neighbours join. A line character
/// has an arm in each direction, of no, one or two lines; two lines are a road of three dots with its middle cleared.
/// </summary>
internal static class LineDrawing
{
    /// <summary>The first such character.</summary>
    public const int First = 0xb0;

    /// <summary>The last.</summary>
    public const int Last = 0xdf;

    private const int FirstLine = 0xb3;
    private const int LastLine = 0xda;
    private const int Column = 3;
    private const int Width = 8;

    // Lines of the arms up, down, left and right, from 0xb3 on.
    private const string Arms =
        "1100 1110 1120 2210 0210 0120 2220 2200 0220 2020 2010 1020 0110 "
        + "1001 1011 0111 1101 0011 1111 1102 2201 2002 0202 2022 0222 2202 0022 2222 1022 "
        + "2011 0122 0211 2001 1002 0102 0201 2211 1122 1010 0101";

    /// <summary>Draws a character into its rows, leftmost dot in bit 7.</summary>
    public static void Draw(int character, Span<byte> rows)
    {
        if (character is >= FirstLine and <= LastLine)
        {
            DrawArms(Arms.AsSpan((character - FirstLine) * 5, 4), rows);
            return;
        }

        for (var y = 0; y < rows.Length; y++)
        {
            var upper = y < rows.Length / 2;
            rows[y] = character switch
            {
                0xb0 => (byte)((y & 1) == 0 ? 0x88 : 0x22),
                0xb1 => (byte)((y & 1) == 0 ? 0xaa : 0x55),
                0xb2 => (byte)((y & 1) == 0 ? 0x77 : 0xdd),
                0xdc => (byte)(upper ? 0x00 : 0xff),
                0xdd => 0xf0,
                0xde => 0x0f,
                0xdf => (byte)(upper ? 0xff : 0x00),
                _ => 0xff,
            };
        }
    }

    private static void DrawArms(ReadOnlySpan<char> arms, Span<byte> rows)
    {
        int up = arms[0] - '0', down = arms[1] - '0', left = arms[2] - '0', right = arms[3] - '0';
        var row = (rows.Length / 2) - 1;
        var past = left == 2 || right == 2 ? 1 : 0;
        var pastColumn = up == 2 || down == 2 ? 1 : 0;
        for (var set = 1; set >= 0; set--)
        {
            // First the roads, then their middles are cleared.
            var half = set;
            var (reach, reachColumn) = (set * past, set * pastColumn);
            Fill(rows, up == 2, Column - half, Column + half, 0, row + reach, set != 0);
            Fill(rows, down == 2, Column - half, Column + half, row - reach, rows.Length - 1, set != 0);
            Fill(rows, left == 2, 0, Column + reachColumn, row - half, row + half, set != 0);
            Fill(rows, right == 2, Column - reachColumn, Width - 1, row - half, row + half, set != 0);
        }

        var (vertical, horizontal) = (Reach(up, down, left, right), Reach(left, right, up, down));
        Fill(rows, up == 1, Column, Column, 0, row + vertical, set: true);
        Fill(rows, down == 1, Column, Column, row - vertical, rows.Length - 1, set: true);
        Fill(rows, left == 1, 0, Column + horizontal, row, row, set: true);
        Fill(rows, right == 1, Column - horizontal, Width - 1, row, row, set: true);
    }

    // How far a single line goes past the middle: to the far line of a road that it turns into, to the near one of a road that it meets.
    private static int Reach(int arm, int opposite, int side, int otherSide)
    {
        var roads = (side == 2 ? 1 : 0) + (otherSide == 2 ? 1 : 0);
        return arm != 0 && opposite != 0 ? 0 : roads switch
        {
            0 => 0,
            1 => 1,
            _ => -1,
        };
    }

    private static void Fill(Span<byte> rows, bool wanted, int left, int right, int top, int bottom, bool set)
    {
        if (!wanted)
        {
            return;
        }

        var dots = (byte)((0xff >> left) & (0xff << (Width - 1 - right)));
        for (var y = top; y <= bottom; y++)
        {
            rows[y] = (byte)(set ? rows[y] | dots : rows[y] & ~dots);
        }
    }
}
