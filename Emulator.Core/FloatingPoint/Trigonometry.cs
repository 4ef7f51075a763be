namespace Emulator.Core.FloatingPoint;

/// <summary>
/// FSIN, FCOS, FPTAN and FPATAN (SDM Vol. 1, 8.3.8 and 8.3.10). Arguments are reduced by π rounded to 66 bits, as the hardware's internal π is;
/// results are within 2^-120 of the exact value of the reduced argument before they are rounded.
/// </summary>
internal static class Trigonometry
{
    private const int SineTerms = 17;
    private const int CosineTerms = 18;
    private const int ArcTangentTerms = 18;

    private const int TinyExponent = -64;

    /// <summary>Arguments from 2^63 on are out of range: C2.</summary>
    public const int RangeExponent = 63;

    /// <summary>π × 2^64, 66 bits.</summary>
    private static UInt128 PiBits => new(3, 0x243F_6A88_85A3_08D3);

    /// <summary>Sine of a finite, non-zero value in range.</summary>
    public static UnpackedFloat Sine(in UnpackedFloat x)
    {
        UnpackedFloat reduced = Reduce(x, out int quadrant);
        UnpackedFloat result = (quadrant & 1) == 0 ? SineOfReduced(reduced) : CosineOfReduced(reduced);
        result.Negative = result.Negative != ((quadrant & 2) != 0) != x.Negative;
        return result;
    }

    /// <summary>Cosine of a finite, non-zero value in range.</summary>
    public static UnpackedFloat Cosine(in UnpackedFloat x)
    {
        UnpackedFloat reduced = Reduce(x, out int quadrant);
        UnpackedFloat result = (quadrant & 1) == 0 ? CosineOfReduced(reduced) : SineOfReduced(reduced);
        result.Negative = result.Negative != (((quadrant + 1) & 2) != 0);
        return result;
    }

    /// <summary>Tangent of a finite, non-zero value in range.</summary>
    public static UnpackedFloat Tangent(in UnpackedFloat x)
    {
        UnpackedFloat reduced = Reduce(x, out int quadrant);
        if (quadrant == 0 && reduced.Exponent < TinyExponent)
        {
            // x + x³/3: a little more than x, too little for 128 bits.
            reduced.Low |= 1;
            reduced.Class = FloatClass.Normal;
            reduced.Negative = x.Negative;
            return reduced;
        }

        UnpackedFloat sine = SineOfReduced(reduced), cosine = CosineOfReduced(reduced);
        UnpackedFloat result = (quadrant & 1) == 0 ? WideArithmetic.Divide(sine, cosine) : WideArithmetic.Divide(cosine, sine);
        result.Low |= 1;
        result.Negative = result.Negative != ((quadrant & 1) != 0) != x.Negative;
        return result;
    }

    /// <summary>The angle of the point (x, y), neither being NaN (SDM Vol. 2, FPATAN, table of results).</summary>
    public static UnpackedFloat ArcTangent(in UnpackedFloat y, in UnpackedFloat x)
    {
        UnpackedFloat angle;
        bool yInfinite = y.Class == FloatClass.Infinity, xInfinite = x.Class == FloatClass.Infinity;
        if (yInfinite && xInfinite)
        {
            angle = x.Negative ? TranscendentalTables.ThreeQuartersPi : TranscendentalTables.QuarterPi;
        }
        else if (y.Class == FloatClass.Zero || xInfinite)
        {
            angle = x.Negative ? TranscendentalTables.Pi : UnpackedFloat.Zero(negative: false);
        }
        else if (yInfinite || x.Class == FloatClass.Zero)
        {
            angle = TranscendentalTables.HalfPi;
        }
        else
        {
            angle = ArcTangentFinite(y, x);
        }

        angle.Negative = y.Negative;
        return angle;
    }

    private static UnpackedFloat ArcTangentFinite(UnpackedFloat y, UnpackedFloat x)
    {
        bool obtuse = x.Negative;
        y.Negative = false;
        x.Negative = false;
        bool steep = ExactArithmetic.Compare(y, x) == FloatRelation.Greater;
        UnpackedFloat angle = steep ? ArcTangentOfRatio(x, y) : ArcTangentOfRatio(y, x);
        if (steep)
        {
            angle.Negative = true;
            angle = ExactArithmetic.AddFinite(TranscendentalTables.HalfPi, angle, RoundingMode.Nearest);
        }

        if (obtuse)
        {
            angle.Negative = true;
            angle = ExactArithmetic.AddFinite(TranscendentalTables.Pi, angle, RoundingMode.Nearest);
        }

        angle.Low |= 1;
        return angle;
    }

    /// <summary>atan(a / b) for positive a up to b: atan(j/8) + atan((a - b j/8) / (b + a j/8)).</summary>
    private static UnpackedFloat ArcTangentOfRatio(in UnpackedFloat a, in UnpackedFloat b)
    {
        int distance = b.Exponent - a.Exponent;
        int eighth = distance > 4 ? 0 : (int)((a.High * 8.0 / b.High / (1 << distance)) + 0.5);
        if (eighth == 0)
        {
            return ArcTangentSeries(WideArithmetic.Divide(a, b));
        }

        UnpackedFloat factor = UnpackedFloat.FromInteger(negative: false, (ulong)eighth, -3);
        UnpackedFloat subtrahend = ExactArithmetic.MultiplyFinite(b, factor);
        subtrahend.Negative = true;
        UnpackedFloat numerator = ExactArithmetic.AddFinite(a, subtrahend, RoundingMode.Nearest);
        UnpackedFloat denominator = ExactArithmetic.AddFinite(b, ExactArithmetic.MultiplyFinite(a, factor), RoundingMode.Nearest);
        ReadOnlySpan<ulong> table = TranscendentalTables.ArcTangentOfEighths;
        UnpackedFloat angle = UnpackedFloat.FromWide(negative: false, 0, table[2 * eighth], table[(2 * eighth) + 1]);
        return numerator.Class == FloatClass.Zero
            ? angle
            : ExactArithmetic.AddFinite(angle, ArcTangentSeries(WideArithmetic.Divide(numerator, denominator)), RoundingMode.Nearest);
    }

    private static UnpackedFloat ArcTangentSeries(in UnpackedFloat u)
    {
        UInt128 square = WideArithmetic.ToFraction(WideArithmetic.Multiply(u, u));
        return WideArithmetic.Multiply(u, WideArithmetic.Series(TranscendentalTables.OddReciprocals, ArcTangentTerms, square, alternate: true));
    }

    private static UnpackedFloat SineOfReduced(in UnpackedFloat reduced)
    {
        UInt128 square = WideArithmetic.ToFraction(WideArithmetic.Multiply(reduced, reduced));
        UnpackedFloat sine = WideArithmetic.Multiply(
            reduced, WideArithmetic.Series(TranscendentalTables.Sine, SineTerms, square, alternate: true));
        sine.Low |= 1;
        return sine;
    }

    private static UnpackedFloat CosineOfReduced(in UnpackedFloat reduced)
    {
        UInt128 square = WideArithmetic.ToFraction(WideArithmetic.Multiply(reduced, reduced));
        UnpackedFloat cosine = WideArithmetic.Series(TranscendentalTables.Cosine, CosineTerms, square, alternate: true);
        cosine.Low |= 1;
        return cosine;
    }

    /// <summary>|x| - quadrant × π/2, at most π/4 in magnitude: exact, in units of 2^-65.</summary>
    private static UnpackedFloat Reduce(in UnpackedFloat x, out int quadrant)
    {
        quadrant = 0;
        UnpackedFloat reduced = x;
        reduced.Negative = false;
        if (x.Exponent < -1)
        {
            return reduced;
        }

        UInt128 dividend = (UInt128)x.High << (x.Exponent + 2);
        (UInt128 quotient, UInt128 remainder) = UInt128.DivRem(dividend, PiBits);
        quadrant = (int)(quotient & 3);
        bool beyondHalf = remainder > PiBits >> 1;
        if (beyondHalf)
        {
            remainder = PiBits - remainder;
            quadrant = (quadrant + 1) & 3;
        }

        return UnpackedFloat.FromWide(beyondHalf, 127 - 65, (ulong)(remainder >> 64), (ulong)remainder);
    }
}
