using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.FloatingPoint;
using Emulator.Core.Instructions.Sse;
using V = System.Runtime.Intrinsics.Vector128<byte>;
using W = System.Runtime.Intrinsics.Vector256<byte>;

namespace Emulator.Core.Instructions.Avx;

/// <summary>The signs of a fused multiply-add; VFMADDSUB and VFMSUBADD differ between even and odd elements.</summary>
public interface IFusedSigns
{
    /// <summary>Of even elements.</summary>
    static abstract MultiplyAddSigns Even { get; }

    /// <summary>Of odd elements.</summary>
    static abstract MultiplyAddSigns Odd { get; }
}

/// <summary>VFMADD.</summary>
public readonly struct Fmadd : IFusedSigns
{
    public static MultiplyAddSigns Even => MultiplyAddSigns.None;

    public static MultiplyAddSigns Odd => MultiplyAddSigns.None;
}

/// <summary>VFMSUB.</summary>
public readonly struct Fmsub : IFusedSigns
{
    public static MultiplyAddSigns Even => MultiplyAddSigns.NegateAddend;

    public static MultiplyAddSigns Odd => MultiplyAddSigns.NegateAddend;
}

/// <summary>VFNMADD.</summary>
public readonly struct Fnmadd : IFusedSigns
{
    public static MultiplyAddSigns Even => MultiplyAddSigns.NegateProduct;

    public static MultiplyAddSigns Odd => MultiplyAddSigns.NegateProduct;
}

/// <summary>VFNMSUB.</summary>
public readonly struct Fnmsub : IFusedSigns
{
    public static MultiplyAddSigns Even => MultiplyAddSigns.NegateProduct | MultiplyAddSigns.NegateAddend;

    public static MultiplyAddSigns Odd => MultiplyAddSigns.NegateProduct | MultiplyAddSigns.NegateAddend;
}

/// <summary>VFMADDSUB.</summary>
public readonly struct Fmaddsub : IFusedSigns
{
    public static MultiplyAddSigns Even => MultiplyAddSigns.NegateAddend;

    public static MultiplyAddSigns Odd => MultiplyAddSigns.None;
}

/// <summary>VFMSUBADD.</summary>
public readonly struct Fmsubadd : IFusedSigns
{
    public static MultiplyAddSigns Even => MultiplyAddSigns.None;

    public static MultiplyAddSigns Odd => MultiplyAddSigns.NegateAddend;
}

/// <summary>Which operands are factors and which is the addend, by the digits of the mnemonic.</summary>
public interface IFusedOrder
{
    /// <summary>The numbers of two factors and the addend: 0 is the destination, 1 the second operand, 2 the third.</summary>
    static abstract (int X, int Y, int Z) Places { get; }
}

/// <summary>First times third plus second.</summary>
public readonly struct Order132 : IFusedOrder
{
    public static (int X, int Y, int Z) Places => (0, 2, 1);
}

/// <summary>Second times first plus third.</summary>
public readonly struct Order213 : IFusedOrder
{
    public static (int X, int Y, int Z) Places => (1, 0, 2);
}

/// <summary>Second times third plus first.</summary>
public readonly struct Order231 : IFusedOrder
{
    public static (int X, int Y, int Z) Places => (1, 2, 0);
}

/// <summary>
/// The meaning of a fused multiply-add, x * y + z with one rounding, on 128 and 256 bits. Whatever is not computed is that of <c>kept</c>, the destination.
/// </summary>
public interface IFusedOperation
{
    /// <inheritdoc cref="IFloatOperation.TryFast"/>
    static abstract bool TryFast(V x, V y, V z, V kept, out V result);

    /// <inheritdoc cref="IFloatOperation.TryFast"/>
    static abstract bool TryFast256(W x, W y, W z, W kept, out W result);

    /// <inheritdoc cref="IFloatOperation.IsUnrounded"/>
    static abstract bool IsUnrounded(V x, V y, V z, V result);

    /// <inheritdoc cref="IFloatOperation.Exact"/>
    static abstract V Exact(V x, V y, V z, V kept, ref FloatContext context);
}

/// <summary>Every element.</summary>
public readonly unsafe struct FusedPacked<TSigns, T> : IFusedOperation
    where TSigns : struct, IFusedSigns
    where T : unmanaged
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V x, V y, V z, V kept, out V result)
    {
        var factor = x ^ FusedSigns<TSigns, T>.Of(MultiplyAddSigns.NegateProduct);
        var addend = z ^ FusedSigns<TSigns, T>.Of(MultiplyAddSigns.NegateAddend);
        if (typeof(T) == typeof(float))
        {
            result = Vector128.FusedMultiplyAdd(factor.AsSingle(), y.AsSingle(), addend.AsSingle()).AsByte();
            return FloatClasses.AreFused(x.AsInt32(), y.AsInt32(), z.AsInt32(), result.AsInt32());
        }

        result = Vector128.FusedMultiplyAdd(factor.AsDouble(), y.AsDouble(), addend.AsDouble()).AsByte();
        return FloatClasses.AreFused(x.AsInt64(), y.AsInt64(), z.AsInt64(), result.AsInt64());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast256(W x, W y, W z, W kept, out W result)
    {
        var product = FusedSigns<TSigns, T>.Of(MultiplyAddSigns.NegateProduct);
        var sum = FusedSigns<TSigns, T>.Of(MultiplyAddSigns.NegateAddend);
        var factor = x ^ Vector256.Create(product, product);
        var addend = z ^ Vector256.Create(sum, sum);
        if (typeof(T) == typeof(float))
        {
            result = Vector256.FusedMultiplyAdd(factor.AsSingle(), y.AsSingle(), addend.AsSingle()).AsByte();
            return FloatClasses.AreFused(x.AsInt32(), y.AsInt32(), z.AsInt32(), result.AsInt32());
        }

        result = Vector256.FusedMultiplyAdd(factor.AsDouble(), y.AsDouble(), addend.AsDouble()).AsByte();
        return FloatClasses.AreFused(x.AsInt64(), y.AsInt64(), z.AsInt64(), result.AsInt64());
    }

    /// <summary>
    /// Tells it as far as it is easily told: product and sum are exact, each for itself. A product that vanished is not a zero's.
    /// </summary>
    public static bool IsUnrounded(V x, V y, V z, V result)
    {
        var factor = (x ^ FusedSigns<TSigns, T>.Of(MultiplyAddSigns.NegateProduct)).As<byte, T>();
        var other = y.As<byte, T>();
        var product = factor * other;
        var isZero = FloatClasses.Zero(factor) | FloatClasses.Zero(other);
        return FloatClasses.All(isZero | ~FloatClasses.Zero(product))
            && FloatResiduals.AreProducts(factor, other, product)
            && FloatResiduals.AreSums(product, (z ^ FusedSigns<TSigns, T>.Of(MultiplyAddSigns.NegateAddend)).As<byte, T>(), result.As<byte, T>());
    }

    /// <inheritdoc/>
    public static V Exact(V x, V y, V z, V kept, ref FloatContext context) => FusedSigns<TSigns, T>.Exact(x, y, z, 16 / sizeof(T), ref context);
}

/// <summary>The low element; the others are kept.</summary>
public readonly struct FusedScalar<TSigns, T> : IFusedOperation
    where TSigns : struct, IFusedSigns
    where T : unmanaged
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V x, V y, V z, V kept, out V result)
    {
        if (typeof(T) == typeof(float))
        {
            var (a, b, c) = (x.AsSingle().ToScalar(), y.AsSingle().ToScalar(), z.AsSingle().ToScalar());
            var single = MathF.FusedMultiplyAdd(Negates(MultiplyAddSigns.NegateProduct) ? -a : a, b, Negates(MultiplyAddSigns.NegateAddend) ? -c : c);
            result = kept.AsSingle().WithElement(0, single).AsByte();
            return FloatArithmetic.IsPlain(a, b, single, zeroIsExact: a == 0 || b == 0) && !FloatClasses.IsDenormal(c);
        }

        var (p, q, r) = (x.AsDouble().ToScalar(), y.AsDouble().ToScalar(), z.AsDouble().ToScalar());
        var value = Math.FusedMultiplyAdd(Negates(MultiplyAddSigns.NegateProduct) ? -p : p, q, Negates(MultiplyAddSigns.NegateAddend) ? -r : r);
        result = kept.AsDouble().WithElement(0, value).AsByte();
        return FloatArithmetic.IsPlain(p, q, value, zeroIsExact: p == 0 || q == 0) && !FloatClasses.IsDenormal(r);
    }

    /// <summary>There is no such form.</summary>
    public static bool TryFast256(W x, W y, W z, W kept, out W result)
    {
        result = default;
        return false;
    }

    /// <inheritdoc/>
    public static bool IsUnrounded(V x, V y, V z, V result) => FusedPacked<TSigns, T>.IsUnrounded(Low(x), Low(y), Low(z), Low(result));

    /// <inheritdoc/>
    public static V Exact(V x, V y, V z, V kept, ref FloatContext context)
        => kept.As<byte, T>().WithElement(0, FusedSigns<TSigns, T>.Exact(x, y, z, 1, ref context).As<byte, T>().ToScalar()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Negates(MultiplyAddSigns which) => (TSigns.Even & which) != 0;

    // The same in every element.
    private static V Low(V value) => Vector128.Create(value.As<byte, T>().ToScalar()).AsByte();
}

/// <summary>What signs do, on vectors of <typeparamref name="T"/>.</summary>
public static unsafe class FusedSigns<TSigns, T>
    where TSigns : struct, IFusedSigns
    where T : unmanaged
{
    /// <summary>The sign bits that are to be turned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of(MultiplyAddSigns which)
    {
        var even = (TSigns.Even & which) != 0;
        var odd = (TSigns.Odd & which) != 0;
        return typeof(T) == typeof(float)
            ? Vector128.Create(even ? 0x8000_0000u : 0, odd ? 0x8000_0000u : 0, even ? 0x8000_0000u : 0, odd ? 0x8000_0000u : 0).AsByte()
            : Vector128.Create(even ? 0x8000_0000_0000_0000ul : 0, odd ? 0x8000_0000_0000_0000ul : 0).AsByte();
    }

    /// <summary>The meaning for the first <paramref name="count"/> elements.</summary>
    public static V Exact(V x, V y, V z, int count, ref FloatContext context)
    {
        V result = default;
        for (var n = 0; n < count; n++)
        {
            var signs = (n & 1) == 0 ? TSigns.Even : TSigns.Odd;
            if (typeof(T) == typeof(float))
            {
                ((uint*)&result)[n] = Float32.MultiplyAdd(((uint*)&x)[n], ((uint*)&y)[n], ((uint*)&z)[n], signs, ref context);
            }
            else
            {
                ((ulong*)&result)[n] = Float64.MultiplyAdd(((ulong*)&x)[n], ((ulong*)&y)[n], ((ulong*)&z)[n], signs, ref context);
            }
        }

        return result;
    }
}
