using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Instructions.X87;

/// <summary>A two-operand operation: destination (in register forms) or ST(0) first, the other operand second.</summary>
internal interface IX87Binary
{
    static abstract Float80 Compute(in UnpackedFloat a, in UnpackedFloat b, ref FloatContext context);

    /// <summary>The short way for normal numbers: C1 and PE, or <see cref="Float80.Declined"/>.</summary>
    static abstract int Normal(Float80 a, Float80 b, int control, out Float80 result);
}

/// <summary>FADD.</summary>
internal readonly struct Fadd : IX87Binary
{
    public static Float80 Compute(in UnpackedFloat a, in UnpackedFloat b, ref FloatContext context) => Float80.Add(a, b, ref context);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Normal(Float80 a, Float80 b, int control, out Float80 result) => Float80.AddNormal(a, b, 0, control, out result);
}

/// <summary>FMUL.</summary>
internal readonly struct Fmul : IX87Binary
{
    public static Float80 Compute(in UnpackedFloat a, in UnpackedFloat b, ref FloatContext context) => Float80.Mul(a, b, ref context);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Normal(Float80 a, Float80 b, int control, out Float80 result) => Float80.MultiplyNormal(a, b, control, out result);
}

/// <summary>FSUB.</summary>
internal readonly struct Fsub : IX87Binary
{
    public static Float80 Compute(in UnpackedFloat a, in UnpackedFloat b, ref FloatContext context) => Float80.Sub(a, b, ref context);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Normal(Float80 a, Float80 b, int control, out Float80 result) => Float80.AddNormal(a, b, 0x8000, control, out result);
}

/// <summary>FSUBR: the operands the other way round.</summary>
internal readonly struct Fsubr : IX87Binary
{
    public static Float80 Compute(in UnpackedFloat a, in UnpackedFloat b, ref FloatContext context) => Float80.Sub(b, a, ref context);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Normal(Float80 a, Float80 b, int control, out Float80 result) => Float80.AddNormal(b, a, 0x8000, control, out result);
}

/// <summary>FDIV.</summary>
internal readonly struct Fdiv : IX87Binary
{
    public static Float80 Compute(in UnpackedFloat a, in UnpackedFloat b, ref FloatContext context) => Float80.Div(a, b, ref context);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Normal(Float80 a, Float80 b, int control, out Float80 result) => Float80.DivideNormal(a, b, control, out result);
}

/// <summary>FDIVR: the operands the other way round.</summary>
internal readonly struct Fdivr : IX87Binary
{
    public static Float80 Compute(in UnpackedFloat a, in UnpackedFloat b, ref FloatContext context) => Float80.Div(b, a, ref context);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Normal(Float80 a, Float80 b, int control, out Float80 result) => Float80.DivideNormal(b, a, control, out result);
}

/// <summary>Integer operands of arithmetic and comparison.</summary>
internal static class X87Operand
{
    public static UnpackedFloat FromInt32(int value) => UnpackedFloat.FromInteger(value < 0, (ulong)Math.Abs((long)value));
}

/// <summary>FADD, FSUB, FMUL, FDIV and their reverse, popping and memory forms; the one-operand arithmetic of ST(0).</summary>
internal static class X87Arithmetic
{
    /// <summary>ST(0) op ST(i) into ST(0).</summary>
    public static void ToTop<TOperation>(ref X87State x, int i)
        where TOperation : struct, IX87Binary => Registers<TOperation>(ref x, 0, i);

    /// <summary>ST(i) op ST(0) into ST(i).</summary>
    public static void ToRegister<TOperation>(ref X87State x, int i)
        where TOperation : struct, IX87Binary => Registers<TOperation>(ref x, i, 0);

    /// <summary>ST(i) op ST(0) into ST(i), then pops unless an unmasked exception forbids it.</summary>
    public static void ToRegisterAndPop<TOperation>(ref X87State x, int i)
        where TOperation : struct, IX87Binary
    {
        if (Registers<TOperation>(ref x, i, 0))
        {
            X87Stack.Pop(ref x);
        }
    }

    /// <summary>ST(0) op a memory operand.</summary>
    public static void WithOperand<TOperation>(ref X87State x, in UnpackedFloat operand)
        where TOperation : struct, IX87Binary
    {
        if (X87Stack.IsEmpty(x, 0))
        {
            Underflow(ref x, 0);
            return;
        }

        FloatContext context = X87Stack.Context(x);
        Float80 result = TOperation.Compute(Float80.Unpack(X87Stack.St(ref x, 0)), operand, ref context);
        Store(ref x, 0, result, context);
    }

    public static void WithFloat32<TOperation>(ref X87State x, uint bits)
        where TOperation : struct, IX87Binary =>
        WithOperand<TOperation>(ref x, BinaryArithmetic<Binary32>.Unpack(bits, denormalsAreZero: false));

    public static void WithFloat64<TOperation>(ref X87State x, ulong bits)
        where TOperation : struct, IX87Binary =>
        WithOperand<TOperation>(ref x, BinaryArithmetic<Binary64>.Unpack(bits, denormalsAreZero: false));

    public static void WithInt16<TOperation>(ref X87State x, ushort bits)
        where TOperation : struct, IX87Binary => WithOperand<TOperation>(ref x, X87Operand.FromInt32((short)bits));

    public static void WithInt32<TOperation>(ref X87State x, uint bits)
        where TOperation : struct, IX87Binary => WithOperand<TOperation>(ref x, X87Operand.FromInt32((int)bits));

    public static void Fsqrt(ref X87State x, int i)
    {
        if (X87Stack.IsEmpty(x, 0))
        {
            Underflow(ref x, 0);
            return;
        }

        FloatContext context = X87Stack.Context(x);
        Float80 result = Float80.Sqrt(X87Stack.St(ref x, 0), ref context);
        Store(ref x, 0, result, context);
    }

    public static void Frndint(ref X87State x, int i)
    {
        if (X87Stack.IsEmpty(x, 0))
        {
            Underflow(ref x, 0);
            return;
        }

        FloatContext context = X87Stack.Context(x);
        Float80 result = Float80.RoundToIntegral(X87Stack.St(ref x, 0), ref context);
        Store(ref x, 0, result, context);
    }

    public static void Fscale(ref X87State x, int i)
    {
        if (X87Stack.IsEmpty(x, 0) || X87Stack.IsEmpty(x, 1))
        {
            Underflow(ref x, 0);
            return;
        }

        FloatContext context = X87Stack.Context(x);
        Float80 result = Float80.Scale(X87Stack.St(ref x, 0), X87Stack.St(ref x, 1), ref context);
        Store(ref x, 0, result, context);
    }

    public static void Fprem(ref X87State x, int i) => Remainder(ref x, toNearest: false);

    public static void Fprem1(ref X87State x, int i) => Remainder(ref x, toNearest: true);

    /// <summary>FXTRACT: the exponent replaces ST(0), the significand is pushed.</summary>
    public static void Fxtract(ref X87State x, int i)
    {
        bool empty = X87Stack.IsEmpty(x, 0);
        if (empty || !X87Stack.IsEmpty(x, 7))
        {
            if (X87Stack.StackFaultIsMasked(ref x, overflow: !empty))
            {
                X87Stack.Set(ref x, 0, Float80.DefaultNaN);
                X87Stack.PushUnchecked(ref x, Float80.DefaultNaN);
            }

            return;
        }

        FloatContext context = X87Stack.Context(x);
        Float80 significand = Float80.Extract(X87Stack.St(ref x, 0), out Float80 exponent, ref context);
        if (X87Stack.Commit(ref x, context))
        {
            X87Stack.Set(ref x, 0, exponent);
            X87Stack.PushUnchecked(ref x, significand);
        }
    }

    public static void Fabs(ref X87State x, int i)
    {
        if (X87Stack.IsEmpty(x, 0))
        {
            Underflow(ref x, 0);
            return;
        }

        X87Stack.ClearC1(ref x);
        X87Stack.Set(ref x, 0, Float80.Abs(X87Stack.St(ref x, 0)));
    }

    public static void Fchs(ref X87State x, int i)
    {
        if (X87Stack.IsEmpty(x, 0))
        {
            Underflow(ref x, 0);
            return;
        }

        X87Stack.ClearC1(ref x);
        X87Stack.Set(ref x, 0, Float80.Negate(X87Stack.St(ref x, 0)));
    }

    /// <summary>Stores unless an unmasked pre-computation exception forbids it; returns whether it did.</summary>
    internal static bool Store(ref X87State x, int destination, Float80 result, in FloatContext context)
    {
        if (!X87Stack.Commit(ref x, context))
        {
            return false;
        }

        X87Stack.Set(ref x, destination, result);
        return true;
    }

    /// <summary>Stack underflow: the indefinite goes to the destination when masked; returns whether it did.</summary>
    internal static bool Underflow(ref X87State x, int destination)
    {
        if (!X87Stack.StackFaultIsMasked(ref x, overflow: false))
        {
            return false;
        }

        X87Stack.Set(ref x, destination, Float80.DefaultNaN);
        return true;
    }

    private static bool Registers<TOperation>(ref X87State x, int destination, int source)
        where TOperation : struct, IX87Binary
    {
        if (X87Stack.IsEmpty(x, destination) || X87Stack.IsEmpty(x, source))
        {
            return Underflow(ref x, destination);
        }

        FloatContext context = X87Stack.Context(x);
        Float80 a = X87Stack.St(ref x, destination), b = X87Stack.St(ref x, source);
        Float80 result = TOperation.Compute(Float80.Unpack(a), Float80.Unpack(b), ref context);
        return Store(ref x, destination, result, context);
    }

    private static void Remainder(ref X87State x, bool toNearest)
    {
        // Without a quotient C0 and C3 stay.
        x.StatusWord &= unchecked((ushort)~(X87Status.C1 | X87Status.C2));
        if (X87Stack.IsEmpty(x, 0) || X87Stack.IsEmpty(x, 1))
        {
            Underflow(ref x, 0);
            return;
        }

        FloatContext context = X87Stack.Context(x);
        Float80 dividend = X87Stack.St(ref x, 0), divisor = X87Stack.St(ref x, 1);
        Float80 result = Float80.Remainder(dividend, divisor, toNearest, out RemainderStatus status, ref context);
        if (!Store(ref x, 0, result, context) || result.IsNaN)
        {
            return;
        }

        // Q2, Q1, Q0 go to C0, C3, C1.
        X87Stack.SetConditions(
            ref x,
            (status.Incomplete ? X87Status.C2 : 0)
                | ((status.Quotient & 4) != 0 ? X87Status.C0 : 0)
                | ((status.Quotient & 2) != 0 ? X87Status.C3 : 0)
                | ((status.Quotient & 1) != 0 ? X87Status.C1 : 0));
    }
}
