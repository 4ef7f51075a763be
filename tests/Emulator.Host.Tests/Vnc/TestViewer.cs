using System.Buffers.Binary;
using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using Emulator.Host.Vnc;

namespace Emulator.Host.Tests.Vnc;

/// <summary>A viewer written from RFC 6143 for the tests: it keeps the picture as the server's updates make it.</summary>
internal sealed class TestViewer : IDisposable
{
    private readonly Stream _stream;
    private readonly InflatePipe _zrle = new();
    private readonly InflatePipe[] _tight = [new(), new(), new(), new()];
    private int _bytesPerPixel = 4;
    private Func<byte[], uint> _decode = bytes => BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    private (int Skip, int Bytes, bool Big) _compact = (0, 3, false);

    public TestViewer(Stream stream) => _stream = stream;

    public int Width { get; private set; }

    public int Height { get; private set; }

    public uint[] Pixels { get; private set; } = [];

    public string Name { get; private set; } = "";

    /// <summary>The encodings of the rectangles of the last update.</summary>
    public List<(int Encoding, int X, int Y, int Width, int Height)> Rects { get; } = [];

    public byte Leds { get; private set; }

    public List<(ushort Red, ushort Green, ushort Blue)> Map { get; } = [];

    public static TestViewer Connect(int port)
    {
        var client = new TcpClient("127.0.0.1", port) { ReceiveTimeout = 30_000 };
        return new TestViewer(client.GetStream());
    }

    /// <summary>Speaks version and security; returns the result, or null when there is none.</summary>
    public uint? Handshake(string version, string? password)
    {
        Assert.Equal("RFB 003.008\n", Encoding.ASCII.GetString(Read(12)));
        Send(Encoding.ASCII.GetBytes(version));
        var minor = version[10] - '0';
        var expected = password is null ? 1 : 2;
        if (minor < 7)
        {
            Assert.Equal((uint)expected, U32());
        }
        else
        {
            Assert.Equal(1, Read(1)[0]);
            Assert.Equal(expected, Read(1)[0]);
            Send([(byte)expected]);
        }

        if (password is not null)
        {
            Send(VncPassword.Answer(password, Read(16)));
        }

        return password is not null || minor >= 8 ? U32() : null;
    }

    public void Begin(bool shared = true)
    {
        Send([(byte)(shared ? 1 : 0)]);
        Resize(U16(), U16());
        Read(16);
        Name = Encoding.UTF8.GetString(Read((int)U32()));
    }

    public void SetFormat(int bits, int depth, bool big, int red, int green, int blue, int redShift, int greenShift, int blueShift, bool map = false)
    {
        Send([
            0, 0, 0, 0, (byte)bits, (byte)depth, (byte)(big ? 1 : 0), (byte)(map ? 0 : 1), (byte)(red >> 8), (byte)red, (byte)(green >> 8), (byte)green,
            (byte)(blue >> 8), (byte)blue, (byte)redShift, (byte)greenShift, (byte)blueShift, 0, 0, 0]);
        _bytesPerPixel = bits / 8;
        _compact = (0, bits == 32 && depth <= 24 ? 3 : bits / 8, big);
        _decode = bytes =>
        {
            var value = bits switch
            {
                8 => bytes[0],
                16 => big ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes),
                _ => big ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            };
            return map ? value : Channel(red, redShift) << 16 | Channel(green, greenShift) << 8 | Channel(blue, blueShift);

            uint Channel(int max, int shift) => ((value >> shift) & (uint)max) * 255 / (uint)max;
        };
    }

    public void SetEncodings(params IReadOnlyList<int> encodings)
    {
        var message = new byte[4 + (encodings.Count * 4)];
        message[0] = 2;
        message[3] = (byte)encodings.Count;
        for (var i = 0; i < encodings.Count; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4 + (i * 4)), encodings[i]);
        }

        Send(message);
    }

    public void Request(bool incremental)
        => Send([3, (byte)(incremental ? 1 : 0), 0, 0, 0, 0, (byte)(Width >> 8), (byte)Width, (byte)(Height >> 8), (byte)Height]);

    public void Send(byte[] bytes) => _stream.Write(bytes);

    /// <summary>Whether the server has closed the connection.</summary>
    public bool IsClosed()
    {
        try
        {
            var buffer = new byte[4096];
            int count;
            do
            {
                count = _stream.Read(buffer);
            }
            while (count > 0);
            return true;
        }
        catch (IOException failure)
        {
            return failure.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown };
        }
    }

    /// <summary>Takes messages up to the next update.</summary>
    public void Update()
    {
        Rects.Clear();
        while (Read(1)[0] is var type && type != 0)
        {
            Assert.Equal(1, type);
            Read(3);
            for (var count = U16(); count > 0; count--)
            {
                Map.Add(((ushort)U16(), (ushort)U16(), (ushort)U16()));
            }
        }

        Read(1);
        for (var count = U16(); count > 0; count--)
        {
            Rect(U16(), U16(), U16(), U16(), (int)U32());
        }
    }

    public void Dispose() => _stream.Dispose();

    private void Rect(int x, int y, int width, int height, int encoding)
    {
        Rects.Add((encoding, x, y, width, height));
        switch (encoding)
        {
            case 0:
                Fill(x, y, width, height, Pixel);
                break;
            case 5:
                Hextile(x, y, width, height);
                break;
            case 7:
                Tight(x, y, width, height);
                break;
            case 16:
                _zrle.Add(Read((int)U32()));
                Zrle(x, y, width, height);
                break;
            case -223:
                Resize(width, height);
                break;
            case -308:
                Read(4 + (Read(1)[0] * 0));
                Read(15);
                if (y == 0)
                {
                    Resize(width, height);
                }

                break;
            case -261:
                Leds = Read(1)[0];
                break;
            default:
                Assert.Contains(encoding, (int[])[-257, -258]);
                break;
        }
    }

    private void Resize(int width, int height)
    {
        if (width != Width || height != Height)
        {
            (Width, Height, Pixels) = (width, height, new uint[width * height]);
        }
    }

    private void Fill(int x, int y, int width, int height, Func<uint> pixel)
    {
        for (var row = y; row < y + height; row++)
        {
            for (var column = x; column < x + width; column++)
            {
                Pixels[(row * Width) + column] = pixel();
            }
        }
    }

    private void Hextile(int x, int y, int width, int height)
    {
        var (background, foreground) = (0u, 0u);
        for (var top = y; top < y + height; top += 16)
        {
            for (var left = x; left < x + width; left += 16)
            {
                var (w, h) = (Math.Min(16, x + width - left), Math.Min(16, y + height - top));
                var mask = Read(1)[0];
                if ((mask & 1) != 0)
                {
                    Fill(left, top, w, h, Pixel);
                    continue;
                }

                background = (mask & 2) != 0 ? Pixel() : background;
                foreground = (mask & 4) != 0 ? Pixel() : foreground;
                Fill(left, top, w, h, () => background);
                for (var count = (mask & 8) != 0 ? Read(1)[0] : 0; count > 0; count--)
                {
                    var colour = (mask & 16) != 0 ? Pixel() : foreground;
                    var place = Read(2);
                    Fill(left + (place[0] >> 4), top + (place[0] & 15), (place[1] >> 4) + 1, (place[1] & 15) + 1, () => colour);
                }
            }
        }
    }

    private void Zrle(int x, int y, int width, int height)
    {
        for (var top = y; top < y + height; top += 64)
        {
            for (var left = x; left < x + width; left += 64)
            {
                var (w, h) = (Math.Min(64, x + width - left), Math.Min(64, y + height - top));
                int kind = _zrle.Byte();
                var palette = Enumerable.Range(0, kind & 127).Select(_ => kind is 0 or 128 ? 0 : Compact()).ToArray();
                if (kind == 0)
                {
                    Fill(left, top, w, h, Compact);
                }
                else if (kind == 1)
                {
                    Fill(left, top, w, h, () => palette[0]);
                }
                else if (kind <= 16)
                {
                    Packed(left, top, w, h, palette);
                }
                else
                {
                    Assert.True(kind >= 128 && kind != 129, $"ZRLE tile kind {kind}");
                    Runs(left, top, w, h, palette);
                }
            }
        }
    }

    private void Packed(int left, int top, int width, int height, uint[] palette)
    {
        var bits = palette.Length <= 2 ? 1 : palette.Length <= 4 ? 2 : 4;
        for (var row = 0; row < height; row++)
        {
            var (value, have) = (0, 0);
            Fill(left, top + row, width, 1, () =>
            {
                if (have == 0)
                {
                    (value, have) = (_zrle.Byte(), 8);
                }

                have -= bits;
                return palette[(value >> have) & ((1 << bits) - 1)];
            });
        }
    }

    private void Runs(int left, int top, int width, int height, uint[] palette)
    {
        var (colour, rest) = (0u, 0);
        Fill(left, top, width, height, () =>
        {
            if (rest == 0)
            {
                var isSingle = false;
                if (palette.Length == 0)
                {
                    colour = Compact();
                }
                else
                {
                    var place = _zrle.Byte();
                    colour = palette[place & 127];
                    isSingle = place < 128;
                }

                rest = 1;
                for (var more = 255; more == 255 && !isSingle;)
                {
                    more = _zrle.Byte();
                    rest += more;
                }
            }

            rest--;
            return colour;
        });
        Assert.Equal(0, rest);
    }

    private void Tight(int x, int y, int width, int height)
    {
        var control = Read(1)[0];
        if (control == 0x80)
        {
            var colour = TightPixel(() => Read(1)[0]);
            Fill(x, y, width, height, () => colour);
            return;
        }

        Assert.Equal(0, control & 0x80);
        var filter = (control & 0x40) != 0 ? Read(1)[0] : 0;
        var palette = filter == 1 ? new uint[Read(1)[0] + 1] : [];
        for (var i = 0; i < palette.Length; i++)
        {
            palette[i] = TightPixel(() => Read(1)[0]);
        }

        var pixelBytes = _bytesPerPixel == 4 && _compact.Bytes == 3 ? 3 : _bytesPerPixel;
        var length = palette.Length switch
        {
            0 => width * height * pixelBytes,
            2 => (width + 7) / 8 * height,
            _ => width * height,
        };
        Func<byte> next = () => Read(1)[0];
        if (length >= 12)
        {
            var pipe = _tight[(control >> 4) & 3];
            pipe.Add(Read(TightLength()));
            next = pipe.Byte;
        }

        for (var row = 0; row < height; row++)
        {
            var (bits, have) = (0, 0);
            Fill(x, y + row, width, 1, () =>
            {
                if (palette.Length != 2)
                {
                    return palette.Length == 0 ? TightPixel(next) : palette[next()];
                }

                if (have == 0)
                {
                    (bits, have) = (next(), 8);
                }

                return palette[(bits >> --have) & 1];
            });
        }
    }

    private int TightLength()
    {
        int first = Read(1)[0];
        var second = first > 127 ? Read(1)[0] : 0;
        var third = second > 127 ? Read(1)[0] : 0;
        return (first & 127) | ((second & 127) << 7) | (third << 14);
    }

    private uint TightPixel(Func<byte> next)
    {
        if (_bytesPerPixel == 4 && _compact.Bytes == 3)
        {
            return (uint)((next() << 16) | (next() << 8) | next());
        }

        return _decode([.. Enumerable.Range(0, _bytesPerPixel).Select(_ => next())]);
    }

    private uint Pixel() => _decode(Read(_bytesPerPixel));

    private uint Compact()
    {
        var bytes = Enumerable.Range(0, _compact.Bytes).Select(_ => _zrle.Byte()).ToArray();
        return _decode(bytes.Length == _bytesPerPixel ? bytes : _compact.Big ? [0, .. bytes] : [.. bytes, 0]);
    }

    private byte[] Read(int count)
    {
        var bytes = new byte[count];
        _stream.ReadExactly(bytes);
        return bytes;
    }

    private int U16() => BinaryPrimitives.ReadUInt16BigEndian(Read(2));

    private uint U32() => BinaryPrimitives.ReadUInt32BigEndian(Read(4));

    /// <summary>A zlib stream that comes in parts.</summary>
    private sealed class InflatePipe
    {
        private readonly GrowingStream _in = new();
        private readonly ZLibStream _zlib;

        public InflatePipe() => _zlib = new ZLibStream(_in, CompressionMode.Decompress);

        public void Add(byte[] bytes) => _in.Add(bytes);

        public byte Byte()
        {
            var value = _zlib.ReadByte();
            Assert.True(value >= 0, "the compressed data ends too early");
            return (byte)value;
        }

        private sealed class GrowingStream : MemoryStream
        {
            public void Add(byte[] bytes)
            {
                var at = Position;
                Position = Length;
                Write(bytes);
                Position = at;
            }
        }
    }
}
