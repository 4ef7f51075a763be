namespace Emulator.Host.Bios.Video;

/// <summary>The DAC's colours after a mode set, six bits a component (IBM VGA Technical Reference).</summary>
internal static class DefaultPalettes
{
    private const int Colours = 256;

    // Components of the 24 hues in steps of a quarter, by saturation and intensity.
    private static ReadOnlySpan<byte> Levels =>
    [
        0, 16, 31, 47, 63, 31, 39, 47, 55, 63, 45, 49, 54, 58, 63,
        0, 7, 14, 21, 28, 14, 17, 21, 24, 28, 20, 22, 24, 26, 28,
        0, 4, 8, 12, 16, 8, 10, 12, 14, 16, 11, 12, 13, 15, 16,
    ];

    private static ReadOnlySpan<byte> Greys => [0, 5, 8, 11, 14, 17, 20, 24, 28, 32, 36, 40, 45, 50, 56, 63];

    /// <summary>The colours of a mode.</summary>
    public static byte[] Of(VideoMode mode)
    {
        var dac = new byte[3 * Colours];
        for (var i = 0; i < 64; i++)
        {
            var (red, green, blue) = mode.Number switch
            {
                7 or 0x0f => Mono(i),
                4 or 5 or 6 or 0x0d or 0x0e => Cga((i & 7) | ((i & 0x10) >> 1)),
                0x13 when i < 16 => Cga(i),
                0x13 when i < 32 => (Greys[i - 16], Greys[i - 16], Greys[i - 16]),
                _ => Ega(i),
            };
            Store(dac, i, red, green, blue);
        }

        if (mode.Kind == VideoKind.Linear)
        {
            for (var i = 0; i < 216; i++)
            {
                var (red, green, blue) = Hue(i % 24, Levels.Slice(i / 24 * 5, 5));
                Store(dac, 32 + i, red, green, blue);
            }
        }

        return dac;
    }

    /// <summary>The grey of a colour: 30 % red, 59 % green, 11 % blue.</summary>
    public static byte Grey(int red, int green, int blue) => (byte)(((77 * red) + (151 * green) + (28 * blue) + 128) >> 8);

    private static void Store(byte[] dac, int index, int red, int green, int blue)
        => (dac[3 * index], dac[(3 * index) + 1], dac[(3 * index) + 2]) = ((byte)red, (byte)green, (byte)blue);

    // rgbRGB: capital bits two thirds, small bits one third.
    private static (int Red, int Green, int Blue) Ega(int i)
        => (Component(i, 2), Component(i, 1), Component(i, 0));

    private static int Component(int i, int bit) => (((i >> bit) & 1) * 42) + (((i >> (bit + 3)) & 1) * 21);

    // Sixteen colours with brown in place of dark yellow.
    private static (int Red, int Green, int Blue) Cga(int i)
    {
        var bright = (i & 8) != 0 ? 21 : 0;
        return i == 6 ? (42, 21, 0) : ((((i >> 2) & 1) * 42) + bright, (((i >> 1) & 1) * 42) + bright, ((i & 1) * 42) + bright);
    }

    private static (int Red, int Green, int Blue) Mono(int i)
    {
        var level = ((i >> 3) & 3) switch { 1 => 42, 3 => 63, _ => 0 };
        return (level, level, level);
    }

    // From blue by way of red and green back to blue.
    private static (int Red, int Green, int Blue) Hue(int step, ReadOnlySpan<byte> levels)
    {
        var rise = levels[step % 4];
        var fall = levels[4 - (step % 4)];
        var (low, high) = (levels[0], levels[4]);
        return (step / 4) switch
        {
            0 => (rise, low, high),
            1 => (high, low, fall),
            2 => (high, rise, low),
            3 => (fall, high, low),
            4 => (low, high, rise),
            _ => (low, fall, high),
        };
    }
}
