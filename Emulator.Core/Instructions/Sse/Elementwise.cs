using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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

    /// <summary><see cref="TryHost"/> on 256 bits: by default each half for itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static virtual bool TryHost256<TSelf, T>(Vector256<T> a, Vector256<T> b, byte i, out Vector256<T> result)
        where TSelf : struct, IElementOperation
        where T : unmanaged
    {
        var done = TSelf.TryHost(a.GetLower(), b.GetLower(), i, out var lower) & TSelf.TryHost(a.GetUpper(), b.GetUpper(), i, out var upper);
        result = Vector256.Create(lower, upper);
        return done;
    }

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
    public static bool TryFast256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i, out Vector256<byte> result)
        where TSelf : struct, IFloatOperation
    {
        var done = TElement.TryHost256<TElement, T>((TElement.IsUnary ? b : a).As<byte, T>(), b.As<byte, T>(), i, out var value);
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
