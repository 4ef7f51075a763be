using Emulator.Devices.Video;
using Emulator.Host.Display;

namespace Emulator.Host.Vnc;

/// <summary>Hextile (RFC 6143, 7.7.4): tiles of 16 by 16, each of one colour, two colours with runs, or raw.</summary>
internal sealed class HextileEncoder : RectEncoder
{
    /// <summary>Its number.</summary>
    public const int Number = 5;

    private const int TileSize = 16;
    private const int MostRuns = 60;
    private const byte Raw = 1;
    private const byte BackgroundSpecified = 2;
    private const byte ForegroundSpecified = 4;
    private const byte AnySubrects = 8;

    private readonly uint[] _tile = new uint[TileSize * TileSize];
    private readonly ColourTable _colours = new(2);
    private readonly List<(int X, int Y, int Width)> _runs = [];

    /// <inheritdoc/>
    public override int Encoding => Number;

    /// <inheritdoc/>
    public override void Encode(Frame picture, PixelRect rect, PixelConverter pixels, RfbBuffer output)
    {
        for (var y = 0; y < rect.Height; y += TileSize)
        {
            for (var x = 0; x < rect.Width; x += TileSize)
            {
                EncodeTile(
                    picture,
                    new PixelRect(rect.X + x, rect.Y + y, Math.Min(TileSize, rect.Width - x), Math.Min(TileSize, rect.Height - y)),
                    pixels,
                    output);
            }
        }
    }

    private void EncodeTile(Frame picture, PixelRect rect, PixelConverter pixels, RfbBuffer output)
    {
        var tile = _tile.AsSpan(0, rect.Area);
        Gather(picture, rect, tile);
        _colours.Collect(tile);
        if (_colours.IsFull || !FindRuns(tile, rect.Width))
        {
            output.U8(Raw);
            pixels.Append(output, tile);
            return;
        }

        output.U8(_runs.Count == 0 ? BackgroundSpecified : BackgroundSpecified | ForegroundSpecified | AnySubrects);
        pixels.Append(output, _colours.Colours[0]);
        if (_runs.Count == 0)
        {
            return;
        }

        pixels.Append(output, _colours.Colours[1]);
        output.U8(_runs.Count);
        foreach (var (x, y, width) in _runs)
        {
            output.U8((x << 4) | y);
            output.U8((width - 1) << 4);
        }
    }

    // The runs of the second colour; false when there are so many that raw pixels are no longer.
    private bool FindRuns(ReadOnlySpan<uint> tile, int width)
    {
        _runs.Clear();
        for (var i = 0; i < tile.Length; i++)
        {
            if (tile[i] == _colours.Colours[0])
            {
                continue;
            }

            var (y, x) = Math.DivRem(i, width);
            var end = x;
            while (end < width && tile[(y * width) + end] != _colours.Colours[0])
            {
                end++;
            }

            _runs.Add((x, y, end - x));
            i += end - x - 1;
        }

        return _runs.Count <= MostRuns;
    }
}
