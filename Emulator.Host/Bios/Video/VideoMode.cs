using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Video;

/// <summary>How a mode's memory means pixels or characters.</summary>
internal enum VideoKind
{
    /// <summary>Pairs of character and attribute.</summary>
    Text,

    /// <summary>Two bits a pixel, even and odd lines apart (modes 4 and 5).</summary>
    Cga4,

    /// <summary>One bit a pixel, even and odd lines apart (mode 6).</summary>
    Cga2,

    /// <summary>A plane for each bit of a pixel (modes 0Dh to 12h).</summary>
    Planar,

    /// <summary>A byte for each pixel (mode 13h).</summary>
    Linear,
}

/// <summary>A video mode as the services see it.</summary>
/// <param name="Number">The number that INT 10h knows it by.</param>
/// <param name="Kind">What its memory means.</param>
/// <param name="Segment">Where its memory lies.</param>
internal sealed record VideoMode(byte Number, VideoKind Kind, ushort Segment)
{
    /// <summary>The linear address of its memory.</summary>
    public uint Base => (uint)Segment << 4;

    /// <summary>Whether it shows characters from a font in the VGA.</summary>
    public bool IsText => Kind == VideoKind.Text;

    /// <summary>The mode of a number; null for one that there is none of.</summary>
    public static VideoMode? Of(byte number) => VideoParameters.Of(number) is null ? null : number switch
    {
        <= 3 => new VideoMode(number, VideoKind.Text, 0xb800),
        4 or 5 => new VideoMode(number, VideoKind.Cga4, 0xb800),
        6 => new VideoMode(number, VideoKind.Cga2, 0xb800),
        7 => new VideoMode(number, VideoKind.Text, 0xb000),
        0x13 => new VideoMode(number, VideoKind.Linear, 0xa000),
        _ => new VideoMode(number, VideoKind.Planar, 0xa000),
    };
}
