using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Emulator.Host.Vnc;

/// <summary>What a viewer has asked for so far; a new value for each change, so that an update is sent by one of them from end to end.</summary>
internal sealed record ViewerSettings
{
    /// <summary>Pseudo-encoding: the picture's size may change.</summary>
    public const int DesktopSize = -223;

    /// <summary>Pseudo-encoding: the same, with the reason and the screens.</summary>
    public const int ExtendedDesktopSize = -308;

    /// <summary>Pseudo-encoding: movement instead of positions (QEMU).</summary>
    public const int PointerMotionChange = -257;

    /// <summary>Pseudo-encoding: key events with XT codes (QEMU).</summary>
    public const int ExtendedKeyEvent = -258;

    /// <summary>Pseudo-encoding: the keyboard's lights (QEMU).</summary>
    public const int LedState = -261;

    /// <summary>The pixels.</summary>
    public PixelConverter Pixels { get; init; } = new(PixelFormat.Native);

    /// <summary>The encodings that the viewer knows, best first.</summary>
    public ImmutableArray<int> Encodings { get; init; } = [RawEncoder.Number];

    /// <summary>The encoding of pixels to use.</summary>
    public int Best
        => Encodings.FirstOrDefault(number => number is RawEncoder.Number or HextileEncoder.Number or ZrleEncoder.Number or TightEncoder.Number);

    /// <summary>Whether the viewer knows an encoding.</summary>
    public bool Knows(int encoding) => Encodings.Contains(encoding);

    /// <summary>Reads a list of encodings.</summary>
    public ViewerSettings WithEncodings(ReadOnlySpan<byte> wire)
    {
        var numbers = ImmutableArray.CreateBuilder<int>(wire.Length / 4);
        for (var i = 0; i < wire.Length; i += 4)
        {
            numbers.Add(BinaryPrimitives.ReadInt32BigEndian(wire[i..]));
        }

        return this with { Encodings = numbers.ToImmutable() };
    }
}
