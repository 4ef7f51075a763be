using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.StateSave;

/// <summary>FXSAVE, FXRSTOR and their REX.W forms (SDM Vol. 2A).</summary>
public static unsafe class FxSave
{
    private const int Alignment = 16;

    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Fxsave, new HandlerRow(&Save));
        table.Add(Mnemonic.Fxsave64, new HandlerRow(&Save64));
        table.Add(Mnemonic.Fxrstor, new HandlerRow(&Restore));
        table.Add(Mnemonic.Fxrstor64, new HandlerRow(&Restore64));
    }

    private static Op* Save(CpuState* s, Op* op) => TrySave(s, op, wide: false) ? op + 1 : Exits.Faulted(s, op);

    private static Op* Save64(CpuState* s, Op* op) => TrySave(s, op, wide: true) ? op + 1 : Exits.Faulted(s, op);

    private static Op* Restore(CpuState* s, Op* op) => TryRestore(s, op, wide: false) ? op + 1 : Exits.Faulted(s, op);

    private static Op* Restore64(CpuState* s, Op* op) => TryRestore(s, op, wide: true) ? op + 1 : Exits.Faulted(s, op);

    private static bool IsAvailable(CpuState* s)
        => (s->Cr0 & (Cr0.EM | Cr0.TS)) == 0 || Fault.Raise(s, Vector.DeviceNotAvailable);

    private static bool TrySave(CpuState* s, Op* op, bool wide)
    {
        if (!IsAvailable(s) || !StateMemory.TryLocate(s, op, FxImage.Size, Alignment, write: true, out var linear))
        {
            return false;
        }

        var direct = StateMemory.Direct(s, linear, FxImage.Size, write: true);
        if (direct != null)
        {
            Store(s, direct, wide);
            return true;
        }

        return StateMemory.TryProbe(s, op, linear, FxImage.Size, write: true) && SaveThrough(s, op, linear, wide);
    }

    private static bool SaveThrough(CpuState* s, Op* op, ulong linear, bool wide)
    {
        var image = stackalloc byte[FxImage.Size];
        StateMemory.Write(s, op, linear, image, Store(s, image, wide));
        return true;
    }

    // Returns how much was stored: the rest is reserved or software's.
    private static int Store(CpuState* s, byte* image, bool wide)
    {
        FxImage.StoreX87(s, image, wide);
        *(uint*)(image + FxImage.MxcsrOffset) = s->Mxcsr;
        *(uint*)(image + FxImage.MxcsrOffset + 4) = FxImage.MxcsrMask;
        if (!HasXmm(s))
        {
            return FxImage.XmmOffset;
        }

        FxImage.StoreXmm(s, image);
        return FxImage.XmmOffset + (FxImage.RegistersOf(s) * 16);
    }

    private static bool TryRestore(CpuState* s, Op* op, bool wide)
    {
        if (!IsAvailable(s) || !StateMemory.TryLocate(s, op, FxImage.Size, Alignment, write: false, out var linear))
        {
            return false;
        }

        var direct = StateMemory.Direct(s, linear, FxImage.Size, write: false);
        return direct != null ? TryLoad(s, direct, wide) : RestoreThrough(s, op, linear, wide);
    }

    private static bool RestoreThrough(CpuState* s, Op* op, ulong linear, bool wide)
    {
        var image = stackalloc byte[FxImage.Size];
        return StateMemory.TryRead(s, op, linear, image, FxImage.Size) && TryLoad(s, image, wide);
    }

    private static bool TryLoad(CpuState* s, byte* image, bool wide)
    {
        var mxcsr = *(uint*)(image + FxImage.MxcsrOffset);
        if ((mxcsr & ~FxImage.MxcsrMask) != 0)
        {
            return Fault.GeneralProtection(s, 0);
        }

        FxImage.LoadX87(s, image, wide);
        s->Mxcsr = mxcsr;
        if (HasXmm(s))
        {
            FxImage.LoadXmm(s, image);
        }

        return true;
    }

    // APM Vol. 2, 11.4.4: fast FXSAVE leaves the XMM registers out at CPL 0 in 64-bit mode.
    private static bool HasXmm(CpuState* s)
        => (s->Cr4 & Cr4.OSFXSR) != 0 && !((s->Efer & Efer.FFXSR) != 0 && s->Is64Bit && s->Cpl == 0);
}
