using System.Buffers.Binary;
using Emulator.Core.Snapshots;
using ZstdSharp;

namespace Emulator.Host.Snapshots;

/// <summary>Reads the body that a <see cref="ChunkWriter"/> wrote, from a source that stands at its first chunk.</summary>
internal sealed class ChunkReader(Stream source) : ForwardStream
{
    /// <summary>More than any chunk takes: what does not shrink grows a little.</summary>
    public const int LongestChunk = ChunkWriter.ChunkLength + (ChunkWriter.ChunkLength >> 4);

    private readonly Decompressor _decompressor = new();
    private readonly byte[] _compressed = new byte[LongestChunk];
    private readonly byte[] _chunk = new byte[ChunkWriter.ChunkLength];
    private int _at;
    private int _length;
    private bool _ended;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <summary>Reads a chunk's length; zero behind the last one.</summary>
    public static int ReadLength(Stream source)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        ReadWhole(source, bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes) is var length and >= 0 and <= LongestChunk
            ? length
            : throw new SnapshotException("it is damaged: a part has no possible length");
    }

    /// <summary>Fills a buffer; refuses a source that ends too early.</summary>
    public static void ReadWhole(Stream source, Span<byte> buffer)
    {
        if (source.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) < buffer.Length)
        {
            throw new SnapshotException("it is truncated");
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_at == _length && !_ended)
        {
            Refill();
        }

        var part = Math.Min(buffer.Length, _length - _at);
        _chunk.AsSpan(_at, part).CopyTo(buffer);
        _at += part;
        return part;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _decompressor.Dispose();
        base.Dispose(disposing);
    }

    private void Refill()
    {
        var compressed = ReadLength(source);
        _ended = compressed == 0;
        _at = _length = 0;
        if (_ended)
        {
            return;
        }

        ReadWhole(source, _compressed.AsSpan(0, compressed));
        try
        {
            _length = _decompressor.Unwrap(_compressed.AsSpan(0, compressed), _chunk);
        }
        catch (Exception error) when (error is ZstdException or ArgumentException or InvalidDataException)
        {
            throw new SnapshotException("it is damaged: a part does not expand");
        }

        if (_length == 0)
        {
            throw new SnapshotException("it is damaged: a part is empty");
        }
    }
}
