using Emulator.Core.Memory;

namespace Emulator.Core.Cpu;

/// <summary>
/// Derives what engines cache from the architectural state. Called by whatever changes CR0, CR4, EFER, XCR0, CS, SS, DS, ES, CPL, RFLAGS.VM,
/// RFLAGS.AC, RFLAGS.TF or DR7; such instructions end their block.
/// </summary>
public static unsafe class ModeTracker
{
    private const ulong SseAndAvx = 6;
    private const ulong Dr7Enables = 0xff;

    /// <summary>Recomputes <see cref="CpuState.Mode"/>, <see cref="CpuState.JumpKey"/>, the TLB table in use and the step attention.</summary>
    public static void Update(CpuState* s)
    {
        s->Mode = ComputeMode(s);
        SelectTables(s);
        UpdateStep(s);
    }

    /// <summary>
    /// As <see cref="Update"/>, when nothing that the mode depends on can have changed but CPL and RFLAGS (without VM): POPF, and system
    /// calls, interrupts and their returns from 64-bit code to 64-bit code.
    /// </summary>
    public static void UpdatePrivilege(CpuState* s)
    {
        var mode = s->Mode & ~(CpuMode.User | CpuMode.AlignmentChecks);
        s->Mode = mode | (s->Cpl == 3 ? CpuMode.User | AlignmentBit(s) : 0);
        SelectTables(s);
        UpdateStep(s);
    }

    /// <summary>Selects the TLB table for CPL, CR4.SMAP and RFLAGS.AC (STAC, CLAC and POPF need no more than this).</summary>
    public static void UpdateTlbTable(CpuState* s)
        => s->Tlb = Processor.Of(s).Mmu.Table(s->Cpl == 3 ? TlbTable.User : SupervisorTable(s, (s->SystemFlags & Rflags.AC) != 0));

    /// <summary>The table of implicit supervisor accesses (descriptor tables, TSS): AC does not lift SMAP (SDM Vol. 3A, 4.6.1).</summary>
    public static TlbTable ImplicitTable(CpuState* s) => SupervisorTable(s, false);

    /// <summary>The table of stack accesses at a privilege level that is being entered or left: AC of user code does not lift SMAP.</summary>
    public static TlbTable TableFor(CpuState* s, int cpl)
        => cpl == 3 ? TlbTable.User : SupervisorTable(s, s->Cpl < 3 && (s->SystemFlags & Rflags.AC) != 0);

    /// <summary>TF, RF, enabled breakpoints and a debug trap that is due make the engine look at every instruction.</summary>
    public static void UpdateStep(CpuState* s)
    {
        var step = (s->SystemFlags & (Rflags.TF | Rflags.RF)) != 0 || (s->Dr[7] & Dr7Enables) != 0 || s->PendingDebug != 0;
        if (step == ((Volatile.Read(ref s->Attention) & (int)AttentionReasons.Step) != 0))
        {
            return;
        }

        if (step)
        {
            Interlocked.Or(ref s->Attention, (int)AttentionReasons.Step);
        }
        else
        {
            Interlocked.And(ref s->Attention, ~(int)AttentionReasons.Step);
        }
    }

    private static void SelectTables(CpuState* s)
    {
        var mmu = Processor.Of(s).Mmu;
        s->Tlb = mmu.Table(s->Cpl == 3 ? TlbTable.User : SupervisorTable(s, (s->SystemFlags & Rflags.AC) != 0));
        mmu.UpdateJumpKey();
    }

    private static CpuMode AlignmentBit(CpuState* s)
        => (s->Cr0 & Cr0.AM) != 0 && (s->SystemFlags & Rflags.AC) != 0 ? CpuMode.AlignmentChecks : 0;

    private static TlbTable SupervisorTable(CpuState* s, bool lifted)
        => (s->Cr4 & Cr4.SMAP) != 0 && !lifted ? TlbTable.SupervisorSmap : TlbTable.Supervisor;

    private static CpuMode ComputeMode(CpuState* s)
    {
        var mode = CodeSize(s);
        mode |= mode == CpuMode.Code64 ? CpuMode.FlatCode : SegmentBits(s);
        mode |= s->Cpl == 3 ? CpuMode.User | AlignmentBit(s) : 0;
        mode |= (s->Cr0 & Cr0.PE) == 0 ? CpuMode.Real : 0;
        mode |= (s->SystemFlags & Rflags.VM) != 0 ? CpuMode.Virtual8086 : 0;
        mode |= (s->Cr0 & Cr0.EM) != 0 ? CpuMode.FpuEmulated : 0;
        mode |= (s->Cr0 & Cr0.TS) != 0 ? CpuMode.TaskSwitched : 0;
        mode |= (s->Cr0 & Cr0.MP) != 0 ? CpuMode.MonitorCoprocessor : 0;
        mode |= (s->Cr4 & Cr4.OSFXSR) != 0 ? CpuMode.SseEnabled : 0;
        mode |= (s->Cr4 & Cr4.OSXSAVE) != 0 && (s->Xcr0 & SseAndAvx) == SseAndAvx ? CpuMode.AvxEnabled : 0;
        return mode;
    }

    // 64-bit code does not look at these: leaving them out lets it share blocks whatever the segment registers hold.
    private static CpuMode SegmentBits(CpuState* s)
        => (s->Cs.Base == 0 && s->Cs.Limit == uint.MaxValue ? CpuMode.FlatCode : 0)
            | ((s->Ss.Attributes & SegmentCache.Big) != 0 ? CpuMode.Stack32 : 0)
            | (s->Ds.IsFlatData && s->Es.IsFlatData && s->Ss.IsFlatData ? CpuMode.FlatData : 0);

    private static CpuMode CodeSize(CpuState* s)
    {
        if (s->IsLongMode && (s->Cs.Attributes & SegmentCache.Long) != 0)
        {
            return CpuMode.Code64;
        }

        return (s->Cs.Attributes & SegmentCache.Big) != 0 ? CpuMode.Code32 : CpuMode.Code16;
    }
}
