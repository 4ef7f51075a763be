using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>
/// Who runs next: round robin over the ready tasks, task 0 when there is none. A task that does not run stands in
/// <see cref="KernelCode.Schedule"/>, on its own kernel stack; switching is changing RSP, CR3 and the two entry stacks.
/// </summary>
internal static class Scheduler
{
    /// <summary>Emits switching and waking.</summary>
    public static void Emit(KernelCode code)
    {
        EmitSchedule(code);
        EmitWakeTasks(code);
    }

    private static void EmitSchedule(KernelCode code)
    {
        var a = code.Asm;
        code.Function(ref code.Schedule);
        a.push(rbx);
        a.push(rbp);
        a.push(r12);
        a.push(r13);
        a.push(r14);
        a.push(r15);
        a.mov(rax, __qword_ptr[Variables.CurrentTask]);
        a.mov(__qword_ptr[rax + TaskRecord.StackPointer], rsp);

        code.Function(ref code.PickNext);
        EmitChoose(code);
        EmitSwitch(code);
        a.pop(r15);
        a.pop(r14);
        a.pop(r13);
        a.pop(r12);
        a.pop(rbp);
        a.pop(rbx);
        a.ret();
    }

    /// <summary>RAX becomes the record of the first ready task after the running one, itself the last.</summary>
    private static void EmitChoose(KernelCode code)
    {
        var a = code.Asm;
        var next = a.CreateLabel();
        var inside = a.CreateLabel();
        var chosen = a.CreateLabel();
        a.mov(rax, __qword_ptr[Variables.CurrentTask]);
        a.mov(rdx, Variables.Tasks);
        a.mov(ecx, TaskRecord.Count);

        a.Label(ref next);
        a.add(rax, TaskRecord.Size);
        a.cmp(rax, unchecked((int)(Variables.Tasks + (TaskRecord.Count * TaskRecord.Size))));
        a.jb(inside);
        a.lea(rax, __[rdx + TaskRecord.Size]); // task 0 is not in the round
        a.Label(ref inside);
        a.cmp(__qword_ptr[rax + TaskRecord.State], TaskState.Ready);
        a.je(chosen);
        a.dec(ecx);
        a.jnz(next);
        a.mov(rax, rdx);
        a.Label(ref chosen);
    }

    /// <summary>Makes the task whose record is at RAX the running one.</summary>
    private static void EmitSwitch(KernelCode code)
    {
        var a = code.Asm;
        var sameSpace = a.CreateLabel();
        a.mov(__qword_ptr[Variables.CurrentTask], rax);
        a.mov(rcx, __qword_ptr[rax + TaskRecord.KernelStackTop]);
        a.mov(__qword_ptr[DescriptorTables.TssRsp0], rcx);
        a.mov(rcx, __qword_ptr[rax + TaskRecord.AddressSpace]);
        a.mov(rdx, cr3);
        a.cmp(rcx, rdx);
        a.je(sameSpace);
        a.mov(cr3, rcx);
        a.Label(ref sameSpace);
        a.mov(rsp, __qword_ptr[rax + TaskRecord.StackPointer]);
    }

    /// <summary>RDI: the state to wake from; RSI: the latest value of what was waited for.</summary>
    private static void EmitWakeTasks(KernelCode code)
    {
        var a = code.Asm;
        var next = a.CreateLabel();
        var skip = a.CreateLabel();
        code.Function(ref code.WakeTasks);
        a.mov(rax, Variables.Tasks);
        a.mov(ecx, TaskRecord.Count);
        a.Label(ref next);
        a.cmp(__qword_ptr[rax + TaskRecord.State], rdi);
        a.jne(skip);
        a.cmp(__qword_ptr[rax + TaskRecord.WaitFor], rsi);
        a.ja(skip);
        a.mov(__qword_ptr[rax + TaskRecord.State], TaskState.Ready);
        a.Label(ref skip);
        a.add(rax, TaskRecord.Size);
        a.dec(ecx);
        a.jnz(next);
        a.ret();
    }
}
