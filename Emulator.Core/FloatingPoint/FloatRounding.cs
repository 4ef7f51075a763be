using System.Runtime.CompilerServices;

namespace Emulator.Core.FloatingPoint;

/// <summary>
/// The one place where results are rounded: to a precision, to a format's range, and to an integer.
/// Tininess is detected after rounding, as x86 does (SDM Vol. 1, 4.9.1.5).
/// </summary>
internal static class FloatRounding
{
    /// <summary>The exponent adjustment of an unmasked overflow or underflow in an x87 register (SDM Vol. 1, 8.5.4 and 8.5.5).</summary>
    public const int BiasAdjustment = 24576;

    /// <summary>
    /// Rounds to <paramref name="precision"/> bits within the exponent range. The result is zero, infinite or finite; a denormal one
    /// has <paramref name="minExponent"/> and an unnormalised High. Raises Overflow, Underflow, Precision; sets RoundedUp.
    /// </summary>
    public static void Round(ref UnpackedFloat value, int precision, int minExponent, int maxExponent, ref FloatContext context)
    {
        if (value.Class is not (FloatClass.Normal or FloatClass.Denormal))
        {
            return;
        }

        value.Class = FloatClass.Normal;
        if (value.Exponent < minExponent)
        {
            RoundTiny(ref value, precision, minExponent, ref context);
            return;
        }

        bool inexact = RoundSignificand(ref value, precision, ref context);
        if (value.Exponent > maxExponent)
        {
            Overflow(ref value, precision, maxExponent, inexact, ref context);
        }
        else if (inexact)
        {
            context.Raised |= FloatExceptions.Precision;
        }
    }

    /// <summary>
    /// Rounds a finite value or zero to an integer magnitude. False when it does not fit in 64 bits.
    /// Sets RoundedUp, raises nothing.
    /// </summary>
    public static bool ToMagnitude(in UnpackedFloat value, RoundingMode mode, out ulong magnitude, out bool inexact, ref FloatContext context)
    {
        magnitude = 0;
        inexact = false;
        context.RoundedUp = false;
        if (value.Class == FloatClass.Zero)
        {
            return true;
        }

        if (value.Exponent >= 64)
        {
            return false;
        }

        // After the shift the integer part is in high, the fraction in low.
        ulong high = value.High, low = value.Low;
        UnpackedFloat.ShiftRightSticky(ref high, ref low, 63 - value.Exponent);
        inexact = low != 0;
        if (RoundsUp(mode, value.Negative, (high & 1) != 0, low))
        {
            context.RoundedUp = true;
            high++;
            if (high == 0)
            {
                return false;
            }
        }

        magnitude = high;
        return true;
    }

    /// <summary>Rounds High:Low to its first bits, the exponent unbounded. True when inexact.</summary>
    private static bool RoundSignificand(ref UnpackedFloat value, int precision, ref FloatContext context)
    {
        ulong rest = value.Low;
        ulong unit = 1;
        if (precision < 64)
        {
            rest = (value.High << precision) | (value.Low != 0 ? 1UL : 0);
            unit = 1UL << (64 - precision);
            value.High &= ~(unit - 1);
        }

        value.Low = 0;
        context.RoundedUp = RoundsUp(context.Rounding, value.Negative, (value.High & unit) != 0, rest);
        if (context.RoundedUp)
        {
            value.High += unit;
            if (value.High == 0)
            {
                value.High = UnpackedFloat.IntegerBit;
                value.Exponent++;
            }
        }

        return rest != 0;
    }

    /// <summary>The rounding decision on magnitudes; <paramref name="rest"/> is the discarded fraction of a unit, 2^63 its half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool RoundsUp(RoundingMode mode, bool negative, bool odd, ulong rest) => mode switch
    {
        RoundingMode.Nearest => rest > UnpackedFloat.IntegerBit || (rest == UnpackedFloat.IntegerBit && odd),
        RoundingMode.Down => negative && rest != 0,
        RoundingMode.Up => !negative && rest != 0,
        _ => false,
    };

    private static void RoundTiny(ref UnpackedFloat value, int precision, int minExponent, ref FloatContext context)
    {
        UnpackedFloat unbounded = value;
        bool inexact = RoundSignificand(ref unbounded, precision, ref context);
        bool tiny = unbounded.Exponent < minExponent;
        if (tiny && !context.IsMasked(FloatExceptions.Underflow))
        {
            context.Raised |= FloatExceptions.Underflow | (inexact ? FloatExceptions.Precision : 0);
            value = unbounded;
            value.Exponent += BiasAdjustment;
            if (value.Exponent < minExponent)
            {
                context.Raised |= FloatExceptions.Precision;
                value = UnpackedFloat.Zero(value.Negative);
            }

            return;
        }

        if (tiny && context.FlushToZero)
        {
            context.Raised |= FloatExceptions.Underflow | FloatExceptions.Precision;
            context.RoundedUp = false;
            value = UnpackedFloat.Zero(value.Negative);
            return;
        }

        UnpackedFloat.ShiftRightSticky(ref value.High, ref value.Low, minExponent - value.Exponent);
        value.Exponent = minExponent;
        if (RoundSignificand(ref value, precision, ref context))
        {
            context.Raised |= FloatExceptions.Precision | (tiny ? FloatExceptions.Underflow : 0);
        }

        if (value.High == 0)
        {
            value.Class = FloatClass.Zero;
        }
    }

    private static void Overflow(ref UnpackedFloat value, int precision, int maxExponent, bool inexact, ref FloatContext context)
    {
        context.Raised |= FloatExceptions.Overflow;
        if (!context.IsMasked(FloatExceptions.Overflow))
        {
            context.Raised |= inexact ? FloatExceptions.Precision : 0;
            value.Exponent -= BiasAdjustment;
            if (value.Exponent > maxExponent)
            {
                context.Raised |= FloatExceptions.Precision;
                context.RoundedUp = true;
                value = UnpackedFloat.Infinity(value.Negative);
            }

            return;
        }

        context.Raised |= FloatExceptions.Precision;
        context.RoundedUp = context.Rounding switch
        {
            RoundingMode.Nearest => true,
            RoundingMode.Down => value.Negative,
            RoundingMode.Up => !value.Negative,
            _ => false,
        };
        if (context.RoundedUp)
        {
            value = UnpackedFloat.Infinity(value.Negative);
            return;
        }

        value.Exponent = maxExponent;
        value.High = ulong.MaxValue << (64 - precision);
    }
}
