using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Instructions.X87;

/// <summary>Where an arithmetic instruction on registers leaves its result.</summary>
internal interface IX87Target
{
    /// <summary>Whether ST(i) and not ST(0) is the destination.</summary>
    static abstract bool IsRegister { get; }

    /// <summary>Whether ST(0) is popped.</summary>
    static abstract bool Pops { get; }
}

/// <summary>ST(0) op ST(i) into ST(0).</summary>
internal readonly struct TopTarget : IX87Target
{
    public static bool IsRegister => false;

    public static bool Pops => false;
}

/// <summary>ST(i) op ST(0) into ST(i).</summary>
internal readonly struct RegisterTarget : IX87Target
{
    public static bool IsRegister => true;

    public static bool Pops => false;
}

/// <summary>The same and a pop.</summary>
internal readonly struct PoppingTarget : IX87Target
{
    public static bool IsRegister => true;

    public static bool Pops => true;
}

/// <summary>How many registers a comparison pops.</summary>
internal interface IX87Pops
{
    static abstract int Count { get; }
}

/// <summary>None.</summary>
internal readonly struct NoPop : IX87Pops
{
    public static int Count => 0;
}

/// <summary>ST(0).</summary>
internal readonly struct PopOne : IX87Pops
{
    public static int Count => 1;
}

/// <summary>ST(0) and ST(1).</summary>
internal readonly struct PopTwo : IX87Pops
{
    public static int Count => 2;
}

/// <summary>
/// Handlers with a short way for instructions without a memory operand. What it declines goes to <see cref="X87Forms.Register"/>
/// (or its neighbours), which means the same for every operand.
/// </summary>
internal static unsafe class X87ShortForms
{
    /// <summary>FADD and its kin on registers.</summary>
    public static Op* Arithmetic<TOperation, TTarget>(CpuState* s, Op* op)
        where TOperation : struct, IX87Binary
        where TTarget : struct, IX87Target
    {
        int top = X87Short.Top(s), other = (top + op->Source) & 7;
        int destination = TTarget.IsRegister ? other : top, source = TTarget.IsRegister ? top : other;
        if (!X87Short.IsOpen(s) || !X87Short.IsOccupied(s, top) || !X87Short.IsOccupied(s, other))
        {
            return X87Forms.Register(s, op);
        }

        int status = TOperation.Normal(X87Short.Read(s, destination), X87Short.Read(s, source), s->X87.ControlWord, out Float80 result);
        if (status < 0)
        {
            return X87Forms.Register(s, op);
        }

        X87Short.Write(s, destination, result);
        X87Unit.NoteInstruction(s, op);
        if (TTarget.Pops)
        {
            X87Short.NoteAndPop(s, top, status);
        }
        else
        {
            X87Short.Note(s, status);
        }

        return op + 1;
    }

    /// <summary>FLD ST(i).</summary>
    public static Op* Load(CpuState* s, Op* op)
    {
        int top = X87Short.Top(s), source = (top + op->Source) & 7;
        if (!X87Short.IsQuiet(s) || !X87Short.IsOccupied(s, source) || !X87Short.TryPush(s, top, X87Short.Read(s, source)))
        {
            return X87Forms.Register(s, op);
        }

        X87Unit.NoteInstruction(s, op);
        return op + 1;
    }

    /// <summary>FLD1.</summary>
    public static Op* LoadOne(CpuState* s, Op* op) => LoadConstant(s, op, Float80.One);

    /// <summary>FLDZ.</summary>
    public static Op* LoadZero(CpuState* s, Op* op) => LoadConstant(s, op, Float80.PositiveZero);

    /// <summary>FST(P) ST(i).</summary>
    public static Op* Store<TPops>(CpuState* s, Op* op)
        where TPops : struct, IX87Pops
    {
        int top = X87Short.Top(s), destination = (top + op->Source) & 7;
        if (!X87Short.IsQuiet(s) || !X87Short.IsOccupied(s, top) || !X87Short.IsOccupied(s, destination))
        {
            return X87Forms.Register(s, op);
        }

        X87Short.Write(s, destination, X87Short.Read(s, top));
        X87Unit.NoteInstruction(s, op);
        if (TPops.Count != 0)
        {
            X87Short.NoteAndPop(s, top, 0);
        }
        else
        {
            X87Short.Note(s, 0);
        }

        return op + 1;
    }

    /// <summary>FXCH.</summary>
    public static Op* Exchange(CpuState* s, Op* op)
    {
        int top = X87Short.Top(s), other = (top + op->Source) & 7;
        if (!X87Short.IsQuiet(s) || !X87Short.IsOccupied(s, top) || !X87Short.IsOccupied(s, other))
        {
            return X87Forms.Register(s, op);
        }

        Float80 first = X87Short.Read(s, top), second = X87Short.Read(s, other);
        X87Short.Write(s, top, second);
        X87Short.Write(s, other, first);
        X87Unit.NoteInstruction(s, op);
        X87Short.Note(s, 0);
        return op + 1;
    }

    /// <summary>FCHS.</summary>
    public static Op* ChangeSign(CpuState* s, Op* op) => Sign(s, op, keep: 0xFFFF, flip: 0x8000);

    /// <summary>FABS.</summary>
    public static Op* Absolute(CpuState* s, Op* op) => Sign(s, op, keep: 0x7FFF, flip: 0);

    /// <summary>FCOM and FUCOM on registers: they differ by NaNs alone. FCOMPP's other register is ST(1).</summary>
    public static Op* Compare<TPops>(CpuState* s, Op* op)
        where TPops : struct, IX87Pops
    {
        int top = X87Short.Top(s), other = (top + (TPops.Count == 2 ? 1 : op->Source)) & 7;
        if (!X87Short.IsQuiet(s) || !X87Short.IsOccupied(s, top) || !X87Short.IsOccupied(s, other)
            || !Float80.TryCompareNormal(X87Short.Read(s, top), X87Short.Read(s, other), out FloatRelation relation))
        {
            return X87Forms.Register(s, op);
        }

        X87Unit.NoteInstruction(s, op);
        Conclude<TPops>(s, top, relation);
        return op + 1;
    }

    /// <summary>FCOMI and its kin; <see cref="Op.Immediate"/> as in <see cref="X87Forms.CompareToFlags"/>.</summary>
    public static Op* CompareToFlags(CpuState* s, Op* op)
    {
        int top = X87Short.Top(s), other = (top + op->Source) & 7;
        if (!X87Short.IsQuiet(s) || !X87Short.IsOccupied(s, top) || !X87Short.IsOccupied(s, other)
            || !Float80.TryCompareNormal(X87Short.Read(s, top), X87Short.Read(s, other), out FloatRelation relation))
        {
            return X87Forms.CompareToFlags(s, op);
        }

        X87Unit.NoteInstruction(s, op);
        if ((op->Immediate & 2) != 0)
        {
            X87Short.NoteAndPop(s, top, s->X87.StatusWord & X87Status.C1);
        }

        s->Flags.FromRflags(relation == FloatRelation.Less ? Rflags.CF : relation == FloatRelation.Equal ? Rflags.ZF : 0);
        return op + 1;
    }

    /// <summary>Conditions and pops after a comparison.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Conclude<TPops>(CpuState* s, int top, FloatRelation relation)
        where TPops : struct, IX87Pops
    {
        int status = (s->X87.StatusWord & ~X87Status.Conditions) | X87Short.Conditions(relation);
        if (TPops.Count != 0)
        {
            s->X87.TagWord |= (ushort)(3 << (top * 2));
            if (TPops.Count == 2)
            {
                s->X87.TagWord |= (ushort)(3 << (((top + 1) & 7) * 2));
            }

            status = (status & ~X87Status.TopMask) | (((top + TPops.Count) & 7) << X87Status.TopShift);
        }

        s->X87.StatusWord = (ushort)status;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Op* LoadConstant(CpuState* s, Op* op, Float80 value)
    {
        if (!X87Short.IsQuiet(s) || !X87Short.TryPush(s, X87Short.Top(s), value))
        {
            return X87Forms.Register(s, op);
        }

        X87Unit.NoteInstruction(s, op);
        return op + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Op* Sign(CpuState* s, Op* op, int keep, int flip)
    {
        int top = X87Short.Top(s);
        if (!X87Short.IsQuiet(s) || !X87Short.IsOccupied(s, top))
        {
            return X87Forms.Register(s, op);
        }

        X87Register* register = X87Short.Register(s, top);
        register->SignExponent = (ushort)((register->SignExponent & keep) ^ flip);
        X87Unit.NoteInstruction(s, op);
        X87Short.Note(s, 0);
        return op + 1;
    }
}
