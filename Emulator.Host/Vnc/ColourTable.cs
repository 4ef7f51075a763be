namespace Emulator.Host.Vnc;

/// <summary>The colours of a rectangle, up to a limit, in the order of their first pixels.</summary>
internal sealed class ColourTable(int limit)
{
    private readonly Dictionary<uint, int> _places = [];

    /// <summary>The colours.</summary>
    public List<uint> Colours { get; } = [];

    /// <summary>Whether there are more colours than the limit.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Collects the colours of pixels.</summary>
    public void Collect(ReadOnlySpan<uint> pixels)
    {
        _places.Clear();
        Colours.Clear();
        IsFull = false;
        for (var i = 0; i < pixels.Length; i++)
        {
            var pixel = pixels[i];
            if ((i > 0 && pixel == pixels[i - 1]) || _places.ContainsKey(pixel))
            {
                continue;
            }

            if (Colours.Count == limit)
            {
                IsFull = true;
                return;
            }

            _places.Add(pixel, Colours.Count);
            Colours.Add(pixel);
        }
    }

    /// <summary>A colour's place.</summary>
    public int PlaceOf(uint pixel) => _places[pixel];
}
