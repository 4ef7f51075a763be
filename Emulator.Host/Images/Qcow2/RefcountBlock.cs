using System.Buffers.Binary;

namespace Emulator.Host.Images.Qcow2;

/// <summary>Numbers of 1 to 64 bits in a refcount block: big-endian from 8 bits on, below that the lowest bits first.</summary>
internal static class RefcountBlock
{
    public static ulong Get(ReadOnlySpan<byte> block, int order, int index) => order switch
    {
        3 => block[index],
        4 => BinaryPrimitives.ReadUInt16BigEndian(block[(index * 2)..]),
        5 => BinaryPrimitives.ReadUInt32BigEndian(block[(index * 4)..]),
        6 => BinaryPrimitives.ReadUInt64BigEndian(block[(index * 8)..]),
        _ => (ulong)(block[(index << order) >> 3] >> ((index << order) & 7)) & ((1UL << (1 << order)) - 1),
    };

    public static void Set(Span<byte> block, int order, int index, ulong value)
    {
        switch (order)
        {
            case 3:
                block[index] = (byte)value;
                break;
            case 4:
                BinaryPrimitives.WriteUInt16BigEndian(block[(index * 2)..], (ushort)value);
                break;
            case 5:
                BinaryPrimitives.WriteUInt32BigEndian(block[(index * 4)..], (uint)value);
                break;
            case 6:
                BinaryPrimitives.WriteUInt64BigEndian(block[(index * 8)..], value);
                break;
            default:
                var shift = (index << order) & 7;
                var mask = ((1 << (1 << order)) - 1) << shift;
                ref var place = ref block[(index << order) >> 3];
                place = (byte)((place & ~mask) | ((int)value << shift));
                break;
        }
    }

    /// <summary>The largest number of a width.</summary>
    public static ulong Largest(int order) => order == 6 ? ulong.MaxValue : (1UL << (1 << order)) - 1;
}
