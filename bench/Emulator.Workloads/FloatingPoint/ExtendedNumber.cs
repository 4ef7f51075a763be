using System.Numerics;

namespace Emulator.Workloads.FloatingPoint;

/// <summary>
/// A number of the x87's double extended-precision format, rounded to nearest even (SDM Vol. 1, 4.2 and 4.8.4), by integers of any length: the
/// reference of <see cref="X87Series"/>. Zero and positive numbers of moderate size only.
/// </summary>
/// <param name="Significand">64 bits, the top one set; or 0.</param>
/// <param name="Exponent">The weight of the lowest bit, as a power of two.</param>
internal readonly record struct ExtendedNumber(ulong Significand, int Exponent)
{
    private const int Precision = 64;
    private const int GuardBits = 130;

    /// <summary>A whole number.</summary>
    public static ExtendedNumber From(ulong value) => Round(value, 0);

    public static ExtendedNumber operator +(ExtendedNumber left, ExtendedNumber right) => Combine(left, right, 1);

    public static ExtendedNumber operator -(ExtendedNumber left, ExtendedNumber right) => Combine(left, right, -1);

    public static ExtendedNumber operator /(ExtendedNumber left, ExtendedNumber right)
    {
        var quotient = BigInteger.DivRem((BigInteger)left.Significand << GuardBits, right.Significand, out var remainder);
        return Round((quotient << 1) | (remainder.IsZero ? 0 : 1), left.Exponent - right.Exponent - GuardBits - 1);
    }

    private static ExtendedNumber Combine(ExtendedNumber left, ExtendedNumber right, int sign)
    {
        if (left.Significand == 0)
        {
            return right;
        }

        var exponent = Math.Min(left.Exponent, right.Exponent);
        var first = (BigInteger)left.Significand << (left.Exponent - exponent);
        var second = (BigInteger)right.Significand << (right.Exponent - exponent);
        return Round(first + (sign * second), exponent);
    }

    private static ExtendedNumber Round(BigInteger value, int exponent)
    {
        var excess = (int)value.GetBitLength() - Precision;
        if (excess <= 0)
        {
            return new ExtendedNumber((ulong)(value << -excess), exponent + excess);
        }

        var kept = value >> excess;
        var half = BigInteger.One << (excess - 1);
        var rest = value - (kept << excess);
        if (rest > half || (rest == half && !kept.IsEven))
        {
            kept++;
        }

        return kept.GetBitLength() > Precision
            ? new ExtendedNumber((ulong)(kept >> 1), exponent + excess + 1)
            : new ExtendedNumber((ulong)kept, exponent + excess);
    }
}
