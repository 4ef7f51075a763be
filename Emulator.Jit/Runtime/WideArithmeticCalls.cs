using System.Runtime.CompilerServices;

namespace Emulator.Jit.Runtime;

/// <summary>Arithmetic on twice 64 bits, for which CIL has no opcodes.</summary>
public static class WideArithmeticCalls
{
    /// <summary>The high half of an unsigned product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong UnsignedHigh(ulong a, ulong b) => Math.BigMul(a, b, out _);

    /// <summary>The high half of a signed product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong SignedHigh(ulong a, ulong b) => (ulong)Math.BigMul((long)a, (long)b, out _);

    /// <summary>The quotient of 128 by 64 bits, which fits: <paramref name="high"/> is below the divisor.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong Quotient(ulong high, ulong low, ulong divisor) => (ulong)(new UInt128(high, low) / divisor);
}
