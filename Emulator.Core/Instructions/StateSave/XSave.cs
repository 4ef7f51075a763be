using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.StateSave;

/// <summary>XSAVE, XSAVEOPT, XSAVEC and XRSTOR (SDM Vol. 1, 13.7 to 13.10). XSAVEOPT uses the init optimization only.</summary>
public static unsafe class XSave
{
    private const int Alignment = 64;
    private const int HeaderOffset = 512;
    private const int HeaderSize = 64;
    private const ulong Compacted = 1ul << 63;
    private const uint InitialMxcsr = 0x1f80;
    private const int LargestImage = StateComponents.PkruOffset + 16;

    private enum Kind
    {
        Plain,
        Optimized,
        Compacted,
    }

    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Xsave, new HandlerRow(&Save));
        table.Add(Mnemonic.Xsave64, new HandlerRow(&Save64));
        table.Add(Mnemonic.Xsaveopt, new HandlerRow(&SaveOptimized));
        table.Add(Mnemonic.Xsaveopt64, new HandlerRow(&SaveOptimized64));
        table.Add(Mnemonic.Xsavec, new HandlerRow(&SaveCompacted));
        table.Add(Mnemonic.Xsavec64, new HandlerRow(&SaveCompacted64));
        table.Add(Mnemonic.Xrstor, new HandlerRow(&Restore));
        table.Add(Mnemonic.Xrstor64, new HandlerRow(&Restore64));
    }

    private static Op* Save(CpuState* s, Op* op) => TrySave(s, op, Kind.Plain, wide: false) ? op + 1 : Exits.Faulted(s, op);

    private static Op* Save64(CpuState* s, Op* op) => TrySave(s, op, Kind.Plain, wide: true) ? op + 1 : Exits.Faulted(s, op);

    private static Op* SaveOptimized(CpuState* s, Op* op) => TrySave(s, op, Kind.Optimized, wide: false) ? op + 1 : Exits.Faulted(s, op);

    private static Op* SaveOptimized64(CpuState* s, Op* op) => TrySave(s, op, Kind.Optimized, wide: true) ? op + 1 : Exits.Faulted(s, op);

    private static Op* SaveCompacted(CpuState* s, Op* op) => TrySave(s, op, Kind.Compacted, wide: false) ? op + 1 : Exits.Faulted(s, op);

    private static Op* SaveCompacted64(CpuState* s, Op* op) => TrySave(s, op, Kind.Compacted, wide: true) ? op + 1 : Exits.Faulted(s, op);

    private static Op* Restore(CpuState* s, Op* op) => TryRestore(s, op, wide: false) ? op + 1 : Exits.Faulted(s, op);

    private static Op* Restore64(CpuState* s, Op* op) => TryRestore(s, op, wide: true) ? op + 1 : Exits.Faulted(s, op);

    private static bool IsAvailable(CpuState* s)
    {
        if ((s->Cr4 & Cr4.OSXSAVE) == 0)
        {
            return Fault.InvalidOpcode(s);
        }

        return (s->Cr0 & Cr0.TS) == 0 || Fault.Raise(s, Vector.DeviceNotAvailable);
    }

    // The requested-feature bitmap.
    private static ulong Requested(CpuState* s) => ((s->Rdx << 32) | (uint)s->Rax) & s->Xcr0;

    private static bool TrySave(CpuState* s, Op* op, Kind kind, bool wide)
    {
        var requested = Requested(s);
        var isCompacted = kind == Kind.Compacted;
        var size = isCompacted ? StateComponents.CompactedSize(requested) : StateComponents.StandardSize(requested);
        if (!IsAvailable(s) || !StateMemory.TryLocate(s, op, size, Alignment, write: true, out var linear)
            || !StateMemory.TryProbe(s, op, linear, size, write: true))
        {
            return false;
        }

        var header = stackalloc ulong[2];
        var image = stackalloc byte[FxImage.Size + StateComponents.AvxSize];
        if (!StateMemory.TryRead(s, op, linear + HeaderOffset, (byte*)header, 16))
        {
            return false;
        }

        var inUse = StateComponents.InUse(s);
        var stored = kind == Kind.Plain ? requested : requested & inUse;
        var storesMxcsr = isCompacted
            ? (stored & StateComponents.Sse) != 0
            : (requested & (StateComponents.Sse | StateComponents.Avx)) != 0;
        StoreLegacy(s, op, linear, image, stored, storesMxcsr, wide);
        StoreExtended(s, op, linear, image + FxImage.Size, stored, isCompacted ? requested : ulong.MaxValue);
        header[0] = isCompacted ? requested & inUse : (header[0] & ~requested) | (requested & inUse);
        header[1] = requested | Compacted;
        StateMemory.Write(s, op, linear + HeaderOffset, (byte*)header, isCompacted ? 16 : 8);
        return true;
    }

    private static void StoreLegacy(CpuState* s, Op* op, ulong linear, byte* image, ulong stored, bool storesMxcsr, bool wide)
    {
        if ((stored & StateComponents.X87) != 0)
        {
            FxImage.StoreX87(s, image, wide);
            StateMemory.Write(s, op, linear, image, FxImage.MxcsrOffset);
            StateMemory.Write(s, op, linear + FxImage.StackOffset, image + FxImage.StackOffset, FxImage.XmmOffset - FxImage.StackOffset);
        }

        if (storesMxcsr)
        {
            *(uint*)(image + FxImage.MxcsrOffset) = s->Mxcsr;
            *(uint*)(image + FxImage.MxcsrOffset + 4) = FxImage.MxcsrMask;
            StateMemory.Write(s, op, linear + FxImage.MxcsrOffset, image + FxImage.MxcsrOffset, 8);
        }

        if ((stored & StateComponents.Sse) != 0)
        {
            FxImage.StoreXmm(s, image);
            StateMemory.Write(s, op, linear + FxImage.XmmOffset, image + FxImage.XmmOffset, FxImage.RegistersOf(s) * 16);
        }
    }

    // format: the components that have room in a compacted image; all ones in a standard one.
    private static void StoreExtended(CpuState* s, Op* op, ulong linear, byte* area, ulong stored, ulong format)
    {
        if ((stored & StateComponents.Avx) != 0)
        {
            StateComponents.StoreAvx(s, area);
            StateMemory.Write(s, op, linear + StateComponents.ExtendedOffset, area, FxImage.RegistersOf(s) * 16);
        }

        if ((stored & StateComponents.Pkru) != 0)
        {
            *(ulong*)area = s->Pkru;
            StateMemory.Write(s, op, linear + (ulong)PkruOffset(format), area, StateComponents.PkruSize);
        }
    }

    private static int PkruOffset(ulong format)
        => format == ulong.MaxValue ? StateComponents.PkruOffset : StateComponents.CompactedSize(format & StateComponents.Avx);

    private static bool TryRestore(CpuState* s, Op* op, bool wide)
    {
        var requested = Requested(s);
        var image = stackalloc byte[LargestImage];
        if (!IsAvailable(s) || !StateMemory.TryLocate(s, op, StateComponents.ExtendedOffset, Alignment, write: false, out var linear)
            || !StateMemory.TryRead(s, op, linear + HeaderOffset, image + HeaderOffset, HeaderSize)
            || !IsHeaderValid(s, (ulong*)(image + HeaderOffset)))
        {
            return false;
        }

        var present = *(ulong*)(image + HeaderOffset);
        var layout = *(ulong*)(image + HeaderOffset + 8);
        var format = (layout & Compacted) != 0 ? layout & ~Compacted : ulong.MaxValue;
        var loaded = present & requested;
        var loadsMxcsr = format == ulong.MaxValue
            ? (requested & (StateComponents.Sse | StateComponents.Avx)) != 0
            : (loaded & StateComponents.Sse) != 0;
        if (!TryReadImage(s, op, linear, image, loaded, loadsMxcsr, format))
        {
            return false;
        }

        if (loadsMxcsr && (*(uint*)(image + FxImage.MxcsrOffset) & ~FxImage.MxcsrMask) != 0)
        {
            return Fault.GeneralProtection(s, 0);
        }

        if (loadsMxcsr)
        {
            s->Mxcsr = *(uint*)(image + FxImage.MxcsrOffset);
        }
        else if ((requested & StateComponents.Sse) != 0)
        {
            s->Mxcsr = InitialMxcsr;
        }

        Commit(s, image, requested, loaded, wide);
        return true;
    }

    private static bool IsHeaderValid(CpuState* s, ulong* header)
    {
        var present = header[0];
        var layout = header[1];
        ulong reserved = 0;
        for (var i = 2; i < HeaderSize / 8; i++)
        {
            // In the standard format only bytes 23:8 are looked at.
            reserved |= (layout & Compacted) != 0 || i == 2 ? header[i] : 0;
        }

        var isValid = reserved == 0 && ((layout & Compacted) != 0
            ? (layout & ~Compacted & ~s->Xcr0) == 0 && (present & ~layout) == 0
            : layout == 0 && (present & ~s->Xcr0) == 0);
        return isValid || Fault.GeneralProtection(s, 0);
    }

    private static bool TryReadImage(CpuState* s, Op* op, ulong linear, byte* image, ulong loaded, bool loadsMxcsr, ulong format)
    {
        if (((loaded & (StateComponents.X87 | StateComponents.Sse)) != 0 || loadsMxcsr)
            && !StateMemory.TryRead(s, op, linear, image, FxImage.XmmOffset))
        {
            return false;
        }

        if ((loaded & StateComponents.Sse) != 0
            && !StateMemory.TryRead(s, op, linear + FxImage.XmmOffset, image + FxImage.XmmOffset, FxImage.RegistersOf(s) * 16))
        {
            return false;
        }

        if ((loaded & StateComponents.Avx) != 0
            && !StateMemory.TryRead(
                s, op, linear + StateComponents.ExtendedOffset, image + StateComponents.ExtendedOffset, FxImage.RegistersOf(s) * 16))
        {
            return false;
        }

        if ((loaded & StateComponents.Pkru) == 0)
        {
            return true;
        }

        var done = Memory.GuestMemory.TryRead(s, op->Segment, linear + (ulong)PkruOffset(format), out ulong pkru);
        *(ulong*)(image + StateComponents.PkruOffset) = pkru;
        return done;
    }

    private static void Commit(CpuState* s, byte* image, ulong requested, ulong loaded, bool wide)
    {
        if ((loaded & StateComponents.X87) != 0)
        {
            FxImage.LoadX87(s, image, wide);
        }
        else if ((requested & StateComponents.X87) != 0)
        {
            FxImage.InitializeX87(s);
        }

        if ((loaded & StateComponents.Sse) != 0)
        {
            FxImage.LoadXmm(s, image);
        }
        else if ((requested & StateComponents.Sse) != 0)
        {
            StateComponents.InitializeXmm(s);
        }

        if ((requested & StateComponents.Avx) != 0)
        {
            StateComponents.LoadAvx(s, (loaded & StateComponents.Avx) != 0 ? image + StateComponents.ExtendedOffset : null);
        }

        if ((requested & StateComponents.Pkru) != 0)
        {
            Processor.Of(s).Mmu.WritePkru((loaded & StateComponents.Pkru) != 0 ? *(uint*)(image + StateComponents.PkruOffset) : 0);
        }
    }
}
