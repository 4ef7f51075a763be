using System.Numerics;
using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Tests.FloatingPoint;

/// <summary>A format as the reference sees it: nothing but its numbers.</summary>
internal readonly record struct ReferenceFormat(int Precision, int ExponentBits, bool ExplicitIntegerBit)
{
    public static ReferenceFormat Single => new(24, 8, false);

    public static ReferenceFormat Double => new(53, 11, false);

    public static ReferenceFormat Extended => new(64, 15, true);

    public int Bias => (1 << (ExponentBits - 1)) - 1;

    public int StoredBits => ExplicitIntegerBit ? Precision : Precision - 1;
}

/// <summary>An exact rational number with a sign of its own, so that zeros have one.</summary>
internal readonly record struct ExactNumber(bool Negative, BigInteger Numerator, BigInteger Denominator)
{
    public bool IsZero => Numerator.IsZero;

    public static ExactNumber Scaled(bool negative, BigInteger magnitude, int exponent) => exponent >= 0
        ? new(negative, magnitude << exponent, BigInteger.One)
        : new(negative, magnitude, BigInteger.One << -exponent);

    public static ExactNumber Add(ExactNumber a, ExactNumber b, RoundingMode mode)
    {
        BigInteger sum = (a.Signed * b.Denominator) + (b.Signed * a.Denominator);
        bool negative = sum.IsZero ? (a.Negative == b.Negative && a.IsZero ? a.Negative : mode == RoundingMode.Down) : sum.Sign < 0;
        return new(negative, BigInteger.Abs(sum), a.Denominator * b.Denominator);
    }

    public static ExactNumber Multiply(ExactNumber a, ExactNumber b) =>
        new(a.Negative != b.Negative, a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    public static ExactNumber Divide(ExactNumber a, ExactNumber b) =>
        new(a.Negative != b.Negative, a.Numerator * b.Denominator, a.Denominator * b.Numerator);

    public ExactNumber Negate() => this with { Negative = !Negative };

    private BigInteger Signed => Negative ? -Numerator : Numerator;
}

/// <summary>Rounding by definition, on unbounded integers: slow, short, and nothing shared with the product.</summary>
internal static class ExactReference
{
    /// <summary>The value of a finite encoding; false for infinities, NaNs and unsupported encodings.</summary>
    public static bool TryDecode(UInt128 bits, ReferenceFormat format, out ExactNumber value)
    {
        var stored = (ulong)(bits & ((UInt128.One << format.StoredBits) - 1));
        int exponent = (int)(bits >> format.StoredBits) & ((1 << format.ExponentBits) - 1);
        bool negative = (bits >> (format.StoredBits + format.ExponentBits) & 1) != 0;
        BigInteger significand = stored;
        if (!format.ExplicitIntegerBit && exponent != 0)
        {
            significand += BigInteger.One << (format.Precision - 1);
        }

        value = ExactNumber.Scaled(negative, significand, Math.Max(exponent, 1) - format.Bias - format.Precision + 1);
        bool unsupported = format.ExplicitIntegerBit && exponent != 0 && stored >> 63 == 0;
        return exponent != (1 << format.ExponentBits) - 1 && !unsupported;
    }

    /// <summary>Rounds, with all exceptions masked. <paramref name="precision"/> may be below the format's (x87 precision control).</summary>
    public static UInt128 Round(ExactNumber value, ReferenceFormat format, int precision, RoundingMode mode, out FloatExceptions raised) =>
        Round(value, squareRoot: false, format, precision, mode, out raised);

    public static UInt128 RoundSquareRoot(ExactNumber value, ReferenceFormat format, int precision, RoundingMode mode, out FloatExceptions raised) =>
        Round(value, squareRoot: true, format, precision, mode, out raised);

    private static UInt128 Round(
        ExactNumber value, bool squareRoot, ReferenceFormat format, int precision, RoundingMode mode, out FloatExceptions raised)
    {
        raised = 0;
        if (value.IsZero)
        {
            return Encode(value.Negative, BigInteger.Zero, 0, format, precision);
        }

        int minExponent = 1 - format.Bias;
        int exponent = FloorLog2(value, squareRoot);
        int unit = exponent - precision + 1;
        BigInteger unbounded = RoundToMultiple(value, squareRoot, unit, mode, out _);
        bool tiny = exponent < minExponent && !(exponent == minExponent - 1 && unbounded == BigInteger.One << precision);
        unit = Math.Max(exponent, minExponent) - precision + 1;
        BigInteger rounded = RoundToMultiple(value, squareRoot, unit, mode, out bool inexact);
        raised = (inexact ? FloatExceptions.Precision : 0) | (inexact && tiny ? FloatExceptions.Underflow : 0);
        if (rounded == BigInteger.One << precision)
        {
            rounded >>= 1;
            unit++;
        }

        if (unit + precision - 1 > format.Bias)
        {
            raised = FloatExceptions.Overflow | FloatExceptions.Precision;
            bool toInfinity = mode == RoundingMode.Nearest || mode == (value.Negative ? RoundingMode.Down : RoundingMode.Up);
            return toInfinity
                ? Infinity(value.Negative, format)
                : Encode(value.Negative, (BigInteger.One << precision) - 1, format.Bias - precision + 1, format, precision);
        }

        return Encode(value.Negative, rounded, unit, format, precision);
    }

    private static BigInteger RoundToMultiple(ExactNumber value, bool squareRoot, int unit, RoundingMode mode, out bool inexact)
    {
        int scale = squareRoot ? 2 * unit : unit;
        BigInteger numerator = scale < 0 ? value.Numerator << -scale : value.Numerator;
        BigInteger denominator = scale > 0 ? value.Denominator << scale : value.Denominator;
        BigInteger floor = squareRoot ? IntegerSquareRoot(numerator / denominator) : numerator / denominator;
        BigInteger power = squareRoot ? floor * floor : floor;
        inexact = power * denominator != numerator;
        BigInteger half = squareRoot ? ((2 * floor) + 1) * ((2 * floor) + 1) : (4 * floor) + 2;
        int againstHalf = (4 * numerator).CompareTo(half * denominator);
        bool up = mode switch
        {
            RoundingMode.Nearest => againstHalf > 0 || (againstHalf == 0 && !floor.IsEven),
            RoundingMode.Down => inexact && value.Negative,
            RoundingMode.Up => inexact && !value.Negative,
            _ => false,
        };
        return up ? floor + 1 : floor;
    }

    private static int FloorLog2(ExactNumber value, bool squareRoot)
    {
        int log = (int)(value.Numerator.GetBitLength() - value.Denominator.GetBitLength());
        BigInteger power = log >= 0 ? value.Denominator << log : value.Denominator;
        BigInteger compared = log >= 0 ? value.Numerator : value.Numerator << -log;
        log = compared < power ? log - 1 : log;
        return squareRoot ? log >> 1 : log;
    }

    private static BigInteger IntegerSquareRoot(BigInteger value)
    {
        if (value.IsZero)
        {
            return value;
        }

        BigInteger root = BigInteger.One << ((int)(value.GetBitLength() + 1) / 2);
        while (true)
        {
            BigInteger next = (root + (value / root)) >> 1;
            if (next >= root)
            {
                return root;
            }

            root = next;
        }
    }

    private static UInt128 Infinity(bool negative, ReferenceFormat format)
    {
        UInt128 sign = negative ? UInt128.One << (format.StoredBits + format.ExponentBits) : 0;
        UInt128 significand = format.ExplicitIntegerBit ? UInt128.One << 63 : 0;
        return sign | (((UInt128.One << format.ExponentBits) - 1) << format.StoredBits) | significand;
    }

    private static UInt128 Encode(bool negative, BigInteger significand, int unit, ReferenceFormat format, int precision)
    {
        UInt128 sign = negative ? UInt128.One << (format.StoredBits + format.ExponentBits) : 0;
        significand <<= format.Precision - precision;
        unit -= format.Precision - precision;
        bool normal = significand >> (format.Precision - 1) != 0;
        UInt128 exponent = normal ? (UInt128)(unit + format.Precision - 1 + format.Bias) : 0;
        var stored = (UInt128)(significand & ((BigInteger.One << format.StoredBits) - 1));
        return sign | (exponent << format.StoredBits) | stored;
    }
}
