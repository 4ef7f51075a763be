using System.Buffers.Binary;
using System.Security.Cryptography;
using ZstdSharp;

namespace Emulator.Host.Snapshots;

/// <summary>
/// Writes a sealed file: plain bytes first, then a body in compressed chunks (length in four bytes, a Zstandard frame; a length of zero
/// ends them), then the SHA-256 of all that stands before it. The stream's own writes go to the body.
/// </summary>
internal sealed class ChunkWriter(Stream target) : ForwardStream
{
    /// <summary>The most bytes that a chunk expands to.</summary>
    public const int ChunkLength = 1 << 20;

    private const int Level = 1;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Compressor _compressor = new(Level);
    private readonly byte[] _chunk = new byte[ChunkLength];
    private int _used;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <summary>Writes bytes as they are.</summary>
    public void WritePlain(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        target.Write(bytes);
    }

    /// <summary>Writes a number as it is.</summary>
    public void WritePlain(int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        WritePlain(bytes);
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var part = Math.Min(buffer.Length, ChunkLength - _used);
            buffer[..part].CopyTo(_chunk.AsSpan(_used));
            buffer = buffer[part..];
            _used += part;
            if (_used == ChunkLength)
            {
                WriteChunk();
            }
        }
    }

    /// <summary>Ends the body and seals the file.</summary>
    public void Seal()
    {
        WriteChunk();
        WritePlain(0);
        target.Write(_hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _compressor.Dispose();
        _hash.Dispose();
        base.Dispose(disposing);
    }

    private void WriteChunk()
    {
        if (_used > 0)
        {
            var compressed = _compressor.Wrap(_chunk.AsSpan(0, _used));
            WritePlain(compressed.Length);
            WritePlain(compressed);
            _used = 0;
        }
    }
}
