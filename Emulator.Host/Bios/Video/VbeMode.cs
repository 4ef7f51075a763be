namespace Emulator.Host.Bios.Video;

/// <summary>A VBE graphics mode with a packed-pixel or direct-colour frame buffer.</summary>
/// <param name="Number">VESA's number, or one from 140h on as the Bochs VGA BIOS has them.</param>
/// <param name="Width">Pixels in a line.</param>
/// <param name="Height">Lines.</param>
/// <param name="Depth">Bits of a pixel that matter: 8, 15, 16, 24 or 32.</param>
internal sealed record VbeMode(ushort Number, int Width, int Height, int Depth)
{
    private static readonly int[] Depths = [8, 15, 16, 24, 32];

    // Numbers that VESA gave (VBE 3.0, table 3); the others follow from 140h on.
    private static (int Width, int Height, int[] Numbers)[] Sizes =>
    [
        (320, 200, [0x146, 0x10d, 0x10e, 0x10f, 0x140]),
        (640, 400, [0x100, 0x147, 0x148, 0x149, 0x141]),
        (640, 480, [0x101, 0x110, 0x111, 0x112, 0x142]),
        (800, 600, [0x103, 0x113, 0x114, 0x115, 0x143]),
        (1024, 768, [0x105, 0x116, 0x117, 0x118, 0x144]),
        (1280, 1024, [0x107, 0x119, 0x11a, 0x11b, 0x145]),
        (1600, 1200, [0x11c, 0x11d, 0x11e, 0x11f, 0x14c]),
        (1152, 864, [0x14b, 0x1a9, 0x14a, 0x1b0, 0x1b1]),
        (1280, 768, [0x175, 0x176, 0x177, 0x178, 0x179]),
        (1280, 800, [0x17a, 0x17b, 0x17c, 0x17d, 0x17e]),
        (1280, 960, [0x17f, 0x180, 0x181, 0x182, 0x183]),
        (1440, 900, [0x184, 0x185, 0x186, 0x187, 0x188]),
        (1400, 1050, [0x189, 0x18a, 0x18b, 0x18c, 0x18d]),
        (1680, 1050, [0x18e, 0x18f, 0x190, 0x191, 0x192]),
        (1920, 1200, [0x193, 0x194, 0x195, 0x196, 0x197]),
        (2560, 1600, [0x198, 0x199, 0x19a, 0x19b, 0x19c]),
        (1280, 720, [0x19d, 0x19e, 0x19f, 0x1a0, 0x1a1]),
        (1920, 1080, [0x1a2, 0x1a3, 0x1a4, 0x1a5, 0x1a6]),
        (2560, 1440, [0x1a7, 0x1a8, 0x1ac, 0x1ad, 0x1ae]),
        (3840, 2160, [0x1b2, 0x1b3, 0x1b4, 0x1b5, 0x1b6]),
    ];

    /// <summary>Every mode, by its number.</summary>
    public static IReadOnlyList<VbeMode> All { get; } =
    [
        .. Sizes.SelectMany(size => size.Numbers.Select((number, i) => new VbeMode((ushort)number, size.Width, size.Height, Depths[i])))
            .OrderBy(mode => mode.Number),
    ];

    /// <summary>Bytes of a pixel.</summary>
    public int PixelBytes => (Depth + 7) / 8;

    /// <summary>Bytes of a line.</summary>
    public int LineBytes => Width * PixelBytes;

    /// <summary>Bytes of a screen.</summary>
    public long Bytes => (long)LineBytes * Height;

    /// <summary>Places and widths of red, green, blue and the rest in a pixel, as the mode information block has them.</summary>
    public byte[] Masks => Depth switch
    {
        15 => [5, 10, 5, 5, 5, 0, 1, 15],
        16 => [5, 11, 6, 5, 5, 0, 0, 0],
        24 => [8, 16, 8, 8, 8, 0, 0, 0],
        32 => [8, 16, 8, 8, 8, 0, 8, 24],
        _ => [0, 0, 0, 0, 0, 0, 0, 0],
    };
}
