using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Emulator.Core.FloatingPoint;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>A floating-point meaning on single elements, from which the packed, scalar and horizontal instructions are made.</summary>
public interface IElementOperation
{
    /// <inheritdoc cref="IFloatOperation.IsExact"/>
    static abstract bool IsExact { get; }

    /// <summary>Only the second source is read.</summary>
    static virtual bool IsUnary => false;

    /// <inheritdoc cref="IFloatOperation.TryFast"/>
    static abstract bool TryHost<T>(Vector128<T> a, Vector128<T> b, byte i, out Vector128<T> result)
        where T : unmanaged;

    /// <summary><see cref="TryHost"/> for one double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static virtual bool TryScalar<TSelf>(double a, double b, byte i, out double result)
        where TSelf : struct, IElementOperation
    {
        // The same in every element, so that the others meet no exception of their own.
        var done = TSelf.TryHost(Vector128.Create(a), Vector128.Create(b), i, out var value);
        result = value.ToScalar();
        return done;
    }

    /// <summary><see cref="TryHost"/> for one single.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static virtual bool TryScalar<TSelf>(float a, float b, byte i, out float result)
        where TSelf : struct, IElementOperation
    {
        var done = TSelf.TryHost(Vector128.Create(a), Vector128.Create(b), i, out var value);
        result = value.ToScalar();
        return done;
    }

    /// <inheritdoc cref="IFloatOperation.IsUnrounded"/>
    static virtual bool AreUnrounded<T>(Vector128<T> a, Vector128<T> b, byte i, Vector128<T> result)
        where T : unmanaged
        => false;

    /// <summary><see cref="AreUnrounded"/> for one double.</summary>
    static virtual bool IsUnrounded(double a, double b, byte i, double result) => false;

    /// <summary><see cref="AreUnrounded"/> for one single.</summary>
    static virtual bool IsUnrounded(float a, float b, byte i, float result) => false;

    /// <summary>The meaning in single precision.</summary>
    static abstract uint Exact(uint a, uint b, byte i, ref FloatContext context);

    /// <summary>The meaning in double precision.</summary>
    static abstract ulong Exact(ulong a, ulong b, byte i, ref FloatContext context);
}

/// <summary>Every element; <typeparamref name="T"/> is float or double.</summary>
public readonly unsafe struct Packed<TElement, T> : IFloatOperation
    where TElement : struct, IElementOperation
    where T : unmanaged
{
    public static bool IsExact => TElement.IsExact;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        var done = TElement.TryHost((TElement.IsUnary ? b : a).As<byte, T>(), b.As<byte, T>(), i, out var value);
        result = value.AsByte();
        return done;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V a, V b, byte i, V result) => TElement.AreUnrounded(a.As<byte, T>(), b.As<byte, T>(), i, result.As<byte, T>());

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        V result = default;
        if (typeof(T) == typeof(float))
        {
            for (var n = 0; n < 4; n++)
            {
                ((uint*)&result)[n] = TElement.Exact(((uint*)&a)[n], ((uint*)&b)[n], i, ref context);
            }
        }
        else
        {
            for (var n = 0; n < 2; n++)
            {
                ((ulong*)&result)[n] = TElement.Exact(((ulong*)&a)[n], ((ulong*)&b)[n], i, ref context);
            }
        }

        return result;
    }
}

/// <summary>The low element; the others are the first source's.</summary>
public readonly struct ScalarOf<TElement, T> : IFloatOperation
    where TElement : struct, IElementOperation
    where T : unmanaged
{
    public static bool IsExact => TElement.IsExact;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        if (typeof(T) == typeof(float))
        {
            var single = TElement.TryScalar<TElement>(a.AsSingle().ToScalar(), b.AsSingle().ToScalar(), i, out float narrow);
            result = a.AsSingle().WithElement(0, narrow).AsByte();
            return single;
        }

        var done = TElement.TryScalar<TElement>(a.AsDouble().ToScalar(), b.AsDouble().ToScalar(), i, out double value);
        result = a.AsDouble().WithElement(0, value).AsByte();
        return done;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V a, V b, byte i, V result)
        => typeof(T) == typeof(float)
            ? TElement.IsUnrounded(a.AsSingle().ToScalar(), b.AsSingle().ToScalar(), i, result.AsSingle().ToScalar())
            : TElement.IsUnrounded(a.AsDouble().ToScalar(), b.AsDouble().ToScalar(), i, result.AsDouble().ToScalar());

    public static V Exact(V a, V b, byte i, ref FloatContext context)
        => typeof(T) == typeof(float)
            ? a.AsUInt32().WithElement(0, TElement.Exact(a.AsUInt32().ToScalar(), b.AsUInt32().ToScalar(), i, ref context)).AsByte()
            : a.AsUInt64().WithElement(0, TElement.Exact(a.AsUInt64().ToScalar(), b.AsUInt64().ToScalar(), i, ref context)).AsByte();
}

/// <summary>Neighbouring elements of the first source, then of the second.</summary>
public readonly struct Horizontal<TElement, T> : IFloatOperation
    where TElement : struct, IElementOperation
    where T : unmanaged
{
    public static bool IsExact => TElement.IsExact;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result) => Packed<TElement, T>.TryFast(Even(a, b), Odd(a, b), i, out result);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V a, V b, byte i, V result) => Packed<TElement, T>.IsUnrounded(Even(a, b), Odd(a, b), i, result);

    public static V Exact(V a, V b, byte i, ref FloatContext context) => Packed<TElement, T>.Exact(Even(a, b), Odd(a, b), i, ref context);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Even(V a, V b)
        => typeof(T) == typeof(float) ? Shufps.Apply(a, b, 0x88) : Vector128.Create(a.AsUInt64().ToScalar(), b.AsUInt64().ToScalar()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Odd(V a, V b)
        => typeof(T) == typeof(float) ? Shufps.Apply(a, b, 0xdd) : Vector128.Create(a.AsUInt64().GetElement(1), b.AsUInt64().GetElement(1)).AsByte();
}

/// <summary>ADDSUBPS and ADDSUBPD: even elements are subtracted, odd ones added.</summary>
public readonly unsafe struct AddSubtract<T> : IFloatOperation
    where T : unmanaged
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        return Packed<FloatAdd, T>.TryFast(a, b ^ Signs(), i, out result);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V a, V b, byte i, V result) => Packed<FloatAdd, T>.IsUnrounded(a, b ^ Signs(), i, result);

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        V result = default;
        if (typeof(T) == typeof(float))
        {
            for (var n = 0; n < 4; n++)
            {
                var (x, y) = (((uint*)&a)[n], ((uint*)&b)[n]);
                ((uint*)&result)[n] = (n & 1) == 0 ? Float32.Sub(x, y, ref context) : Float32.Add(x, y, ref context);
            }
        }
        else
        {
            ((ulong*)&result)[0] = Float64.Sub(((ulong*)&a)[0], ((ulong*)&b)[0], ref context);
            ((ulong*)&result)[1] = Float64.Add(((ulong*)&a)[1], ((ulong*)&b)[1], ref context);
        }

        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Signs()
        => typeof(T) == typeof(float)
            ? Vector128.Create(0x8000_0000u, 0, 0x8000_0000u, 0).AsByte()
            : Vector128.Create(0x8000_0000_0000_0000ul, 0).AsByte();
}

/// <summary>Classes of elements that decide whether the host's result can stand without a look at flags.</summary>
public static class FloatClasses
{
    private const ulong MinNormal64 = 0x0010_0000_0000_0000;
    private const ulong Infinity64 = 0x7ff0_0000_0000_0000;
    private const uint MinNormal32 = 0x0080_0000;
    private const uint Infinity32 = 0x7f80_0000;

    /// <summary>The smallest normal number's bits as T.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Magnitude<T>(Vector128<T> value)
        where T : unmanaged
        => typeof(T) == typeof(float)
            ? (value.AsInt32() & Vector128.Create(int.MaxValue)).As<int, T>()
            : (value.AsInt64() & Vector128.Create(long.MaxValue)).As<long, T>();

    /// <summary>Elements that are denormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Denormal<T>(Vector128<T> value)
        where T : unmanaged
    {
        var magnitude = Magnitude(value);
        return typeof(T) == typeof(float)
            ? (Vector128.LessThan(magnitude.AsInt32(), Vector128.Create(0x0080_0000)) & Vector128.GreaterThan(magnitude.AsInt32(), Vector128<int>.Zero)).AsByte()
            : (Vector128.LessThan(magnitude.AsInt64(), Vector128.Create(0x0010_0000_0000_0000)) & Vector128.GreaterThan(magnitude.AsInt64(), Vector128<long>.Zero)).AsByte();
    }

    /// <summary>Elements that are NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V NaN<T>(Vector128<T> value)
        where T : unmanaged
        => ~Vector128.Equals(value, value).AsByte();

    /// <summary>Elements that are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Zero<T>(Vector128<T> value)
        where T : unmanaged
        => Vector128.Equals(value, Vector128<T>.Zero).AsByte();

    /// <summary>Finite elements above the smallest normal magnitude: the outcome of no overflow and no underflow, even before rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V SafelyNormal<T>(Vector128<T> value)
        where T : unmanaged
    {
        var magnitude = Magnitude(value);
        return typeof(T) == typeof(float)
            ? (Vector128.GreaterThan(magnitude.AsInt32(), Vector128.Create(0x0080_0000)) & Vector128.LessThan(magnitude.AsInt32(), Vector128.Create(0x7f80_0000))).AsByte()
            : (Vector128.GreaterThan(magnitude.AsInt64(), Vector128.Create(0x0010_0000_0000_0000)) & Vector128.LessThan(magnitude.AsInt64(), Vector128.Create(0x7ff0_0000_0000_0000))).AsByte();
    }

    // Twice the magnitude's bits order as the magnitudes do; one comparison tells whether they lie between two bounds.
    /// <summary>Whether a number is neither NaN nor denormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOrdinary(double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value) << 1;
        return bits - (MinNormal64 << 1) <= (Infinity64 - MinNormal64) << 1 || bits == 0;
    }

    /// <summary>Whether a number is neither NaN nor denormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOrdinary(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value) << 1;
        return bits - (MinNormal32 << 1) <= (Infinity32 - MinNormal32) << 1 || bits == 0;
    }

    /// <summary>Whether a number is denormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsDenormal(double value) => (BitConverter.DoubleToUInt64Bits(value) << 1) - 1 < (MinNormal64 << 1) - 1;

    /// <summary>Whether a number is denormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsDenormal(float value) => (BitConverter.SingleToUInt32Bits(value) << 1) - 1 < (MinNormal32 << 1) - 1;

    /// <summary><see cref="SafelyNormal"/> for one number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSafelyNormal(double value)
        => (BitConverter.DoubleToUInt64Bits(value) << 1) - ((MinNormal64 + 1) << 1) < (Infinity64 - MinNormal64 - 1) << 1;

    /// <summary><see cref="SafelyNormal"/> for one number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSafelyNormal(float value)
        => (BitConverter.SingleToUInt32Bits(value) << 1) - ((MinNormal32 + 1) << 1) < (Infinity32 - MinNormal32 - 1) << 1;

    /// <summary>Whether every bit is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool All(V mask) => Vector128.EqualsAll(mask, V.AllBitsSet);

    /// <summary>Whether no operand is a NaN or denormal: comparisons and selections of the others raise nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreOrdinary<T>(Vector128<T> a, Vector128<T> b)
        where T : unmanaged
        => typeof(T) == typeof(float) ? AreOrdinary(a.AsInt32(), b.AsInt32()) : AreOrdinary(a.AsInt64(), b.AsInt64());

    // What follows is written for few steps of the compiler: it is inlined into compiled guest code, where each generic method costs tens of microseconds. An
    // unsigned comparison is a signed one of numbers moved by half their range.
    /// <summary>Whether results are safely normal, or zero where that is exact, and no operand is denormal; all as their bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool ArePlain(Vector128<long> a, Vector128<long> b, Vector128<long> result, Vector128<long> zeroIsExact)
    {
        var magnitude = Vector128.Create(long.MaxValue);
        var r = result & magnitude;
        var good = Less(r + Vector128.Create(unchecked(long.MinValue - (long)MinNormal64 - 1)), Vector128.Create(long.MinValue + (long)(Infinity64 - MinNormal64) - 1))
            | (Equal(r, Vector128<long>.Zero) & zeroIsExact);
        var one = Vector128.Create(unchecked(long.MinValue - 1));
        var limit = Vector128.Create(long.MinValue + (long)MinNormal64 - 1);
        var bad = Less((a & magnitude) + one, limit) | Less((b & magnitude) + one, limit);
        return (good & ~bad) == Vector128<long>.AllBitsSet;
    }

    /// <summary>The same for singles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool ArePlain(Vector128<int> a, Vector128<int> b, Vector128<int> result, Vector128<int> zeroIsExact)
    {
        var magnitude = Vector128.Create(int.MaxValue);
        var r = result & magnitude;
        var good = Less(r + Vector128.Create(unchecked(int.MinValue - (int)MinNormal32 - 1)), Vector128.Create(int.MinValue + (int)(Infinity32 - MinNormal32) - 1))
            | (Equal(r, Vector128<int>.Zero) & zeroIsExact);
        var one = Vector128.Create(unchecked(int.MinValue - 1));
        var limit = Vector128.Create(int.MinValue + (int)MinNormal32 - 1);
        var bad = Less((a & magnitude) + one, limit) | Less((b & magnitude) + one, limit);
        return (good & ~bad) == Vector128<int>.AllBitsSet;
    }

    /// <summary>Whether no operand is a NaN or denormal, as their bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreOrdinary(Vector128<long> a, Vector128<long> b)
    {
        var magnitude = Vector128.Create(long.MaxValue);
        var (x, y) = (a & magnitude, b & magnitude);
        var normal = Vector128.Create(unchecked(long.MinValue - (long)MinNormal64));
        var limit = Vector128.Create(long.MinValue + (long)(Infinity64 - MinNormal64) + 1);
        var good = (Less(x + normal, limit) | Equal(x, Vector128<long>.Zero)) & (Less(y + normal, limit) | Equal(y, Vector128<long>.Zero));
        return good == Vector128<long>.AllBitsSet;
    }

    /// <summary>The same for singles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreOrdinary(Vector128<int> a, Vector128<int> b)
    {
        var magnitude = Vector128.Create(int.MaxValue);
        var (x, y) = (a & magnitude, b & magnitude);
        var normal = Vector128.Create(unchecked(int.MinValue - (int)MinNormal32));
        var limit = Vector128.Create(int.MinValue + (int)(Infinity32 - MinNormal32) + 1);
        var good = (Less(x + normal, limit) | Equal(x, Vector128<int>.Zero)) & (Less(y + normal, limit) | Equal(y, Vector128<int>.Zero));
        return good == Vector128<int>.AllBitsSet;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<long> Less(Vector128<long> a, Vector128<long> b)
        => Sse42.IsSupported ? Sse42.CompareGreaterThan(b, a) : Vector128.LessThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Less(Vector128<int> a, Vector128<int> b)
        => Sse2.IsSupported ? Sse2.CompareLessThan(a, b) : Vector128.LessThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<long> Equal(Vector128<long> a, Vector128<long> b)
        => Sse41.IsSupported ? Sse41.CompareEqual(a, b) : Vector128.Equals(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Equal(Vector128<int> a, Vector128<int> b)
        => Sse2.IsSupported ? Sse2.CompareEqual(a, b) : Vector128.Equals(a, b);
}
