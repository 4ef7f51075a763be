using Emulator.Devices.Video;
using Emulator.Host.Display;

namespace Emulator.Host.Vnc;

/// <summary>ZRLE (RFC 6143, 7.7.6): tiles of 64 by 64 as solid, packed palette, runs or raw, whichever is least, in one zlib stream.</summary>
internal sealed class ZrleEncoder : RectEncoder, IDisposable
{
    /// <summary>Its number.</summary>
    public const int Number = 16;

    private const int TileSize = 64;
    private const int LargestPacked = 16;
    private const int LargestPalette = 127;
    private const byte PlainRuns = 128;
    private const byte PaletteRuns = 128;

    private readonly ZlibPipe _zlib = new();
    private readonly RfbBuffer _tiles = new();
    private readonly uint[] _tile = new uint[TileSize * TileSize];
    private readonly ColourTable _colours = new(LargestPalette);

    /// <inheritdoc/>
    public override int Encoding => Number;

    /// <inheritdoc/>
    public override (int Width, int Height) Largest => (ushort.MaxValue, TileSize * 4);

    /// <inheritdoc/>
    public override void Encode(Frame picture, PixelRect rect, PixelConverter pixels, RfbBuffer output)
    {
        _tiles.Clear();
        for (var y = 0; y < rect.Height; y += TileSize)
        {
            for (var x = 0; x < rect.Width; x += TileSize)
            {
                var tile = new PixelRect(rect.X + x, rect.Y + y, Math.Min(TileSize, rect.Width - x), Math.Min(TileSize, rect.Height - y));
                Gather(picture, tile, _tile);
                EncodeTile(_tile.AsSpan(0, tile.Area), tile.Width, pixels);
            }
        }

        var compressed = _zlib.Compress(_tiles.Written.Span);
        output.U32((uint)compressed.Length);
        output.Bytes(compressed);
    }

    /// <inheritdoc/>
    public void Dispose() => _zlib.Dispose();

    private void EncodeTile(ReadOnlySpan<uint> tile, int width, PixelConverter pixels)
    {
        _colours.Collect(tile);
        var count = _colours.Colours.Count;
        if (count == 1)
        {
            _tiles.U8(1);
            pixels.AppendCompact(_tiles, tile[0]);
            return;
        }

        var (runs, singles, lengthBytes) = CountRuns(tile);
        var raw = tile.Length * pixels.CompactBytes;
        var plain = (runs * pixels.CompactBytes) + lengthBytes;
        var palette = _colours.IsFull ? int.MaxValue : (count * pixels.CompactBytes) + runs + lengthBytes - singles;
        var packed = _colours.IsFull || count > LargestPacked
            ? int.MaxValue
            : (count * pixels.CompactBytes) + (((width * BitsFor(count)) + 7) / 8 * (tile.Length / width));
        var least = Math.Min(Math.Min(raw, plain), Math.Min(palette, packed));
        if (least == packed)
        {
            EncodePacked(tile, width, pixels);
        }
        else if (least == palette)
        {
            EncodePaletteRuns(tile, pixels);
        }
        else if (least == plain)
        {
            EncodePlainRuns(tile, pixels);
        }
        else
        {
            _tiles.U8(0);
            foreach (var pixel in tile)
            {
                pixels.AppendCompact(_tiles, pixel);
            }
        }
    }

    private static int BitsFor(int colours) => colours <= 2 ? 1 : colours <= 4 ? 2 : 4;

    private static int RunEnd(ReadOnlySpan<uint> tile, int start)
    {
        var end = start + 1;
        while (end < tile.Length && tile[end] == tile[start])
        {
            end++;
        }

        return end;
    }

    // A run of one pixel needs no length in a palette.
    private static (int Runs, int Singles, int LengthBytes) CountRuns(ReadOnlySpan<uint> tile)
    {
        var (runs, singles, bytes) = (0, 0, 0);
        for (var i = 0; i < tile.Length;)
        {
            var end = RunEnd(tile, i);
            runs++;
            singles += end - i == 1 ? 1 : 0;
            bytes += ((end - i - 1) / 255) + 1;
            i = end;
        }

        return (runs, singles, bytes);
    }

    private void Length(int length)
    {
        for (length--; length >= 255; length -= 255)
        {
            _tiles.U8(255);
        }

        _tiles.U8(length);
    }

    private void Palette(PixelConverter pixels)
    {
        foreach (var colour in _colours.Colours)
        {
            pixels.AppendCompact(_tiles, colour);
        }
    }

    private void EncodePacked(ReadOnlySpan<uint> tile, int width, PixelConverter pixels)
    {
        var bits = BitsFor(_colours.Colours.Count);
        _tiles.U8(_colours.Colours.Count);
        Palette(pixels);
        for (var row = 0; row < tile.Length; row += width)
        {
            var (value, filled) = (0, 0);
            foreach (var pixel in tile.Slice(row, width))
            {
                value = (value << bits) | _colours.PlaceOf(pixel);
                filled += bits;
                if (filled == 8)
                {
                    _tiles.U8(value);
                    (value, filled) = (0, 0);
                }
            }

            if (filled > 0)
            {
                _tiles.U8(value << (8 - filled));
            }
        }
    }

    private void EncodePlainRuns(ReadOnlySpan<uint> tile, PixelConverter pixels)
    {
        _tiles.U8(PlainRuns);
        for (var i = 0; i < tile.Length;)
        {
            var end = RunEnd(tile, i);
            pixels.AppendCompact(_tiles, tile[i]);
            Length(end - i);
            i = end;
        }
    }

    private void EncodePaletteRuns(ReadOnlySpan<uint> tile, PixelConverter pixels)
    {
        _tiles.U8(PaletteRuns + _colours.Colours.Count);
        Palette(pixels);
        for (var i = 0; i < tile.Length;)
        {
            var end = RunEnd(tile, i);
            var place = _colours.PlaceOf(tile[i]);
            if (end - i == 1)
            {
                _tiles.U8(place);
            }
            else
            {
                _tiles.U8(place | 0x80);
                Length(end - i);
            }

            i = end;
        }
    }
}
