using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Instructions.Sse;

/// <summary>ROUNDPS and its kin: immediate bit 2 takes the mode from MXCSR, bit 3 keeps the precision exception down.</summary>
public readonly struct FloatRound : IElementOperation
{
    public static bool IsExact => false;

    public static bool IsUnary => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHost<T>(Vector128<T> a, Vector128<T> b, byte i, out Vector128<T> result)
        where T : unmanaged
    {
        var mode = (i & 4) != 0 ? RoundingMode.Nearest : (RoundingMode)(i & 3);
        result = typeof(T) == typeof(float) ? Round(b.AsSingle(), mode).As<float, T>() : Round(b.AsDouble(), mode).As<double, T>();
        return Vector128.EqualsAll(FloatClasses.NaN(b), Vector128<byte>.Zero);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreUnrounded<T>(Vector128<T> a, Vector128<T> b, byte i, Vector128<T> result)
        where T : unmanaged
        => (i & 8) != 0 || Vector128.EqualsAll(result, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(double a, double b, byte i, double result) => (i & 8) != 0 || result == b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(float a, float b, byte i, float result) => (i & 8) != 0 || result == b;

    public static uint Exact(uint a, uint b, byte i, ref FloatContext context)
        => Float32.RoundToIntegral(b, Mode(i, context), (i & 8) != 0, ref context);

    public static ulong Exact(ulong a, ulong b, byte i, ref FloatContext context)
        => Float64.RoundToIntegral(b, Mode(i, context), (i & 8) != 0, ref context);

    private static RoundingMode Mode(byte i, in FloatContext context) => (i & 4) != 0 ? context.Rounding : (RoundingMode)(i & 3);

    private static Vector128<float> Round(Vector128<float> value, RoundingMode mode) => mode switch
    {
        RoundingMode.Nearest => Vector128.Round(value),
        RoundingMode.Down => Vector128.Floor(value),
        RoundingMode.Up => Vector128.Ceiling(value),
        _ => Vector128.Truncate(value),
    };

    private static Vector128<double> Round(Vector128<double> value, RoundingMode mode) => mode switch
    {
        RoundingMode.Nearest => Vector128.Round(value),
        RoundingMode.Down => Vector128.Floor(value),
        RoundingMode.Up => Vector128.Ceiling(value),
        _ => Vector128.Truncate(value),
    };
}
