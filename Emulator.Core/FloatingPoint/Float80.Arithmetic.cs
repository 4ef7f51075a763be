namespace Emulator.Core.FloatingPoint;

/// <content>The four operations, square root, comparison, rounding to an integer, scaling and extraction.</content>
public readonly partial struct Float80
{
    public static Float80 Add(Float80 a, Float80 b, ref FloatContext context) => Add(Unpack(a), Unpack(b), ref context);

    internal static Float80 Add(in UnpackedFloat x, in UnpackedFloat y, ref FloatContext context)
    {
        return x.IsNaN || y.IsNaN
            ? Pack(PropagateNaN(x, y, ref context))
            : Finish(ExactArithmetic.Add(x, y, ref context), Precision(context), ref context);
    }

    public static Float80 Sub(Float80 a, Float80 b, ref FloatContext context) => Sub(Unpack(a), Unpack(b), ref context);

    internal static Float80 Sub(in UnpackedFloat x, UnpackedFloat y, ref FloatContext context)
    {
        if (x.IsNaN || y.IsNaN)
        {
            return Pack(PropagateNaN(x, y, ref context));
        }

        y.Negative = !y.Negative;
        return Finish(ExactArithmetic.Add(x, y, ref context), Precision(context), ref context);
    }

    public static Float80 Mul(Float80 a, Float80 b, ref FloatContext context) => Mul(Unpack(a), Unpack(b), ref context);

    internal static Float80 Mul(in UnpackedFloat x, in UnpackedFloat y, ref FloatContext context)
    {
        return x.IsNaN || y.IsNaN
            ? Pack(PropagateNaN(x, y, ref context))
            : Finish(ExactArithmetic.Multiply(x, y, ref context), Precision(context), ref context);
    }

    public static Float80 Div(Float80 a, Float80 b, ref FloatContext context) => Div(Unpack(a), Unpack(b), ref context);

    internal static Float80 Div(in UnpackedFloat x, in UnpackedFloat y, ref FloatContext context)
    {
        return x.IsNaN || y.IsNaN
            ? Pack(PropagateNaN(x, y, ref context))
            : Finish(ExactArithmetic.Divide(x, y, ref context), Precision(context), ref context);
    }

    public static Float80 Sqrt(Float80 a, ref FloatContext context)
    {
        UnpackedFloat x = Unpack(a);
        return x.IsNaN
            ? Pack(PropagateNaN(x, x, ref context))
            : Finish(ExactArithmetic.SquareRoot(x, ref context), Precision(context), ref context);
    }

    /// <summary>Quiet NaNs raise Invalid only when <paramref name="signalAllNaN"/> (FCOM, not FUCOM).</summary>
    public static FloatRelation Compare(Float80 a, Float80 b, bool signalAllNaN, ref FloatContext context) =>
        Compare(Unpack(a), Unpack(b), signalAllNaN, ref context);

    internal static FloatRelation Compare(in UnpackedFloat x, in UnpackedFloat y, bool signalAllNaN, ref FloatContext context)
    {
        if (x.IsNaN || y.IsNaN)
        {
            if (signalAllNaN || x.Class > FloatClass.QuietNaN || y.Class > FloatClass.QuietNaN)
            {
                context.Raise(FloatExceptions.Invalid);
            }

            return FloatRelation.Unordered;
        }

        ExactArithmetic.NoteDenormals(x, y, ref context);
        return ExactArithmetic.Compare(x, y);
    }

    /// <summary>FRNDINT.</summary>
    public static Float80 RoundToIntegral(Float80 a, ref FloatContext context)
    {
        UnpackedFloat x = Unpack(a);
        if (x.IsNaN)
        {
            return Pack(PropagateNaN(x, x, ref context));
        }

        ExactArithmetic.NoteDenormals(x, x, ref context);
        if (!x.IsFinite || x.Exponent >= 63 || context.Faults)
        {
            return a;
        }

        FloatRounding.ToMagnitude(x, context.Rounding, out ulong magnitude, out bool inexact, ref context);
        if (inexact)
        {
            context.Raise(FloatExceptions.Precision);
        }

        return Pack(UnpackedFloat.FromInteger(x.Negative, magnitude));
    }

    /// <summary>FSCALE: a × 2^trunc(b) (SDM Vol. 2, FSCALE, table of results).</summary>
    public static Float80 Scale(Float80 a, Float80 b, ref FloatContext context)
    {
        UnpackedFloat x = Unpack(a), y = Unpack(b);
        if (x.IsNaN || y.IsNaN)
        {
            return Pack(PropagateNaN(x, y, ref context));
        }

        if (y.Class == FloatClass.Infinity)
        {
            return Pack(ScaleByInfinity(x, y, ref context));
        }

        ExactArithmetic.NoteDenormals(x, y, ref context);
        if (x.IsFinite && y.IsFinite)
        {
            // A denormal scale is below one; beyond 2^16 every scale overflows or underflows, even bias-adjusted.
            int scale = y.Exponent < 0 ? 0 : y.Exponent > 16 ? 1 << 17 : (int)(y.High >> (63 - y.Exponent));
            x.Exponent += y.Negative ? -scale : scale;
        }

        return Finish(x, 64, ref context);
    }

    /// <summary>FXTRACT: gives the significand, in [1, 2); <paramref name="exponent"/> gets the unbiased exponent.</summary>
    public static Float80 Extract(Float80 a, out Float80 exponent, ref FloatContext context)
    {
        UnpackedFloat x = Unpack(a);
        if (x.IsNaN)
        {
            exponent = Pack(PropagateNaN(x, x, ref context));
            return exponent;
        }

        if (x.Class == FloatClass.Zero)
        {
            context.Raise(FloatExceptions.DivideByZero);
            exponent = Pack(UnpackedFloat.Infinity(negative: true));
            return a;
        }

        if (x.Class == FloatClass.Infinity)
        {
            exponent = Abs(a);
            return a;
        }

        ExactArithmetic.NoteDenormals(x, x, ref context);
        exponent = FromInt64(x.Exponent);
        x.Exponent = 0;
        return Pack(x);
    }

    private static UnpackedFloat ScaleByInfinity(in UnpackedFloat x, in UnpackedFloat scale, ref FloatContext context)
    {
        bool invalid = scale.Negative ? x.Class == FloatClass.Infinity : x.Class == FloatClass.Zero;
        if (invalid)
        {
            return ExactArithmetic.Invalid(ref context);
        }

        ExactArithmetic.NoteDenormals(x, x, ref context);
        return scale.Negative ? UnpackedFloat.Zero(x.Negative) : UnpackedFloat.Infinity(x.Negative);
    }
}
