namespace Emulator.Core.Cpu;

/// <summary>
/// Every bit of processor state that changes how bytes are decoded or bound to handlers: with the code's address, it is
/// the identity of a block. Kept up to date by <see cref="ModeTracker"/>.
/// </summary>
[Flags]
public enum CpuMode : uint
{
    /// <summary>16-bit code.</summary>
    Code16 = 0,

    /// <summary>32-bit code.</summary>
    Code32 = 1,

    /// <summary>64-bit code.</summary>
    Code64 = 2,

    /// <summary>The bits that hold the code size.</summary>
    CodeSizeMask = 3,

    /// <summary>SS.B: implicit stack accesses use ESP (outside 64-bit mode).</summary>
    Stack32 = 1 << 2,

    /// <summary>DS, ES and SS have base 0, limit 4 GiB and are writable: their offsets are linear addresses.</summary>
    FlatData = 1 << 3,

    /// <summary>CS has base 0 and limit 4 GiB.</summary>
    FlatCode = 1 << 4,

    /// <summary>CR0.AM and RFLAGS.AC are set at CPL 3: unaligned accesses fault.</summary>
    AlignmentChecks = 1 << 5,

    /// <summary>CPL 3.</summary>
    User = 1 << 6,

    /// <summary>CR0.PE is clear.</summary>
    Real = 1 << 7,

    /// <summary>RFLAGS.VM is set.</summary>
    Virtual8086 = 1 << 8,

    /// <summary>CR0.EM: x87 instructions raise #NM, MMX and SSE ones #UD.</summary>
    FpuEmulated = 1 << 9,

    /// <summary>CR0.TS: x87, MMX, SSE and AVX instructions raise #NM.</summary>
    TaskSwitched = 1 << 10,

    /// <summary>CR0.MP: with TS, WAIT raises #NM too.</summary>
    MonitorCoprocessor = 1 << 11,

    /// <summary>CR4.OSFXSR: SSE instructions are enabled.</summary>
    SseEnabled = 1 << 12,

    /// <summary>CR4.OSXSAVE is set and XCR0 enables SSE and AVX state: VEX-encoded vector instructions are enabled.</summary>
    AvxEnabled = 1 << 13,
}
