using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;

namespace Emulator.Core.Instructions.X87;

/// <summary>FNSTENV, FLDENV, FNSAVE and FRSTOR; <see cref="Op.OperandSize"/> is 2 or 4.</summary>
internal static unsafe class X87Images
{
    private const int RegisterBytes = 80;
    private const int LargestImage = 28 + RegisterBytes;

    /// <summary>Stores the environment and, for FNSAVE, the registers from ST(0) on. Nothing is written unless all can be.</summary>
    public static bool Store<TAddress>(CpuState* s, Op* op, bool registers)
        where TAddress : struct, IAddress
    {
        byte* image = stackalloc byte[LargestImage];
        int size = X87Environment.ImageSize(op->OperandSize == 4);
        X87Environment.Store(s->X87, new Span<byte>(image, size), op->OperandSize == 4, IsReal(s));
        for (int i = 0; registers && i < 8; i++)
        {
            *(TenBytes*)(image + size) = new() { Low = X87Stack.St(ref s->X87, i).Significand, High = X87Stack.St(ref s->X87, i).SignExponent };
            size += sizeof(TenBytes);
        }

        if (!TAddress.TryGet(s, op, 0, size, write: true, out ulong linear)
            || !TryReachEnds<TAddress>(s, op, size, write: true)
            || !SlowMemory.Probe(s, op->Segment, linear, size, write: true))
        {
            return false;
        }

        for (int done = 0; done < size; done += sizeof(ushort))
        {
            if (!TAddress.TryGet(s, op, (ulong)done, 1, write: true, out linear)
                || !GuestMemory.TryWrite(s, op->Segment, linear, *(ushort*)(image + done)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Loads what <see cref="Store"/> stores. Nothing is loaded unless all can be read.</summary>
    public static bool Load<TAddress>(CpuState* s, Op* op, bool registers)
        where TAddress : struct, IAddress
    {
        byte* image = stackalloc byte[LargestImage];
        int environment = X87Environment.ImageSize(op->OperandSize == 4);
        int size = registers ? environment + RegisterBytes : environment;
        if (!TAddress.TryGet(s, op, 0, size, write: false, out ulong linear) || !TryReachEnds<TAddress>(s, op, size, write: false))
        {
            return false;
        }

        for (int done = 0; done < size; done += sizeof(ushort))
        {
            if (!TAddress.TryGet(s, op, (ulong)done, 1, write: false, out linear)
                || !GuestMemory.TryRead(s, op->Segment, linear, out *(ushort*)(image + done)))
            {
                return false;
            }
        }

        X87Environment.Load(ref s->X87, new ReadOnlySpan<byte>(image, environment), op->OperandSize == 4, IsReal(s));
        for (int i = 0; registers && i < 8; i++)
        {
            TenBytes value = *(TenBytes*)(image + environment + (i * sizeof(TenBytes)));
            X87Stack.St(ref s->X87, i) = new(value.Low, value.High);
        }

        X87Unit.ErrorMayBeGone(s);
        return true;
    }

    /// <summary>
    /// The first field, which is where alignment is checked, then the last byte: of an image that runs into a missing page, processors report
    /// that byte's address.
    /// </summary>
    private static bool TryReachEnds<TAddress>(CpuState* s, Op* op, int size, bool write)
        where TAddress : struct, IAddress =>
        TAddress.TryGet(s, op, 0, op->OperandSize, write, out ulong first)
        && SlowMemory.Probe(s, op->Segment, first, op->OperandSize, write)
        && TAddress.TryGet(s, op, (ulong)(size - 1), 1, write, out ulong last)
        && SlowMemory.Probe(s, op->Segment, last, 1, write);

    private static bool IsReal(CpuState* s) => s->IsReal || s->IsVirtual8086;
}

/// <summary>FNSTENV.</summary>
internal readonly unsafe struct Fnstenv : IMemoryForm
{
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (!X87Images.Store<TAddress>(s, op, registers: false))
        {
            return Exits.Faulted(s, op);
        }

        X87Environment.MaskAll(ref s->X87);
        X87Unit.ErrorMayBeGone(s);
        return op + 1;
    }
}

/// <summary>FLDENV.</summary>
internal readonly unsafe struct Fldenv : IMemoryForm
{
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (!X87Unit.MayRun(s))
        {
            return X87Unit.Refuse(s, op);
        }

        return X87Images.Load<TAddress>(s, op, registers: false) ? op + 1 : Exits.Faulted(s, op);
    }
}

/// <summary>FNSAVE.</summary>
internal readonly unsafe struct Fnsave : IMemoryForm
{
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress =>
        X87Images.Store<TAddress>(s, op, registers: true) ? X87Control.Fninit(s, op) : Exits.Faulted(s, op);
}

/// <summary>FRSTOR.</summary>
internal readonly unsafe struct Frstor : IMemoryForm
{
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (!X87Unit.MayRun(s))
        {
            return X87Unit.Refuse(s, op);
        }

        return X87Images.Load<TAddress>(s, op, registers: true) ? op + 1 : Exits.Faulted(s, op);
    }
}
