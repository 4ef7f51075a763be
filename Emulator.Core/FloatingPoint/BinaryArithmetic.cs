using System.Numerics;

namespace Emulator.Core.FloatingPoint;

/// <summary>
/// The SSE meaning of arithmetic on one interchange format, on raw bits: NaN operands by SDM Vol. 1, table 4-7
/// (first operand first, quieted), denormals and flags by MXCSR.
/// </summary>
internal static class BinaryArithmetic<TFormat>
    where TFormat : struct, IBinaryFormat
{
    private static int FractionBits => TFormat.Precision - 1;

    private static int SignPosition => FractionBits + TFormat.ExponentBits;

    private static int MaxExponent => (1 << (TFormat.ExponentBits - 1)) - 1;

    private static int MinExponent => 1 - MaxExponent;

    private static ulong FractionMask => (1UL << FractionBits) - 1;

    private static ulong ExponentMask => (1UL << TFormat.ExponentBits) - 1;

    /// <summary>Takes an operand apart. Denormals become zeros of their sign when asked to.</summary>
    public static UnpackedFloat Unpack(ulong bits, bool denormalsAreZero)
    {
        UnpackedFloat value = default;
        value.Negative = ((bits >> SignPosition) & 1) != 0;
        ulong exponent = (bits >> FractionBits) & ExponentMask;
        ulong fraction = bits & FractionMask;
        if (exponent == 0)
        {
            if (fraction == 0 || denormalsAreZero)
            {
                return value;
            }

            int shift = BitOperations.LeadingZeroCount(fraction);
            value.Class = FloatClass.Denormal;
            value.High = fraction << shift;
            value.Exponent = MinExponent - FractionBits + 63 - shift;
            return value;
        }

        value.High = UnpackedFloat.IntegerBit | (fraction << (63 - FractionBits));
        value.Exponent = (int)exponent - MaxExponent;
        value.Class = FloatClass.Normal;
        if (exponent == ExponentMask)
        {
            value.Class = fraction == 0 ? FloatClass.Infinity
                : (value.High & UnpackedFloat.QuietBit) != 0 ? FloatClass.QuietNaN
                : FloatClass.SignalingNaN;
        }

        return value;
    }

    /// <summary>Rounds a result (or a NaN, which it quiets) into the format.</summary>
    public static ulong RoundAndPack(UnpackedFloat value, ref FloatContext context)
    {
        FloatRounding.Round(ref value, TFormat.Precision, MinExponent, MaxExponent, ref context);
        return Pack(value);
    }

    public static ulong Add(ulong a, ulong b, bool subtract, ref FloatContext context)
    {
        UnpackedFloat x = Unpack(a, context.DenormalsAreZero), y = Unpack(b, context.DenormalsAreZero);
        if (x.IsNaN || y.IsNaN)
        {
            return Pack(PropagateNaN(x, y, ref context));
        }

        y.Negative ^= subtract;
        return Finish(ExactArithmetic.Add(x, y, ref context), ref context);
    }

    public static ulong Multiply(ulong a, ulong b, ref FloatContext context)
    {
        UnpackedFloat x = Unpack(a, context.DenormalsAreZero), y = Unpack(b, context.DenormalsAreZero);
        return x.IsNaN || y.IsNaN
            ? Pack(PropagateNaN(x, y, ref context))
            : Finish(ExactArithmetic.Multiply(x, y, ref context), ref context);
    }

    public static ulong Divide(ulong a, ulong b, ref FloatContext context)
    {
        UnpackedFloat x = Unpack(a, context.DenormalsAreZero), y = Unpack(b, context.DenormalsAreZero);
        return x.IsNaN || y.IsNaN
            ? Pack(PropagateNaN(x, y, ref context))
            : Finish(ExactArithmetic.Divide(x, y, ref context), ref context);
    }

    public static ulong SquareRoot(ulong a, ref FloatContext context)
    {
        UnpackedFloat x = Unpack(a, context.DenormalsAreZero);
        return x.IsNaN
            ? Pack(PropagateNaN(x, x, ref context))
            : Finish(ExactArithmetic.SquareRoot(x, ref context), ref context);
    }

    /// <summary>±(a × b) ± c, rounded once. NaN priority a, b, c (SDM Vol. 1, table 14-18).</summary>
    public static ulong MultiplyAdd(ulong a, ulong b, ulong c, MultiplyAddSigns signs, ref FloatContext context)
    {
        bool daz = context.DenormalsAreZero;
        UnpackedFloat x = Unpack(a, daz), y = Unpack(b, daz), z = Unpack(c, daz);
        if (x.IsNaN || y.IsNaN || z.IsNaN)
        {
            RaiseIfSignaling(z, ref context);
            return Pack(x.IsNaN || y.IsNaN ? PropagateNaN(x, y, ref context) : z);
        }

        z.Negative ^= (signs & MultiplyAddSigns.NegateAddend) != 0;
        bool negateProduct = (signs & MultiplyAddSigns.NegateProduct) != 0;
        return Finish(ExactArithmetic.MultiplyAdd(x, y, z, negateProduct, ref context), ref context);
    }

    public static FloatRelation Compare(ulong a, ulong b, bool signalQuietNaNs, ref FloatContext context)
    {
        UnpackedFloat x = Unpack(a, context.DenormalsAreZero), y = Unpack(b, context.DenormalsAreZero);
        if (x.IsNaN || y.IsNaN)
        {
            if (signalQuietNaNs || x.Class == FloatClass.SignalingNaN || y.Class == FloatClass.SignalingNaN)
            {
                context.Raise(FloatExceptions.Invalid);
            }

            return FloatRelation.Unordered;
        }

        ExactArithmetic.NoteDenormals(x, y, ref context);
        return ExactArithmetic.Compare(x, y);
    }

    /// <summary>MINSS and MAXSS: the second operand on any NaN and on two zeros.</summary>
    public static ulong Select(ulong a, ulong b, FloatRelation winner, ref FloatContext context)
    {
        FloatRelation relation = Compare(a, b, signalQuietNaNs: true, ref context);
        ulong chosen = relation == winner ? a : b;
        UnpackedFloat value = Unpack(chosen, context.DenormalsAreZero);
        return value.Class == FloatClass.Zero ? Pack(value) : chosen;
    }

    /// <summary>ROUNDSS: denormal operands raise nothing but, when asked for, Precision.</summary>
    public static ulong RoundToIntegral(ulong a, RoundingMode mode, bool suppressPrecision, ref FloatContext context)
    {
        UnpackedFloat x = Unpack(a, context.DenormalsAreZero);
        if (x.IsNaN)
        {
            return Pack(PropagateNaN(x, x, ref context));
        }

        if (!x.IsFinite || x.Exponent >= FractionBits)
        {
            return Pack(x);
        }

        FloatRounding.ToMagnitude(x, mode, out ulong magnitude, out bool inexact, ref context);
        if (inexact && !suppressPrecision)
        {
            context.Raise(FloatExceptions.Precision);
        }

        return Pack(UnpackedFloat.FromInteger(x.Negative, magnitude));
    }

    /// <summary>
    /// A conversion to a signed or unsigned integer of <paramref name="width"/> bits. Out of range or NaN: Invalid, and the integer
    /// indefinite (80000000h signed, all ones unsigned).
    /// </summary>
    public static ulong ToInteger(ulong a, int width, bool signed, RoundingMode mode, ref FloatContext context) =>
        IntegerConversion.FromUnpacked(Unpack(a, context.DenormalsAreZero), width, signed, mode, ref context);

    public static ulong FromInteger(bool negative, ulong magnitude, ref FloatContext context) =>
        RoundAndPack(UnpackedFloat.FromInteger(negative, magnitude), ref context);

    /// <summary>Changes the format; a NaN keeps what fits of its payload and is quieted.</summary>
    public static ulong ConvertTo<TTarget>(ulong a, ref FloatContext context)
        where TTarget : struct, IBinaryFormat
    {
        UnpackedFloat x = Unpack(a, context.DenormalsAreZero);
        RaiseIfSignaling(x, ref context);
        ExactArithmetic.NoteDenormals(x, x, ref context);
        return BinaryArithmetic<TTarget>.Finish(x, ref context);
    }

    /// <summary>Rounds and packs, unless an unmasked exception has already stopped the operation.</summary>
    public static ulong Finish(UnpackedFloat value, ref FloatContext context) =>
        (context.Unmasked & FloatExceptions.PreComputation) != 0 ? 0 : RoundAndPack(value, ref context);

    private static ulong Pack(in UnpackedFloat value)
    {
        ulong sign = value.Negative ? 1UL << SignPosition : 0;
        switch (value.Class)
        {
            case FloatClass.Zero:
                return sign;
            case FloatClass.Infinity:
                return sign | (ExponentMask << FractionBits);
            case FloatClass.Normal:
            case FloatClass.Denormal:
                return sign | PackFinite(value);
            default:
                ulong payload = (value.High | UnpackedFloat.QuietBit) << 1 >> (64 - FractionBits);
                return sign | (ExponentMask << FractionBits) | payload;
        }
    }

    private static ulong PackFinite(in UnpackedFloat value)
    {
        // A denormal result has MinExponent and a clear integer bit; a denormal operand passed through is normalised.
        ulong high = value.High;
        int exponent = value.Exponent;
        if (exponent < MinExponent)
        {
            high >>= Math.Min(MinExponent - exponent, 63);
            exponent = MinExponent;
        }

        ulong biased = (high & UnpackedFloat.IntegerBit) != 0 ? (ulong)(exponent + MaxExponent) & ExponentMask : 0;
        return (biased << FractionBits) | ((high << 1) >> (64 - FractionBits));
    }

    private static UnpackedFloat PropagateNaN(in UnpackedFloat a, in UnpackedFloat b, ref FloatContext context)
    {
        RaiseIfSignaling(a, ref context);
        RaiseIfSignaling(b, ref context);
        return a.IsNaN ? a : b;
    }

    private static void RaiseIfSignaling(in UnpackedFloat a, ref FloatContext context)
    {
        if (a.Class == FloatClass.SignalingNaN)
        {
            context.Raise(FloatExceptions.Invalid);
        }
    }
}
