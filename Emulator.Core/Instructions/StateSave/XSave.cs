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

    // Not a component of XCR0: MXCSR among what a save stored.
    private const ulong Mxcsr = 1ul << 62;
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
        var size = kind == Kind.Compacted ? StateComponents.CompactedSize(requested) : StateComponents.StandardSize(requested);
        if (!IsAvailable(s) || !StateMemory.TryLocate(s, op, size, Alignment, write: true, out var linear))
        {
            return false;
        }

        var direct = StateMemory.Direct(s, linear, size, write: true);
        if (direct != null)
        {
            Store(s, direct, requested, kind, wide);
            return true;
        }

        return StateMemory.TryProbe(s, op, linear, size, write: true) && TrySaveThrough(s, op, linear, requested, kind, wide);
    }

    private static bool TrySaveThrough(CpuState* s, Op* op, ulong linear, ulong requested, Kind kind, bool wide)
    {
        var image = stackalloc byte[LargestImage];
        if (!StateMemory.TryRead(s, op, linear + HeaderOffset, image + HeaderOffset, 16))
        {
            return false;
        }

        WriteBack(s, op, linear, image, Store(s, image, requested, kind, wide), kind == Kind.Compacted ? requested : ulong.MaxValue);
        return true;
    }

    // Returns the components stored; MXCSR counts as one, which is not a component but goes with two.
    private static ulong Store(CpuState* s, byte* image, ulong requested, Kind kind, bool wide)
    {
        var isCompacted = kind == Kind.Compacted;
        var inUse = StateComponents.InUse(s);
        var stored = kind == Kind.Plain ? requested : requested & inUse;
        var mxcsrWith = isCompacted ? stored & StateComponents.Sse : requested & (StateComponents.Sse | StateComponents.Avx);
        if ((stored & StateComponents.X87) != 0)
        {
            FxImage.StoreX87(s, image, wide);
        }

        if (mxcsrWith != 0)
        {
            *(uint*)(image + FxImage.MxcsrOffset) = s->Mxcsr;
            *(uint*)(image + FxImage.MxcsrOffset + 4) = FxImage.MxcsrMask;
        }

        if ((stored & StateComponents.Sse) != 0)
        {
            FxImage.StoreXmm(s, image);
        }

        if ((stored & StateComponents.Avx) != 0)
        {
            StateComponents.StoreAvx(s, image + StateComponents.ExtendedOffset);
        }

        if ((stored & StateComponents.Pkru) != 0)
        {
            *(ulong*)(image + PkruOffset(isCompacted ? requested : ulong.MaxValue)) = s->Pkru;
        }

        var header = (ulong*)(image + HeaderOffset);
        header[0] = isCompacted ? requested & inUse : (header[0] & ~requested) | (requested & inUse);
        if (isCompacted)
        {
            header[1] = requested | Compacted;
        }

        return stored | (mxcsrWith != 0 ? Mxcsr : 0);
    }

    // format: the components that have room in a compacted image; all ones in a standard one.
    private static void WriteBack(CpuState* s, Op* op, ulong linear, byte* image, ulong stored, ulong format)
    {
        void Write(int offset, int size) => StateMemory.Write(s, op, linear + (ulong)offset, image + offset, size);

        if ((stored & StateComponents.X87) != 0)
        {
            Write(0, FxImage.MxcsrOffset);
            Write(FxImage.StackOffset, FxImage.XmmOffset - FxImage.StackOffset);
        }

        if ((stored & Mxcsr) != 0)
        {
            Write(FxImage.MxcsrOffset, 8);
        }

        if ((stored & StateComponents.Sse) != 0)
        {
            Write(FxImage.XmmOffset, FxImage.RegistersOf(s) * 16);
        }

        if ((stored & StateComponents.Avx) != 0)
        {
            Write(StateComponents.ExtendedOffset, FxImage.RegistersOf(s) * 16);
        }

        if ((stored & StateComponents.Pkru) != 0)
        {
            Write(PkruOffset(format), StateComponents.PkruSize);
        }

        Write(HeaderOffset, format == ulong.MaxValue ? 8 : 16);
    }

    private static int PkruOffset(ulong format)
        => format == ulong.MaxValue ? StateComponents.PkruOffset : StateComponents.CompactedSize(format & StateComponents.Avx);

    private static bool TryRestore(CpuState* s, Op* op, bool wide)
    {
        if (!IsAvailable(s) || !StateMemory.TryLocate(s, op, StateComponents.ExtendedOffset, Alignment, write: false, out var linear))
        {
            return false;
        }

        // The whole standard image in one page; a compacted one is never longer.
        var direct = StateMemory.Direct(s, linear, StateComponents.StandardSize(Requested(s)), write: false);
        return direct != null
            ? IsHeaderValid(s, (ulong*)(direct + HeaderOffset)) && TryLoad(s, op, linear, direct, isRead: true, wide)
            : TryRestoreThrough(s, op, linear, wide);
    }

    private static bool TryRestoreThrough(CpuState* s, Op* op, ulong linear, bool wide)
    {
        var image = stackalloc byte[LargestImage];
        return StateMemory.TryRead(s, op, linear + HeaderOffset, image + HeaderOffset, HeaderSize)
            && IsHeaderValid(s, (ulong*)(image + HeaderOffset))
            && TryLoad(s, op, linear, image, isRead: false, wide);
    }

    private static bool TryLoad(CpuState* s, Op* op, ulong linear, byte* image, bool isRead, bool wide)
    {
        var requested = Requested(s);
        var layout = *(ulong*)(image + HeaderOffset + 8);
        var format = (layout & Compacted) != 0 ? layout & ~Compacted : ulong.MaxValue;
        var loaded = *(ulong*)(image + HeaderOffset) & requested;
        var loadsMxcsr = format == ulong.MaxValue
            ? (requested & (StateComponents.Sse | StateComponents.Avx)) != 0
            : (loaded & StateComponents.Sse) != 0;
        if (!isRead && !TryReadImage(s, op, linear, image, loaded, loadsMxcsr, format))
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

        Commit(s, image, requested, loaded, format, wide);
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
        *(ulong*)(image + PkruOffset(format)) = pkru;
        return done;
    }

    private static void Commit(CpuState* s, byte* image, ulong requested, ulong loaded, ulong format, bool wide)
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
            Processor.Of(s).Mmu.WritePkru((loaded & StateComponents.Pkru) != 0 ? *(uint*)(image + PkruOffset(format)) : 0);
        }
    }
}
