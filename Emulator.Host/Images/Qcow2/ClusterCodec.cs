using System.IO.Compression;
using ZstdSharp;

namespace Emulator.Host.Images.Qcow2;

/// <summary>Compressed clusters: raw deflate with a window of 4 KiB, or Zstandard.</summary>
internal static class ClusterCodec
{
    // Other readers keep no more of what they have inflated.
    private const int DeflateWindow = 4096;
    private const int ZstdLevel = 3;

    /// <summary>Expands a cluster; false when the bytes are damaged.</summary>
    public static bool TryExpand(byte[] compressed, int length, Span<byte> cluster, bool zstd)
    {
        try
        {
            using var source = new MemoryStream(compressed, 0, length);
            using Stream stream = zstd ? new DecompressionStream(source) : new DeflateStream(source, CompressionMode.Decompress);
            return stream.ReadAtLeast(cluster, cluster.Length, throwOnEndOfStream: false) == cluster.Length;
        }
        catch (Exception error) when (error is InvalidDataException or ZstdException or IOException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Compresses a cluster; null when that saves nothing.</summary>
    public static byte[]? TryCompress(ReadOnlySpan<byte> cluster, bool zstd)
    {
        var bytes = zstd ? CompressZstd(cluster) : Deflate(cluster);
        return bytes.Length < cluster.Length ? bytes : null;
    }

    private static byte[] CompressZstd(ReadOnlySpan<byte> cluster)
    {
        using var compressor = new Compressor(ZstdLevel);
        return compressor.Wrap(cluster).ToArray();
    }

    // .NET's window is 32 KiB. So each 4 KiB are deflated on their own, and end on a byte's boundary: together they are one stream
    // that never looks back further than the window.
    private static byte[] Deflate(ReadOnlySpan<byte> cluster)
    {
        using var output = new MemoryStream();
        for (var at = 0; at < cluster.Length; at += DeflateWindow)
        {
            var piece = cluster.Slice(at, Math.Min(DeflateWindow, cluster.Length - at));
            var isLast = at + piece.Length == cluster.Length;
            var stream = new DeflateStream(output, CompressionLevel.SmallestSize, leaveOpen: true);
            stream.Write(piece);
            stream.Flush();
            var end = output.Length;
            stream.Dispose();
            if (!isLast)
            {
                output.SetLength(end);
            }
        }

        return output.ToArray();
    }
}
