using System.Numerics;
using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;

namespace Emulator.Core.Instructions.Integer;

/// <summary>
/// A shift or rotation (SDM Vol. 2, RCL/RCR/ROL/ROR and SAL/SAR/SHL/SHR). The count is already masked to 5 or 6 bits and is not 0.
/// OF is defined for a count of 1 only; other counts get what the formula for 1 gives.
/// </summary>
public unsafe interface IShiftOperation
{
    /// <summary>Computes the result and the flags.</summary>
    static abstract T Apply<T>(CpuState* s, T a, int count)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>;
}

/// <summary>SHL.</summary>
public readonly unsafe struct ShiftLeft : IShiftOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a, int count)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var bits = 8 * sizeof(T);
        var value = ulong.CreateTruncating(a);
        var shifted = value << count;
        var carry = sizeof(T) == 8 ? ((value >> (64 - count)) & 1) != 0 : ((shifted >> bits) & 1) != 0;
        var result = T.CreateTruncating(shifted);
        s->Flags.SetResult(result, carry, Bits.IsNegative(result) != carry, auxiliary: false);
        return result;
    }
}

/// <summary>SHR.</summary>
public readonly unsafe struct ShiftRight : IShiftOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a, int count)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var value = ulong.CreateTruncating(a);
        var result = T.CreateTruncating(value >> count);
        s->Flags.SetResult(result, ((value >> (count - 1)) & 1) != 0, Bits.IsNegative(a), auxiliary: false);
        return result;
    }
}

/// <summary>SAR.</summary>
public readonly unsafe struct ShiftArithmeticRight : IShiftOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a, int count)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var value = Bits.SignExtend(a);
        var result = T.CreateTruncating(value >> count);
        s->Flags.SetResult(result, ((value >> (count - 1)) & 1) != 0, overflow: false, auxiliary: false);
        return result;
    }
}

/// <summary>ROL.</summary>
public readonly unsafe struct RotateLeft : IShiftOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a, int count)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var result = Bits.RotateLeft(a, count);
        var carry = (result & T.One) != T.Zero;
        s->Flags.SetCarryAndOverflow(carry, Bits.IsNegative(result) != carry);
        return result;
    }
}

/// <summary>ROR.</summary>
public readonly unsafe struct RotateRight : IShiftOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a, int count)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var bits = 8 * sizeof(T);
        var result = Bits.RotateLeft(a, bits - (count & (bits - 1)));
        var value = ulong.CreateTruncating(result);
        s->Flags.SetCarryAndOverflow(Bits.IsNegative(result), ((value >> (bits - 1)) & 1) != ((value >> (bits - 2)) & 1));
        return result;
    }
}

/// <summary>RCL.</summary>
public readonly unsafe struct RotateCarryLeft : IShiftOperation
{
    public static T Apply<T>(CpuState* s, T a, int count)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var bits = 8 * sizeof(T);
        count %= bits + 1;
        var value = ulong.CreateTruncating(a);
        var carry = s->Flags.CF;
        if (count != 0)
        {
            var carryIn = carry ? 1ul : 0;
            carry = ((value >> (bits - count)) & 1) != 0;
            value = (value << count) | (carryIn << (count - 1)) | (count > 1 ? value >> (bits + 1 - count) : 0);
        }

        var result = T.CreateTruncating(value);
        s->Flags.SetCarryAndOverflow(carry, Bits.IsNegative(result) != carry);
        return result;
    }
}

/// <summary>RCR.</summary>
public readonly unsafe struct RotateCarryRight : IShiftOperation
{
    public static T Apply<T>(CpuState* s, T a, int count)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var bits = 8 * sizeof(T);
        count %= bits + 1;
        var value = ulong.CreateTruncating(a);
        var carry = s->Flags.CF;
        if (count != 0)
        {
            var carryIn = carry ? 1ul : 0;
            carry = ((value >> (count - 1)) & 1) != 0;
            value = (count < 64 ? value >> count : 0) | (carryIn << (bits - count)) | (count > 1 ? value << (bits + 1 - count) : 0);
        }

        var result = T.CreateTruncating(value);
        value = ulong.CreateTruncating(result);
        s->Flags.SetCarryAndOverflow(carry, ((value >> (bits - 1)) & 1) != ((value >> (bits - 2)) & 1));
        return result;
    }
}

/// <summary>Bit arithmetic that generic maths does not offer by x86's rules.</summary>
internal static unsafe class Bits
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNegative<T>(T value)
        where T : unmanaged, IBinaryInteger<T> => SignExtend(value) < 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long SignExtend<T>(T value)
        where T : unmanaged, IBinaryInteger<T> => sizeof(T) switch
        {
            1 => (sbyte)byte.CreateTruncating(value),
            2 => (short)ushort.CreateTruncating(value),
            4 => (int)uint.CreateTruncating(value),
            _ => (long)ulong.CreateTruncating(value),
        };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T RotateLeft<T>(T value, int count)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (sizeof(T) == 8)
        {
            return T.CreateTruncating(BitOperations.RotateLeft(ulong.CreateTruncating(value), count));
        }

        if (sizeof(T) == 4)
        {
            return T.CreateTruncating(BitOperations.RotateLeft(uint.CreateTruncating(value), count));
        }

        var bits = 8 * sizeof(T);
        var narrow = uint.CreateTruncating(value);
        count &= bits - 1;
        return T.CreateTruncating((narrow << count) | (narrow >> (bits - count)));
    }
}
