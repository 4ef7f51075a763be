using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Emulator.Core.Instructions.Sse;

/// <summary>
/// Whether a result of the host's is the exact one, told by the rounding error, which the host can compute without one of its own: of a sum by Knuth's
/// TwoSum, of products, quotients and roots by a fused multiply-add. Asked of results that are plain (<see cref="FloatClasses"/>). What these methods cannot
/// tell, near the ends of the range, they call rounded.
/// </summary>
public static class FloatResiduals
{
    // The error of a product of this magnitude and above is a multiple of the smallest denormal (2^-968 and 2^-101 would do), so that it does not vanish.
    private const double SafeMagnitude64 = 1e-290;
    private const float SafeMagnitude32 = 1e-30f;

    /// <summary>Whether a + b is a sum. Additions do not underflow; where one overflows on the way, the error is no number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSum(double a, double b, double sum)
    {
        var second = sum - a;
        return a - (sum - second) + (b - second) == 0;
    }

    /// <summary>The same for singles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSum(float a, float b, float sum)
    {
        var second = sum - a;
        return a - (sum - second) + (b - second) == 0;
    }

    /// <summary>Whether a * b is a product, or a zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsProduct(double a, double b, double product)
        => (Math.Abs(product) >= SafeMagnitude64 && Math.FusedMultiplyAdd(a, b, -product) == 0) || product == 0;

    /// <summary>The same for singles, whose products are exact doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsProduct(float a, float b, float product) => (double)a * b == product;

    /// <summary>The vectors' sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreSums<T>(Vector128<T> a, Vector128<T> b, Vector128<T> sum)
        where T : unmanaged
    {
        var second = sum - a;
        return Vector128.EqualsAll(a - (sum - second) + (b - second), Vector128<T>.Zero);
    }

    /// <summary>The vectors' products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreProducts<T>(Vector128<T> a, Vector128<T> b, Vector128<T> product)
        where T : unmanaged
        => typeof(T) == typeof(float)
            ? AreProducts(a.AsSingle(), b.AsSingle(), product.AsSingle())
            : AreProducts(a.AsDouble(), b.AsDouble(), product.AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreProducts(Vector128<double> a, Vector128<double> b, Vector128<double> product)
    {
        var exact = Vector128.Equals(Vector128.FusedMultiplyAdd(a, b, -product), Vector128<double>.Zero)
            & Vector128.GreaterThanOrEqual(Vector128.Abs(product), Vector128.Create(SafeMagnitude64));
        return FloatClasses.All((exact | Vector128.Equals(product, Vector128<double>.Zero)).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreProducts(Vector128<float> a, Vector128<float> b, Vector128<float> product)
    {
        var exact = Vector128.Equals(Vector128.FusedMultiplyAdd(a, b, -product), Vector128<float>.Zero)
            & Vector128.GreaterThanOrEqual(Vector128.Abs(product), Vector128.Create(SafeMagnitude32));
        return FloatClasses.All((exact | Vector128.Equals(product, Vector128<float>.Zero)).AsByte());
    }

    /// <summary>Whether a number has no more significant bits than a format holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Fits(long value, int significandBits)
    {
        var magnitude = (ulong)Math.Abs(value == long.MinValue ? 1 : value);
        return System.Numerics.BitOperations.LeadingZeroCount(magnitude) + System.Numerics.BitOperations.TrailingZeroCount(magnitude) >= 64 - significandBits;
    }
}
