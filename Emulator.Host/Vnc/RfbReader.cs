using System.Buffers.Binary;

namespace Emulator.Host.Vnc;

/// <summary>The other end broke the protocol: its connection is closed.</summary>
internal sealed class RfbProtocolException(string message) : Exception(message);

/// <summary>Reads a connection's messages, with a bound on every length. An end in the middle is an <see cref="EndOfStreamException"/>.</summary>
internal sealed class RfbReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[4096];

    /// <summary>Reads bytes; good until the next read.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> BytesAsync(int count, CancellationToken cancellation)
    {
        await stream.ReadExactlyAsync(_buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
        return _buffer.AsMemory(0, count);
    }

    /// <summary>Reads a byte; null at the end.</summary>
    public async ValueTask<byte?> NextAsync(CancellationToken cancellation)
        => await stream.ReadAsync(_buffer.AsMemory(0, 1), cancellation).ConfigureAwait(false) == 0 ? null : _buffer[0];

    /// <summary>Reads 32 bits.</summary>
    public async ValueTask<uint> U32Async(CancellationToken cancellation)
        => BinaryPrimitives.ReadUInt32BigEndian((await BytesAsync(4, cancellation).ConfigureAwait(false)).Span);

    /// <summary>Reads bytes away.</summary>
    public async ValueTask SkipAsync(int count, CancellationToken cancellation)
    {
        for (int part; count > 0; count -= part)
        {
            part = Math.Min(count, _buffer.Length);
            await BytesAsync(part, cancellation).ConfigureAwait(false);
        }
    }
}
