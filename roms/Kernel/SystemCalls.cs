using System.Runtime.InteropServices;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>SYSCALL: the entry from user mode and what each call does (SDM Vol. 3A, 6.8.8). Interrupts are off throughout.</summary>
internal static class SystemCalls
{
    private const uint IA32_STAR = 0xC0000081;
    private const uint IA32_LSTAR = 0xC0000082;
    private const uint IA32_FMASK = 0xC0000084;

    /// <summary>What SYSCALL clears in RFLAGS: TF, IF, DF, NT and AC.</summary>
    private const int ClearedFlags = 0x4_4700;

    private const int LongestWrite = 0x1000;

    /// <summary>Emits the set-up of the model-specific registers. Falls through.</summary>
    public static void EmitStart(KernelCode code)
    {
        var a = code.Asm;
        a.mov(ecx, IA32_STAR);
        a.xor(eax, eax);
        a.mov(edx, (DescriptorTables.SysretBase << 16) | DescriptorTables.KernelCode);
        a.wrmsr();
        a.mov(ecx, IA32_LSTAR);
        a.lea(rax, __[code.Of(ref code.SystemCallEntry)]);
        a.mov(rdx, rax);
        a.shr(rdx, 32);
        a.wrmsr();
        a.mov(ecx, IA32_FMASK);
        a.mov(eax, ClearedFlags);
        a.xor(edx, edx);
        a.wrmsr();
    }

    /// <summary>Emits the entry and the calls.</summary>
    /// <param name="code">The kernel.</param>
    /// <param name="table">The address of the table that <see cref="BuildTable"/> fills.</param>
    public static void Emit(KernelCode code, long table)
    {
        EmitEntry(code, table);
        EmitWrite(code);
        EmitSleep(code);
        EmitWait(code);
        EmitTicks(code);
        EmitTaskInfo(code);
        EmitMemoryInfo(code);
    }

    /// <summary>The calls' addresses, by number: those emitted here, and those that are other parts' functions as they are.</summary>
    public static byte[] BuildTable(KernelCode code)
    {
        code.SystemCalls[SystemCall.Exit] = code.ExitTask;
        code.SystemCalls[SystemCall.Read] = code.ReadCharacter;
        code.SystemCalls[SystemCall.Spawn] = code.CreateTask;
        code.SystemCalls[SystemCall.Reboot] = code.Reboot;
        code.SystemCalls[SystemCall.PowerOff] = code.PowerOff;
        return MemoryMarshal.AsBytes(Array.ConvertAll(code.SystemCalls, code.AddressOf).AsSpan()).ToArray();
    }

    /// <summary>SYSCALL leaves RIP in RCX and RFLAGS in R11, and RSP as it was: the kernel must find its own stack.</summary>
    private static void EmitEntry(KernelCode code, long table)
    {
        var a = code.Asm;
        var unknown = a.CreateLabel();
        code.Function(ref code.SystemCallEntry);
        a.mov(__qword_ptr[Variables.UserStackPointer], rsp);
        a.mov(rsp, __qword_ptr[DescriptorTables.TssRsp0]);
        a.push(__qword_ptr[Variables.UserStackPointer]);
        a.push(r11);
        a.push(rcx);
        a.cmp(rax, SystemCall.Count);
        a.jae(unknown);
        a.mov(rcx, table);
        a.call(__qword_ptr[rcx + (rax * 8)]);
        var leave = a.CreateLabel();
        a.Label(ref leave);
        a.pop(rcx);
        a.pop(r11);
        a.pop(rsp);
        a.sysretq();

        a.Label(ref unknown);
        a.mov(rax, -1);
        a.jmp(leave);
    }

    /// <summary>Takes only what lies in a program's range; a hole in it faults here and ends the task.</summary>
    private static void EmitWrite(KernelCode code)
    {
        var a = code.Asm;
        var bad = a.CreateLabel();
        code.Function(ref code.SystemCalls[SystemCall.Write]);
        a.cmp(rsi, LongestWrite);
        a.ja(bad);
        a.cmp(rdi, Layout.UserText);
        a.jb(bad);
        a.cmp(rdi, Layout.UserStackTop);
        a.jae(bad);
        a.lea(rax, __[rdi + rsi]);
        a.cmp(rax, Layout.UserStackTop);
        a.ja(bad);
        code.Call(ref code.Text.Write);
        a.xor(eax, eax);
        a.ret();
        a.Label(ref bad);
        a.mov(rax, -1);
        a.ret();
    }

    private static void EmitSleep(KernelCode code)
    {
        var a = code.Asm;
        code.Function(ref code.SystemCalls[SystemCall.Sleep]);
        a.add(rdi, __qword_ptr[Variables.Ticks]);
        a.mov(rax, __qword_ptr[Variables.CurrentTask]);
        a.mov(__qword_ptr[rax + TaskRecord.WaitFor], rdi);
        a.mov(__qword_ptr[rax + TaskRecord.State], TaskState.Sleeping);
        code.Call(ref code.Schedule);
        a.xor(eax, eax);
        a.ret();
    }

    private static void EmitWait(KernelCode code)
    {
        var a = code.Asm;
        var again = a.CreateLabel();
        var done = a.CreateLabel();
        code.Function(ref code.SystemCalls[SystemCall.Wait]);
        a.push(rbx);
        a.cmp(rdi, TaskRecord.Count);
        a.jae(done);
        a.mov(rbx, rdi);
        a.shl(rbx, 6);
        a.mov(rax, Variables.Tasks);
        a.add(rbx, rax);
        a.Label(ref again);
        a.cmp(__qword_ptr[rbx + TaskRecord.State], TaskState.Free);
        a.je(done);
        a.mov(rax, __qword_ptr[Variables.CurrentTask]);
        a.mov(__qword_ptr[rax + TaskRecord.WaitFor], 0);
        a.mov(__qword_ptr[rax + TaskRecord.State], TaskState.WaitingForTask);
        code.Call(ref code.Schedule);
        a.jmp(again);
        a.Label(ref done);
        a.xor(eax, eax);
        a.pop(rbx);
        a.ret();
    }

    private static void EmitTicks(KernelCode code)
    {
        code.Function(ref code.SystemCalls[SystemCall.Ticks]);
        code.Asm.mov(rax, __qword_ptr[Variables.Ticks]);
        code.Asm.ret();
    }

    private static void EmitTaskInfo(KernelCode code)
    {
        var a = code.Asm;
        var none = a.CreateLabel();
        code.Function(ref code.SystemCalls[SystemCall.TaskInfo]);
        a.xor(eax, eax);
        a.cmp(rdi, TaskRecord.Count);
        a.jae(none);
        a.shl(rdi, 6);
        a.mov(rax, Variables.Tasks);
        a.add(rdi, rax);
        a.mov(rax, __qword_ptr[rdi + TaskRecord.State]);
        a.mov(rdx, __qword_ptr[rdi + TaskRecord.Ticks]);
        a.mov(r8, __qword_ptr[rdi + TaskRecord.Program]);
        a.Label(ref none);
        a.ret();
    }

    private static void EmitMemoryInfo(KernelCode code)
    {
        var a = code.Asm;
        code.Function(ref code.SystemCalls[SystemCall.MemoryInfo]);
        a.mov(rax, __qword_ptr[Variables.UsedPages]);
        a.mov(rdx, __qword_ptr[Variables.MemoryEnd]);
        a.sub(rdx, (int)Layout.FirstFreePage);
        a.shr(rdx, 12);
        a.ret();
    }
}
