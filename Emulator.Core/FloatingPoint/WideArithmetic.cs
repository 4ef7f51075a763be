namespace Emulator.Core.FloatingPoint;

/// <summary>
/// Arithmetic on full 128-bit significands for the transcendental functions: truncated, within a few units of the last of 128 places.
/// </summary>
internal static class WideArithmetic
{
    public static UnpackedFloat Multiply(in UnpackedFloat a, in UnpackedFloat b)
    {
        UInt128 product = MultiplyHigh(new(a.High, a.Low), new(b.High, b.Low));
        return UnpackedFloat.FromWide(a.Negative != b.Negative, a.Exponent + b.Exponent + 1, (ulong)(product >> 64), (ulong)product);
    }

    public static UnpackedFloat Divide(in UnpackedFloat a, in UnpackedFloat b)
    {
        UInt128 remainder = new(a.High, a.Low), divisor = new(b.High, b.Low);
        int exponent = a.Exponent - b.Exponent;
        if (remainder >= divisor)
        {
            remainder >>= 1;
        }
        else
        {
            exponent--;
        }

        ulong high = Digit(ref remainder, divisor);
        ulong low = Digit(ref remainder, divisor);
        return UnpackedFloat.FromWide(a.Negative != b.Negative, exponent, high, low);
    }

    /// <summary>The upper half of a 256-bit product, less at most 2.</summary>
    public static UInt128 MultiplyHigh(UInt128 a, UInt128 b)
    {
        ulong aHigh = (ulong)(a >> 64), bHigh = (ulong)(b >> 64);
        ulong high = Math.BigMul(aHigh, bHigh, out ulong low);
        ulong first = Math.BigMul(aHigh, (ulong)b, out _);
        ulong second = Math.BigMul((ulong)a, bHigh, out _);
        return new UInt128(high, low) + first + second;
    }

    /// <summary>A value below 1 as 128 fraction bits.</summary>
    public static UInt128 ToFraction(in UnpackedFloat value)
    {
        int shift = -1 - value.Exponent;
        return value.Class == FloatClass.Zero || shift >= 128 ? UInt128.Zero : new UInt128(value.High, value.Low) >> shift;
    }

    /// <summary>
    /// c0 ± z c1 + z² c2 ± ... by Horner's rule. An alternating series with a vanishing z is just below c0, and so is the result,
    /// so that directed rounding sees it.
    /// </summary>
    public static UnpackedFloat Series(ReadOnlySpan<ulong> coefficients, int terms, UInt128 z, bool alternate)
    {
        UInt128 sum = Coefficient(coefficients, terms - 1);
        for (int k = terms - 2; k >= 0; k--)
        {
            UInt128 product = MultiplyHigh(z, sum);
            sum = alternate ? Coefficient(coefficients, k) - product : Coefficient(coefficients, k) + product;
        }

        if (alternate && sum == Coefficient(coefficients, 0))
        {
            sum--;
        }

        return UnpackedFloat.FromWide(negative: false, 0, (ulong)(sum >> 64), (ulong)sum);
    }

    private static UInt128 Coefficient(ReadOnlySpan<ulong> coefficients, int k) => new(coefficients[2 * k], coefficients[(2 * k) + 1]);

    /// <summary>The next 64 quotient bits of remainder / divisor, remainder being below divisor.</summary>
    private static ulong Digit(ref UInt128 remainder, UInt128 divisor)
    {
        ulong top = (ulong)(divisor >> 64), bottom = (ulong)divisor;
        ulong high = (ulong)(remainder >> 64), low = (ulong)remainder;
        ulong digit = ulong.MaxValue, rest;
        bool settled;
        if (high >= top)
        {
            rest = low + top;
            settled = rest < top;
        }
        else
        {
            digit = ExactArithmetic.DivideWide(high, low, top, out rest);
            settled = false;
        }

        while (!settled && Math.BigMul(digit, bottom, out _) >= rest && ((UInt128)digit * bottom) > new UInt128(rest, 0))
        {
            digit--;
            rest += top;
            settled = rest < top;
        }

        remainder = (remainder << 64) - (divisor * digit);
        return digit;
    }
}
