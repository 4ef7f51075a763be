using Emulator.Devices.Video;

namespace Emulator.Host.Display;

/// <summary>
/// Which parts of a picture changed when: each tile carries the number of the comparison that last found it changed, so that any number
/// of viewers can ask for what changed since the one that they have seen.
/// </summary>
internal sealed class DamageMap
{
    private const int TileSize = 32;

    private long[] _tiles = [];
    private int _columns;
    private int _rows;

    /// <summary>The number of the latest comparison that found a change; 0 before the first.</summary>
    public long Version { get; private set; }

    /// <summary>The latest comparison that found another size.</summary>
    public long SizeVersion { get; private set; }

    /// <summary>Compares a new picture with the one before it.</summary>
    public void Compare(Frame before, Frame now)
    {
        var next = Version + 1;
        if (before.Width != now.Width || before.Height != now.Height || SizeVersion == 0)
        {
            _columns = Tiles(now.Width);
            _rows = Tiles(now.Height);
            _tiles = new long[_columns * _rows];
            Array.Fill(_tiles, next);
            SizeVersion = Version = next;
            return;
        }

        for (var row = 0; row < _rows; row++)
        {
            for (var column = 0; column < _columns; column++)
            {
                if (Differs(before, now, column, row))
                {
                    _tiles[(row * _columns) + column] = next;
                    Version = next;
                }
            }
        }
    }

    /// <summary>Adds the rectangles that changed after a version: runs of tiles, joined downwards where they line up.</summary>
    public void CollectSince(long version, int width, int height, List<PixelRect> found)
    {
        var above = new List<PixelRect>();
        var current = new List<PixelRect>();
        for (var row = 0; row < _rows; row++)
        {
            current.Clear();
            for (var column = 0; column < _columns;)
            {
                var end = column;
                while (end < _columns && _tiles[(row * _columns) + end] > version)
                {
                    end++;
                }

                if (end > column)
                {
                    current.Add(Join(above, new PixelRect(column, row, end - column, 1)));
                }

                column = Math.Max(end, column + 1);
            }

            found.AddRange(above.Select(rect => InPixels(rect, width, height)));
            (above, current) = (current, above);
        }

        found.AddRange(above.Select(rect => InPixels(rect, width, height)));
    }

    private static int Tiles(int pixels) => (pixels + TileSize - 1) / TileSize;

    private static PixelRect Join(List<PixelRect> above, PixelRect run)
    {
        var at = above.FindIndex(rect => rect.X == run.X && rect.Width == run.Width);
        if (at < 0)
        {
            return run;
        }

        var joined = above[at] with { Height = above[at].Height + 1 };
        above.RemoveAt(at);
        return joined;
    }

    private static PixelRect InPixels(PixelRect tiles, int width, int height)
        => new PixelRect(tiles.X * TileSize, tiles.Y * TileSize, tiles.Width * TileSize, tiles.Height * TileSize).Within(width, height);

    private static bool Differs(Frame before, Frame now, int column, int row)
    {
        var tile = InPixels(new PixelRect(column, row, 1, 1), now.Width, now.Height);
        for (var y = tile.Y; y < tile.Y + tile.Height; y++)
        {
            var start = (y * now.Width) + tile.X;
            if (!before.Pixels.AsSpan(start, tile.Width).SequenceEqual(now.Pixels.AsSpan(start, tile.Width)))
            {
                return true;
            }
        }

        return false;
    }
}
