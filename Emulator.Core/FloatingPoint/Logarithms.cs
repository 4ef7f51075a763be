namespace Emulator.Core.FloatingPoint;

/// <summary>F2XM1, FYL2X and FYL2XP1 (SDM Vol. 1, 8.3.9), within 2^-118 before rounding; operands are no NaNs.</summary>
internal static class Logarithms
{
    private const int ExponentialTerms = 34;
    private const int LogarithmTerms = 27;

    /// <summary>Of the x87 format.</summary>
    private const int MinExponent = -16382;

    /// <summary>√2 as a 64-bit significand.</summary>
    private const ulong RootOfTwo = 0xB504_F333_F9DE_6484;

    /// <summary>
    /// 2^x - 1. Beyond [-1, 1] the manual leaves the result undefined: here x comes back, inexact, as on AMD processors.
    /// </summary>
    public static UnpackedFloat ExponentialMinusOne(in UnpackedFloat x, ref FloatContext context)
    {
        if (x.Class == FloatClass.Infinity)
        {
            return x.Negative ? UnpackedFloat.FromInteger(negative: true, 1) : x;
        }

        if (x.Class == FloatClass.Zero)
        {
            return x;
        }

        if (x.Exponent >= 0)
        {
            RaiseInexact(tiny: false, ref context);
            bool minusOne = x.Negative && x.Exponent == 0 && x.High == UnpackedFloat.IntegerBit;
            return minusOne ? UnpackedFloat.FromInteger(negative: true, 1, -1) : x;
        }

        UnpackedFloat t = WideArithmetic.Multiply(x, TranscendentalTables.Ln2);
        UnpackedFloat magnitude = t;
        magnitude.Negative = false;
        UnpackedFloat series = WideArithmetic.Series(
            TranscendentalTables.Exponential, ExponentialTerms, WideArithmetic.ToFraction(magnitude), alternate: x.Negative);
        UnpackedFloat result = WideArithmetic.Multiply(t, series);
        result.Low |= 1;
        return result;
    }

    /// <summary>y × log2(x).</summary>
    public static UnpackedFloat YLog2X(in UnpackedFloat y, in UnpackedFloat x, ref FloatContext context)
    {
        bool invalid = x.Class == FloatClass.Zero ? y.Class == FloatClass.Zero
            : x.Negative
            || (x.Class == FloatClass.Infinity && y.Class == FloatClass.Zero)
            || (y.Class == FloatClass.Infinity && IsOne(x));
        if (invalid)
        {
            return ExactArithmetic.Invalid(ref context);
        }

        if (x.Class == FloatClass.Zero && y.Class != FloatClass.Infinity)
        {
            context.Raise(FloatExceptions.DivideByZero);
            return UnpackedFloat.Infinity(!y.Negative);
        }

        ExactArithmetic.NoteDenormals(x, y, ref context);
        bool below = x.Class == FloatClass.Zero || (x.IsFinite && x.Exponent < 0);
        if (x.Class is FloatClass.Zero or FloatClass.Infinity || y.Class == FloatClass.Infinity)
        {
            return UnpackedFloat.Infinity(y.Negative != below);
        }

        return y.Class == FloatClass.Zero ? UnpackedFloat.Zero(y.Negative != below) : Scale(y, Log2(x), ref context);
    }

    /// <summary>y × log2(x + 1).</summary>
    public static UnpackedFloat YLog2XPlus1(in UnpackedFloat y, in UnpackedFloat x, ref FloatContext context)
    {
        bool negative = x.Negative != y.Negative;
        bool invalid = (x.Negative && x.Class == FloatClass.Infinity)
            || (x.Class == FloatClass.Infinity && y.Class == FloatClass.Zero)
            || (x.Class == FloatClass.Zero && y.Class == FloatClass.Infinity);
        if (invalid)
        {
            return ExactArithmetic.Invalid(ref context);
        }

        ExactArithmetic.NoteDenormals(x, y, ref context);
        if (x.Class == FloatClass.Infinity || y.Class == FloatClass.Infinity)
        {
            return UnpackedFloat.Infinity(negative);
        }

        if (x.Class == FloatClass.Zero || y.Class == FloatClass.Zero)
        {
            return UnpackedFloat.Zero(negative);
        }

        if (x.Negative && x.Exponent >= 0)
        {
            // Outside the function's domain the manual leaves the result undefined: AMD processors return x.
            RaiseInexact(tiny: false, ref context);
            return x;
        }

        // Within the documented range of ±(1 - √2/2) nothing of x may be lost to the 1.
        UnpackedFloat logarithm = x.Exponent < -1
            ? LogarithmOfRatio(x, ExactArithmetic.AddFinite(x, UnpackedFloat.FromInteger(negative: false, 2), RoundingMode.Nearest))
            : Log2(ExactArithmetic.AddFinite(x, UnpackedFloat.FromInteger(negative: false, 1), RoundingMode.Nearest));
        return Scale(y, logarithm, ref context);
    }

    private static bool IsOne(in UnpackedFloat x) => x.IsFinite && !x.Negative && x.Exponent == 0 && x.High == UnpackedFloat.IntegerBit;

    /// <summary>Binary logarithm of a positive finite number: the exponent and 2/ln 2 × atanh((m - 1) / (m + 1)).</summary>
    private static UnpackedFloat Log2(UnpackedFloat x)
    {
        int exponent = x.Exponent;
        x.Exponent = 0;
        x.Class = FloatClass.Normal;
        if (x.High >= RootOfTwo)
        {
            x.Exponent = -1;
            exponent++;
        }

        UnpackedFloat whole = UnpackedFloat.FromInteger(exponent < 0, (ulong)Math.Abs(exponent));
        UnpackedFloat numerator = ExactArithmetic.AddFinite(x, UnpackedFloat.FromInteger(negative: true, 1), RoundingMode.Nearest);
        if (numerator.Class == FloatClass.Zero)
        {
            return whole;
        }

        UnpackedFloat denominator = ExactArithmetic.AddFinite(x, UnpackedFloat.FromInteger(negative: false, 1), RoundingMode.Nearest);
        return ExactArithmetic.AddFinite(whole, LogarithmOfRatio(numerator, denominator), RoundingMode.Nearest);
    }

    private static UnpackedFloat LogarithmOfRatio(in UnpackedFloat numerator, in UnpackedFloat denominator)
    {
        UnpackedFloat s = WideArithmetic.Divide(numerator, denominator);
        UInt128 square = WideArithmetic.ToFraction(WideArithmetic.Multiply(s, s));
        UnpackedFloat series = WideArithmetic.Series(TranscendentalTables.OddReciprocals, LogarithmTerms, square, alternate: false);
        UnpackedFloat result = WideArithmetic.Multiply(WideArithmetic.Multiply(s, series), TranscendentalTables.TwoOverLn2);
        result.Low |= 1;
        return result;
    }

    /// <summary>y × logarithm. When the logarithm is an integer the product is exact, but Precision is reported all the same.</summary>
    private static UnpackedFloat Scale(in UnpackedFloat y, in UnpackedFloat logarithm, ref FloatContext context)
    {
        if (logarithm.Class == FloatClass.Zero)
        {
            return UnpackedFloat.Zero(y.Negative);
        }

        if (logarithm.Low == 0)
        {
            UnpackedFloat product = ExactArithmetic.MultiplyFinite(y, logarithm);
            bool tiny = product.Exponent < MinExponent;
            RaiseInexact(tiny, ref context);
            return product;
        }

        UnpackedFloat result = WideArithmetic.Multiply(y, logarithm);
        result.Low |= 1;
        return result;
    }

    private static void RaiseInexact(bool tiny, ref FloatContext context)
    {
        if ((context.Unmasked & FloatExceptions.PreComputation) == 0)
        {
            context.Raise(FloatExceptions.Precision | (tiny ? FloatExceptions.Underflow : 0));
        }
    }
}
