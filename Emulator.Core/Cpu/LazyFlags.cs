using System.Numerics;
using System.Runtime.CompilerServices;

namespace Emulator.Core.Cpu;

/// <summary>
/// The arithmetic flags, computed only when read. <see cref="Result"/> is the last result sign-extended to 64 bits: it gives
/// ZF, SF and PF. <see cref="Carries"/> is the vector of carries out of each bit, shifted so that the operand's top bit stands
/// at bit 63: bit 63 is CF, bit 63 xor bit 62 is OF; bit 3 is AF. Bits 0 and 1 invert SF and PF, so that any combination
/// of flags (POPF, SAHF) has a representation.
/// </summary>
public struct LazyFlags
{
    /// <summary>The last result, sign-extended.</summary>
    public ulong Result;

    /// <summary>The carry vector.</summary>
    public ulong Carries;

    private const ulong Carry = 1ul << 63;
    private const ulong CarryIn = 1ul << 62;
    private const ulong Auxiliary = 1ul << 3;
    private const ulong InvertSign = 1;
    private const ulong InvertParity = 2;
    private const ulong Kept = Carry | CarryIn | Auxiliary;

    /// <summary>Zero flag.</summary>
    public readonly bool ZF
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Result == 0;
    }

    /// <summary>Sign flag.</summary>
    public readonly bool SF
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ((Result >> 63) ^ (Carries & InvertSign)) != 0;
    }

    /// <summary>Carry flag.</summary>
    public readonly bool CF
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (long)Carries < 0;
    }

    /// <summary>Overflow flag.</summary>
    public readonly bool OF
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (long)(Carries ^ (Carries << 1)) < 0;
    }

    /// <summary>Auxiliary carry flag.</summary>
    public readonly bool AF
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Carries & Auxiliary) != 0;
    }

    /// <summary>Parity flag.</summary>
    public readonly bool PF
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ((BitOperations.PopCount((byte)Result) ^ (int)(Carries >> 1)) & 1) == 0;
    }

    /// <summary>SF differs from OF: the signed "less" condition.</summary>
    public readonly bool Less
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (long)(Result ^ (Carries << 63) ^ Carries ^ (Carries << 1)) < 0;
    }

    /// <summary>The flags as they stand in RFLAGS.</summary>
    public readonly ulong ToRflags()
        => (CF ? Rflags.CF : 0) | (PF ? Rflags.PF : 0) | (AF ? Rflags.AF : 0)
            | (ZF ? Rflags.ZF : 0) | (SF ? Rflags.SF : 0) | (OF ? Rflags.OF : 0);

    /// <summary>Takes the six flags from RFLAGS.</summary>
    public void FromRflags(ulong rflags)
    {
        var zero = (rflags & Rflags.ZF) != 0;
        var carry = (rflags & Rflags.CF) != 0;
        var overflow = (rflags & Rflags.OF) != 0;

        // A zero result has SF clear and PF set, a result of 1 has both clear; what differs is inverted.
        Result = zero ? 0ul : 1ul;
        Carries = (carry ? Carry : 0)
            | (carry != overflow ? CarryIn : 0)
            | ((rflags & Rflags.AF) != 0 ? Auxiliary : 0)
            | ((rflags & Rflags.SF) != 0 ? InvertSign : 0)
            | (((rflags & Rflags.PF) != 0) != zero ? InvertParity : 0);
    }

    /// <summary>
    /// The flags of a comparison as COMISS sets them: CF when less, ZF when equal, both and PF when unordered (both are given), the others clear.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetOrdered(bool less, bool equal)
    {
        Result = equal ? 0ul : 1ul;
        Carries = (less ? Carry | CarryIn : 0) | (equal && !less ? InvertParity : 0);
    }

    /// <summary>ZF and CF as given, the other four clear.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetZeroAndCarry(bool zero, bool carry)
    {
        Result = zero ? 0ul : 1ul;
        Carries = (carry ? Carry | CarryIn : 0) | (zero ? InvertParity : 0);
    }

    /// <summary>Sets CF and leaves the other five as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetCarry(bool carry)
    {
        var overflow = (Carries ^ (Carries << 1)) & Carry;
        var value = carry ? Carry : 0;
        Carries = (Carries & ~(Carry | CarryIn)) | value | ((value ^ overflow) >> 1);
    }

    /// <summary>Sets CF and OF and leaves the other four as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetCarryAndOverflow(bool carry, bool overflow)
        => Carries = (Carries & ~(Carry | CarryIn)) | (carry ? Carry : 0) | (carry != overflow ? CarryIn : 0);

    /// <summary>Sets ZF and leaves the other five as they are.</summary>
    public void SetZero(bool zero) => FromRflags((ToRflags() & ~Rflags.ZF) | (zero ? Rflags.ZF : 0));

    /// <summary>ZF, SF, PF by the result; CF, OF and AF clear.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void SetLogic<T>(T result)
        where T : unmanaged, IBinaryInteger<T>
        => SetLogic(ulong.CreateTruncating(result), 8 * sizeof(T));

    /// <summary>The same for a result of some bits, zero-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetLogic(ulong result, int bits)
    {
        Result = SignExtend(result, bits);
        Carries = 0;
    }

    /// <summary>ZF, SF, PF by the result; the other three as given.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void SetResult<T>(T result, bool carry, bool overflow, bool auxiliary)
        where T : unmanaged, IBinaryInteger<T>
    {
        Result = SignExtend(ulong.CreateTruncating(result), 8 * sizeof(T));
        Carries = (carry ? Carry : 0) | (carry != overflow ? CarryIn : 0) | (auxiliary ? Auxiliary : 0);
    }

    /// <summary>The flags of <paramref name="result"/> = <paramref name="a"/> + <paramref name="b"/> (+ carry).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void SetAdd<T>(T a, T b, T result)
        where T : unmanaged, IBinaryInteger<T>
        => SetAdd(ulong.CreateTruncating(a), ulong.CreateTruncating(b), ulong.CreateTruncating(result), 8 * sizeof(T));

    /// <summary>The same for values of some bits, zero-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetAdd(ulong a, ulong b, ulong result, int bits)
    {
        Result = SignExtend(result, bits);
        Carries = Align((a & b) | ((a | b) & ~result), bits);
    }

    /// <summary>The flags of <paramref name="result"/> = <paramref name="a"/> - <paramref name="b"/> (- borrow).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void SetSubtract<T>(T a, T b, T result)
        where T : unmanaged, IBinaryInteger<T>
        => SetSubtract(ulong.CreateTruncating(a), ulong.CreateTruncating(b), ulong.CreateTruncating(result), 8 * sizeof(T));

    /// <summary>The same for values of some bits, zero-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetSubtract(ulong a, ulong b, ulong result, int bits)
    {
        Result = SignExtend(result, bits);
        Carries = Align((~a & b) | (~(a ^ b) & result), bits);
    }

    /// <summary>The flags of an INC: those of an addition of 1, with CF as it was.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void SetIncrement<T>(T result)
        where T : unmanaged, IBinaryInteger<T>
        => SetIncrement(ulong.CreateTruncating(result - T.One), ulong.CreateTruncating(result), 8 * sizeof(T));

    /// <summary>The same for values of some bits, zero-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetIncrement(ulong a, ulong result, int bits)
    {
        var carry = Carries & Carry;
        SetAdd(a, 1, result, bits);
        RestoreCarry(carry);
    }

    /// <summary>The flags of a DEC: those of a subtraction of 1, with CF as it was.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void SetDecrement<T>(T result)
        where T : unmanaged, IBinaryInteger<T>
        => SetDecrement(ulong.CreateTruncating(result + T.One), ulong.CreateTruncating(result), 8 * sizeof(T));

    /// <summary>The same for values of some bits, zero-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetDecrement(ulong a, ulong result, int bits)
    {
        var carry = Carries & Carry;
        SetSubtract(a, 1, result, bits);
        RestoreCarry(carry);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SignExtend(ulong value, int bits) => (ulong)((long)(value << (64 - bits)) >> (64 - bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Align(ulong carries, int bits)
        => bits == 64 ? carries & Kept : (carries << (64 - bits)) | (carries & Auxiliary);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void RestoreCarry(ulong carry)
    {
        // OF of the new result must survive the exchange of CF.
        var overflow = (Carries ^ (Carries << 1)) & Carry;
        Carries = (Carries & ~(Carry | CarryIn)) | carry | ((carry ^ overflow) >> 1);
    }
}
