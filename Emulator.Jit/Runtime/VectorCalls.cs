using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Instructions.Sse;
using V = System.Runtime.Intrinsics.Vector128<byte>;
using W = System.Runtime.Intrinsics.Vector256<byte>;

namespace Emulator.Jit.Runtime;

/// <summary>What compiled code calls around the meanings of vector instructions where CIL alone cannot name them.</summary>
public static unsafe class VectorCalls
{
    /// <summary>Bit of <see cref="FastWays"/>: the host's operations may stand for the guest's, if they round.</summary>
    public const int Rounding = 2;

    /// <summary>Bit of <see cref="FastWays"/>: the same if they do not.</summary>
    public const int Exact = 4;

    /// <summary>Bit of <see cref="FastWays"/>: the same if they turn out not to have rounded.</summary>
    public const int Unrounded = 8;

    /// <summary>What MXCSR allows, never 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FastWays(CpuState* s)
        => 1 | (Mxcsr.AllowsUnrounded(s) ? Unrounded : 0) | (Mxcsr.AllowsFast(s, isExact: false) ? Rounding : 0) | (Mxcsr.AllowsFast(s, isExact: true) ? Exact : 0);

    /// <summary>A doubleword in a vector, zeros above.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Extend(uint value) => Vector128.CreateScalar(value).AsByte();

    /// <summary>A quadword in a vector, zeros above.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Extend(ulong value) => Vector128.CreateScalar(value).AsByte();

    /// <summary>A vector in the lower of two lanes, zeros above.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W Widen(V value) => Vector256.Create(value, V.Zero);

    /// <summary>The lower of two lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lower(W value) => value.GetLower();

    /// <summary>What a legacy encoding makes of a register: the upper lane is kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W WithLower(W register, V value) => register.WithLower(value);

    /// <summary>What a VEX encoding makes of a register: the upper lane is cleared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W ReplacedBy(W register, V value) => Vector256.Create(value, V.Zero);

    /// <summary>A vector in both lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W Repeat(V value) => Vector256.Create(value, value);

    /// <summary>The low single.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Single(V value) => value.AsSingle().ToScalar();

    /// <summary>The low double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Double(V value) => value.AsDouble().ToScalar();

    /// <summary>The 256-bit form of an operation, its own or the interface's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W Apply256<TOperation>(W a, W b, byte i)
        where TOperation : struct, IVectorOperation
        => TOperation.Apply256<TOperation>(a, b, i);

    /// <summary>Whether an operation's result is exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded<TOperation>(V a, V b, byte i, V result)
        where TOperation : struct, IFloatOperation
        => TOperation.IsUnrounded(a, b, i, result);
}
