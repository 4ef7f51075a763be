using System.Runtime.Intrinsics.X86;

namespace Emulator.Core.FloatingPoint;

/// <summary>
/// The arithmetic of every format, on unpacked operands that are no NaNs: exact, but for a sticky bit far below
/// any format's precision. Raises Invalid, DivideByZero and Denormal in the order of SDM Vol. 1, 4.9.2;
/// rounding is the caller's.
/// </summary>
internal static class ExactArithmetic
{
    public static UnpackedFloat Add(in UnpackedFloat a, in UnpackedFloat b, ref FloatContext context)
    {
        if (a.Class == FloatClass.Infinity && b.Class == FloatClass.Infinity && a.Negative != b.Negative)
        {
            return Invalid(ref context);
        }

        NoteDenormals(a, b, ref context);
        if (a.Class == FloatClass.Infinity || b.Class == FloatClass.Infinity)
        {
            return UnpackedFloat.Infinity(a.Class == FloatClass.Infinity ? a.Negative : b.Negative);
        }

        return AddFinite(a, b, context.Rounding);
    }

    /// <summary>The sum of two numbers that are neither NaN nor infinite. An exact zero takes its sign from the rounding mode.</summary>
    public static UnpackedFloat AddFinite(in UnpackedFloat a, in UnpackedFloat b, RoundingMode rounding)
    {
        if (a.Class == FloatClass.Zero || b.Class == FloatClass.Zero)
        {
            if (a.Class != b.Class)
            {
                return a.Class == FloatClass.Zero ? b : a;
            }

            return UnpackedFloat.Zero(a.Negative == b.Negative ? a.Negative : rounding == RoundingMode.Down);
        }

        return CompareMagnitude(a, b) >= 0 ? AddOrdered(a, b, rounding) : AddOrdered(b, a, rounding);
    }

    public static UnpackedFloat Multiply(in UnpackedFloat a, in UnpackedFloat b, ref FloatContext context)
    {
        bool negative = a.Negative != b.Negative;
        bool infinite = a.Class == FloatClass.Infinity || b.Class == FloatClass.Infinity;
        bool zero = a.Class == FloatClass.Zero || b.Class == FloatClass.Zero;
        if (infinite && zero)
        {
            return Invalid(ref context);
        }

        NoteDenormals(a, b, ref context);
        if (infinite)
        {
            return UnpackedFloat.Infinity(negative);
        }

        return zero ? UnpackedFloat.Zero(negative) : MultiplyFinite(a, b);
    }

    /// <summary>The exact product of two finite 64-bit significands.</summary>
    public static UnpackedFloat MultiplyFinite(in UnpackedFloat a, in UnpackedFloat b)
    {
        UnpackedFloat product = default;
        product.Class = FloatClass.Normal;
        product.Negative = a.Negative != b.Negative;
        product.Exponent = a.Exponent + b.Exponent + 1;
        product.High = Math.BigMul(a.High, b.High, out product.Low);
        if ((product.High & UnpackedFloat.IntegerBit) == 0)
        {
            product.High = (product.High << 1) | (product.Low >> 63);
            product.Low <<= 1;
            product.Exponent--;
        }

        return product;
    }

    public static UnpackedFloat Divide(in UnpackedFloat a, in UnpackedFloat b, ref FloatContext context)
    {
        bool negative = a.Negative != b.Negative;
        if (a.Class == b.Class && (a.Class is FloatClass.Infinity or FloatClass.Zero))
        {
            return Invalid(ref context);
        }

        if (b.Class == FloatClass.Zero && a.Class != FloatClass.Infinity)
        {
            context.Raise(FloatExceptions.DivideByZero);
            return UnpackedFloat.Infinity(negative);
        }

        NoteDenormals(a, b, ref context);
        if (a.Class == FloatClass.Infinity)
        {
            return UnpackedFloat.Infinity(negative);
        }

        if (a.Class == FloatClass.Zero || b.Class == FloatClass.Infinity)
        {
            return UnpackedFloat.Zero(negative);
        }

        return DivideFinite(a, b);
    }

    /// <summary>A 64-bit quotient with guard and sticky bits below it.</summary>
    public static UnpackedFloat DivideFinite(in UnpackedFloat a, in UnpackedFloat b)
    {
        UnpackedFloat quotient = default;
        quotient.Class = FloatClass.Normal;
        quotient.Negative = a.Negative != b.Negative;
        quotient.Exponent = a.Exponent - b.Exponent;
        ulong high = a.High, low = 0;
        if (high >= b.High)
        {
            low = high << 63;
            high >>= 1;
        }
        else
        {
            quotient.Exponent--;
        }

        quotient.High = DivideWide(high, low, b.High, out ulong remainder);
        ulong complement = b.High - remainder;
        quotient.Low = remainder >= complement ? UnpackedFloat.IntegerBit : 0;
        quotient.Low |= remainder != 0 && remainder != complement ? 1UL : 0;

        return quotient;
    }

    public static UnpackedFloat SquareRoot(in UnpackedFloat a, ref FloatContext context)
    {
        if (a.Class == FloatClass.Zero)
        {
            return a;
        }

        if (a.Negative)
        {
            return Invalid(ref context);
        }

        NoteDenormals(a, a, ref context);
        return a.Class == FloatClass.Infinity ? a : SquareRootFinite(a);
    }

    /// <summary>
    /// a × b + c with one rounding left to do. <paramref name="c"/> may be a quiet NaN only in the sense that the caller
    /// has already dealt with it: here it is a number.
    /// </summary>
    public static UnpackedFloat MultiplyAdd(in UnpackedFloat a, in UnpackedFloat b, in UnpackedFloat c, bool negateProduct, ref FloatContext context)
    {
        bool productInfinite = a.Class == FloatClass.Infinity || b.Class == FloatClass.Infinity;
        bool productZero = a.Class == FloatClass.Zero || b.Class == FloatClass.Zero;
        bool negative = (a.Negative != b.Negative) != negateProduct;
        if ((productInfinite && productZero) || (productInfinite && c.Class == FloatClass.Infinity && c.Negative != negative))
        {
            return Invalid(ref context);
        }

        NoteDenormals(a, b, ref context);
        NoteDenormals(c, c, ref context);
        if (productInfinite || c.Class == FloatClass.Infinity)
        {
            return UnpackedFloat.Infinity(productInfinite ? negative : c.Negative);
        }

        UnpackedFloat product = productZero ? UnpackedFloat.Zero(negative) : MultiplyFinite(a, b);
        product.Negative = negative;
        return AddFinite(product, c, context.Rounding);
    }

    /// <summary>Compares numbers (no NaNs); zeros of either sign are equal.</summary>
    public static FloatRelation Compare(in UnpackedFloat a, in UnpackedFloat b)
    {
        if (a.Class == FloatClass.Zero && b.Class == FloatClass.Zero)
        {
            return FloatRelation.Equal;
        }

        bool aNegative = a.Negative && a.Class != FloatClass.Zero;
        bool bNegative = b.Negative && b.Class != FloatClass.Zero;
        if (a.Class == FloatClass.Zero)
        {
            return bNegative ? FloatRelation.Greater : FloatRelation.Less;
        }

        if (b.Class == FloatClass.Zero || aNegative != bNegative)
        {
            return aNegative ? FloatRelation.Less : FloatRelation.Greater;
        }

        int magnitude = CompareMagnitude(a, b);
        if (magnitude == 0)
        {
            return FloatRelation.Equal;
        }

        return magnitude > 0 != aNegative ? FloatRelation.Greater : FloatRelation.Less;
    }

    public static void NoteDenormals(in UnpackedFloat a, in UnpackedFloat b, ref FloatContext context)
    {
        if (a.Class == FloatClass.Denormal || b.Class == FloatClass.Denormal)
        {
            context.Raise(FloatExceptions.Denormal);
        }
    }

    public static UnpackedFloat Invalid(ref FloatContext context)
    {
        context.Raise(FloatExceptions.Invalid);
        return UnpackedFloat.DefaultNaN;
    }

    /// <summary>(high:low) / divisor for high below a divisor whose bit 63 is set (Knuth, algorithm D in base 2^32).</summary>
    public static ulong DivideWide(ulong high, ulong low, ulong divisor, out ulong remainder)
    {
#pragma warning disable SYSLIB5004 // In preview, says .NET, because it may be slower than a 64-bit division; this is a 128-bit one.
        if (X86Base.X64.IsSupported)
        {
            (ulong quotient, remainder) = X86Base.X64.DivRem(low, high, divisor);
            return quotient;
        }
#pragma warning restore SYSLIB5004

        return DivideWidePortably(high, low, divisor, out remainder);
    }

    internal static ulong DivideWidePortably(ulong high, ulong low, ulong divisor, out ulong remainder)
    {
        ulong first = DivideStep(high, low >> 32, divisor, out ulong rest);
        ulong second = DivideStep(rest, low & 0xFFFF_FFFF, divisor, out remainder);
        return (first << 32) | second;
    }

    private static ulong DivideStep(ulong high, ulong digit, ulong divisor, out ulong remainder)
    {
        ulong top = divisor >> 32;
        ulong bottom = divisor & 0xFFFF_FFFF;
        ulong quotient = high / top;
        ulong rest = high - (quotient * top);
        while (quotient > 0xFFFF_FFFF || quotient * bottom > ((rest << 32) | digit))
        {
            quotient--;
            rest += top;
            if (rest > 0xFFFF_FFFF)
            {
                break;
            }
        }

        remainder = (high << 32) + digit - (quotient * divisor);
        return quotient;
    }

    private static int CompareMagnitude(in UnpackedFloat a, in UnpackedFloat b)
    {
        if (a.Class == FloatClass.Infinity || b.Class == FloatClass.Infinity)
        {
            return (a.Class == FloatClass.Infinity ? 1 : 0) - (b.Class == FloatClass.Infinity ? 1 : 0);
        }

        if (a.Exponent != b.Exponent)
        {
            return a.Exponent < b.Exponent ? -1 : 1;
        }

        int order = a.High.CompareTo(b.High);
        return order != 0 ? order : a.Low.CompareTo(b.Low);
    }

    private static UnpackedFloat AddOrdered(in UnpackedFloat a, in UnpackedFloat b, RoundingMode rounding)
    {
        ulong high = b.High, low = b.Low;
        UnpackedFloat.ShiftRightSticky(ref high, ref low, a.Exponent - b.Exponent);
        if (a.Negative == b.Negative)
        {
            ulong sumLow = a.Low + low;
            ulong carryIn = sumLow < low ? 1UL : 0;
            ulong sumHigh = a.High + high + carryIn;
            bool carry = carryIn != 0 ? sumHigh <= high : sumHigh < high;
            int exponent = a.Exponent;
            if (carry)
            {
                UnpackedFloat.ShiftRightSticky(ref sumHigh, ref sumLow, 1);
                sumHigh |= UnpackedFloat.IntegerBit;
                exponent++;
            }

            return new() { Class = FloatClass.Normal, Negative = a.Negative, Exponent = exponent, High = sumHigh, Low = sumLow };
        }

        ulong borrow = a.Low < low ? 1UL : 0;
        ulong differenceLow = a.Low - low;
        ulong differenceHigh = a.High - high - borrow;
        if ((differenceHigh | differenceLow) == 0)
        {
            return UnpackedFloat.Zero(rounding == RoundingMode.Down);
        }

        return UnpackedFloat.FromWide(a.Negative, a.Exponent, differenceHigh, differenceLow);
    }

    private static UnpackedFloat SquareRootFinite(in UnpackedFloat a)
    {
        // The radicand is a 128-bit integer below 2^128 with an even exponent, so that its root has 64 bits.
        bool odd = (a.Exponent & 1) != 0;
        ulong high = odd ? a.High : a.High >> 1;
        ulong low = odd ? 0 : a.High << 63;
        var radicand = new UInt128(high, low);
        double estimate = Math.Sqrt((double)high) * 4294967296.0;
        ulong root = estimate >= 18446744073709551615.0 ? ulong.MaxValue : (ulong)estimate;
        UInt128 square = (UInt128)root * root;
        double error = square > radicand ? -(double)(square - radicand) : (double)(radicand - square);
        long correction = (long)(error / (2.0 * root));
        root = correction > 0 && root > ulong.MaxValue - (ulong)correction ? ulong.MaxValue : root + (ulong)correction;
        square = (UInt128)root * root;
        while (square > radicand)
        {
            root--;
            square = (UInt128)root * root;
        }

        UInt128 remainder = radicand - square;
        while (remainder > (UInt128)root + root)
        {
            remainder -= (UInt128)root + root + 1;
            root++;
        }

        ulong guard = remainder > root ? UnpackedFloat.IntegerBit : 0;
        return new()
        {
            Class = FloatClass.Normal,
            Exponent = a.Exponent >> 1,
            High = root,
            Low = guard | (remainder != 0 ? 1UL : 0),
        };
    }
}
