using Arithmetic = Emulator.Core.FloatingPoint.BinaryArithmetic<Emulator.Core.FloatingPoint.Binary32>;

namespace Emulator.Core.FloatingPoint;

/// <summary>Single-precision arithmetic on raw bits with the results and flags of the SSE scalar instructions.</summary>
public static class Float32
{
    /// <summary>The default NaN, the answer to an invalid operation (SDM Vol. 1, table 4-3).</summary>
    public const uint DefaultNaN = 0xFFC0_0000;

    public static uint Add(uint a, uint b, ref FloatContext context) => (uint)Arithmetic.Add(a, b, subtract: false, ref context);

    public static uint Sub(uint a, uint b, ref FloatContext context) => (uint)Arithmetic.Add(a, b, subtract: true, ref context);

    public static uint Mul(uint a, uint b, ref FloatContext context) => (uint)Arithmetic.Multiply(a, b, ref context);

    public static uint Div(uint a, uint b, ref FloatContext context) => (uint)Arithmetic.Divide(a, b, ref context);

    public static uint Sqrt(uint a, ref FloatContext context) => (uint)Arithmetic.SquareRoot(a, ref context);

    /// <summary>±(a × b) ± c with one rounding; a NaN operand is returned in the order a, b, c.</summary>
    public static uint MultiplyAdd(uint a, uint b, uint c, MultiplyAddSigns signs, ref FloatContext context) =>
        (uint)Arithmetic.MultiplyAdd(a, b, c, signs, ref context);

    /// <summary>Quiet NaNs raise Invalid only when <paramref name="signalAllNaN"/> (COMISS, not UCOMISS).</summary>
    public static FloatRelation Compare(uint a, uint b, bool signalAllNaN, ref FloatContext context) =>
        Arithmetic.Compare(a, b, signalAllNaN, ref context);

    /// <summary>MINSS: <paramref name="b"/> when either is NaN or both are zero.</summary>
    public static uint Min(uint a, uint b, ref FloatContext context) => (uint)Arithmetic.Select(a, b, FloatRelation.Less, ref context);

    /// <summary>MAXSS: <paramref name="b"/> when either is NaN or both are zero.</summary>
    public static uint Max(uint a, uint b, ref FloatContext context) => (uint)Arithmetic.Select(a, b, FloatRelation.Greater, ref context);

    public static uint RoundToIntegral(uint a, RoundingMode mode, bool suppressPrecision, ref FloatContext context) =>
        (uint)Arithmetic.RoundToIntegral(a, mode, suppressPrecision, ref context);

    /// <summary>Out of range: Invalid and the integer indefinite. Truncation is <see cref="RoundingMode.Zero"/>.</summary>
    public static int ToInt32(uint a, RoundingMode mode, ref FloatContext context) =>
        (int)Arithmetic.ToInteger(a, 32, signed: true, mode, ref context);

    /// <inheritdoc cref="ToInt32"/>
    public static long ToInt64(uint a, RoundingMode mode, ref FloatContext context) =>
        (long)Arithmetic.ToInteger(a, 64, signed: true, mode, ref context);

    /// <summary>Out of range: Invalid and all ones.</summary>
    public static uint ToUInt32(uint a, RoundingMode mode, ref FloatContext context) =>
        (uint)Arithmetic.ToInteger(a, 32, signed: false, mode, ref context);

    /// <inheritdoc cref="ToUInt32"/>
    public static ulong ToUInt64(uint a, RoundingMode mode, ref FloatContext context) =>
        Arithmetic.ToInteger(a, 64, signed: false, mode, ref context);

    public static uint FromInt32(int value, ref FloatContext context) => FromInt64(value, ref context);

    public static uint FromInt64(long value, ref FloatContext context) =>
        (uint)Arithmetic.FromInteger(value < 0, value < 0 ? 0 - (ulong)value : (ulong)value, ref context);

    public static uint FromUInt32(uint value, ref FloatContext context) => (uint)Arithmetic.FromInteger(negative: false, value, ref context);

    public static uint FromUInt64(ulong value, ref FloatContext context) => (uint)Arithmetic.FromInteger(negative: false, value, ref context);

    /// <summary>CVTSS2SD.</summary>
    public static ulong ToFloat64(uint a, ref FloatContext context) => Arithmetic.ConvertTo<Binary64>(a, ref context);

    /// <summary>VCVTPS2PH: honours DAZ but not FTZ.</summary>
    public static ushort ToFloat16(uint a, RoundingMode mode, ref FloatContext context)
    {
        FloatContext half = context;
        half.Rounding = mode;
        half.FlushToZero = false;
        var result = (ushort)Arithmetic.ConvertTo<Binary16>(a, ref half);
        context.Raised = half.Raised;
        return result;
    }

    /// <summary>VCVTPH2PS: always exact; denormals are neither flushed nor reported.</summary>
    public static uint FromFloat16(ushort a, ref FloatContext context)
    {
        FloatContext half = FloatContext.Default;
        var result = (uint)BinaryArithmetic<Binary16>.ConvertTo<Binary32>(a, ref half);
        context.Raised |= half.Raised & FloatExceptions.Invalid;
        return result;
    }
}
