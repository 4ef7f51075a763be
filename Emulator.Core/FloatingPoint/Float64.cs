using Arithmetic = Emulator.Core.FloatingPoint.BinaryArithmetic<Emulator.Core.FloatingPoint.Binary64>;

namespace Emulator.Core.FloatingPoint;

/// <summary>Double-precision arithmetic on raw bits with the results and flags of the SSE scalar instructions.</summary>
public static class Float64
{
    /// <summary>The default NaN, the answer to an invalid operation (SDM Vol. 1, table 4-3).</summary>
    public const ulong DefaultNaN = 0xFFF8_0000_0000_0000;

    public static ulong Add(ulong a, ulong b, ref FloatContext context) => (ulong)Arithmetic.Add(a, b, subtract: false, ref context);

    public static ulong Sub(ulong a, ulong b, ref FloatContext context) => (ulong)Arithmetic.Add(a, b, subtract: true, ref context);

    public static ulong Mul(ulong a, ulong b, ref FloatContext context) => (ulong)Arithmetic.Multiply(a, b, ref context);

    public static ulong Div(ulong a, ulong b, ref FloatContext context) => (ulong)Arithmetic.Divide(a, b, ref context);

    public static ulong Sqrt(ulong a, ref FloatContext context) => (ulong)Arithmetic.SquareRoot(a, ref context);

    /// <summary>±(a × b) ± c with one rounding; a NaN operand is returned in the order a, b, c.</summary>
    public static ulong MultiplyAdd(ulong a, ulong b, ulong c, MultiplyAddSigns signs, ref FloatContext context) =>
        (ulong)Arithmetic.MultiplyAdd(a, b, c, signs, ref context);

    /// <summary>Quiet NaNs raise Invalid only when <paramref name="signalAllNaN"/> (COMISS, not UCOMISS).</summary>
    public static FloatRelation Compare(ulong a, ulong b, bool signalAllNaN, ref FloatContext context) =>
        Arithmetic.Compare(a, b, signalAllNaN, ref context);

    /// <summary>MINSS: <paramref name="b"/> when either is NaN or both are zero.</summary>
    public static ulong Min(ulong a, ulong b, ref FloatContext context) => (ulong)Arithmetic.Select(a, b, FloatRelation.Less, ref context);

    /// <summary>MAXSS: <paramref name="b"/> when either is NaN or both are zero.</summary>
    public static ulong Max(ulong a, ulong b, ref FloatContext context) => (ulong)Arithmetic.Select(a, b, FloatRelation.Greater, ref context);

    public static ulong RoundToIntegral(ulong a, RoundingMode mode, bool suppressPrecision, ref FloatContext context) =>
        (ulong)Arithmetic.RoundToIntegral(a, mode, suppressPrecision, ref context);

    /// <summary>Out of range: Invalid and the integer indefinite. Truncation is <see cref="RoundingMode.Zero"/>.</summary>
    public static int ToInt32(ulong a, RoundingMode mode, ref FloatContext context) =>
        (int)Arithmetic.ToInteger(a, 32, signed: true, mode, ref context);

    /// <inheritdoc cref="ToInt32"/>
    public static long ToInt64(ulong a, RoundingMode mode, ref FloatContext context) =>
        (long)Arithmetic.ToInteger(a, 64, signed: true, mode, ref context);

    /// <summary>Out of range: Invalid and all ones.</summary>
    public static uint ToUInt32(ulong a, RoundingMode mode, ref FloatContext context) =>
        (uint)Arithmetic.ToInteger(a, 32, signed: false, mode, ref context);

    /// <inheritdoc cref="ToUInt32"/>
    public static ulong ToUInt64(ulong a, RoundingMode mode, ref FloatContext context) =>
        Arithmetic.ToInteger(a, 64, signed: false, mode, ref context);

    public static ulong FromInt32(int value, ref FloatContext context) => FromInt64(value, ref context);

    public static ulong FromInt64(long value, ref FloatContext context) =>
        (ulong)Arithmetic.FromInteger(value < 0, value < 0 ? 0 - (ulong)value : (ulong)value, ref context);

    public static ulong FromUInt32(uint value, ref FloatContext context) => (ulong)Arithmetic.FromInteger(negative: false, value, ref context);

    public static ulong FromUInt64(ulong value, ref FloatContext context) => (ulong)Arithmetic.FromInteger(negative: false, value, ref context);

    /// <summary>CVTSD2SS.</summary>
    public static uint ToFloat32(ulong a, ref FloatContext context) => (uint)Arithmetic.ConvertTo<Binary32>(a, ref context);
}
