using System.Buffers.Binary;
using System.IO.Compression;
using Emulator.Devices.Video;

namespace Emulator.Host.Display;

/// <summary>Writes pictures as PNG (W3C Portable Network Graphics, 2nd edition): 8 bits a channel, RGB, no filter.</summary>
public static class PngImage
{
    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

    /// <summary>The picture as a PNG file's bytes.</summary>
    public static byte[] Encode(Frame frame)
    {
        using var file = new MemoryStream();
        file.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, frame.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], frame.Height);
        (header[8], header[9]) = (8, 2);
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, Compress(frame));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Compress(Frame frame)
    {
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Fastest, leaveOpen: true))
        {
            var line = new byte[1 + (frame.Width * 3)];
            for (var y = 0; y < frame.Height; y++)
            {
                var pixels = frame.Pixels.AsSpan(y * frame.Width, frame.Width);
                for (var x = 0; x < pixels.Length; x++)
                {
                    (line[1 + (x * 3)], line[2 + (x * 3)], line[3 + (x * 3)]) = ((byte)(pixels[x] >> 16), (byte)(pixels[x] >> 8), (byte)pixels[x]);
                }

                zlib.Write(line);
            }
        }

        return data.ToArray();
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(type);
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), content));
        file.Write(number);
    }

    // CRC-32 of ISO 3309, bit by bit: a picture's compressed bytes are few.
    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var item in bytes)
        {
            crc ^= item;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0xedb8_8320 & (0 - (crc & 1)));
            }
        }

        return crc;
    }
}
