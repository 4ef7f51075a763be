using Emulator.Devices.Video;

namespace Emulator.Guests.Tests.Bios;

/// <summary>Finds text in a picture: cells of 8 by 16 dots, whose brightest dots are a character of a font that lies somewhere in ROM.</summary>
internal static class PixelText
{
    private const int CellWidth = 8;
    private const int CellHeight = 16;
    private const int Nearly = 8;

    /// <summary>Whether a line of the picture says <paramref name="text"/>.</summary>
    public static bool Shows(Frame frame, ReadOnlySpan<byte> roms, string text)
    {
        for (var y = 0; y + CellHeight <= frame.Height; y += CellWidth)
        {
            for (var x = 0; x + (text.Length * CellWidth) <= frame.Width; x += CellWidth)
            {
                if (StandsAt(frame, x, y, roms, text))
                {
                    return true;
                }
            }
        }

        return false;
    }

    // Where the first character's dots are found in ROM, the font begins so many characters before.
    private static bool StandsAt(Frame frame, int x, int y, ReadOnlySpan<byte> roms, string text)
    {
        var first = Dots(frame, x, y);
        if (Array.TrueForAll(first, line => line == 0xff))
        {
            return false;
        }

        for (var found = 0; roms[found..].IndexOf(first) is var next and >= 0; found++)
        {
            found += next;
            var font = found - (text[0] * CellHeight);
            if (font >= 0 && font + (256 * CellHeight) <= roms.Length && Matches(frame, x, y, roms[font..], text))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Matches(Frame frame, int x, int y, ReadOnlySpan<byte> font, string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != ' ' && !Dots(frame, x + (i * CellWidth), y).AsSpan().SequenceEqual(font.Slice(text[i] * CellHeight, CellHeight)))
            {
                return false;
            }
        }

        return true;
    }

    private static byte[] Dots(Frame frame, int x, int y)
    {
        var brightest = 0;
        for (var line = 0; line < CellHeight; line++)
        {
            foreach (var pixel in frame.Row(y + line).Slice(x, CellWidth))
            {
                brightest = Math.Max(brightest, Green(pixel));
            }
        }

        var dots = new byte[CellHeight];
        for (var line = 0; line < CellHeight; line++)
        {
            foreach (var pixel in frame.Row(y + line).Slice(x, CellWidth))
            {
                dots[line] = (byte)((dots[line] << 1) | (Green(pixel) > brightest - Nearly ? 1 : 0));
            }
        }

        return dots;
    }

    private static int Green(uint pixel) => (byte)(pixel >> 8);
}
