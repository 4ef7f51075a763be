using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;

namespace Emulator.Core.Instructions.X87;

/// <summary>
/// The handlers of ordinary instructions. <see cref="Op.Immediate"/> holds the meaning (a function pointer), <see cref="Op.Source"/> the
/// i of ST(i) or, for stores, the number of pops, <see cref="Op.Fourth"/> the eleven bits of FOP.
/// </summary>
internal static unsafe class X87Forms
{
    /// <summary>No memory operand.</summary>
    public static Op* Register(CpuState* s, Op* op)
    {
        if (!X87Unit.MayRun(s))
        {
            return X87Unit.Refuse(s, op);
        }

        X87Unit.NoteInstruction(s, op);
        ((delegate*<ref X87State, int, void>)op->Immediate)(ref s->X87, op->Source);
        return op + 1;
    }

    /// <summary>FCOMI and its kin: <see cref="Op.Immediate"/> bit 0 is "signal all NaNs", bit 1 "pop".</summary>
    public static Op* CompareToFlags(CpuState* s, Op* op)
    {
        if (!X87Unit.MayRun(s))
        {
            return X87Unit.Refuse(s, op);
        }

        X87Unit.NoteInstruction(s, op);
        bool signal = (op->Immediate & 1) != 0, pop = (op->Immediate & 2) != 0;
        s->Flags.FromRflags(X87Comparison.ToFlags(ref s->X87, op->Source, signal, pop));
        return op + 1;
    }

    /// <summary>FCMOVcc: <see cref="Op.Immediate"/> bits 1:0 choose B, E, BE, U; bit 2 negates.</summary>
    public static Op* ConditionalMove(CpuState* s, Op* op)
    {
        if (!X87Unit.MayRun(s))
        {
            return X87Unit.Refuse(s, op);
        }

        X87Unit.NoteInstruction(s, op);
        bool condition = (op->Immediate & 3) switch
        {
            0 => s->Flags.CF,
            1 => s->Flags.ZF,
            2 => s->Flags.CF || s->Flags.ZF,
            _ => s->Flags.PF,
        };
        X87Comparison.ConditionalMove(ref s->X87, op->Source, condition != ((op->Immediate & 4) != 0));
        return op + 1;
    }
}

/// <summary>An instruction that reads a memory operand.</summary>
internal readonly unsafe struct X87Load<T> : IMemoryForm
    where T : unmanaged
{
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (!X87Unit.MayRun(s))
        {
            return X87Unit.Refuse(s, op);
        }

        if (!TAddress.TryGet(s, op, 0, sizeof(T), write: false, out ulong linear) || !GuestMemory.TryRead(s, op->Segment, linear, out T value))
        {
            return Exits.Faulted(s, op);
        }

        return Complete(s, op, value);
    }

    /// <summary>What follows the reading.</summary>
    public static Op* Complete(CpuState* s, Op* op, T value)
    {
        X87Unit.NoteOperand(s, op);
        ((delegate*<ref X87State, T, void>)op->Immediate)(ref s->X87, value);
        return op + 1;
    }
}

/// <summary>An instruction that writes a memory operand and perhaps pops.</summary>
internal readonly unsafe struct X87StoreForm<T> : IMemoryForm
    where T : unmanaged
{
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (!X87Unit.MayRun(s))
        {
            return X87Unit.Refuse(s, op);
        }

        if (!TAddress.TryGet(s, op, 0, sizeof(T), write: true, out ulong linear))
        {
            return Exits.Faulted(s, op);
        }

        ushort status = s->X87.StatusWord;
        if (((delegate*<ref X87State, out T, bool>)op->Immediate)(ref s->X87, out T value))
        {
            if (!GuestMemory.TryWrite(s, op->Segment, linear, value))
            {
                s->X87.StatusWord = status;
                return Exits.Faulted(s, op);
            }

            if (op->Source != 0)
            {
                X87Stack.Pop(ref s->X87);
            }
        }
        else if (!SlowMemory.Probe(s, op->Segment, linear, sizeof(T), write: true))
        {
            // An unmasked exception keeps the value back, but the operand's page is looked at first.
            s->X87.StatusWord = status;
            return Exits.Faulted(s, op);
        }

        X87Unit.NoteOperand(s, op);
        return op + 1;
    }
}
