using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

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

    /// <summary>The same for 256 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool ArePlain(Vector256<long> a, Vector256<long> b, Vector256<long> result, Vector256<long> zeroIsExact)
    {
        var magnitude = Vector256.Create(long.MaxValue);
        var r = result & magnitude;
        var good = Vector256.LessThan(r + Vector256.Create(unchecked(long.MinValue - (long)MinNormal64 - 1)), Vector256.Create(long.MinValue + (long)(Infinity64 - MinNormal64) - 1))
            | (Vector256.Equals(r, Vector256<long>.Zero) & zeroIsExact);
        var one = Vector256.Create(unchecked(long.MinValue - 1));
        var limit = Vector256.Create(long.MinValue + (long)MinNormal64 - 1);
        var bad = Vector256.LessThan((a & magnitude) + one, limit) | Vector256.LessThan((b & magnitude) + one, limit);
        return (good & ~bad) == Vector256<long>.AllBitsSet;
    }

    /// <summary>The same for 256 bits of singles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool ArePlain(Vector256<int> a, Vector256<int> b, Vector256<int> result, Vector256<int> zeroIsExact)
    {
        var magnitude = Vector256.Create(int.MaxValue);
        var r = result & magnitude;
        var good = Vector256.LessThan(r + Vector256.Create(unchecked(int.MinValue - (int)MinNormal32 - 1)), Vector256.Create(int.MinValue + (int)(Infinity32 - MinNormal32) - 1))
            | (Vector256.Equals(r, Vector256<int>.Zero) & zeroIsExact);
        var one = Vector256.Create(unchecked(int.MinValue - 1));
        var limit = Vector256.Create(int.MinValue + (int)MinNormal32 - 1);
        var bad = Vector256.LessThan((a & magnitude) + one, limit) | Vector256.LessThan((b & magnitude) + one, limit);
        return (good & ~bad) == Vector256<int>.AllBitsSet;
    }

    /// <summary>Whether x * y + z is plain: as above, a zero being exact if a factor is one, and the addend not denormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreFused(Vector128<long> x, Vector128<long> y, Vector128<long> z, Vector128<long> result)
    {
        var magnitude = Vector128.Create(long.MaxValue);
        var zeros = Equal(x & magnitude, Vector128<long>.Zero) | Equal(y & magnitude, Vector128<long>.Zero);
        var denormal = Less((z & magnitude) + Vector128.Create(unchecked(long.MinValue - 1)), Vector128.Create(long.MinValue + (long)MinNormal64 - 1));
        return ArePlain(x, y, result, zeros) & (denormal == Vector128<long>.Zero);
    }

    /// <summary>The same for singles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreFused(Vector128<int> x, Vector128<int> y, Vector128<int> z, Vector128<int> result)
    {
        var magnitude = Vector128.Create(int.MaxValue);
        var zeros = Equal(x & magnitude, Vector128<int>.Zero) | Equal(y & magnitude, Vector128<int>.Zero);
        var denormal = Less((z & magnitude) + Vector128.Create(unchecked(int.MinValue - 1)), Vector128.Create(int.MinValue + (int)MinNormal32 - 1));
        return ArePlain(x, y, result, zeros) & (denormal == Vector128<int>.Zero);
    }

    /// <summary>The same for 256 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreFused(Vector256<long> x, Vector256<long> y, Vector256<long> z, Vector256<long> result)
    {
        var magnitude = Vector256.Create(long.MaxValue);
        var zeros = Vector256.Equals(x & magnitude, Vector256<long>.Zero) | Vector256.Equals(y & magnitude, Vector256<long>.Zero);
        var denormal = Vector256.LessThan((z & magnitude) + Vector256.Create(unchecked(long.MinValue - 1)), Vector256.Create(long.MinValue + (long)MinNormal64 - 1));
        return ArePlain(x, y, result, zeros) & (denormal == Vector256<long>.Zero);
    }

    /// <summary>The same for 256 bits of singles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreFused(Vector256<int> x, Vector256<int> y, Vector256<int> z, Vector256<int> result)
    {
        var magnitude = Vector256.Create(int.MaxValue);
        var zeros = Vector256.Equals(x & magnitude, Vector256<int>.Zero) | Vector256.Equals(y & magnitude, Vector256<int>.Zero);
        var denormal = Vector256.LessThan((z & magnitude) + Vector256.Create(unchecked(int.MinValue - 1)), Vector256.Create(int.MinValue + (int)MinNormal32 - 1));
        return ArePlain(x, y, result, zeros) & (denormal == Vector256<int>.Zero);
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
