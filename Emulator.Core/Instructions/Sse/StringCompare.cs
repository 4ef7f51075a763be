using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>
/// The comparison that PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM share (SDM Vol. 1, 12.4 and Vol. 2B, 4.1): control bits 1:0 are the
/// element type, 3:2 the aggregation, 5:4 the polarity, 6 the output.
/// </summary>
public readonly unsafe struct StringCompare
{
    private readonly int _length1;
    private readonly int _length2;
    private readonly int _count;

    /// <summary>Compares two strings of the given numbers of elements.</summary>
    public StringCompare(V first, V second, int length1, int length2, byte control)
    {
        _count = (control & 1) != 0 ? 8 : 16;
        _length1 = Math.Min(length1, _count);
        _length2 = Math.Min(length2, _count);
        var result = Aggregate(first, second, control);
        Mask = Polarize(result, control);
    }

    /// <summary>IntRes2: one bit per element of the second string.</summary>
    public uint Mask { get; }

    /// <summary>The flags: CF any bit, ZF the second string ends here, SF the first does, OF bit 0; AF and PF clear.</summary>
    public ulong Flags
        => (Mask != 0 ? Rflags.CF : 0)
            | (_length2 < _count ? Rflags.ZF : 0)
            | (_length1 < _count ? Rflags.SF : 0)
            | ((Mask & 1) != 0 ? Rflags.OF : 0);

    /// <summary>The least (or with control bit 6, greatest) element whose bit is set; the number of elements when none is.</summary>
    public uint Index(byte control)
        => Mask == 0 ? (uint)_count : (control & 0x40) != 0 ? (uint)BitOperations.Log2(Mask) : (uint)BitOperations.TrailingZeroCount(Mask);

    /// <summary>The bit mask, or with control bit 6 the mask of whole elements.</summary>
    public V Expand(byte control)
    {
        V result = default;
        if ((control & 0x40) == 0)
        {
            *(uint*)&result = Mask;
            return result;
        }

        if (_count == 8)
        {
            var words = Vector128.Create((ushort)1, 2, 4, 8, 16, 32, 64, 128);
            return Vector128.Equals(Vector128.Create((ushort)Mask) & words, words).AsByte();
        }

        var bytes = Vector128.Create((byte)1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128);
        var spread = Vector128.Create(Vector64.Create((byte)Mask), Vector64.Create((byte)(Mask >> 8)));
        return Vector128.Equals(spread & bytes, bytes);
    }

    /// <summary>The elements before the first zero element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ImplicitLength(V value, byte control)
        => (control & 1) != 0
            ? BitOperations.TrailingZeroCount(Vector128.Equals(value.AsUInt16(), Vector128<ushort>.Zero).ExtractMostSignificantBits() | 0x100)
            : BitOperations.TrailingZeroCount(Vector128.Equals(value, V.Zero).ExtractMostSignificantBits() | 0x1_0000);

    private uint Polarize(uint result, byte control)
    {
        var all = (1u << _count) - 1;
        return ((control >> 4) & 3) switch
        {
            1 => ~result & all,
            3 => result ^ ((1u << _length2) - 1),
            _ => result,
        };
    }

    private uint Aggregate(V first, V second, byte control) => (control & 3) switch
    {
        0 => Combine(first, second, control),
        1 => Combine(first.AsUInt16(), second.AsUInt16(), control),
        2 => Combine(first.AsSByte(), second.AsSByte(), control),
        _ => Combine(first.AsInt16(), second.AsInt16(), control),
    };

    private uint Combine<T>(Vector128<T> first, Vector128<T> second, byte control)
        where T : unmanaged => ((control >> 2) & 3) switch
        {
            0 => EqualsAny(first, second),
            1 => IsInRange(first, second),
            2 => EqualsEach(first, second),
            _ => StartsHere(first, second),
        };

    private uint EqualsAny<T>(Vector128<T> set, Vector128<T> second)
        where T : unmanaged
    {
        var found = Vector128<T>.Zero;
        for (var i = 0; i < _length1; i++)
        {
            found |= Vector128.Equals(second, Vector128.Create(((T*)&set)[i]));
        }

        return found.ExtractMostSignificantBits() & Below(_length2);
    }

    private uint IsInRange<T>(Vector128<T> ranges, Vector128<T> second)
        where T : unmanaged
    {
        var found = Vector128<T>.Zero;
        for (var i = 0; i + 1 < _length1; i += 2)
        {
            found |= Vector128.GreaterThanOrEqual(second, Vector128.Create(((T*)&ranges)[i]))
                & Vector128.LessThanOrEqual(second, Vector128.Create(((T*)&ranges)[i + 1]));
        }

        return found.ExtractMostSignificantBits() & Below(_length2);
    }

    // Beyond both lengths elements count as equal, beyond one as different.
    private uint EqualsEach<T>(Vector128<T> first, Vector128<T> second)
        where T : unmanaged
    {
        var (valid1, valid2) = (Below(_length1), Below(_length2));
        return (Vector128.Equals(first, second).ExtractMostSignificantBits() & valid1 & valid2) | (Below(_count) & ~(valid1 | valid2));
    }

    // An element of the needle beyond the haystack's register counts as found; one beyond the haystack's length does not.
    private uint StartsHere<T>(Vector128<T> needle, Vector128<T> haystack)
        where T : unmanaged
    {
        var (result, valid2) = (Below(_count), Below(_length2));
        for (var i = 0; i < _length1 && result != 0; i++)
        {
            var equal = Vector128.Equals(haystack, Vector128.Create(((T*)&needle)[i])).ExtractMostSignificantBits() & valid2;
            result &= (equal | (uint.MaxValue << _count)) >> i;
        }

        return result;
    }

    private static uint Below(int length) => (1u << length) - 1;
}
