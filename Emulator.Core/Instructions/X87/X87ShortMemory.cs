using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.FloatingPoint;
using Emulator.Core.Memory;

namespace Emulator.Core.Instructions.X87;

/// <summary>FLD, FILD: pushes a converted operand; the general way is <see cref="X87Load{T}"/>.</summary>
internal readonly unsafe struct X87ShortLoad<T, TFormat> : IMemoryForm
    where T : unmanaged
    where TFormat : struct, IX87Format<T>
{
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (!X87Short.IsQuiet(s))
        {
            return X87Load<T>.Execute<TAddress>(s, op);
        }

        if (!TAddress.TryGet(s, op, 0, sizeof(T), write: false, out ulong linear) || !GuestMemory.TryRead(s, op->Segment, linear, out T bits))
        {
            return Exits.Faulted(s, op);
        }

        if (!TFormat.TryWiden(bits, out Float80 value) || !X87Short.TryPush(s, X87Short.Top(s), value))
        {
            return X87Load<T>.Complete(s, op, bits);
        }

        X87Unit.NoteOperand<TAddress>(s, op, linear);
        return op + 1;
    }
}

/// <summary>FADD, FIADD and their kin with a memory operand.</summary>
internal readonly unsafe struct X87ShortArithmetic<T, TFormat, TOperation> : IMemoryForm
    where T : unmanaged
    where TFormat : struct, IX87Format<T>
    where TOperation : struct, IX87Binary
{
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        int top = X87Short.Top(s);
        if (!X87Short.IsOpen(s) || !X87Short.IsOccupied(s, top))
        {
            return X87Load<T>.Execute<TAddress>(s, op);
        }

        if (!TAddress.TryGet(s, op, 0, sizeof(T), write: false, out ulong linear) || !GuestMemory.TryRead(s, op->Segment, linear, out T bits))
        {
            return Exits.Faulted(s, op);
        }

        int status = Float80.Declined;
        Float80 result = default;
        if (TFormat.TryWiden(bits, out Float80 value))
        {
            status = TOperation.Normal(X87Short.Read(s, top), value, s->X87.ControlWord, out result);
        }

        if (status < 0)
        {
            return X87Load<T>.Complete(s, op, bits);
        }

        X87Short.Write(s, top, result);
        X87Short.Note(s, status);
        X87Unit.NoteOperand<TAddress>(s, op, linear);
        return op + 1;
    }
}

/// <summary>FCOM and FICOM with a memory operand.</summary>
internal readonly unsafe struct X87ShortCompare<T, TFormat, TPops> : IMemoryForm
    where T : unmanaged
    where TFormat : struct, IX87Format<T>
    where TPops : struct, IX87Pops
{
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        int top = X87Short.Top(s);
        if (!X87Short.IsQuiet(s) || !X87Short.IsOccupied(s, top))
        {
            return X87Load<T>.Execute<TAddress>(s, op);
        }

        if (!TAddress.TryGet(s, op, 0, sizeof(T), write: false, out ulong linear) || !GuestMemory.TryRead(s, op->Segment, linear, out T bits))
        {
            return Exits.Faulted(s, op);
        }

        if (!TFormat.TryWiden(bits, out Float80 value) || !Float80.TryCompareNormal(X87Short.Read(s, top), value, out FloatRelation relation))
        {
            return X87Load<T>.Complete(s, op, bits);
        }

        X87ShortForms.Conclude<TPops>(s, top, relation);
        X87Unit.NoteOperand<TAddress>(s, op, linear);
        return op + 1;
    }
}

/// <summary>A conversion of ST(0) to a memory format as the short way does it.</summary>
internal unsafe interface IX87Narrowing<T>
    where T : unmanaged
{
    /// <summary>Whether control and status word let it.</summary>
    static abstract bool IsOpen(CpuState* s);

    /// <summary>C1 and PE, or <see cref="Float80.Declined"/>.</summary>
    static abstract int Convert(CpuState* s, Float80 value, out T bits);
}

/// <summary>To m32fp.</summary>
internal readonly unsafe struct ToSingle : IX87Narrowing<uint>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOpen(CpuState* s) => X87Short.IsOpen(s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Convert(CpuState* s, Float80 value, out uint bits)
    {
        int status = Float80.NarrowNormal(value, precision: 24, bias: 127, out ulong wide);
        bits = (uint)wide;
        return status;
    }
}

/// <summary>To m64fp.</summary>
internal readonly unsafe struct ToDouble : IX87Narrowing<ulong>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOpen(CpuState* s) => X87Short.IsOpen(s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Convert(CpuState* s, Float80 value, out ulong bits) => Float80.NarrowNormal(value, precision: 53, bias: 1023, out bits);
}

/// <summary>To m80fp: as it is.</summary>
internal readonly unsafe struct ToExtended : IX87Narrowing<TenBytes>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOpen(CpuState* s) => X87Short.IsQuiet(s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Convert(CpuState* s, Float80 value, out TenBytes bits)
    {
        bits = new() { Low = value.Significand, High = value.SignExponent };
        return 0;
    }
}

/// <summary>To an integer of the operand's size.</summary>
internal readonly unsafe struct ToInteger<T, TRounding> : IX87Narrowing<T>
    where T : unmanaged, System.Numerics.IBinaryInteger<T>
    where TRounding : struct, IX87IntegerRounding
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOpen(CpuState* s) => X87Short.IsOpenForIntegers<TRounding>(s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Convert(CpuState* s, Float80 value, out T bits)
    {
        int status = Float80.ToIntegerNormal(value, 8 * sizeof(T), X87Short.Truncates<TRounding>(s), out ulong wide);
        bits = T.CreateTruncating(wide);
        return status;
    }
}

/// <summary>FST(P), FIST(P), FISTTP to memory; the general way is <see cref="X87StoreForm{T}"/>.</summary>
internal readonly unsafe struct X87ShortStore<T, TNarrowing, TPops> : IMemoryForm
    where T : unmanaged
    where TNarrowing : struct, IX87Narrowing<T>
    where TPops : struct, IX87Pops
{
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        int top = X87Short.Top(s);
        if (!TNarrowing.IsOpen(s) || !X87Short.IsOccupied(s, top))
        {
            return X87StoreForm<T>.Execute<TAddress>(s, op);
        }

        int status = TNarrowing.Convert(s, X87Short.Read(s, top), out T bits);
        if (status < 0)
        {
            return X87StoreForm<T>.Execute<TAddress>(s, op);
        }

        if (!TAddress.TryGet(s, op, 0, sizeof(T), write: true, out ulong linear) || !GuestMemory.TryWrite(s, op->Segment, linear, bits))
        {
            return Exits.Faulted(s, op);
        }

        if (TPops.Count != 0)
        {
            X87Short.NoteAndPop(s, top, status);
        }
        else
        {
            X87Short.Note(s, status);
        }

        X87Unit.NoteOperand<TAddress>(s, op, linear);
        return op + 1;
    }
}
