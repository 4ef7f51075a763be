using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.FloatingPoint;
using Iced.Intel;

namespace Emulator.Core.Instructions.Sse;

/// <summary>ADDPS and its kin.</summary>
public readonly struct FloatAdd : IElementOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHost<T>(Vector128<T> a, Vector128<T> b, byte i, out Vector128<T> result)
        where T : unmanaged
    {
        result = a + b;
        return FloatArithmetic.IsPlain(a, b, result, Vector128<byte>.AllBitsSet);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHost256<TSelf, T>(Vector256<T> a, Vector256<T> b, byte i, out Vector256<T> result)
        where TSelf : struct, IElementOperation
        where T : unmanaged
    {
        result = a + b;
        return FloatArithmetic.IsPlain(a, b, result, Vector256<byte>.AllBitsSet);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScalar<TSelf>(double a, double b, byte i, out double result)
        where TSelf : struct, IElementOperation
    {
        result = a + b;
        return FloatArithmetic.IsPlain(a, b, result, zeroIsExact: true);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScalar<TSelf>(float a, float b, byte i, out float result)
        where TSelf : struct, IElementOperation
    {
        result = a + b;
        return FloatArithmetic.IsPlain(a, b, result, zeroIsExact: true);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreUnrounded<T>(Vector128<T> a, Vector128<T> b, byte i, Vector128<T> result)
        where T : unmanaged
        => FloatResiduals.AreSums(a, b, result);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(double a, double b, byte i, double result) => FloatResiduals.IsSum(a, b, result);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(float a, float b, byte i, float result) => FloatResiduals.IsSum(a, b, result);

    public static uint Exact(uint a, uint b, byte i, ref FloatContext context) => Float32.Add(a, b, ref context);

    public static ulong Exact(ulong a, ulong b, byte i, ref FloatContext context) => Float64.Add(a, b, ref context);
}

/// <summary>SUBPS and its kin.</summary>
public readonly struct FloatSubtract : IElementOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHost<T>(Vector128<T> a, Vector128<T> b, byte i, out Vector128<T> result)
        where T : unmanaged
    {
        result = a - b;
        return FloatArithmetic.IsPlain(a, b, result, Vector128<byte>.AllBitsSet);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHost256<TSelf, T>(Vector256<T> a, Vector256<T> b, byte i, out Vector256<T> result)
        where TSelf : struct, IElementOperation
        where T : unmanaged
    {
        result = a - b;
        return FloatArithmetic.IsPlain(a, b, result, Vector256<byte>.AllBitsSet);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScalar<TSelf>(double a, double b, byte i, out double result)
        where TSelf : struct, IElementOperation
    {
        result = a - b;
        return FloatArithmetic.IsPlain(a, b, result, zeroIsExact: true);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScalar<TSelf>(float a, float b, byte i, out float result)
        where TSelf : struct, IElementOperation
    {
        result = a - b;
        return FloatArithmetic.IsPlain(a, b, result, zeroIsExact: true);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreUnrounded<T>(Vector128<T> a, Vector128<T> b, byte i, Vector128<T> result)
        where T : unmanaged
        => FloatResiduals.AreSums(a, -b, result);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(double a, double b, byte i, double result) => FloatResiduals.IsSum(a, -b, result);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(float a, float b, byte i, float result) => FloatResiduals.IsSum(a, -b, result);

    public static uint Exact(uint a, uint b, byte i, ref FloatContext context) => Float32.Sub(a, b, ref context);

    public static ulong Exact(ulong a, ulong b, byte i, ref FloatContext context) => Float64.Sub(a, b, ref context);
}

/// <summary>MULPS and its kin.</summary>
public readonly struct FloatMultiply : IElementOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHost<T>(Vector128<T> a, Vector128<T> b, byte i, out Vector128<T> result)
        where T : unmanaged
    {
        result = a * b;
        return FloatArithmetic.IsPlain(a, b, result, FloatClasses.Zero(a) | FloatClasses.Zero(b));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHost256<TSelf, T>(Vector256<T> a, Vector256<T> b, byte i, out Vector256<T> result)
        where TSelf : struct, IElementOperation
        where T : unmanaged
    {
        result = a * b;
        return FloatArithmetic.IsPlain(a, b, result, (Vector256.Equals(a, Vector256<T>.Zero) | Vector256.Equals(b, Vector256<T>.Zero)).AsByte());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScalar<TSelf>(double a, double b, byte i, out double result)
        where TSelf : struct, IElementOperation
    {
        result = a * b;
        return FloatArithmetic.IsPlain(a, b, result, zeroIsExact: a == 0 || b == 0);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScalar<TSelf>(float a, float b, byte i, out float result)
        where TSelf : struct, IElementOperation
    {
        result = a * b;
        return FloatArithmetic.IsPlain(a, b, result, zeroIsExact: a == 0 || b == 0);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreUnrounded<T>(Vector128<T> a, Vector128<T> b, byte i, Vector128<T> result)
        where T : unmanaged
        => FloatResiduals.AreProducts(a, b, result);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(double a, double b, byte i, double result) => FloatResiduals.IsProduct(a, b, result);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(float a, float b, byte i, float result) => FloatResiduals.IsProduct(a, b, result);

    public static uint Exact(uint a, uint b, byte i, ref FloatContext context) => Float32.Mul(a, b, ref context);

    public static ulong Exact(ulong a, ulong b, byte i, ref FloatContext context) => Float64.Mul(a, b, ref context);
}

/// <summary>DIVPS and its kin.</summary>
public readonly struct FloatDivide : IElementOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHost<T>(Vector128<T> a, Vector128<T> b, byte i, out Vector128<T> result)
        where T : unmanaged
    {
        result = a / b;
        return FloatArithmetic.IsPlain(a, b, result, FloatClasses.Zero(a));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHost256<TSelf, T>(Vector256<T> a, Vector256<T> b, byte i, out Vector256<T> result)
        where TSelf : struct, IElementOperation
        where T : unmanaged
    {
        result = a / b;
        return FloatArithmetic.IsPlain(a, b, result, Vector256.Equals(a, Vector256<T>.Zero).AsByte());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScalar<TSelf>(double a, double b, byte i, out double result)
        where TSelf : struct, IElementOperation
    {
        result = a / b;
        return FloatArithmetic.IsPlain(a, b, result, zeroIsExact: a == 0);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScalar<TSelf>(float a, float b, byte i, out float result)
        where TSelf : struct, IElementOperation
    {
        result = a / b;
        return FloatArithmetic.IsPlain(a, b, result, zeroIsExact: a == 0);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreUnrounded<T>(Vector128<T> a, Vector128<T> b, byte i, Vector128<T> result)
        where T : unmanaged
        => FloatResiduals.AreProducts(result, b, a);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(double a, double b, byte i, double result) => FloatResiduals.IsProduct(result, b, a);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(float a, float b, byte i, float result) => FloatResiduals.IsProduct(result, b, a);

    public static uint Exact(uint a, uint b, byte i, ref FloatContext context) => Float32.Div(a, b, ref context);

    public static ulong Exact(ulong a, ulong b, byte i, ref FloatContext context) => Float64.Div(a, b, ref context);
}

/// <summary>SQRTPS and its kin.</summary>
public readonly struct FloatSquareRoot : IElementOperation
{
    public static bool IsExact => false;

    public static bool IsUnary => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHost<T>(Vector128<T> a, Vector128<T> b, byte i, out Vector128<T> result)
        where T : unmanaged
    {
        result = Vector128.Sqrt(b);
        return FloatArithmetic.IsPlain(b, b, result, FloatClasses.Zero(b));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScalar<TSelf>(double a, double b, byte i, out double result)
        where TSelf : struct, IElementOperation
    {
        result = Math.Sqrt(b);
        return FloatArithmetic.IsPlain(b, b, result, zeroIsExact: b == 0);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScalar<TSelf>(float a, float b, byte i, out float result)
        where TSelf : struct, IElementOperation
    {
        result = MathF.Sqrt(b);
        return FloatArithmetic.IsPlain(b, b, result, zeroIsExact: b == 0);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreUnrounded<T>(Vector128<T> a, Vector128<T> b, byte i, Vector128<T> result)
        where T : unmanaged
        => FloatResiduals.AreProducts(result, result, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(double a, double b, byte i, double result) => FloatResiduals.IsProduct(result, result, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(float a, float b, byte i, float result) => FloatResiduals.IsProduct(result, result, b);

    public static uint Exact(uint a, uint b, byte i, ref FloatContext context) => Float32.Sqrt(b, ref context);

    public static ulong Exact(ulong a, ulong b, byte i, ref FloatContext context) => Float64.Sqrt(b, ref context);
}

/// <summary>MINPS and its kin: the second source unless the first compares as wanted.</summary>
public readonly struct FloatMin : IElementOperation
{
    public static bool IsExact => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHost<T>(Vector128<T> a, Vector128<T> b, byte i, out Vector128<T> result)
        where T : unmanaged
    {
        result = Vector128.ConditionalSelect(Vector128.LessThan(a, b), a, b);
        return FloatClasses.AreOrdinary(a, b);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScalar<TSelf>(double a, double b, byte i, out double result)
        where TSelf : struct, IElementOperation
    {
        result = a < b ? a : b;
        return FloatClasses.IsOrdinary(a) && FloatClasses.IsOrdinary(b);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScalar<TSelf>(float a, float b, byte i, out float result)
        where TSelf : struct, IElementOperation
    {
        result = a < b ? a : b;
        return FloatClasses.IsOrdinary(a) && FloatClasses.IsOrdinary(b);
    }

    public static uint Exact(uint a, uint b, byte i, ref FloatContext context) => Float32.Min(a, b, ref context);

    public static ulong Exact(ulong a, ulong b, byte i, ref FloatContext context) => Float64.Min(a, b, ref context);
}

/// <summary>MAXPS and its kin: the second source unless the first compares as wanted.</summary>
public readonly struct FloatMax : IElementOperation
{
    public static bool IsExact => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHost<T>(Vector128<T> a, Vector128<T> b, byte i, out Vector128<T> result)
        where T : unmanaged
    {
        result = Vector128.ConditionalSelect(Vector128.GreaterThan(a, b), a, b);
        return FloatClasses.AreOrdinary(a, b);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScalar<TSelf>(double a, double b, byte i, out double result)
        where TSelf : struct, IElementOperation
    {
        result = a > b ? a : b;
        return FloatClasses.IsOrdinary(a) && FloatClasses.IsOrdinary(b);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScalar<TSelf>(float a, float b, byte i, out float result)
        where TSelf : struct, IElementOperation
    {
        result = a > b ? a : b;
        return FloatClasses.IsOrdinary(a) && FloatClasses.IsOrdinary(b);
    }

    public static uint Exact(uint a, uint b, byte i, ref FloatContext context) => Float32.Max(a, b, ref context);

    public static ulong Exact(ulong a, ulong b, byte i, ref FloatContext context) => Float64.Max(a, b, ref context);
}

/// <summary>Floating-point arithmetic (SDM Vol. 2A and 2B).</summary>
public static class FloatArithmetic
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        Add(table, Mnemonic.Addps, Mnemonic.Vaddps, new FloatRow<Packed<FloatAdd, float>, Whole>());
        Add(table, Mnemonic.Addpd, Mnemonic.Vaddpd, new FloatRow<Packed<FloatAdd, double>, Whole>());
        Add(table, Mnemonic.Addss, Mnemonic.Vaddss, new FloatRow<ScalarOf<FloatAdd, float>, Part<uint, uint>>());
        Add(table, Mnemonic.Addsd, Mnemonic.Vaddsd, new FloatRow<ScalarOf<FloatAdd, double>, Part<ulong, ulong>>());
        Add(table, Mnemonic.Subps, Mnemonic.Vsubps, new FloatRow<Packed<FloatSubtract, float>, Whole>());
        Add(table, Mnemonic.Subpd, Mnemonic.Vsubpd, new FloatRow<Packed<FloatSubtract, double>, Whole>());
        Add(table, Mnemonic.Subss, Mnemonic.Vsubss, new FloatRow<ScalarOf<FloatSubtract, float>, Part<uint, uint>>());
        Add(table, Mnemonic.Subsd, Mnemonic.Vsubsd, new FloatRow<ScalarOf<FloatSubtract, double>, Part<ulong, ulong>>());
        Add(table, Mnemonic.Mulps, Mnemonic.Vmulps, new FloatRow<Packed<FloatMultiply, float>, Whole>());
        Add(table, Mnemonic.Mulpd, Mnemonic.Vmulpd, new FloatRow<Packed<FloatMultiply, double>, Whole>());
        Add(table, Mnemonic.Mulss, Mnemonic.Vmulss, new FloatRow<ScalarOf<FloatMultiply, float>, Part<uint, uint>>());
        Add(table, Mnemonic.Mulsd, Mnemonic.Vmulsd, new FloatRow<ScalarOf<FloatMultiply, double>, Part<ulong, ulong>>());
        Add(table, Mnemonic.Divps, Mnemonic.Vdivps, new FloatRow<Packed<FloatDivide, float>, Whole>());
        Add(table, Mnemonic.Divpd, Mnemonic.Vdivpd, new FloatRow<Packed<FloatDivide, double>, Whole>());
        Add(table, Mnemonic.Divss, Mnemonic.Vdivss, new FloatRow<ScalarOf<FloatDivide, float>, Part<uint, uint>>());
        Add(table, Mnemonic.Divsd, Mnemonic.Vdivsd, new FloatRow<ScalarOf<FloatDivide, double>, Part<ulong, ulong>>());
        Add(table, Mnemonic.Sqrtps, Mnemonic.Vsqrtps, new FloatRow<Packed<FloatSquareRoot, float>, Whole>());
        Add(table, Mnemonic.Sqrtpd, Mnemonic.Vsqrtpd, new FloatRow<Packed<FloatSquareRoot, double>, Whole>());
        Add(table, Mnemonic.Sqrtss, Mnemonic.Vsqrtss, new FloatRow<ScalarOf<FloatSquareRoot, float>, Part<uint, uint>>());
        Add(table, Mnemonic.Sqrtsd, Mnemonic.Vsqrtsd, new FloatRow<ScalarOf<FloatSquareRoot, double>, Part<ulong, ulong>>());
        Add(table, Mnemonic.Minps, Mnemonic.Vminps, new FloatRow<Packed<FloatMin, float>, Whole>());
        Add(table, Mnemonic.Minpd, Mnemonic.Vminpd, new FloatRow<Packed<FloatMin, double>, Whole>());
        Add(table, Mnemonic.Minss, Mnemonic.Vminss, new FloatRow<ScalarOf<FloatMin, float>, Part<uint, uint>>());
        Add(table, Mnemonic.Minsd, Mnemonic.Vminsd, new FloatRow<ScalarOf<FloatMin, double>, Part<ulong, ulong>>());
        Add(table, Mnemonic.Maxps, Mnemonic.Vmaxps, new FloatRow<Packed<FloatMax, float>, Whole>());
        Add(table, Mnemonic.Maxpd, Mnemonic.Vmaxpd, new FloatRow<Packed<FloatMax, double>, Whole>());
        Add(table, Mnemonic.Maxss, Mnemonic.Vmaxss, new FloatRow<ScalarOf<FloatMax, float>, Part<uint, uint>>());
        Add(table, Mnemonic.Maxsd, Mnemonic.Vmaxsd, new FloatRow<ScalarOf<FloatMax, double>, Part<ulong, ulong>>());
        Add(table, Mnemonic.Roundps, Mnemonic.Vroundps, new FloatRow<Packed<FloatRound, float>, Whole>());
        Add(table, Mnemonic.Roundpd, Mnemonic.Vroundpd, new FloatRow<Packed<FloatRound, double>, Whole>());
        Add(table, Mnemonic.Roundss, Mnemonic.Vroundss, new FloatRow<ScalarOf<FloatRound, float>, Part<uint, uint>>());
        Add(table, Mnemonic.Roundsd, Mnemonic.Vroundsd, new FloatRow<ScalarOf<FloatRound, double>, Part<ulong, ulong>>());
        Add(table, Mnemonic.Haddps, Mnemonic.Vhaddps, new FloatRow<Horizontal<FloatAdd, float>, Whole>());
        Add(table, Mnemonic.Haddpd, Mnemonic.Vhaddpd, new FloatRow<Horizontal<FloatAdd, double>, Whole>());
        Add(table, Mnemonic.Hsubps, Mnemonic.Vhsubps, new FloatRow<Horizontal<FloatSubtract, float>, Whole>());
        Add(table, Mnemonic.Hsubpd, Mnemonic.Vhsubpd, new FloatRow<Horizontal<FloatSubtract, double>, Whole>());
        Add(table, Mnemonic.Addsubps, Mnemonic.Vaddsubps, new FloatRow<AddSubtract<float>, Whole>());
        Add(table, Mnemonic.Addsubpd, Mnemonic.Vaddsubpd, new FloatRow<AddSubtract<double>, Whole>());
    }

    /// <summary>
    /// Whether an operation raised nothing but perhaps precision: results normal or a zero that is exact, no denormal operand.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsPlain<T>(Vector128<T> a, Vector128<T> b, Vector128<T> result, Vector128<byte> zeroIsExact)
        where T : unmanaged
        => typeof(T) == typeof(float)
            ? FloatClasses.ArePlain(a.AsInt32(), b.AsInt32(), result.AsInt32(), zeroIsExact.AsInt32())
            : FloatClasses.ArePlain(a.AsInt64(), b.AsInt64(), result.AsInt64(), zeroIsExact.AsInt64());

    /// <summary>The same on 256 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsPlain<T>(Vector256<T> a, Vector256<T> b, Vector256<T> result, Vector256<byte> zeroIsExact)
        where T : unmanaged
        => typeof(T) == typeof(float)
            ? FloatClasses.ArePlain(a.AsInt32(), b.AsInt32(), result.AsInt32(), zeroIsExact.AsInt32())
            : FloatClasses.ArePlain(a.AsInt64(), b.AsInt64(), result.AsInt64(), zeroIsExact.AsInt64());

    /// <summary>The same for one element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsPlain(double a, double b, double result, bool zeroIsExact)
        => (FloatClasses.IsSafelyNormal(result) || (result == 0 && zeroIsExact)) && !FloatClasses.IsDenormal(a) && !FloatClasses.IsDenormal(b);

    /// <summary>The same for one element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsPlain(float a, float b, float result, bool zeroIsExact)
        => (FloatClasses.IsSafelyNormal(result) || (result == 0 && zeroIsExact)) && !FloatClasses.IsDenormal(a) && !FloatClasses.IsDenormal(b);

    private static void Add(InstructionTable table, Mnemonic legacy, Mnemonic vex, InstructionRow row)
    {
        table.Add(legacy, row);
        table.Add(vex, row);
    }
}
