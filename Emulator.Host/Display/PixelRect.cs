namespace Emulator.Host.Display;

/// <summary>A rectangle of a picture, in pixels from the top left.</summary>
public readonly record struct PixelRect(int X, int Y, int Width, int Height)
{
    /// <summary>Pixels in it.</summary>
    public int Area => Width * Height;

    /// <summary>What it has in common with a picture of a size; empty when nothing.</summary>
    public PixelRect Within(int width, int height)
    {
        var (left, top) = (Math.Clamp(X, 0, width), Math.Clamp(Y, 0, height));
        var right = (int)Math.Clamp((long)X + Width, left, width);
        var bottom = (int)Math.Clamp((long)Y + Height, top, height);
        return new PixelRect(left, top, right - left, bottom - top);
    }
}
