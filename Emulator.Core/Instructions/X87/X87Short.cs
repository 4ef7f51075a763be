using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Instructions.X87;

/// <summary>
/// What the short ways of handlers share: whether they are open, the registers they reach, the delivery of a result. They read and write
/// the state's fields in the sizes in which they were last written, since a host forwards a store only to a load that it covers.
/// </summary>
internal static unsafe class X87Short
{
    private const int RoundingMask = 3 << 10;
    private const int PrecisionMasked = 1 << 5;

    /// <summary>Whether nothing is pending: what loads, exchanges and comparisons ask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsQuiet(CpuState* s) => (s->X87.StatusWord & X87Status.ErrorSummary) == 0;

    /// <summary>Whether nothing is pending, rounding is to nearest, and an inexact result passes in silence.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOpen(CpuState* s)
        => ((s->X87.StatusWord & X87Status.ErrorSummary) | ((s->X87.ControlWord & (RoundingMask | PrecisionMasked)) ^ PrecisionMasked)) == 0;

    /// <summary>The same for a store of an integer, which may truncate too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOpenForIntegers<TRounding>(CpuState* s)
        where TRounding : struct, IX87IntegerRounding
    {
        int control = s->X87.ControlWord;
        bool hasMode = typeof(TRounding) == typeof(RoundByTruncation) || (control & RoundingMask) is 0 or RoundingMask;
        return hasMode && (s->X87.StatusWord & X87Status.ErrorSummary) == 0 && (control & PrecisionMasked) != 0;
    }

    /// <summary>Whether such a store truncates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Truncates<TRounding>(CpuState* s)
        where TRounding : struct, IX87IntegerRounding
        => typeof(TRounding) == typeof(RoundByTruncation) || (s->X87.ControlWord & RoundingMask) != 0;

    /// <summary>TOP.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Top(CpuState* s) => (s->X87.StatusWord >> X87Status.TopShift) & 7;

    /// <summary>Whether a physical register is occupied.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOccupied(CpuState* s, int register) => (~(s->X87.TagWord >> (register * 2)) & 3) != 0;

    /// <summary>A physical register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static X87Register* Register(CpuState* s, int register) => (X87Register*)&s->X87.Registers + register;

    /// <summary>Reads a physical register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float80 Read(CpuState* s, int register)
    {
        X87Register* source = Register(s, register);
        return new(source->Significand, source->SignExponent);
    }

    /// <summary>Writes an occupied physical register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(CpuState* s, int register, Float80 value)
    {
        X87Register* destination = Register(s, register);
        destination->Significand = value.Significand;
        destination->SignExponent = value.SignExponent;
    }

    /// <summary>Merges C1 and PE into the status word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Note(CpuState* s, int status)
        => s->X87.StatusWord = (ushort)((s->X87.StatusWord & ~X87Status.C1) | status);

    /// <summary>The same, popping ST(0).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NoteAndPop(CpuState* s, int top, int status)
    {
        s->X87.TagWord |= (ushort)(3 << (top * 2));
        s->X87.StatusWord = (ushort)((s->X87.StatusWord & ~(X87Status.C1 | X87Status.TopMask)) | status | (((top + 1) & 7) << X87Status.TopShift));
    }

    /// <summary>Pushes a value, C1 clear; false, and nothing done, when the stack is full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPush(CpuState* s, int top, Float80 value)
    {
        int register = (top - 1) & 7;
        if (IsOccupied(s, register))
        {
            return false;
        }

        Write(s, register, value);
        s->X87.TagWord &= (ushort)~(3 << (register * 2));
        s->X87.StatusWord = (ushort)((s->X87.StatusWord & ~(X87Status.C1 | X87Status.TopMask)) | (register << X87Status.TopShift));
        return true;
    }

    /// <summary>The condition bits of a comparison's outcome.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Conditions(FloatRelation relation)
        => relation == FloatRelation.Less ? X87Status.C0 : relation == FloatRelation.Equal ? X87Status.C3 : 0;
}
