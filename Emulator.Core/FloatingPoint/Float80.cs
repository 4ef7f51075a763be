using System.Runtime.InteropServices;

namespace Emulator.Core.FloatingPoint;

/// <summary>
/// The x87 double extended-precision format with its arithmetic (SDM Vol. 1, 4.2.2 and chapter 8).
/// Arithmetic rounds as the context's precision control says; when an unmasked pre-computation exception is met the result is
/// meaningless and must not be stored; unmasked overflow and underflow give the bias-adjusted result (8.5.4, 8.5.5).
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly partial struct Float80 : IEquatable<Float80>
{
    private const int Bias = 16383;
    private const int MinExponent = 1 - Bias;
    private const int MaxExponent = Bias;
    private const int ExponentMask = 0x7FFF;

    public Float80(ulong significand, ushort signExponent)
    {
        Significand = significand;
        SignExponent = signExponent;
    }

    public static Float80 PositiveZero => default;

    public static Float80 One => new(UnpackedFloat.IntegerBit, Bias);

    /// <summary>The QNaN floating-point indefinite (SDM Vol. 1, table 4-3).</summary>
    public static Float80 DefaultNaN => new(UnpackedFloat.IntegerBit | UnpackedFloat.QuietBit, 0xFFFF);

    /// <summary>The explicit integer bit (63) and the fraction.</summary>
    public ulong Significand { get; }

    /// <summary>Sign (bit 15) and biased exponent.</summary>
    public ushort SignExponent { get; }

    public bool IsNegative => (SignExponent & 0x8000) != 0;

    public bool IsZero => (SignExponent & ExponentMask) == 0 && Significand == 0;

    public bool IsInfinity => (SignExponent & ExponentMask) == ExponentMask && Significand == UnpackedFloat.IntegerBit;

    /// <summary>A NaN with its integer bit set, quiet or signaling.</summary>
    public bool IsNaN => (SignExponent & ExponentMask) == ExponentMask && Significand > UnpackedFloat.IntegerBit;

    /// <summary>A denormal or pseudo-denormal.</summary>
    public bool IsDenormal => (SignExponent & ExponentMask) == 0 && Significand != 0;

    /// <summary>A pseudo-NaN, pseudo-infinity or unnormal: invalid as an operand (SDM Vol. 1, 8.2.2).</summary>
    public bool IsUnsupported => (SignExponent & ExponentMask) != 0 && (Significand & UnpackedFloat.IntegerBit) == 0;

    public static bool operator ==(Float80 left, Float80 right) => left.Equals(right);

    public static bool operator !=(Float80 left, Float80 right) => !left.Equals(right);

    /// <summary>FCHS: any encoding, nothing raised.</summary>
    public static Float80 Negate(Float80 a) => new(a.Significand, (ushort)(a.SignExponent ^ 0x8000));

    /// <summary>FABS: any encoding, nothing raised.</summary>
    public static Float80 Abs(Float80 a) => new(a.Significand, (ushort)(a.SignExponent & ExponentMask));

    /// <summary>Same bits; not numeric equality.</summary>
    public bool Equals(Float80 other) => Significand == other.Significand && SignExponent == other.SignExponent;

    public override bool Equals(object? obj) => obj is Float80 other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Significand, SignExponent);

    public override string ToString() => $"{SignExponent:X4}:{Significand:X16}";

    internal static UnpackedFloat Unpack(Float80 a)
    {
        UnpackedFloat value = default;
        int exponent = a.SignExponent & ExponentMask;
        value.Negative = a.IsNegative;
        value.High = a.Significand;
        value.Exponent = exponent - Bias;
        if (exponent == 0)
        {
            if (a.Significand != 0)
            {
                int shift = System.Numerics.BitOperations.LeadingZeroCount(a.Significand);
                value.Class = FloatClass.Denormal;
                value.High <<= shift;
                value.Exponent = MinExponent - shift;
            }
        }
        else if ((a.Significand & UnpackedFloat.IntegerBit) == 0)
        {
            value.Class = FloatClass.Unsupported;
        }
        else if (exponent != ExponentMask)
        {
            value.Class = FloatClass.Normal;
        }
        else if (a.Significand == UnpackedFloat.IntegerBit)
        {
            value.Class = FloatClass.Infinity;
        }
        else
        {
            value.Class = (a.Significand & UnpackedFloat.QuietBit) != 0 ? FloatClass.QuietNaN : FloatClass.SignalingNaN;
        }

        return value;
    }

    /// <summary>Packs a value that is already rounded; quiets a NaN.</summary>
    internal static Float80 Pack(in UnpackedFloat value)
    {
        int sign = value.Negative ? 0x8000 : 0;
        switch (value.Class)
        {
            case FloatClass.Zero:
                return new(0, (ushort)sign);
            case FloatClass.Infinity:
                return new(UnpackedFloat.IntegerBit, (ushort)(sign | ExponentMask));
            case FloatClass.Normal:
            case FloatClass.Denormal:
                if (value.Exponent < MinExponent)
                {
                    return new(value.High >> Math.Min(MinExponent - value.Exponent, 63), (ushort)sign);
                }

                bool normal = (value.High & UnpackedFloat.IntegerBit) != 0;
                return new(value.High, (ushort)(sign | (normal ? value.Exponent + Bias : 0)));
            default:
                return new(value.High | UnpackedFloat.IntegerBit | UnpackedFloat.QuietBit, (ushort)(sign | ExponentMask));
        }
    }

    /// <summary>Rounds to a number of bits and packs, unless an unmasked exception has already stopped the operation.</summary>
    internal static Float80 Finish(UnpackedFloat value, int precision, ref FloatContext context)
    {
        if ((context.Unmasked & FloatExceptions.PreComputation) != 0)
        {
            return DefaultNaN;
        }

        FloatRounding.Round(ref value, precision, MinExponent, MaxExponent, ref context);
        return Pack(value);
    }

    /// <summary>
    /// The answer when an operand is a NaN or unsupported: the larger significand of two NaNs of one kind, the quiet one of two kinds
    /// (SDM Vol. 1, table 4-7); an unsupported operand is an invalid operation.
    /// </summary>
    internal static UnpackedFloat PropagateNaN(in UnpackedFloat a, in UnpackedFloat b, ref FloatContext context)
    {
        if (a.Class == FloatClass.Unsupported || b.Class == FloatClass.Unsupported)
        {
            return ExactArithmetic.Invalid(ref context);
        }

        if (a.Class == FloatClass.SignalingNaN || b.Class == FloatClass.SignalingNaN)
        {
            context.Raise(FloatExceptions.Invalid);
        }

        if (!a.IsNaN || !b.IsNaN)
        {
            return a.IsNaN ? a : b;
        }

        if (a.Class != b.Class)
        {
            return a.Class == FloatClass.QuietNaN ? a : b;
        }

        if (a.High != b.High)
        {
            return a.High > b.High ? a : b;
        }

        return a.Negative ? b : a;
    }

    private static int Precision(in FloatContext context) => context.PrecisionControl switch
    {
        PrecisionControl.Single => 24,
        PrecisionControl.Double => 53,
        _ => 64,
    };
}
