using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.FloatingPoint;
using V = System.Runtime.Intrinsics.Vector128<byte>;
using W = System.Runtime.Intrinsics.Vector256<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>
/// The 256-bit form of an <see cref="IFloatOperation"/>: two operations of 128 bits. A widening one takes both from the source's low half, a narrowing one
/// gives both in the result's.
/// </summary>
public static class WideFloat<TOperation>
    where TOperation : struct, IFloatOperation
{
    /// <inheritdoc cref="IFloatOperation.TryFast"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(W a, W b, byte i, out W result) => TOperation.TryFast256<TOperation>(a, b, i, out result);

    /// <summary>The operation on each half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryEach(W a, W b, byte i, out W result)
    {
        var done = TOperation.TryFast(a.GetLower(), b.GetLower(), i, out var lower) & TOperation.TryFast(a.GetUpper(), Upper(b), i, out var upper);
        result = Join(lower, upper);
        return done;
    }

    /// <inheritdoc cref="IFloatOperation.IsUnrounded"/>
    public static bool IsUnrounded(W a, W b, byte i, W result)
    {
        var lower = result.GetLower();
        var upper = TOperation.Lanes == FloatLanes.Narrowing ? Vector128.CreateScalar(lower.AsUInt64().GetElement(1)).AsByte() : result.GetUpper();
        return TOperation.IsUnrounded(a.GetLower(), b.GetLower(), i, lower) && TOperation.IsUnrounded(a.GetUpper(), Upper(b), i, upper);
    }

    /// <inheritdoc cref="IFloatOperation.Exact"/>
    public static W Exact(W a, W b, byte i, ref FloatContext context)
    {
        var lower = TOperation.Exact(a.GetLower(), b.GetLower(), i, ref context);
        return Join(lower, TOperation.Exact(a.GetUpper(), Upper(b), i, ref context));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Upper(W source)
        => TOperation.Lanes == FloatLanes.Widening
            ? Vector128.CreateScalar(source.GetLower().AsUInt64().GetElement(1)).AsByte()
            : source.GetUpper();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static W Join(V lower, V upper)
        => TOperation.Lanes == FloatLanes.Narrowing
            ? Vector256.Create(Vector128.Create(lower.AsUInt64().ToScalar(), upper.AsUInt64().ToScalar()).AsByte(), V.Zero)
            : Vector256.Create(lower, upper);
}
