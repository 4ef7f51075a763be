using Emulator.Core.Cpu;
using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Instructions.X87;

/// <summary>F2XM1, FYL2X, FYL2XP1, FPTAN, FPATAN, FSIN, FCOS, FSINCOS. Precision control has no part in them.</summary>
internal static class X87Transcendental
{
    private const int Precision = 64;

    public static void F2xm1(ref X87State x, int i)
    {
        if (X87Stack.IsEmpty(x, 0))
        {
            X87Arithmetic.Underflow(ref x, 0);
            return;
        }

        FloatContext context = X87Stack.Context(x);
        UnpackedFloat a = Float80.Unpack(X87Stack.St(ref x, 0));
        UnpackedFloat result;
        if (a.IsNaN)
        {
            result = Float80.PropagateNaN(a, a, ref context);
        }
        else
        {
            ExactArithmetic.NoteDenormals(a, a, ref context);
            result = Logarithms.ExponentialMinusOne(a, ref context);
        }

        X87Arithmetic.Store(ref x, 0, Float80.Finish(result, Precision, ref context), context);
    }

    public static void Fyl2x(ref X87State x, int i)
    {
        if (!HasTwo(ref x))
        {
            return;
        }

        FloatContext context = X87Stack.Context(x);
        UnpackedFloat a = Float80.Unpack(X87Stack.St(ref x, 0)), b = Float80.Unpack(X87Stack.St(ref x, 1));
        UnpackedFloat result = a.IsNaN || b.IsNaN ? Float80.PropagateNaN(a, b, ref context) : Logarithms.YLog2X(b, a, ref context);
        StoreAndPop(ref x, result, ref context);
    }

    public static void Fyl2xp1(ref X87State x, int i)
    {
        if (!HasTwo(ref x))
        {
            return;
        }

        FloatContext context = X87Stack.Context(x);
        UnpackedFloat a = Float80.Unpack(X87Stack.St(ref x, 0)), b = Float80.Unpack(X87Stack.St(ref x, 1));
        UnpackedFloat result = a.IsNaN || b.IsNaN ? Float80.PropagateNaN(a, b, ref context) : Logarithms.YLog2XPlus1(b, a, ref context);
        StoreAndPop(ref x, result, ref context);
    }

    public static void Fpatan(ref X87State x, int i)
    {
        if (!HasTwo(ref x))
        {
            return;
        }

        FloatContext context = X87Stack.Context(x);
        UnpackedFloat a = Float80.Unpack(X87Stack.St(ref x, 0)), b = Float80.Unpack(X87Stack.St(ref x, 1));
        UnpackedFloat result;
        if (a.IsNaN || b.IsNaN)
        {
            result = Float80.PropagateNaN(a, b, ref context);
        }
        else
        {
            ExactArithmetic.NoteDenormals(a, b, ref context);
            result = Trigonometry.ArcTangent(b, a);
        }

        StoreAndPop(ref x, result, ref context);
    }

    public static void Fsin(ref X87State x, int i)
    {
        if (Prepare(ref x, pushes: false, out UnpackedFloat a, out FloatContext context))
        {
            UnpackedFloat result = a.Class is FloatClass.Zero or FloatClass.QuietNaN ? a : Trigonometry.Sine(a);
            X87Arithmetic.Store(ref x, 0, Float80.Finish(result, Precision, ref context), context);
        }
    }

    public static void Fcos(ref X87State x, int i)
    {
        if (Prepare(ref x, pushes: false, out UnpackedFloat a, out FloatContext context))
        {
            X87Arithmetic.Store(ref x, 0, Float80.Finish(CosineOf(a), Precision, ref context), context);
        }
    }

    /// <summary>FSINCOS: the sine replaces ST(0), the cosine is pushed; C1 tells of the sine.</summary>
    public static void Fsincos(ref X87State x, int i)
    {
        if (Prepare(ref x, pushes: true, out UnpackedFloat a, out FloatContext context))
        {
            UnpackedFloat sine = a.Class is FloatClass.Zero or FloatClass.QuietNaN ? a : Trigonometry.Sine(a);
            Float80 first = Float80.Finish(sine, Precision, ref context);
            bool roundedUp = context.RoundedUp;
            Float80 second = Float80.Finish(CosineOf(a), Precision, ref context);
            context.RoundedUp = roundedUp;
            StoreAndPush(ref x, first, second, context);
        }
    }

    /// <summary>FPTAN: the tangent replaces ST(0), 1.0 is pushed; a NaN is pushed as it is.</summary>
    public static void Fptan(ref X87State x, int i)
    {
        if (Prepare(ref x, pushes: true, out UnpackedFloat a, out FloatContext context))
        {
            UnpackedFloat tangent = a.Class is FloatClass.Zero or FloatClass.QuietNaN ? a : Trigonometry.Tangent(a);
            Float80 first = Float80.Finish(tangent, Precision, ref context);
            StoreAndPush(ref x, first, a.IsNaN ? first : Float80.One, context);
        }
    }

    private static UnpackedFloat CosineOf(in UnpackedFloat a) => a.Class switch
    {
        FloatClass.Zero => UnpackedFloat.FromInteger(negative: false, 1),
        FloatClass.QuietNaN => a,
        _ => Trigonometry.Cosine(a),
    };

    /// <summary>
    /// Stack faults, NaNs, infinities and the range: false when the instruction is over (C2 set if out of range). Otherwise the operand is zero,
    /// finite and in range, or a quiet NaN that is the result.
    /// </summary>
    private static bool Prepare(ref X87State x, bool pushes, out UnpackedFloat a, out FloatContext context)
    {
        context = X87Stack.Context(x);
        a = default;
        x.StatusWord &= unchecked((ushort)~X87Status.C2);
        bool empty = X87Stack.IsEmpty(x, 0);
        if (empty || (pushes && !X87Stack.IsEmpty(x, 7)))
        {
            if (X87Stack.StackFaultIsMasked(ref x, overflow: !empty))
            {
                X87Stack.Set(ref x, 0, Float80.DefaultNaN);
                if (pushes)
                {
                    X87Stack.PushUnchecked(ref x, Float80.DefaultNaN);
                }
            }

            return false;
        }

        a = Float80.Unpack(X87Stack.St(ref x, 0));
        if (a.IsNaN)
        {
            a = Float80.PropagateNaN(a, a, ref context);
            a.Class = FloatClass.QuietNaN;
            a.High |= UnpackedFloat.QuietBit;
        }
        else if (a.Class == FloatClass.Infinity)
        {
            a = ExactArithmetic.Invalid(ref context);
        }
        else if (a.IsFinite && a.Exponent >= Trigonometry.RangeExponent)
        {
            X87Stack.ClearC1(ref x);
            x.StatusWord |= X87Status.C2;
            return false;
        }

        ExactArithmetic.NoteDenormals(a, a, ref context);
        return true;
    }

    private static void StoreAndPush(ref X87State x, Float80 first, Float80 second, in FloatContext context)
    {
        if (X87Arithmetic.Store(ref x, 0, first, context))
        {
            X87Stack.PushUnchecked(ref x, second);
        }
    }

    /// <summary>Whether ST(0) and ST(1) are there; if not, the masked response is the indefinite in ST(1), and a pop.</summary>
    private static bool HasTwo(ref X87State x)
    {
        if (!X87Stack.IsEmpty(x, 0) && !X87Stack.IsEmpty(x, 1))
        {
            return true;
        }

        if (X87Arithmetic.Underflow(ref x, 1))
        {
            X87Stack.Pop(ref x);
        }

        return false;
    }

    private static void StoreAndPop(ref X87State x, in UnpackedFloat result, ref FloatContext context)
    {
        if (X87Arithmetic.Store(ref x, 1, Float80.Finish(result, Precision, ref context), context))
        {
            X87Stack.Pop(ref x);
        }
    }
}
