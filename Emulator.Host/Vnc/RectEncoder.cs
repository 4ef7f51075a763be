using Emulator.Devices.Video;
using Emulator.Host.Display;

namespace Emulator.Host.Vnc;

/// <summary>Puts the pixels of a rectangle onto the wire in one of RFB's encodings. One connection, one thread at a time.</summary>
internal abstract class RectEncoder
{
    /// <summary>The encoding's number.</summary>
    public abstract int Encoding { get; }

    /// <summary>The largest rectangle that it takes.</summary>
    public virtual (int Width, int Height) Largest => (ushort.MaxValue, ushort.MaxValue);

    /// <summary>Appends the rectangle's data, without its header.</summary>
    public abstract void Encode(Frame picture, PixelRect rect, PixelConverter pixels, RfbBuffer output);

    /// <summary>Splits a rectangle into ones that the encoding takes.</summary>
    public IEnumerable<PixelRect> Split(PixelRect rect)
    {
        for (var y = 0; y < rect.Height; y += Largest.Height)
        {
            for (var x = 0; x < rect.Width; x += Largest.Width)
            {
                yield return new PixelRect(
                    rect.X + x, rect.Y + y, Math.Min(Largest.Width, rect.Width - x), Math.Min(Largest.Height, rect.Height - y));
            }
        }
    }

    /// <summary>A row of a rectangle.</summary>
    protected static ReadOnlySpan<uint> Row(Frame picture, PixelRect rect, int y)
        => picture.Pixels.AsSpan(((rect.Y + y) * picture.Width) + rect.X, rect.Width);

    /// <summary>A rectangle's pixels, row after row.</summary>
    protected static void Gather(Frame picture, PixelRect rect, Span<uint> pixels)
    {
        for (var y = 0; y < rect.Height; y++)
        {
            Row(picture, rect, y).CopyTo(pixels[(y * rect.Width)..]);
        }
    }
}

/// <summary>Raw (RFC 6143, 7.7.1).</summary>
internal sealed class RawEncoder : RectEncoder
{
    /// <summary>Its number.</summary>
    public const int Number = 0;

    /// <inheritdoc/>
    public override int Encoding => Number;

    /// <inheritdoc/>
    public override void Encode(Frame picture, PixelRect rect, PixelConverter pixels, RfbBuffer output)
    {
        for (var y = 0; y < rect.Height; y++)
        {
            pixels.Append(output, Row(picture, rect, y));
        }
    }
}
