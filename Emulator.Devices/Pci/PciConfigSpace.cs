using System.Buffers.Binary;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Pci;

/// <summary>
/// 256 bytes of configuration space in which every register is declared: its value after reset, the bits that a write changes, and the
/// bits that a written one clears. What is not declared reads as zero and ignores writes.
/// </summary>
public sealed class PciConfigSpace
{
    /// <summary>Bytes of conventional configuration space.</summary>
    public const int Size = 256;

    private readonly byte[] _bytes = new byte[Size];
    private readonly byte[] _initial = new byte[Size];
    private readonly byte[] _writable = new byte[Size];
    private readonly byte[] _clearedByOne = new byte[Size];

    /// <summary>Declares a register of 1, 2, 3 or 4 bytes.</summary>
    /// <param name="offset">Its first byte.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="initial">Its value after reset.</param>
    /// <param name="writable">The bits that a write changes.</param>
    /// <param name="clearedByOne">The bits that writing one clears.</param>
    public void Declare(int offset, int size, uint initial, uint writable = 0, uint clearedByOne = 0)
    {
        for (var i = 0; i < size; i++)
        {
            _initial[offset + i] = _bytes[offset + i] = (byte)(initial >> (8 * i));
            _writable[offset + i] = (byte)(writable >> (8 * i));
            _clearedByOne[offset + i] = (byte)(clearedByOne >> (8 * i));
        }
    }

    /// <summary>The bytes as the device itself sees them.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>A 16-bit register.</summary>
    public ushort Word(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(offset));

    /// <summary>A 32-bit register.</summary>
    public uint Dword(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(offset));

    /// <summary>Sets a 16-bit register, as the device does.</summary>
    public void SetWord(int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(offset), value);

    /// <summary>Sets a 32-bit register, as the device does.</summary>
    public void SetDword(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(offset), value);

    /// <summary>Reads as the bus does; <paramref name="offset"/> plus <paramref name="size"/> is within the space.</summary>
    public uint Read(int offset, int size)
    {
        var value = 0u;
        for (var i = 0; i < size; i++)
        {
            value |= (uint)_bytes[offset + i] << (8 * i);
        }

        return value;
    }

    /// <summary>Writes as the bus does, through the masks.</summary>
    public void Write(int offset, int size, uint value)
    {
        for (var i = 0; i < size; i++)
        {
            var written = (byte)(value >> (8 * i));
            var mask = _writable[offset + i];
            var kept = _bytes[offset + i] & ~(_clearedByOne[offset + i] & written);
            _bytes[offset + i] = (byte)((kept & ~mask) | (written & mask));
        }
    }

    /// <summary>Puts every register back to its declared value.</summary>
    public void Reset() => _initial.CopyTo(_bytes, 0);

    /// <summary>Writes the bytes.</summary>
    public void Save(StateWriter writer) => writer.Write(_bytes.AsSpan());

    /// <summary>Reads back what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader) => reader.ReadBytes(_bytes);
}
