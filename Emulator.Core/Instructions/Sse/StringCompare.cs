using System.Numerics;
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

        var size = 16 / _count;
        for (var i = 0; i < 16; i++)
        {
            ((byte*)&result)[i] = ((Mask >> (i / size)) & 1) != 0 ? byte.MaxValue : (byte)0;
        }

        return result;
    }

    /// <summary>The elements before the first zero element.</summary>
    public static int ImplicitLength(V value, byte control)
    {
        var count = (control & 1) != 0 ? 8 : 16;
        for (var i = 0; i < count; i++)
        {
            if (Element(value, i, control) == 0)
            {
                return i;
            }
        }

        return count;
    }

    private static int Element(V value, int index, byte control) => (control & 3) switch
    {
        0 => ((byte*)&value)[index],
        1 => ((ushort*)&value)[index],
        2 => ((sbyte*)&value)[index],
        _ => ((short*)&value)[index],
    };

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

    private uint Aggregate(V first, V second, byte control)
    {
        var result = 0u;
        for (var j = 0; j < _count; j++)
        {
            var holds = ((control >> 2) & 3) switch
            {
                0 => EqualsAny(first, Element(second, j, control), j, control),
                1 => IsInRange(first, Element(second, j, control), j, control),
                2 => EqualsEach(first, second, j, control),
                _ => StartsHere(first, second, j, control),
            };
            result |= holds ? 1u << j : 0;
        }

        return result;
    }

    private bool EqualsAny(V set, int element, int j, byte control)
    {
        for (var i = 0; i < _length1; i++)
        {
            if (j < _length2 && Element(set, i, control) == element)
            {
                return true;
            }
        }

        return false;
    }

    private bool IsInRange(V ranges, int element, int j, byte control)
    {
        for (var i = 0; i + 1 < _length1; i += 2)
        {
            if (j < _length2 && Element(ranges, i, control) <= element && element <= Element(ranges, i + 1, control))
            {
                return true;
            }
        }

        return false;
    }

    private bool EqualsEach(V first, V second, int j, byte control)
    {
        if (j >= _length1 || j >= _length2)
        {
            return j >= _length1 && j >= _length2;
        }

        return Element(first, j, control) == Element(second, j, control);
    }

    // An element of the needle beyond the haystack's register counts as found; one beyond the haystack's length does not.
    private bool StartsHere(V needle, V haystack, int j, byte control)
    {
        for (var i = 0; i < _length1 && i + j < _count; i++)
        {
            if (i + j >= _length2 || Element(needle, i, control) != Element(haystack, i + j, control))
            {
                return false;
            }
        }

        return true;
    }
}
