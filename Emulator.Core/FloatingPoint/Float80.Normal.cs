using System.Numerics;

namespace Emulator.Core.FloatingPoint;

/// <content>
/// The short way for what programs do nearly always: normal operands, rounding to nearest, a normal result. Whatever else it is, the answer
/// is false and nothing has been done; the meaning is the general way's.
/// </content>
public readonly partial struct Float80
{
    internal static bool TryMultiplyNormal(Float80 a, Float80 b, ref FloatContext context, out Float80 result)
    {
        result = default;
        if (!AreNormal(a, b, context))
        {
            return false;
        }

        ulong high = Math.BigMul(a.Significand, b.Significand, out ulong low);
        int exponent = (a.SignExponent & ExponentMask) + (b.SignExponent & ExponentMask) - Bias + 1;
        if ((high & UnpackedFloat.IntegerBit) == 0)
        {
            high = (high << 1) | (low >> 63);
            low <<= 1;
            exponent--;
        }

        return TryRoundNormal((a.SignExponent ^ b.SignExponent) & 0x8000, exponent, high, low, ref context, out result);
    }

    internal static bool TryDivideNormal(Float80 a, Float80 b, ref FloatContext context, out Float80 result)
    {
        result = default;
        if (!AreNormal(a, b, context))
        {
            return false;
        }

        int exponent = (a.SignExponent & ExponentMask) - (b.SignExponent & ExponentMask) + Bias;
        ulong high = a.Significand, low = 0, divisor = b.Significand;
        if (high >= divisor)
        {
            low = high << 63;
            high >>= 1;
        }
        else
        {
            exponent--;
        }

        ulong quotient = ExactArithmetic.DivideWide(high, low, divisor, out ulong remainder);
        ulong complement = divisor - remainder;
        ulong rest = remainder >= complement ? UnpackedFloat.IntegerBit : 0;
        rest |= remainder != 0 && remainder != complement ? 1UL : 0;
        return TryRoundNormal((a.SignExponent ^ b.SignExponent) & 0x8000, exponent, quotient, rest, ref context, out result);
    }

    internal static bool TryAddNormal(Float80 a, Float80 b, bool subtract, ref FloatContext context, out Float80 result)
    {
        result = default;
        if (!AreNormal(a, b, context))
        {
            return false;
        }

        int bSignExponent = subtract ? b.SignExponent ^ 0x8000 : b.SignExponent;
        int sign = a.SignExponent & 0x8000;
        bool opposite = ((a.SignExponent ^ bSignExponent) & 0x8000) != 0;
        int exponent = a.SignExponent & ExponentMask;
        int distance = exponent - (bSignExponent & ExponentMask);
        ulong large = a.Significand, small = b.Significand;
        if (distance < 0 || (distance == 0 && large < small))
        {
            (large, small) = (small, large);
            exponent -= distance;
            distance = -distance;
            sign = bSignExponent & 0x8000;
        }

        if (distance >= 64)
        {
            return false;
        }

        // The smaller operand spans small:low; nothing of it is lost.
        ulong low = distance == 0 ? 0 : small << (64 - distance);
        small >>= distance;
        ulong high = opposite ? large - small - (low != 0 ? 1UL : 0) : large + small;
        if (opposite)
        {
            low = 0 - low;
            if (!Normalise(ref high, ref low, ref exponent))
            {
                return false;
            }
        }
        else if (high < large)
        {
            low = (low >> 1) | (high << 63);
            high = (high >> 1) | UnpackedFloat.IntegerBit;
            exponent++;
        }

        return TryRoundNormal(sign, exponent, high, low, ref context, out result);
    }

    private static bool AreNormal(Float80 a, Float80 b, in FloatContext context) =>
        context.Rounding == RoundingMode.Nearest
        && ((a.SignExponent + 1) & ExponentMask) > 1
        && ((b.SignExponent + 1) & ExponentMask) > 1
        && (long)(a.Significand & b.Significand) < 0;

    /// <summary>False for zero, whose sign is not this way's business.</summary>
    private static bool Normalise(ref ulong high, ref ulong low, ref int exponent)
    {
        if (high == 0)
        {
            high = low;
            low = 0;
            exponent -= 64;
        }

        if (high == 0)
        {
            return false;
        }

        int shift = BitOperations.LeadingZeroCount(high);
        if (shift != 0)
        {
            high = (high << shift) | (low >> (64 - shift));
            low <<= shift;
            exponent -= shift;
        }

        return true;
    }

    /// <summary>Rounds high:low to nearest; false when the biased exponent may leave the normal range.</summary>
    private static bool TryRoundNormal(int sign, int exponent, ulong high, ulong low, ref FloatContext context, out Float80 result)
    {
        result = default;
        if (exponent is < 1 or >= ExponentMask - 1)
        {
            return false;
        }

        ulong unit = 1;
        int precision = Precision(context);
        if (precision < 64)
        {
            low = (high << precision) | (low != 0 ? 1UL : 0);
            unit = 1UL << (64 - precision);
            high &= 0 - unit;
        }

        bool up = low > UnpackedFloat.IntegerBit || (low == UnpackedFloat.IntegerBit && (high & unit) != 0);
        context.RoundedUp = up;
        context.Raised |= low != 0 ? FloatExceptions.Precision : 0;
        if (up)
        {
            high += unit;
            if (high == 0)
            {
                high = UnpackedFloat.IntegerBit;
                exponent++;
            }
        }

        result = new(high, (ushort)(sign | exponent));
        return true;
    }
}
