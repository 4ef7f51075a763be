using Emulator.Core.Cpu;
using Emulator.Core.Memory;

namespace Emulator.Conformance.Tests.Guest;

/// <summary>
/// The least operating system: GDT with Linux's selectors, TSS, and an IDT whose every gate leads to a jump to itself. What a fault
/// pushed is read back from the stack.
/// </summary>
public sealed unsafe class GuestSystem
{
    private const ulong Linear = 0xffff_8000_0000_0000;
    private const ulong Physical = 0x2000;
    private const ulong Gdt = 0;
    private const ulong Tss = 0x800;
    private const ulong Idt = 0x1000;
    private const ulong Handlers = 0x2000;
    private const ulong Stack = 0x4000;
    private const int Size = 0x4000;
    private const ulong TablesPhysical = 0x4_0000;
    private const ushort KernelCode = 0x10;
    private const ushort UserData = 0x2b;
    private const ushort UserCode = 0x33;
    private const ushort TaskState = 0x40;
    private const ushort JumpToSelf = 0xfeeb;
    private const ushort CodeAttributes = 0xa0fb;
    private const ushort DataAttributes = 0xc0f3;
    private const ulong InterruptGate = 0xee00ul << 32;

    private readonly MemoryMap _memory;
    private readonly CpuState* _state;
    private readonly ulong _fsBase;
    private readonly ulong _gsBase;

    /// <summary>Puts the processor into 64-bit mode.</summary>
    public GuestSystem(MemoryMap memory, CpuState* state, ulong fsBase, ulong gsBase)
    {
        _memory = memory;
        _state = state;
        _fsBase = fsBase;
        _gsBase = gsBase;
        Tables = new GuestPageTables(memory, TablesPhysical);
        Tables.Map(Linear, Physical, Size, GuestPageTables.Writable);
        WriteDescriptors();
        WriteGates();
        state->Cr0 = Cr0.PE | Cr0.MP | Cr0.ET | Cr0.NE | Cr0.WP | Cr0.AM | Cr0.PG;
        state->Cr3 = Tables.Root;
        state->Cr4 = Cr4.PAE | Cr4.PGE | Cr4.OSFXSR | Cr4.OSXMMEXCPT | Cr4.OSXSAVE | Cr4.FSGSBASE | Cr4.UMIP;
        state->Efer = Efer.LME | Efer.LMA | Efer.NXE | Efer.SCE;
        state->Xcr0 = 7;
        state->Gdtr = new DescriptorTable { Base = Linear + Gdt, Limit = 0x4f };
        state->Idtr = new DescriptorTable { Base = Linear + Idt, Limit = 0xfff };
        state->Tr = new SegmentCache { Selector = TaskState, Base = Linear + Tss, Limit = 0x67, Attributes = 0x8b };
        state->Ldtr = default;
        state->Activity = ActivityState.Active;
    }

    /// <summary>The page tables.</summary>
    public GuestPageTables Tables { get; }

    /// <summary>CPL 3 with the segments of a Linux process.</summary>
    public void EnterUser()
    {
        var s = _state;
        s->Cpl = 3;
        s->Cs = new SegmentCache { Selector = UserCode, Attributes = CodeAttributes, Limit = uint.MaxValue };
        s->Ss = new SegmentCache { Selector = UserData, Attributes = DataAttributes, Limit = uint.MaxValue };
        s->Ds = default;
        s->Es = default;
        s->Fs = new SegmentCache { Base = _fsBase };
        s->Gs = new SegmentCache { Base = _gsBase };
        s->PendingVector = Fault.None;
        s->Shadow = InterruptShadow.None;
        s->Cr2 = 0;
        s->Attention = 0;
    }

    /// <summary>When the processor is in a handler, gives the state at the fault, as the handler finds it on its stack.</summary>
    /// <param name="state">Receives it.</param>
    /// <param name="endsInBreakpoint">Whether #BP is how a case ends without a fault.</param>
    public void DescribeFault(MachineState* state, bool endsInBreakpoint)
    {
        var s = _state;
        state->Vector = MachineState.NoFault;
        state->ErrorCode = 0;
        state->Cr2 = 0;
        if (s->Cpl == 3)
        {
            return;
        }

        state->Vector = (int)((state->Rip - Linear - Handlers) / 2);
        var frame = state->Gpr[4] - Linear + Physical;
        if (Stack - (state->Gpr[4] - Linear) == 48)
        {
            state->ErrorCode = (uint)_memory.Read<ulong>(frame);
            frame += 8;
        }

        state->Rip = _memory.Read<ulong>(frame);
        state->Rflags = _memory.Read<ulong>(frame + 16);
        state->Gpr[4] = _memory.Read<ulong>(frame + 24);
        state->Cr2 = state->Vector == (int)Vector.PageFault ? s->Cr2 : 0;
        if (endsInBreakpoint && state->Vector == (int)Vector.Breakpoint)
        {
            state->Vector = MachineState.NoFault;
            state->Rip--;
        }
    }

    private void WriteDescriptors()
    {
        var gdt = Physical + Gdt;
        _memory.Write(gdt + KernelCode, 0x00af_9b00_0000_fffful);
        _memory.Write(gdt + 0x18, 0x00cf_9300_0000_fffful);
        _memory.Write(gdt + 0x20, 0x00cf_fb00_0000_fffful);
        _memory.Write(gdt + 0x28, 0x00cf_f300_0000_fffful);
        _memory.Write(gdt + 0x30, 0x00af_fb00_0000_fffful);
        var tss = Linear + Tss;
        _memory.Write(gdt + TaskState, 0x67ul | ((tss & 0xff_ffff) << 16) | (0x8bul << 40) | (((tss >> 24) & 0xff) << 56));
        _memory.Write(gdt + TaskState + 8, tss >> 32);
        _memory.Write(Physical + Tss + 4, Linear + Stack);
        _memory.Write(Physical + Tss + 0x66, (ushort)0x68);
    }

    private void WriteGates()
    {
        for (var vector = 0; vector < 256; vector++)
        {
            var handler = Linear + Handlers + ((ulong)vector * 2);
            _memory.Write(Physical + Handlers + ((ulong)vector * 2), JumpToSelf);
            var gate = Physical + Idt + ((ulong)vector * 16);
            _memory.Write(gate, (handler & 0xffff) | ((ulong)KernelCode << 16) | InterruptGate | ((handler & 0xffff_0000) << 32));
            _memory.Write(gate + 8, handler >> 32);
        }
    }
}
