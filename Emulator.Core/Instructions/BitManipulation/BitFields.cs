using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Emulator.Core.Cpu;
using Emulator.Core.Instructions.Integer;

namespace Emulator.Core.Instructions.BitManipulation;

/// <summary>BLSI. CF: the source is not zero.</summary>
public readonly unsafe struct IsolateLowest : IUnaryOperation
{
    public static T Apply<T>(CpuState* s, T a)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        => BitFields.Finish(s, a & (T.Zero - a), a != T.Zero);
}

/// <summary>BLSMSK. CF: the source is zero.</summary>
public readonly unsafe struct MaskToLowest : IUnaryOperation
{
    public static T Apply<T>(CpuState* s, T a)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        => BitFields.Finish(s, a ^ (a - T.One), a == T.Zero);
}

/// <summary>BLSR. CF: the source is zero.</summary>
public readonly unsafe struct ResetLowest : IUnaryOperation
{
    public static T Apply<T>(CpuState* s, T a)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        => BitFields.Finish(s, a & (a - T.One), a == T.Zero);
}

/// <summary>BZHI. CF: the index is beyond the operand.</summary>
public readonly unsafe struct ZeroHigh : IAluOperation
{
    public static T Apply<T>(CpuState* s, T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var index = ulong.CreateTruncating(b);
        return BitFields.Finish(s, T.CreateTruncating(BitFields.ZeroHigh(ulong.CreateTruncating(a), index)), (byte)index >= 8 * sizeof(T));
    }
}

/// <summary>The meanings of BMI on numbers of 64 bits; narrower ones are zero-extended.</summary>
public static unsafe class BitFields
{
    /// <summary>BEXTR: bits 7:0 of the control are the start, 15:8 the length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Extract(ulong source, ulong control)
    {
        var start = (int)(control & 0xff);
        return ZeroHigh(start < 64 ? source >> start : 0, control >> 8);
    }

    /// <summary>BZHI: bits 7:0 of the index tell how many bits are kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ZeroHigh(ulong source, ulong index)
        => (byte)index < 64 ? source & ((1ul << (byte)index) - 1) : source;

    /// <summary>PDEP: the low bits go where the mask is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Deposit(ulong value, ulong mask) => Bmi2.X64.IsSupported ? Bmi2.X64.ParallelBitDeposit(value, mask) : DepositEach(value, mask);

    /// <summary>PEXT: the bits where the mask is set become the low ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ExtractParallel(ulong value, ulong mask)
        => Bmi2.X64.IsSupported ? Bmi2.X64.ParallelBitExtract(value, mask) : ExtractEach(value, mask);

    /// <summary>Sets the flags of a result: OF and AF are clear.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Finish<T>(CpuState* s, T result, bool carry)
        where T : unmanaged, IBinaryInteger<T>
    {
        s->Flags.SetResult(result, carry, overflow: false, auxiliary: false);
        return result;
    }

    private static ulong DepositEach(ulong value, ulong mask)
    {
        var result = 0ul;
        for (; mask != 0; mask &= mask - 1)
        {
            result |= (value & 1) != 0 ? mask & (0 - mask) : 0;
            value >>= 1;
        }

        return result;
    }

    private static ulong ExtractEach(ulong value, ulong mask)
    {
        var result = 0ul;
        for (var next = 1ul; mask != 0; mask &= mask - 1)
        {
            result |= (value & mask & (0 - mask)) != 0 ? next : 0;
            next <<= 1;
        }

        return result;
    }
}
