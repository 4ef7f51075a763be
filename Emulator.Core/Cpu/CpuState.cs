using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;

namespace Emulator.Core.Cpu;

/// <summary>
/// The whole architectural state of one logical processor and what engines need beside it: one blittable struct in native
/// memory at a fixed address, so that generated code reaches each field at a constant offset.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct CpuState
{
    public ulong Rax;
    public ulong Rcx;
    public ulong Rdx;
    public ulong Rbx;
    public ulong Rsp;
    public ulong Rbp;
    public ulong Rsi;
    public ulong Rdi;
    public ulong R8;
    public ulong R9;
    public ulong R10;
    public ulong R11;
    public ulong R12;
    public ulong R13;
    public ulong R14;
    public ulong R15;

    /// <summary>Always 0: what an absent base or index register reads.</summary>
    public ulong Zero;

    /// <summary>RIP at the start of the block that runs; an instruction's RIP is this plus <see cref="Op.Offset"/>.</summary>
    public ulong BlockRip;

    /// <summary>The instruction pointer; exact whenever no block runs.</summary>
    public ulong Rip;

    /// <summary>CF, PF, AF, ZF, SF, OF.</summary>
    public LazyFlags Flags;

    /// <summary>The other flags, as they stand in RFLAGS (<see cref="Rflags.System"/>).</summary>
    public ulong SystemFlags;

    /// <summary>Instructions retired since power-on; inside a block, counted ahead to the block's end.</summary>
    public ulong Retired;

    /// <summary>No block is entered that would retire beyond this count.</summary>
    public ulong RetireLimit;

    /// <summary>Non-zero makes the engine leave at the next block head (<see cref="AttentionReasons"/>). Any thread may set bits.</summary>
    public int Attention;

    /// <summary>Why a handler returned null.</summary>
    public ExitReason Exit;

    /// <summary>The TLB table of the current privilege.</summary>
    public TlbEntry* Tlb;

    /// <summary>Direct-mapped cache from RIP to block.</summary>
    public JumpCacheEntry* JumpCache;

    /// <summary>What a valid jump-cache entry carries: generation in the high half, <see cref="Mode"/> in the low half.</summary>
    public ulong JumpKey;

    /// <summary>The bits of state that select how code is decoded.</summary>
    public CpuMode Mode;

    /// <summary>The current privilege level.</summary>
    public int Cpl;

    // In the order of the enum Segment.
    public SegmentCache Es;
    public SegmentCache Cs;
    public SegmentCache Ss;
    public SegmentCache Ds;
    public SegmentCache Fs;
    public SegmentCache Gs;
    public SegmentCache Ldtr;
    public SegmentCache Tr;

    public DescriptorTable Gdtr;
    public DescriptorTable Idtr;
    public ulong Cr0;
    public ulong Cr2;
    public ulong Cr3;
    public ulong Cr4;
    public ulong Xcr0;
    public ulong Efer;
    public fixed ulong Dr[8];

    /// <summary>The four page-directory-pointer entries loaded with CR3 under PAE paging (SDM Vol. 3A, 4.4.1).</summary>
    public fixed ulong Pdpte[4];
    public uint Pkru;

    /// <summary>An exception waits to be delivered: its vector, or <see cref="Fault.None"/>.</summary>
    public int PendingVector;
    public uint PendingErrorCode;
    public int PendingHasErrorCode;
    public ulong PendingCr2;

    /// <summary>DR6 bits of a debug trap that is due after the current instruction.</summary>
    public ulong PendingDebug;

    /// <summary>Interrupts are held off until the next instruction has completed (STI, MOV SS, POP SS).</summary>
    public InterruptShadow Shadow;

    /// <summary>What the processor does between instructions.</summary>
    public ActivityState Activity;

    /// <summary>The model-specific registers that instructions read often; the others live in <see cref="Processor"/>.</summary>
    public ulong Star;
    public ulong LStar;
    public ulong CStar;
    public ulong SyscallMask;
    public ulong KernelGsBase;
    public ulong SysenterCs;
    public ulong SysenterEsp;
    public ulong SysenterEip;
    public ulong TscAux;
    public ulong TscOffset;

    /// <summary>GCHandle of the <see cref="Processor"/>.</summary>
    public nint Owner;

    /// <summary>Carries values to and from the memory slow path, so that no local's address is taken on the fast one.</summary>
    public fixed byte Scratch[64];

    public uint Mxcsr;

    /// <summary>ZMM0-31; XMM and YMM are the low parts.</summary>
    public VectorRegisters Vectors;

    /// <summary>AVX-512 opmasks k0-k7.</summary>
    public fixed ulong OpMask[8];

    /// <summary>The x87 unit; MMX registers are its significands.</summary>
    public X87State X87;

    /// <summary>Whether CR0.PE is clear.</summary>
    public readonly bool IsReal => (Mode & CpuMode.Real) != 0;

    /// <summary>Whether RFLAGS.VM is set.</summary>
    public readonly bool IsVirtual8086 => (Mode & CpuMode.Virtual8086) != 0;

    /// <summary>Whether IA-32e mode is active (EFER.LMA).</summary>
    public readonly bool IsLongMode => (Efer & Cpu.Efer.LMA) != 0;

    /// <summary>Whether code is 64-bit.</summary>
    public readonly bool Is64Bit => (Mode & CpuMode.CodeSizeMask) == CpuMode.Code64;

    /// <summary>RFLAGS with every flag computed.</summary>
    public readonly ulong ReadRflags() => Flags.ToRflags() | SystemFlags | Rflags.Fixed;

    /// <summary>Replaces all of RFLAGS. The caller updates the mode when VM or AC may have changed (<see cref="ModeTracker"/>).</summary>
    public void WriteRflags(ulong value)
    {
        Flags.FromRflags(value);
        SystemFlags = value & Rflags.System;
    }

    /// <summary>A register by its byte offset in this struct, as <see cref="Op"/> names it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Get<T>(CpuState* s, int offset)
        where T : unmanaged
        => *(T*)((byte*)s + offset);

    /// <summary>Writes a general register; a 32-bit write clears the upper half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<T>(CpuState* s, int offset, T value)
        where T : unmanaged
    {
        if (sizeof(T) == 4)
        {
            *(ulong*)((byte*)s + offset) = *(uint*)&value;
        }
        else
        {
            *(T*)((byte*)s + offset) = value;
        }
    }

    /// <summary>A segment register by name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SegmentCache* SegmentOf(CpuState* s, Segment segment) => &s->Es + (int)segment;

    /// <summary>The general register with the given number (0 is RAX).</summary>
    public static ulong* Gpr(CpuState* s, int number) => &s->Rax + number;
}

/// <summary>32 vector registers of 64 bytes.</summary>
[InlineArray(32 * 8)]
public struct VectorRegisters
{
    private ulong _first;
}

/// <summary>Why an engine leaves at a block head.</summary>
[Flags]
public enum AttentionReasons
{
    None = 0,

    /// <summary>The scheduler, a debugger or the user wants the machine's thread.</summary>
    Machine = 1,

    /// <summary>An interrupt, NMI, INIT or SIPI may be deliverable.</summary>
    Interrupt = 2,

    /// <summary>Every instruction must be looked at alone: TF, hardware breakpoints, a debugger's step.</summary>
    Step = 4,
}

/// <summary>What holds interrupts off for one instruction.</summary>
public enum InterruptShadow
{
    None,

    /// <summary>After STI.</summary>
    Sti,

    /// <summary>After MOV SS or POP SS: debug traps are held off too.</summary>
    MovSs,
}

/// <summary>The processor's activity (SDM Vol. 3C, 24.4.2).</summary>
public enum ActivityState
{
    Active,

    /// <summary>Waits for an interrupt (HLT, MWAIT).</summary>
    Halted,

    /// <summary>Waits for an INIT after a triple fault.</summary>
    Shutdown,

    /// <summary>Waits for a SIPI.</summary>
    WaitForStartup,
}

/// <summary>Why a handler returned null.</summary>
public enum ExitReason
{
    /// <summary>Go on at <see cref="CpuState.Rip"/>, whose block is not known here.</summary>
    NextBlock,

    /// <summary>The block was dropped: look its successor up anew, not in the jump cache.</summary>
    StaleBlock,

    /// <summary>An exception waits in <see cref="CpuState.PendingVector"/>.</summary>
    Fault,

    /// <summary>Attention was asked for, or the retire limit reached; the block at Rip was not entered.</summary>
    Attention,

    /// <summary>The block at Rip has been entered often: a translator may want it. It was not entered.</summary>
    Hot,

    /// <summary>Translated code leaves the instruction at Rip to its handler: device memory, code that is about to change, a watchpoint.</summary>
    Interpret,

    /// <summary>A REP instruction stopped between iterations, at its own RIP, to let interrupts in.</summary>
    Interrupted,
}
