using Emulator.Devices.Video;
using Emulator.Host.Display;

namespace Emulator.Host.Vnc;

/// <summary>
/// Tight ("RFB protocol, community version", 7.7.7), basic compression without loss: one colour, a palette of up to 256, or plain pixels,
/// each kind in a zlib stream of its own.
/// </summary>
internal sealed class TightEncoder : RectEncoder, IDisposable
{
    /// <summary>Its number.</summary>
    public const int Number = 7;

    private const byte Fill = 0x80;
    private const byte ExplicitFilter = 0x40;
    private const byte PaletteFilter = 1;
    private const int CompressFrom = 12;
    private const int LargestPalette = 256;
    private const int LargestWidth = 2048;
    private const int LargestHeight = 128;
    private const int PlainStream = 0;
    private const int MonochromeStream = 1;
    private const int PaletteStream = 2;

    private readonly ZlibPipe[] _streams = [new(), new(), new()];
    private readonly RfbBuffer _data = new();
    private readonly ColourTable _colours = new(LargestPalette);
    private readonly uint[] _pixels = new uint[LargestWidth * LargestHeight];

    /// <inheritdoc/>
    public override int Encoding => Number;

    /// <inheritdoc/>
    public override (int Width, int Height) Largest => (LargestWidth, LargestHeight);

    /// <inheritdoc/>
    public override void Encode(Frame picture, PixelRect rect, PixelConverter pixels, RfbBuffer output)
    {
        var all = _pixels.AsSpan(0, rect.Area);
        Gather(picture, rect, all);
        _colours.Collect(all);
        _data.Clear();
        if (_colours.Colours.Count == 1)
        {
            output.U8(Fill);
            pixels.AppendTight(output, all[0]);
        }
        else if (!_colours.IsFull && (pixels.Format.Bytes > 1 || _colours.Colours.Count == 2))
        {
            EncodePalette(all, rect.Width, pixels, output);
        }
        else
        {
            foreach (var pixel in all)
            {
                pixels.AppendTight(_data, pixel);
            }

            output.U8(PlainStream << 4);
            AppendData(PlainStream, output);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var stream in _streams)
        {
            stream.Dispose();
        }
    }

    private void EncodePalette(ReadOnlySpan<uint> all, int width, PixelConverter pixels, RfbBuffer output)
    {
        var monochrome = _colours.Colours.Count == 2;
        var stream = monochrome ? MonochromeStream : PaletteStream;
        output.U8(ExplicitFilter | (stream << 4));
        output.U8(PaletteFilter);
        output.U8(_colours.Colours.Count - 1);
        foreach (var colour in _colours.Colours)
        {
            pixels.AppendTight(output, colour);
        }

        if (monochrome)
        {
            PackBits(all, width);
        }
        else
        {
            var places = _data.Take(all.Length);
            for (var i = 0; i < all.Length; i++)
            {
                places[i] = (byte)_colours.PlaceOf(all[i]);
            }
        }

        AppendData(stream, output);
    }

    private void PackBits(ReadOnlySpan<uint> all, int width)
    {
        for (var row = 0; row < all.Length; row += width)
        {
            var line = all.Slice(row, width);
            for (var x = 0; x < width; x += 8)
            {
                var bits = 0;
                for (var i = x; i < Math.Min(x + 8, width); i++)
                {
                    bits |= line[i] == _colours.Colours[1] ? 0x80 >> (i - x) : 0;
                }

                _data.U8(bits);
            }
        }
    }

    private void AppendData(int stream, RfbBuffer output)
    {
        var data = _data.Written.Span;
        if (data.Length < CompressFrom)
        {
            output.Bytes(data);
            return;
        }

        var compressed = _streams[stream].Compress(data);
        AppendLength(compressed.Length, output);
        output.Bytes(compressed);
    }

    // Seven bits a byte, least first, bit 7 for more; the third byte has eight.
    private static void AppendLength(int length, RfbBuffer output)
    {
        output.U8((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
        if (length > 0x7f)
        {
            output.U8(((length >> 7) & 0x7f) | (length > 0x3fff ? 0x80 : 0));
        }

        if (length > 0x3fff)
        {
            output.U8(length >> 14);
        }
    }
}
