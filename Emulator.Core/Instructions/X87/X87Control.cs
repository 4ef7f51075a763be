using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;

namespace Emulator.Core.Instructions.X87;

/// <summary>The control instructions without an image in memory: they leave FOP, FIP and FDP alone.</summary>
internal static unsafe class X87Control
{
    public static Op* Wait(CpuState* s, Op* op) => X87Unit.MayRun(s) ? op + 1 : X87Unit.Refuse(s, op);

    public static Op* Fninit(CpuState* s, Op* op)
    {
        X87Environment.Initialize(ref s->X87);
        X87Unit.ErrorMayBeGone(s);
        return op + 1;
    }

    public static Op* Fnclex(CpuState* s, Op* op)
    {
        X87Environment.ClearExceptions(ref s->X87);
        X87Unit.ErrorMayBeGone(s);
        return op + 1;
    }

    /// <summary>FNENI, FNDISI, FNSETPM: meant something to the 8087 and 80287 only.</summary>
    public static Op* Nothing(CpuState* s, Op* op) => op + 1;

    public static Op* FnstswAx(CpuState* s, Op* op)
    {
        CpuState.Set(s, op->Destination, s->X87.StatusWord);
        return op + 1;
    }
}

/// <summary>FNSTSW m2byte.</summary>
internal readonly unsafe struct Fnstsw : IMemoryForm
{
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress =>
        TAddress.TryGet(s, op, 0, 2, write: true, out ulong linear) && GuestMemory.TryWrite(s, op->Segment, linear, s->X87.StatusWord)
            ? op + 1
            : Exits.Faulted(s, op);
}

/// <summary>FNSTCW.</summary>
internal readonly unsafe struct Fnstcw : IMemoryForm
{
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress =>
        TAddress.TryGet(s, op, 0, 2, write: true, out ulong linear) && GuestMemory.TryWrite(s, op->Segment, linear, s->X87.ControlWord)
            ? op + 1
            : Exits.Faulted(s, op);
}

/// <summary>FLDCW.</summary>
internal readonly unsafe struct Fldcw : IMemoryForm
{
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (!X87Unit.MayRun(s))
        {
            return X87Unit.Refuse(s, op);
        }

        if (!TAddress.TryGet(s, op, 0, 2, write: false, out ulong linear) || !GuestMemory.TryRead(s, op->Segment, linear, out ushort value))
        {
            return Exits.Faulted(s, op);
        }

        X87Environment.LoadControlWord(ref s->X87, value);
        X87Unit.ErrorMayBeGone(s);
        return op + 1;
    }
}
