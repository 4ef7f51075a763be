using System.Numerics;
using System.Runtime.CompilerServices;
using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Instructions.X87;

/// <summary>A memory format as the short way reads it.</summary>
internal interface IX87Format<T>
    where T : unmanaged
{
    /// <summary>The value of an operand that is normal, or for a load an ordinary zero; false for whatever else.</summary>
    static abstract bool TryWiden(T bits, out Float80 value);
}

/// <summary>m32fp.</summary>
internal readonly struct SingleFormat : IX87Format<uint>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryWiden(uint bits, out Float80 value)
    {
        uint exponent = (bits >> 23) & 0xFF;
        bool isZero = bits << 1 == 0;
        value = new(
            isZero ? 0 : (1UL << 63) | ((ulong)bits << 40),
            (ushort)(((bits >> 16) & 0x8000) | (isZero ? 0 : exponent + (16383 - 127))));
        return exponent - 1 < 0xFE || isZero;
    }
}

/// <summary>m64fp.</summary>
internal readonly struct DoubleFormat : IX87Format<ulong>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryWiden(ulong bits, out Float80 value)
    {
        uint exponent = (uint)(bits >> 52) & 0x7FF;
        bool isZero = bits << 1 == 0;
        value = new(
            isZero ? 0 : (1UL << 63) | (bits << 11),
            (ushort)(((uint)(bits >> 48) & 0x8000) | (isZero ? 0 : exponent + (16383 - 1023))));
        return exponent - 1 < 0x7FE || isZero;
    }
}

/// <summary>m16int.</summary>
internal readonly struct Int16Format : IX87Format<ushort>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryWiden(ushort bits, out Float80 value) => Int64Format.TryWiden((ulong)(short)bits, out value);
}

/// <summary>m32int.</summary>
internal readonly struct Int32Format : IX87Format<uint>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryWiden(uint bits, out Float80 value) => Int64Format.TryWiden((ulong)(int)bits, out value);
}

/// <summary>m64int.</summary>
internal readonly struct Int64Format : IX87Format<ulong>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryWiden(ulong bits, out Float80 value)
    {
        ulong sign = (ulong)((long)bits >> 63);
        ulong magnitude = (bits ^ sign) - sign;
        int shift = BitOperations.LeadingZeroCount(magnitude);
        value = new(magnitude << shift, (ushort)(magnitude == 0 ? 0 : ((int)sign & 0x8000) | (16383 + 63 - shift)));
        return true;
    }
}

/// <summary>m80fp: any encoding, for loads.</summary>
internal readonly struct ExtendedFormat : IX87Format<TenBytes>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryWiden(TenBytes bits, out Float80 value)
    {
        value = new(bits.Low, bits.High);
        return true;
    }
}
