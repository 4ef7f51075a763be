namespace Emulator.Host.Vnc;

/// <summary>How a viewer wants its pixels (RFC 6143, 7.4).</summary>
internal readonly record struct PixelFormat(
    byte BitsPerPixel, byte Depth, bool BigEndian, bool TrueColour,
    ushort RedMax, ushort GreenMax, ushort BlueMax, byte RedShift, byte GreenShift, byte BlueShift)
{
    /// <summary>Bytes of the structure on the wire.</summary>
    public const int WireSize = 16;

    /// <summary>The server's own: 0x00RRGGBB, little endian.</summary>
    public static PixelFormat Native { get; } = new(32, 24, false, true, 255, 255, 255, 16, 8, 0);

    /// <summary>What a viewer with a colour map gets: eight bits, their colours by <see cref="MapColour"/>.</summary>
    public static PixelFormat Mapped { get; } = new(8, 8, false, true, 7, 7, 3, 5, 2, 0);

    /// <summary>Bytes of a pixel.</summary>
    public int Bytes => BitsPerPixel / 8;

    /// <summary>Reads the structure; null when it makes no sense.</summary>
    public static PixelFormat? Read(ReadOnlySpan<byte> wire)
    {
        var format = new PixelFormat(
            wire[0], wire[1], wire[2] != 0, wire[3] != 0, Big(wire, 4), Big(wire, 6), Big(wire, 8), wire[10], wire[11], wire[12]);
        if (format.BitsPerPixel is not (8 or 16 or 32))
        {
            return null;
        }

        if (!format.TrueColour)
        {
            return Mapped with { BitsPerPixel = format.BitsPerPixel, BigEndian = format.BigEndian, TrueColour = false };
        }

        return Fits(format.RedMax, format.RedShift) && Fits(format.GreenMax, format.GreenShift) && Fits(format.BlueMax, format.BlueShift)
            ? format
            : null;

        bool Fits(ushort max, byte shift) => max > 0 && shift < 32 && ((ulong)max << shift) < 1ul << format.BitsPerPixel;
    }

    /// <summary>Writes the structure.</summary>
    public void Write(RfbBuffer buffer)
    {
        buffer.U8(BitsPerPixel);
        buffer.U8(Depth);
        buffer.U8(BigEndian ? (byte)1 : (byte)0);
        buffer.U8(TrueColour ? (byte)1 : (byte)0);
        buffer.U16(RedMax);
        buffer.U16(GreenMax);
        buffer.U16(BlueMax);
        buffer.U8(RedShift);
        buffer.U8(GreenShift);
        buffer.U8(BlueShift);
        buffer.Zeros(3);
    }

    /// <summary>The colour, 16 bits a channel, of an entry of the colour map that goes with <see cref="Mapped"/>.</summary>
    public static (ushort Red, ushort Green, ushort Blue) MapColour(int index)
        => ((ushort)((index >> 5) * 65535 / 7), (ushort)(((index >> 2) & 7) * 65535 / 7), (ushort)((index & 3) * 65535 / 3));

    private static ushort Big(ReadOnlySpan<byte> wire, int at) => (ushort)((wire[at] << 8) | wire[at + 1]);
}

/// <summary>Turns 0x00RRGGBB into a viewer's pixels, by one table a channel.</summary>
internal sealed class PixelConverter
{
    private readonly uint[] _red;
    private readonly uint[] _green;
    private readonly uint[] _blue;
    private readonly bool _native;

    /// <summary>Makes the tables.</summary>
    public PixelConverter(PixelFormat format)
    {
        Format = format;
        _red = Table(format.RedMax, format.RedShift);
        _green = Table(format.GreenMax, format.GreenShift);
        _blue = Table(format.BlueMax, format.BlueShift);
        _native = BitConverter.IsLittleEndian && format == PixelFormat.Native with { Depth = format.Depth };
        var used = _red[255] | _green[255] | _blue[255];
        var compact = format is { BitsPerPixel: 32, TrueColour: true, Depth: <= 24 };
        (CompactSkip, CompactBytes) = (compact, used) switch
        {
            (true, < 0x100_0000) => (format.BigEndian ? 1 : 0, 3),
            (true, _) when (used & 0xff) == 0 => (format.BigEndian ? 0 : 1, 3),
            _ => (0, format.Bytes),
        };
        TightRgb = format is { BitsPerPixel: 32, Depth: 24, TrueColour: true, RedMax: 255, GreenMax: 255, BlueMax: 255 };
    }

    /// <summary>The format.</summary>
    public PixelFormat Format { get; }

    /// <summary>Bytes of ZRLE's CPIXEL (RFC 6143, 7.7.5).</summary>
    public int CompactBytes { get; }

    /// <summary>Whether Tight's TPIXEL is red, green, blue.</summary>
    public bool TightRgb { get; }

    private int CompactSkip { get; }

    /// <summary>A pixel's value.</summary>
    public uint Convert(uint rgb) => _red[(rgb >> 16) & 0xff] | _green[(rgb >> 8) & 0xff] | _blue[rgb & 0xff];

    /// <summary>Appends a run of pixels.</summary>
    public void Append(RfbBuffer buffer, ReadOnlySpan<uint> pixels)
    {
        var bytes = Format.Bytes;
        var target = buffer.Take(pixels.Length * bytes);
        if (_native)
        {
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(pixels).CopyTo(target);
            return;
        }

        for (var i = 0; i < pixels.Length; i++)
        {
            Store(target[(i * bytes)..], Convert(pixels[i]));
        }
    }

    /// <summary>Appends a pixel.</summary>
    public void Append(RfbBuffer buffer, uint pixel) => Store(buffer.Take(Format.Bytes), Convert(pixel));

    /// <summary>Appends a CPIXEL.</summary>
    public void AppendCompact(RfbBuffer buffer, uint pixel)
    {
        Span<byte> full = stackalloc byte[4];
        Store(full, Convert(pixel));
        full.Slice(CompactSkip, CompactBytes).CopyTo(buffer.Take(CompactBytes));
    }

    /// <summary>Appends a TPIXEL.</summary>
    public void AppendTight(RfbBuffer buffer, uint pixel)
    {
        if (TightRgb)
        {
            var target = buffer.Take(3);
            (target[0], target[1], target[2]) = ((byte)(pixel >> 16), (byte)(pixel >> 8), (byte)pixel);
        }
        else
        {
            Append(buffer, pixel);
        }
    }

    private static uint[] Table(ushort max, byte shift)
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            table[i] = ((i * max) + 127) / 255 << shift;
        }

        return table;
    }

    private void Store(Span<byte> target, uint value)
    {
        switch (Format.BitsPerPixel, Format.BigEndian)
        {
            case (8, _):
                target[0] = (byte)value;
                break;
            case (16, false):
                System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)value);
                break;
            case (16, true):
                System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)value);
                break;
            case (_, false):
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(target, value);
                break;
            default:
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(target, value);
                break;
        }
    }
}
