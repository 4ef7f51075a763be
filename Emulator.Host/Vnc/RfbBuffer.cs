using System.Buffers.Binary;

namespace Emulator.Host.Vnc;

/// <summary>Bytes of a message on its way out; numbers are big endian.</summary>
internal sealed class RfbBuffer
{
    private byte[] _bytes = new byte[4096];

    /// <summary>Bytes in it.</summary>
    public int Length { get; private set; }

    /// <summary>What is in it.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>Empties it.</summary>
    public void Clear() => Length = 0;

    /// <summary>Makes room for bytes and counts them as written.</summary>
    public Span<byte> Take(int count)
    {
        if (_bytes.Length - Length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
        }

        Length += count;
        return _bytes.AsSpan(Length - count, count);
    }

    /// <summary>Appends a byte.</summary>
    public void U8(int value) => Take(1)[0] = (byte)value;

    /// <summary>Appends 16 bits.</summary>
    public void U16(int value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), (ushort)value);

    /// <summary>Appends 32 bits.</summary>
    public void U32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    /// <summary>Appends 32 bits, signed.</summary>
    public void S32(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(4), value);

    /// <summary>Appends bytes.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>Appends zeros.</summary>
    public void Zeros(int count) => Take(count).Clear();
}
