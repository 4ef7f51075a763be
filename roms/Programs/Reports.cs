using Emulator.Roms.Kernel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Programs;

/// <summary>The commands that ask the kernel about itself.</summary>
internal static class Reports
{
    private static string StateName(int state) => state switch
    {
        TaskState.Ready => " ready    ",
        TaskState.Sleeping => " asleep   ",
        TaskState.WaitingForInput => " input    ",
        TaskState.WaitingForTask => " waiting  ",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    /// <summary>One line for each task. R13: its number, R14: its program, R15: its ticks.</summary>
    public static void EmitTasks(ProgramCode code)
    {
        var a = code.Asm;
        var next = a.CreateLabel();
        var free = a.CreateLabel();
        code.Print("task state    ticks program\n");
        a.xor(r13d, r13d);
        a.Label(ref next);
        a.mov(rdi, r13);
        code.System(SystemCall.TaskInfo);
        a.test(rax, rax);
        a.jz(free);
        a.mov(r14, r8);
        a.mov(r15, rdx);
        a.mov(rbx, rax);
        code.Print("   ");
        a.mov(rdi, r13);
        code.PrintNumber();
        EmitPutName(code, rbx, TaskState.Ready, TaskState.WaitingForTask, StateName);
        a.mov(rdi, r15);
        code.PrintNumber();
        code.Print("\t");
        EmitPutName(code, r14, ProgramTable.Idle, ProgramTable.Count - 1, ProgramTable.Name);
        code.Print("\n");
        a.Label(ref free);
        a.inc(r13);
        a.cmp(r13, TaskRecord.Count);
        a.jb(next);
    }

    /// <summary>Prints the name of the value in a register, one of a range.</summary>
    private static void EmitPutName(
        ProgramCode code, Iced.Intel.AssemblerRegister64 value, int first, int last, Func<int, string> name)
    {
        var a = code.Asm;
        for (var i = first; i <= last; i++)
        {
            a.mov(rax, code.String(name(i)));
            a.cmp(value, i);
            a.cmove(rdi, rax);
        }

        code.Call(ref code.Text.Put);
    }

    /// <summary>Pages in use and in all.</summary>
    public static void EmitMemory(ProgramCode code)
    {
        var a = code.Asm;
        code.System(SystemCall.MemoryInfo);
        a.mov(rbx, rdx);
        a.mov(rdi, rax);
        code.PrintNumber();
        code.Print(" of ");
        a.mov(rdi, rbx);
        code.PrintNumber();
        code.Print(" pages of 4 KiB in use\n");
    }

    /// <summary>Seconds since boot, to the hundredth.</summary>
    public static void EmitUptime(ProgramCode code)
    {
        var a = code.Asm;
        var twoDigits = a.CreateLabel();
        code.System(SystemCall.Ticks);
        a.xor(edx, edx);
        a.mov(ecx, Kernel.Timer.Frequency);
        a.div(rcx);
        a.mov(rbx, rdx);
        a.mov(rdi, rax);
        code.PrintNumber();
        code.Print(".");
        a.cmp(rbx, 10);
        a.jae(twoDigits);
        code.Print("0");
        a.Label(ref twoDigits);
        a.mov(rdi, rbx);
        code.PrintNumber();
        code.Print(" s\n");
    }
}
