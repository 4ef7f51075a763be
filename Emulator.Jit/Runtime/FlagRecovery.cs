using System.Numerics;
using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Instructions.Integer;

namespace Emulator.Jit.Runtime;

/// <summary>Computes flags at exits, out of line: the meaning is Core's, only the result is dropped.</summary>
public static unsafe class FlagRecovery
{
    /// <summary>Sets the flags of a comparison of floating-point numbers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Ordered(CpuState* s, int less, int equal) => s->Flags.SetOrdered(less != 0, equal != 0);

    /// <summary>Sets the flags of an operation on two integers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Binary<TOperation, T>(CpuState* s, T a, T b)
        where TOperation : struct, IAluOperation
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        => TOperation.Apply(s, a, b);

    /// <summary>Sets the flags of an operation on one integer.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Unary<TOperation, T>(CpuState* s, T a)
        where TOperation : struct, IUnaryOperation
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        => TOperation.Apply(s, a);

    /// <summary>Sets the flags of a shift by a count that is not 0.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Shift<TOperation, T>(CpuState* s, T a, int count)
        where TOperation : struct, IShiftOperation
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        => TOperation.Apply(s, a, count);
}
