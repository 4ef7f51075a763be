namespace Emulator.Core.FloatingPoint;

/// <summary>What FPREM and FPREM1 tell in C2, C0, C3 and C1.</summary>
/// <param name="Incomplete">C2: the exponents were too far apart; run again on the result.</param>
/// <param name="Quotient">The three least significant bits of the quotient; 0 when incomplete.</param>
public readonly record struct RemainderStatus(bool Incomplete, int Quotient);

/// <content>FPREM and FPREM1 (SDM Vol. 2).</content>
public readonly partial struct Float80
{
    /// <summary>
    /// The exact remainder a - b × q, with q truncated (FPREM) or <paramref name="toNearest"/> (FPREM1, IEEE 754).
    /// Exponents 64 or more apart are reduced by 32 to 63 a call.
    /// </summary>
    public static Float80 Remainder(Float80 a, Float80 b, bool toNearest, out RemainderStatus status, ref FloatContext context)
    {
        UnpackedFloat x = Unpack(a), y = Unpack(b);
        status = default;
        if (x.IsNaN || y.IsNaN)
        {
            return Pack(PropagateNaN(x, y, ref context));
        }

        if (x.Class == FloatClass.Infinity || y.Class == FloatClass.Zero)
        {
            return Pack(ExactArithmetic.Invalid(ref context));
        }

        ExactArithmetic.NoteDenormals(x, y, ref context);
        if (x.Class != FloatClass.Zero && y.Class != FloatClass.Infinity)
        {
            x = ReduceFinite(x, y, toNearest, out status);
        }

        return Finish(x, 64, ref context);
    }

    private static UnpackedFloat ReduceFinite(in UnpackedFloat x, in UnpackedFloat y, bool toNearest, out RemainderStatus status)
    {
        int distance = x.Exponent - y.Exponent;
        if (distance < -1 || (distance < 0 && !toNearest))
        {
            status = default;
            return x;
        }

        bool incomplete = distance >= 64;
        int steps = incomplete ? (distance & 31) | 32 : distance;
        ulong remainder = x.High, quotient = 0;
        int exponent = incomplete ? x.Exponent - steps : y.Exponent;
        if (distance < 0)
        {
            // Below the divisor, perhaps above its half: nothing to divide, all to round.
            exponent = x.Exponent;
        }
        else
        {
            quotient = DivideLong(x.High, y.High, steps, out remainder);
        }

        bool negative = x.Negative;
        if (toNearest && !incomplete && ExceedsHalf(remainder, y.High, distance < 0, quotient))
        {
            remainder = distance < 0 ? (y.High << 1) - remainder : y.High - remainder;
            negative = !negative;
            quotient++;
        }

        status = new(incomplete, incomplete ? 0 : (int)quotient & 7);
        return UnpackedFloat.FromInteger(remainder == 0 ? x.Negative : negative, remainder, exponent - 63);
    }

    /// <summary>Whether the remainder is above half the divisor, or is that half under an odd quotient.</summary>
    private static bool ExceedsHalf(ulong remainder, ulong divisor, bool belowByOne, ulong quotient)
    {
        if (belowByOne)
        {
            // Here remainder is in units half as large as the divisor's: half the divisor is the divisor's very number.
            return remainder > divisor;
        }

        ulong complement = divisor - remainder;
        return remainder > complement || (remainder == complement && (quotient & 1) != 0);
    }

    /// <summary>dividend × 2^steps / divisor, both normalised; the quotient's low 64 bits and the remainder.</summary>
    private static ulong DivideLong(ulong dividend, ulong divisor, int steps, out ulong remainder)
    {
        ulong quotient = 0;
        remainder = dividend;
        if (remainder >= divisor)
        {
            remainder -= divisor;
            quotient = 1;
        }

        if (steps == 0)
        {
            return quotient;
        }

        ulong high = remainder >> (64 - steps);
        ulong low = remainder << steps;
        return (quotient << steps) | ExactArithmetic.DivideWide(high, low, divisor, out remainder);
    }
}
