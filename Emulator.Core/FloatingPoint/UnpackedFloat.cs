namespace Emulator.Core.FloatingPoint;

/// <summary>What an operand is; the order lets NaNs and special values be found by one comparison.</summary>
internal enum FloatClass : byte
{
    Zero,
    Normal,
    Denormal,
    Infinity,
    QuietNaN,
    SignalingNaN,

    /// <summary>An x87 encoding without a meaning (SDM Vol. 1, 8.2.2): invalid as an operand.</summary>
    Unsupported,
}

/// <summary>
/// A number of any format, or an exact (or sticky) intermediate result: a finite value is
/// (-1)^Negative × High:Low × 2^(Exponent - 127), normalised so that bit 127 is set.
/// The lowest bit of Low may be sticky: it stands for everything beyond it that is not zero.
/// A NaN keeps its payload left-aligned in High, with bit 63 set, as the x87 does.
/// </summary>
internal struct UnpackedFloat
{
    public const ulong IntegerBit = 1UL << 63;
    public const ulong QuietBit = 1UL << 62;

    public ulong High;
    public ulong Low;
    public int Exponent;
    public FloatClass Class;
    public bool Negative;

    /// <summary>The negative quiet NaN without payload: the answer to an invalid operation.</summary>
    public static UnpackedFloat DefaultNaN => new() { Class = FloatClass.QuietNaN, Negative = true, High = IntegerBit | QuietBit };

    public readonly bool IsNaN => Class >= FloatClass.QuietNaN;

    /// <summary>Neither zero, infinity nor NaN.</summary>
    public readonly bool IsFinite => Class is FloatClass.Normal or FloatClass.Denormal;

    public static UnpackedFloat Zero(bool negative) => new() { Class = FloatClass.Zero, Negative = negative };

    public static UnpackedFloat Infinity(bool negative) => new() { Class = FloatClass.Infinity, Negative = negative };

    /// <summary>magnitude × 2^scale, signed.</summary>
    public static UnpackedFloat FromInteger(bool negative, ulong magnitude, int scale = 0)
    {
        if (magnitude == 0)
        {
            return Zero(negative);
        }

        int shift = System.Numerics.BitOperations.LeadingZeroCount(magnitude);
        return new()
        {
            Class = FloatClass.Normal,
            Negative = negative,
            Exponent = 63 - shift + scale,
            High = magnitude << shift,
        };
    }

    /// <summary>Normalises High:Low (weight of bit 127: 2^exponent) into a finite value or zero.</summary>
    public static UnpackedFloat FromWide(bool negative, int exponent, ulong high, ulong low)
    {
        if (high == 0)
        {
            if (low == 0)
            {
                return Zero(negative);
            }

            high = low;
            low = 0;
            exponent -= 64;
        }

        int shift = System.Numerics.BitOperations.LeadingZeroCount(high);
        if (shift != 0)
        {
            high = (high << shift) | (low >> (64 - shift));
            low <<= shift;
            exponent -= shift;
        }

        return new() { Class = FloatClass.Normal, Negative = negative, Exponent = exponent, High = high, Low = low };
    }

    /// <summary>Shifts a 128-bit quantity right; what falls out stays visible in the lowest bit.</summary>
    public static void ShiftRightSticky(ref ulong high, ref ulong low, int count)
    {
        if (count <= 0)
        {
            return;
        }

        if (count < 64)
        {
            ulong lost = low << (64 - count);
            low = (low >> count) | (high << (64 - count)) | (lost != 0 ? 1UL : 0);
            high >>= count;
        }
        else if (count < 128)
        {
            int rest = count - 64;
            ulong lost = low | (rest == 0 ? 0 : high << (64 - rest));
            low = (high >> rest) | (lost != 0 ? 1UL : 0);
            high = 0;
        }
        else
        {
            low = (high | low) != 0 ? 1UL : 0;
            high = 0;
        }
    }
}
