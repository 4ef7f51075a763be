namespace Emulator.Core.FloatingPoint;

/// <summary>Conversion of a number of any format to an integer, as CVTxx2SI, FIST and their kin do it.</summary>
internal static class IntegerConversion
{
    /// <summary>Raises Invalid (and gives the integer indefinite) or Precision; denormal operands are not reported.</summary>
    public static ulong FromUnpacked(in UnpackedFloat value, int width, bool signed, RoundingMode mode, ref FloatContext context)
    {
        ulong magnitude = 0;
        bool inexact = false;
        bool fits = (value.IsFinite || value.Class == FloatClass.Zero)
            && FloatRounding.ToMagnitude(value, mode, out magnitude, out inexact, ref context)
            && magnitude <= Limit(width, signed, value.Negative);
        if (!fits)
        {
            context.Raise(FloatExceptions.Invalid);
            context.RoundedUp = false;
            return signed ? 1UL << (width - 1) : ulong.MaxValue >> (64 - width);
        }

        if (inexact)
        {
            context.Raise(FloatExceptions.Precision);
        }

        return (value.Negative ? 0 - magnitude : magnitude) & (ulong.MaxValue >> (64 - width));
    }

    private static ulong Limit(int width, bool signed, bool negative)
    {
        if (!signed)
        {
            return negative ? 0 : ulong.MaxValue >> (64 - width);
        }

        ulong half = 1UL << (width - 1);
        return negative ? half : half - 1;
    }
}
