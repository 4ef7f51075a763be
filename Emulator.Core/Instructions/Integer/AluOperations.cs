using System.Numerics;
using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;

namespace Emulator.Core.Instructions.Integer;

/// <summary>An operation on two integers that sets the arithmetic flags (SDM Vol. 2, ADD, ADC, SUB, SBB, AND, OR, XOR, CMP, TEST).</summary>
public unsafe interface IAluOperation
{
    /// <summary>Whether the result replaces the first operand.</summary>
    static virtual bool WritesResult => true;

    /// <summary>Computes the result and the flags.</summary>
    static abstract T Apply<T>(CpuState* s, T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>;
}

/// <summary>ADD.</summary>
public readonly unsafe struct Add : IAluOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var result = a + b;
        s->Flags.SetAdd(a, b, result);
        return result;
    }
}

/// <summary>ADC.</summary>
public readonly unsafe struct AddWithCarry : IAluOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var result = a + b + (s->Flags.CF ? T.One : T.Zero);
        s->Flags.SetAdd(a, b, result);
        return result;
    }
}

/// <summary>SUB.</summary>
public readonly unsafe struct Subtract : IAluOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var result = a - b;
        s->Flags.SetSubtract(a, b, result);
        return result;
    }
}

/// <summary>SBB.</summary>
public readonly unsafe struct SubtractWithBorrow : IAluOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var result = a - b - (s->Flags.CF ? T.One : T.Zero);
        s->Flags.SetSubtract(a, b, result);
        return result;
    }
}

/// <summary>CMP: SUB without the result.</summary>
public readonly unsafe struct Compare : IAluOperation
{
    public static bool WritesResult => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => Subtract.Apply(s, a, b);
}

/// <summary>AND.</summary>
public readonly unsafe struct And : IAluOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var result = a & b;
        s->Flags.SetLogic(result);
        return result;
    }
}

/// <summary>TEST: AND without the result.</summary>
public readonly unsafe struct Test : IAluOperation
{
    public static bool WritesResult => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => And.Apply(s, a, b);
}

/// <summary>OR.</summary>
public readonly unsafe struct Or : IAluOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var result = a | b;
        s->Flags.SetLogic(result);
        return result;
    }
}

/// <summary>XOR.</summary>
public readonly unsafe struct Xor : IAluOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(CpuState* s, T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var result = a ^ b;
        s->Flags.SetLogic(result);
        return result;
    }
}
