using System.Runtime.InteropServices;

namespace Emulator.Devices.Video;

/// <summary>Rows of a linear frame buffer as colours 0x00RRGGBB.</summary>
internal static class LinearLines
{
    private const uint ColourBits = 0x00ff_ffff;

    /// <summary>Draws a row.</summary>
    /// <param name="depth">Bits of a pixel: 8, 15, 16, 24 or 32.</param>
    /// <param name="source">The row's bytes.</param>
    /// <param name="palette">The colours of pixels of eight bits.</param>
    /// <param name="row">Gets the colours.</param>
    public static void Draw(int depth, ReadOnlySpan<byte> source, ReadOnlySpan<uint> palette, Span<uint> row)
    {
        switch (depth)
        {
            case 8:
                Draw8(source, palette, row);
                break;
            case 15:
                Draw15(MemoryMarshal.Cast<byte, ushort>(source), row);
                break;
            case 16:
                Draw16(MemoryMarshal.Cast<byte, ushort>(source), row);
                break;
            case 24:
                Draw24(source, row);
                break;
            default:
                Draw32(MemoryMarshal.Cast<byte, uint>(source), row);
                break;
        }
    }

    private static void Draw8(ReadOnlySpan<byte> source, ReadOnlySpan<uint> palette, Span<uint> row)
    {
        for (var x = 0; x < row.Length; x++)
        {
            row[x] = palette[source[x]];
        }
    }

    private static void Draw15(ReadOnlySpan<ushort> source, Span<uint> row)
    {
        for (var x = 0; x < row.Length; x++)
        {
            uint pixel = source[x];
            row[x] = (Five(pixel >> 10) << 16) | (Five(pixel >> 5) << 8) | Five(pixel);
        }
    }

    private static void Draw16(ReadOnlySpan<ushort> source, Span<uint> row)
    {
        for (var x = 0; x < row.Length; x++)
        {
            uint pixel = source[x];
            var green = (pixel >> 5) & 0x3f;
            row[x] = (Five(pixel >> 11) << 16) | (((green << 2) | (green >> 4)) << 8) | Five(pixel);
        }
    }

    private static void Draw24(ReadOnlySpan<byte> source, Span<uint> row)
    {
        for (var x = 0; x < row.Length; x++)
        {
            row[x] = source[3 * x] | ((uint)source[(3 * x) + 1] << 8) | ((uint)source[(3 * x) + 2] << 16);
        }
    }

    private static void Draw32(ReadOnlySpan<uint> source, Span<uint> row)
    {
        var wide = System.Numerics.Vector<uint>.Count;
        var x = 0;
        var mask = new System.Numerics.Vector<uint>(ColourBits);
        for (; x <= row.Length - wide; x += wide)
        {
            (new System.Numerics.Vector<uint>(source[x..]) & mask).CopyTo(row[x..]);
        }

        for (; x < row.Length; x++)
        {
            row[x] = source[x] & ColourBits;
        }
    }

    private static uint Five(uint value)
    {
        value &= 0x1f;
        return (value << 3) | (value >> 2);
    }
}
