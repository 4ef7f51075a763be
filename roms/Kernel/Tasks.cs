using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>A task's beginning and end.</summary>
internal static class Tasks
{
    private const int RFLAGS_IF = 1 << 9;
    private const int PagesOfTask = 6; // four tables, a stack of its own, a kernel stack

    /// <summary>What <see cref="KernelCode.Schedule"/> pops: six registers and the return address.</summary>
    private const int ScheduleFrame = 7 * 8;

    /// <summary>What IRETQ pops.</summary>
    private const int InterruptFrame = 5 * 8;

    /// <summary>Emits both.</summary>
    /// <param name="code">The kernel.</param>
    /// <param name="programs">The address of the table of the programs' entries.</param>
    public static void Emit(KernelCode code, long programs)
    {
        EmitCreate(code, programs);
        EmitExit(code);
    }

    private static void EmitCreate(KernelCode code, long programs)
    {
        var a = code.Asm;
        var next = a.CreateLabel();
        var found = a.CreateLabel();
        var none = a.CreateLabel();
        code.Function(ref code.CreateTask);
        a.push(rbx);
        a.push(r12);
        a.push(r13);
        a.mov(r12, rdi);
        a.mov(r13, rsi);
        a.cmp(rdi, Programs.ProgramTable.Count);
        a.jae(none);
        EmitCheckMemory(code, none);

        a.mov(rbx, Variables.Tasks + TaskRecord.Size);
        a.mov(ecx, TaskRecord.Count - 1);
        a.Label(ref next);
        a.cmp(__qword_ptr[rbx + TaskRecord.State], TaskState.Free);
        a.je(found);
        a.add(rbx, TaskRecord.Size);
        a.dec(ecx);
        a.jnz(next);
        a.Label(ref none);
        a.mov(rax, -1);
        a.pop(r13);
        a.pop(r12);
        a.pop(rbx);
        a.ret();

        a.Label(ref found);
        EmitFillRecord(code, programs);
        a.mov(rax, rbx);
        a.mov(rcx, Variables.Tasks);
        a.sub(rax, rcx);
        a.shr(rax, 6);
        a.pop(r13);
        a.pop(r12);
        a.pop(rbx);
        a.ret();
    }

    private static void EmitCheckMemory(KernelCode code, Iced.Intel.Label none)
    {
        var a = code.Asm;
        a.mov(rax, __qword_ptr[Variables.MemoryEnd]);
        a.sub(rax, (int)Layout.FirstFreePage);
        a.shr(rax, 12);
        a.sub(rax, __qword_ptr[Variables.UsedPages]);
        a.cmp(rax, PagesOfTask);
        a.jl(none);
    }

    /// <summary>RBX: the record, R12: the program, R13: its argument. The new kernel stack looks as if the task stood in Schedule.</summary>
    private static void EmitFillRecord(KernelCode code, long programs)
    {
        var a = code.Asm;
        var enter = a.CreateLabel();
        var over = a.CreateLabel();
        code.Call(ref code.CreateAddressSpace);
        a.mov(__qword_ptr[rbx + TaskRecord.AddressSpace], rax);
        code.Call(ref code.AllocatePage);
        a.lea(rax, __[rax + Layout.Kernel(Layout.PageSize)]);
        a.mov(__qword_ptr[rbx + TaskRecord.KernelStackTop], rax);

        a.sub(rax, InterruptFrame + ScheduleFrame);
        a.mov(__qword_ptr[rbx + TaskRecord.StackPointer], rax);
        a.mov(__qword_ptr[rax], r13); // to be popped as R15
        a.lea(rcx, __[enter]);
        a.mov(__qword_ptr[rax + ScheduleFrame - 8], rcx);
        a.mov(rcx, programs);
        a.mov(rcx, __qword_ptr[rcx + (r12 * 8)]);
        a.mov(__qword_ptr[rax + ScheduleFrame], rcx);
        a.mov(__qword_ptr[rax + ScheduleFrame + 8], (int)DescriptorTables.UserCode);
        a.mov(__qword_ptr[rax + ScheduleFrame + 16], RFLAGS_IF | 2);
        a.mov(__qword_ptr[rax + ScheduleFrame + 24], Layout.UserStackTop);
        a.mov(__qword_ptr[rax + ScheduleFrame + 32], (int)DescriptorTables.UserData);

        a.mov(__qword_ptr[rbx + TaskRecord.Program], r12);
        a.mov(__qword_ptr[rbx + TaskRecord.Ticks], 0);
        a.mov(__qword_ptr[rbx + TaskRecord.State], TaskState.Ready);
        a.jmp(over);

        a.Label(ref enter);
        a.mov(rdi, r15);
        a.xor(r15d, r15d);
        a.iretq();
        a.Label(ref over);
    }

    /// <summary>The task's stack and tables go while it still stands on them, so it leaves both first.</summary>
    private static void EmitExit(KernelCode code)
    {
        var a = code.Asm;
        code.Function(ref code.ExitTask);
        a.mov(rsp, Layout.Kernel(Layout.ExitStackTop));
        a.mov(eax, PageTables.Pml4);
        a.mov(cr3, rax);
        a.mov(rbx, __qword_ptr[Variables.CurrentTask]);
        a.mov(rdi, __qword_ptr[rbx + TaskRecord.AddressSpace]);
        code.Call(ref code.DestroyAddressSpace);
        a.mov(rdi, __qword_ptr[rbx + TaskRecord.KernelStackTop]);
        a.mov(rax, Layout.Kernel(Layout.PageSize));
        a.sub(rdi, rax);
        code.Call(ref code.FreePage);
        a.mov(__qword_ptr[rbx + TaskRecord.State], TaskState.Free);

        // Whoever waits for a task asks again when it wakes, so it does no harm to wake all of them.
        a.mov(edi, TaskState.WaitingForTask);
        a.mov(rsi, -1);
        code.Call(ref code.WakeTasks);
        a.jmp(code.Of(ref code.PickNext));
    }
}
