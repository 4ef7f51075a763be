using Emulator.Roms.Kernel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Programs;

/// <summary>Prints a letter again and again, and between two of them keeps the CPU busy: only the timer lets another task in.</summary>
internal static class Letters
{
    private const int Repetitions = 10;
    private const int TicksBetween = 3;

    /// <summary>Emits it. RBX: how many are left, R13: the tick at which the next is due.</summary>
    public static void Emit(ProgramCode code)
    {
        var a = code.Asm;
        var next = a.CreateLabel();
        var busy = a.CreateLabel();
        code.Function(ref code.Entries[ProgramTable.Letters]);
        a.push(rdi); // the letter, as a string of one character
        a.mov(ebx, Repetitions);
        a.Label(ref next);
        a.mov(rdi, rsp);
        a.mov(esi, 1);
        code.Call(ref code.Text.Write);
        code.System(SystemCall.Ticks);
        a.lea(r13, __[rax + TicksBetween]);
        a.Label(ref busy);
        code.System(SystemCall.Ticks);
        a.cmp(rax, r13);
        a.jb(busy);
        a.dec(ebx);
        a.jnz(next);
        code.Exit();
    }
}
