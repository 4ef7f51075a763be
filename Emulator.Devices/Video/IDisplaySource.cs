namespace Emulator.Devices.Video;

/// <summary>A picture: rows of pixels from the top, each 0x00RRGGBB, without padding.</summary>
public sealed class Frame
{
    /// <summary>Width in pixels.</summary>
    public int Width { get; private set; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; private set; }

    /// <summary>The pixels; at least <see cref="Width"/> times <see cref="Height"/> of them.</summary>
    public uint[] Pixels { get; private set; } = [];

    /// <summary>
    /// Grows whenever <see cref="IDisplaySource.Render"/> changes the size or a pixel: those who show the frame need not look at it while
    /// this stands still.
    /// </summary>
    public long Version { get; internal set; }

    /// <summary>Who drew last, and which of its pictures: so that nothing is drawn twice.</summary>
    internal (object? Source, long Picture) Drawn { get; set; }

    /// <summary>A row of pixels.</summary>
    public Span<uint> Row(int y) => Pixels.AsSpan(y * Width, Width);

    /// <summary>Gives the frame a size; the pixels are undefined afterwards if it changed.</summary>
    public void Resize(int width, int height)
    {
        Width = width;
        Height = height;
        if (Pixels.Length < width * height)
        {
            Pixels = new uint[width * height];
        }
    }
}

/// <summary>A display adapter, as those who show it see it.</summary>
public interface IDisplaySource
{
    /// <summary>Draws what the screen shows now. On the machine's thread only.</summary>
    void Render(Frame frame);
}
