using System.Numerics;
using System.Runtime.CompilerServices;

namespace Emulator.Core.FloatingPoint;

/// <content>
/// The short way for what programs do nearly always: normal operands, rounding to nearest, inexactness masked, a normal result. Rounding and
/// normalising are free of branches, since data decides them. Each answers with C1 and PE as they stand in the status word, or
/// <see cref="Declined"/>, having done nothing; the meaning is the general way's.
/// </content>
public readonly partial struct Float80
{
    /// <summary>The operands or the result are not for the short way.</summary>
    internal const int Declined = -1;

    /// <summary>PE of the status word.</summary>
    internal const int InexactStatus = 1 << 5;

    /// <summary>C1 of the status word.</summary>
    internal const int RoundedUpStatus = 1 << RoundedUpShift;

    private const int RoundedUpShift = 9;
    private const int SignMask = 0x8000;
    private const int PrecisionControlShift = 8;

    /// <summary>Neither zero, denormal, infinite, NaN nor unsupported.</summary>
    internal bool IsNormal
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ((SignExponent + 1) & ExponentMask) > 1 && (long)Significand < 0;
    }

    /// <summary>a × b. <paramref name="control"/> is the control word, of which the precision counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int MultiplyNormal(Float80 a, Float80 b, int control, out Float80 result)
    {
        ulong high = Math.BigMul(a.Significand, b.Significand, out ulong low);
        int shift = (int)(~high >> 63);
        high = (high << shift) | ((low >> 1) >> (63 - shift));
        low <<= shift;
        int exponent = (a.SignExponent & ExponentMask) + (b.SignExponent & ExponentMask) - Bias + 1 - shift;
        int status = RoundNormal((a.SignExponent ^ b.SignExponent) & SignMask, exponent, high, low, control, out result);
        if (AreNormal(a, b))
        {
            return status;
        }

        status = MultiplyZero(a, b, out Float80 zero);
        result = zero;
        return status;
    }

    /// <summary>a / b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int DivideNormal(Float80 a, Float80 b, int control, out Float80 result)
    {
        if (!AreNormal(a, b))
        {
            result = default;
            return Declined;
        }

        ulong divisor = b.Significand;
        int shift = a.Significand >= divisor ? 1 : 0;
        ulong high = a.Significand >> shift;
        ulong low = (a.Significand << 63) & (0 - (ulong)shift);
        ulong quotient = ExactArithmetic.DivideWide(high, low, divisor, out ulong remainder);
        ulong complement = divisor - remainder;
        ulong rest = (remainder >= complement ? UnpackedFloat.IntegerBit : 0) | (remainder != 0 && remainder != complement ? 1UL : 0);
        int exponent = (a.SignExponent & ExponentMask) - (b.SignExponent & ExponentMask) + Bias - 1 + shift;
        return RoundNormal((a.SignExponent ^ b.SignExponent) & SignMask, exponent, quotient, rest, control, out result);
    }

    /// <summary>a + b, or a - b when <paramref name="flip"/> is the sign bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int AddNormal(Float80 a, Float80 b, int flip, int control, out Float80 result)
    {
        if (!AreNormal(a, b))
        {
            int status = AddZero(a, b, flip, control, out Float80 other);
            result = other;
            return status;
        }

        int otherSignExponent = b.SignExponent ^ flip;
        int distance = (a.SignExponent & ExponentMask) - (otherSignExponent & ExponentMask);
        bool swap = distance < 0;
        ulong large = swap ? b.Significand : a.Significand;
        ulong small = swap ? a.Significand : b.Significand;
        int signExponent = swap ? otherSignExponent : a.SignExponent;
        distance = swap ? -distance : distance;

        // The smaller operand spans small:low; what is lost of it stays visible.
        ulong low = (small << 1) << (63 - distance);
        small >>= distance;
        if (distance >= 64)
        {
            low = BeyondSignificand(swap ? a.Significand : b.Significand, distance);
            small = 0;
        }

        return ((a.SignExponent ^ otherSignExponent) & SignMask) == 0
            ? AddMagnitudes(signExponent, large, small, low, control, out result)
            : SubtractMagnitudes(signExponent, large, small, low, control, out result);
    }

    /// <summary>How two operands compare that are normal or zero; false when one of them is neither.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryCompareNormal(Float80 a, Float80 b, out FloatRelation relation)
    {
        relation = FloatRelation.Equal;
        if (!(a.IsNormal || a.IsZero) || !(b.IsNormal || b.IsZero))
        {
            return false;
        }

        // Zero is below every normal magnitude, and equal to the other zero.
        int first = a.SignExponent & ExponentMask, second = b.SignExponent & ExponentMask;
        bool sameSign = ((a.SignExponent ^ b.SignExponent) & SignMask) == 0 || (a.Significand | b.Significand) == 0;
        int order = sameSign ? first - second : 1;
        order = order != 0 ? order : a.Significand.CompareTo(b.Significand);
        order = a.IsNegative ? -order : order;
        relation = order < 0 ? FloatRelation.Less : order > 0 ? FloatRelation.Greater : FloatRelation.Equal;
        return true;
    }

    /// <summary>Rounds a normal number (or zero) to binary64; declines what is not normal there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int NarrowNormal(Float80 a, int precision, int bias, out ulong bits)
    {
        int drop = 64 - precision;
        ulong rest = a.Significand << precision;
        ulong high = a.Significand >> drop;
        ulong up = (rest >> 63) & (((rest << 1) != 0 ? 1UL : 0) | (high & 1));
        int exponent = (a.SignExponent & ExponentMask) - Bias + bias;

        // A carry out of the significand moves into the exponent's field.
        bits = (((ulong)(uint)exponent - 1) << (precision - 1)) + high + up;
        bits |= (ulong)(a.SignExponent & SignMask) << (precision == 53 ? 48 : 16);
        if (a.IsNormal && (uint)(exponent - 1) < (uint)((2 * bias) - 1))
        {
            return (int)(up << RoundedUpShift) | (rest != 0 ? InexactStatus : 0);
        }

        bits = (ulong)(a.SignExponent & SignMask) << (precision == 53 ? 48 : 16);
        return a.IsZero ? 0 : Declined;
    }

    /// <summary>
    /// Rounds a normal number (or zero) to an integer, to nearest or towards zero; declines what leaves no room for its rounding in
    /// <paramref name="width"/> bits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int ToIntegerNormal(Float80 a, int width, bool truncate, out ulong value)
    {
        int exponent = (a.SignExponent & ExponentMask) - Bias;
        value = 0;
        if (a.IsZero)
        {
            return 0;
        }

        if (!a.IsNormal || exponent > width - 2)
        {
            return Declined;
        }

        ulong rest = (a.Significand << 1) << exponent;
        ulong magnitude = (a.Significand >> 1) >> (62 - exponent);
        if (exponent < 0)
        {
            rest = exponent == -1 ? a.Significand : 1;
            magnitude = 0;
        }

        ulong up = truncate ? 0 : (rest >> 63) & (((rest << 1) != 0 ? 1UL : 0) | (magnitude & 1));
        magnitude += up;
        value = a.IsNegative ? 0 - magnitude : magnitude;
        return magnitude >> (width - 1) != 0 ? Declined : (int)(up << RoundedUpShift) | (rest != 0 ? InexactStatus : 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreNormal(Float80 a, Float80 b) => a.IsNormal && b.IsNormal;

    // Zeros are what sums and products begin with; apart, so that they cost the normal operands nothing.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int AddZero(Float80 a, Float80 b, int flip, int control, out Float80 result)
    {
        b = new(b.Significand, (ushort)(b.SignExponent ^ flip));
        result = a.IsZero ? b : a;
        if (a.IsZero && b.IsZero)
        {
            result = a.SignExponent == b.SignExponent ? a : PositiveZero;
            return 0;
        }

        bool isExact = ((control >> PrecisionControlShift) & 1) != 0;
        return isExact && ((a.IsZero && b.IsNormal) || (b.IsZero && a.IsNormal)) ? 0 : Declined;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int MultiplyZero(Float80 a, Float80 b, out Float80 result)
    {
        result = new(0, (ushort)((a.SignExponent ^ b.SignExponent) & SignMask));
        return (a.IsZero && (b.IsNormal || b.IsZero)) || (b.IsZero && a.IsNormal) ? 0 : Declined;
    }

    /// <summary>The part of a significand below the other's last bit when it lies there as a whole.</summary>
    private static ulong BeyondSignificand(ulong small, int distance) => distance switch
    {
        64 => small,
        65 => (small >> 1) | (small & 1),
        _ => 1,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int AddMagnitudes(int signExponent, ulong large, ulong small, ulong low, int control, out Float80 result)
    {
        ulong high = large + small;
        int carry = high < large ? 1 : 0;
        low = (low >> carry) | ((high << 63) & (0 - (ulong)carry));
        high = (high >> carry) | ((ulong)carry << 63);
        return RoundNormal(signExponent & SignMask, (signExponent & ExponentMask) + carry, high, low, control, out result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SubtractMagnitudes(int signExponent, ulong large, ulong small, ulong low, int control, out Float80 result)
    {
        int exponent = signExponent & ExponentMask;
        if (large < small)
        {
            // Equal exponents: nothing is in low.
            (large, small) = (small, large);
            signExponent ^= SignMask;
        }

        ulong high = large - small - (low != 0 ? 1UL : 0);
        low = 0 - low;
        if (high == 0)
        {
            high = low;
            low = 0;
            exponent -= 64;
            if (high == 0)
            {
                // An exact zero is positive when rounding to nearest.
                result = default;
                return 0;
            }
        }

        int shift = BitOperations.LeadingZeroCount(high);
        high = (high << shift) | ((low >> 1) >> (63 - shift));
        low <<= shift;
        return RoundNormal(signExponent & SignMask, exponent - shift, high, low, control, out result);
    }

    /// <summary>Rounds high:low to nearest; declines when the biased exponent may leave the normal range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RoundNormal(int sign, int exponent, ulong high, ulong low, int control, out Float80 result)
    {
        bool isInRange = (uint)(exponent - 1) < ExponentMask - 2;
        ulong unit = 1;
        int precision = (control >> PrecisionControlShift) & 3;
        if (precision is (int)PrecisionControl.Double or (int)PrecisionControl.Single)
        {
            int bits = precision == (int)PrecisionControl.Double ? 53 : 24;
            low = (high << bits) | (low != 0 ? 1UL : 0);
            unit = 1UL << (64 - bits);
            high &= 0 - unit;
        }

        ulong up = (low >> 63) & ((low << 1) != 0 || (high & unit) != 0 ? 1UL : 0);
        high += up * unit;
        if (high < unit)
        {
            high = UnpackedFloat.IntegerBit;
            exponent++;
        }

        result = new(high, (ushort)(sign | exponent));
        return isInRange ? (int)(up << RoundedUpShift) | (low != 0 ? InexactStatus : 0) : Declined;
    }
}
