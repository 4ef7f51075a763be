namespace Emulator.Core.Cpu;

/// <summary>
/// How instructions replace RFLAGS: which bits they may change, and the virtual interrupt flag that stands in for IF below the I/O
/// privilege level (SDM Vol. 3A, 20.3.3 and 20.4).
/// </summary>
public static unsafe class FlagWrites
{
    /// <summary>Takes the bits of <paramref name="mask"/> (the low 16 with 2-byte operands). The caller updates the mode.</summary>
    public static void Replace(CpuState* s, ulong value, ulong mask, int size)
    {
        mask = size == 2 ? mask & 0xffff : mask;
        s->WriteRflags((s->ReadRflags() & ~mask) | (value & mask));
        if ((s->SystemFlags & Rflags.IF) != 0)
        {
            Processor.Of(s).PollInterrupts();
        }
    }

    /// <summary>With VME, below IOPL 3: TF, or IF while VIP waits, may not be loaded.</summary>
    public static bool AllowsVirtual(CpuState* s, ulong value)
        => (value & Rflags.TF) == 0 && ((value & Rflags.IF) == 0 || (s->SystemFlags & Rflags.VIP) == 0);

    /// <summary>Sets or clears VIF.</summary>
    public static void SetVirtualInterrupt(CpuState* s, bool enabled)
        => s->SystemFlags = enabled ? s->SystemFlags | Rflags.VIF : s->SystemFlags & ~Rflags.VIF;

    /// <summary>Sets or clears IF.</summary>
    public static void SetInterrupt(CpuState* s, bool enabled)
        => s->SystemFlags = enabled ? s->SystemFlags | Rflags.IF : s->SystemFlags & ~Rflags.IF;
}
