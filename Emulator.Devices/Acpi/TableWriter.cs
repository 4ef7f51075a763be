using System.Buffers.Binary;
using System.Text;

namespace Emulator.Devices.Acpi;

/// <summary>Address spaces of a generic address structure (ACPI 6.5, 5.2.3.2).</summary>
internal enum AddressSpace : byte
{
    Memory = 0,
    Io = 1,
}

/// <summary>Writes the fields of a table one after another, little-endian.</summary>
internal sealed class TableWriter
{
    private readonly List<byte> _bytes = [];

    public TableWriter UInt8(byte value)
    {
        _bytes.Add(value);
        return this;
    }

    public TableWriter UInt16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return Bytes(bytes);
    }

    public TableWriter UInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Bytes(bytes);
    }

    public TableWriter UInt64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Bytes(bytes);
    }

    public TableWriter Zeros(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _bytes.Add(0);
        }

        return this;
    }

    /// <summary>ASCII text, padded with blanks to <paramref name="length"/>.</summary>
    public TableWriter Text(string text, int length)
    {
        Bytes(Encoding.ASCII.GetBytes(text));
        for (var i = text.Length; i < length; i++)
        {
            _bytes.Add((byte)' ');
        }

        return this;
    }

    public TableWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>A generic address structure; width in bits, access size 1 to 4 for bytes to quad words, 0 undefined.</summary>
    public TableWriter Address(AddressSpace space, byte width, byte accessSize, ulong address)
        => UInt8((byte)space).UInt8(width).UInt8(0).UInt8(accessSize).UInt64(address);

    public byte[] ToArray() => [.. _bytes];
}
