using System.IO.Compression;

namespace Emulator.Host.Vnc;

/// <summary>One zlib stream that lasts as long as a connection; what each rectangle gives ends at a byte, as with Z_SYNC_FLUSH.</summary>
internal sealed class ZlibPipe : IDisposable
{
    private readonly MemoryStream _out = new();
    private readonly ZLibStream _zlib;

    /// <summary>Begins the stream.</summary>
    public ZlibPipe() => _zlib = new ZLibStream(_out, CompressionLevel.Fastest, leaveOpen: true);

    /// <summary>Compresses bytes; the result is good until the next call.</summary>
    public ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> bytes)
    {
        _out.SetLength(0);
        _zlib.Write(bytes);
        _zlib.Flush();
        return _out.GetBuffer().AsSpan(0, (int)_out.Length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _zlib.Dispose();
        _out.Dispose();
    }
}
