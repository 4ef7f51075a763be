using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>64-bit code from its first instruction to the idle loop. Reads aloud what the kernel is made of.</summary>
internal static class Start
{
    private const int CR4_PGE = 1 << 7;

    /// <summary>Emits it; must come first, because the boot code jumps to the start of the text.</summary>
    public static void Emit(KernelCode code)
    {
        var a = code.Asm;
        EmitJumpHigh(code);
        EmitLoadDescriptorTables(code);
        PageAllocator.EmitStart(code);
        SystemCalls.EmitStart(code);

        // The UART may have characters at once, and an edge that comes before ICW1 is lost.
        InterruptController.EmitStart(code);
        SerialConsole.EmitStart(code);
        Timer.EmitStart(code);

        code.Print("Demo guest: x86-64 kernel, ");
        a.mov(rdi, __qword_ptr[Variables.MemoryEnd]);
        a.shr(rdi, 20);
        code.PrintNumber();
        code.Print(" MiB of memory in use\n");

        EmitIdle(code);
    }

    /// <summary>The boot code entered at the physical address: go on at the kernel's, then take the low half away.</summary>
    private static void EmitJumpHigh(KernelCode code)
    {
        var a = code.Asm;
        code.Function(ref code.Start);
        var high = a.CreateLabel();
        a.lea(rax, __[high]);
        a.or(rax, unchecked((int)Layout.KernelBase));
        a.jmp(rax);

        a.Label(ref high);
        a.mov(rsp, Layout.Kernel(Layout.IdleStackTop));
        a.mov(__qword_ptr[Layout.KernelBase + PageTables.Pml4], 0);
        a.mov(rax, cr3);
        a.mov(cr3, rax);

        // Global pages only now: otherwise the low half would have outlived the write to CR3.
        a.mov(rax, cr4);
        a.or(rax, CR4_PGE);
        a.mov(cr4, rax);
    }

    private static void EmitLoadDescriptorTables(KernelCode code)
    {
        var a = code.Asm;
        a.lgdt(__[DescriptorTables.KernelGdtPointer]);
        a.lidt(__[DescriptorTables.KernelIdtPointer]);
        a.mov(eax, (int)DescriptorTables.KernelData);
        a.mov(ds, eax);
        a.mov(es, eax);
        a.mov(ss, eax);
        a.xor(eax, eax);
        a.mov(fs, eax);
        a.mov(gs, eax);
        a.mov(eax, (int)DescriptorTables.TaskState);
        a.ltr(ax);
    }

    /// <summary>Boot becomes task 0, which starts the shell and from then on runs when nobody else can.</summary>
    private static void EmitIdle(KernelCode code)
    {
        var a = code.Asm;
        var idle = a.CreateLabel();
        a.mov(rbx, Variables.Tasks);
        a.mov(__qword_ptr[rbx + TaskRecord.State], TaskState.Ready);
        a.mov(__qword_ptr[rbx + TaskRecord.AddressSpace], (int)PageTables.Pml4);
        a.mov(__qword_ptr[rbx + TaskRecord.Program], Programs.ProgramTable.Idle);
        a.mov(__qword_ptr[Variables.CurrentTask], rbx);
        a.mov(edi, Programs.ProgramTable.Shell);
        a.xor(esi, esi);
        code.Call(ref code.CreateTask);

        a.Label(ref idle);
        a.sti();
        a.hlt();
        a.jmp(idle);
    }
}
