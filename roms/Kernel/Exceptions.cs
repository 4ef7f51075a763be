using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>
/// Exceptions: all are reported; one that a program caused ends its task, any other is the kernel's own fault and ends everything.
/// </summary>
internal static class Exceptions
{
    private const int PageFault = 14;

    /// <summary>The exceptions for which the CPU pushes an error code (SDM Vol. 3A, table 7-1).</summary>
    private static bool HasErrorCode(int vector) => vector is 8 or 10 or 11 or 12 or 13 or PageFault or 17 or 21;

    // The frame, from RSP: vector, error code, then what the CPU pushed.
    private const int Vector = 0;
    private const int ErrorCode = 8;
    private const int Rip = 16;
    private const int Cs = 24;

    /// <summary>Emits a stub for each vector, which makes all frames alike, and the common part.</summary>
    public static void Emit(KernelCode code)
    {
        var a = code.Asm;
        var common = a.CreateLabel();
        for (var vector = 0; vector < InterruptController.FirstVector; vector++)
        {
            code.Function(ref code.Vectors[vector]);
            if (!HasErrorCode(vector))
            {
                a.push(0);
            }

            a.push(vector);
            a.jmp(common);
        }

        a.Label(ref common);
        EmitReport(code);
        EmitConsequence(code);
    }

    private static void EmitReport(KernelCode code)
    {
        var a = code.Asm;
        var notPageFault = a.CreateLabel();
        a.cld();
        a.mov(rbp, rsp);
        code.Print("\nexception ");
        PrintField(code, Vector, hex: false);
        code.Print(", error code ");
        PrintField(code, ErrorCode, hex: true);
        code.Print(", at ");
        PrintField(code, Rip, hex: true);
        a.cmp(__qword_ptr[rbp + Vector], PageFault);
        a.jne(notPageFault);
        code.Print(": page fault");
        foreach (var (bit, set, clear) in PageFaultBits)
        {
            PrintEither(code, bit, set, clear);
        }

        code.Print(" of ");
        a.mov(rdi, cr2);
        code.PrintHex();
        a.Label(ref notPageFault);
        code.Print("\n");
    }

    /// <summary>The page-fault error code's bits in words (SDM Vol. 3A, 5.7).</summary>
    private static (int Bit, string Set, string Clear)[] PageFaultBits =>
    [
        (0, ", protection", ", not present"), (2, ", user", ", kernel"), (1, " write", " read"), (4, " (fetch)", ""),
    ];

    private static void PrintField(KernelCode code, int offset, bool hex)
    {
        code.Asm.mov(rdi, __qword_ptr[rbp + offset]);
        code.Call(ref hex ? ref code.Text.PutHex : ref code.Text.PutNumber);
    }

    private static void PrintEither(KernelCode code, int bit, string set, string clear)
    {
        var a = code.Asm;
        a.mov(rdi, code.String(clear));
        a.mov(rsi, code.String(set));
        a.bt(__qword_ptr[rbp + ErrorCode], (byte)bit);
        a.cmovc(rdi, rsi);
        code.Call(ref code.Text.Put);
    }

    /// <summary>A page fault of the kernel below its own half is a program's too: it named a bad address in a system call.</summary>
    private static void EmitConsequence(KernelCode code)
    {
        var a = code.Asm;
        var kill = a.CreateLabel();
        var panic = a.CreateLabel();
        a.test(__byte_ptr[rbp + Cs], 3);
        a.jnz(kill);
        a.cmp(__qword_ptr[rbp + Vector], PageFault);
        a.jne(panic);
        a.mov(rax, cr2);
        a.test(rax, rax);
        a.jns(kill);

        a.Label(ref panic);
        code.Print("The kernel cannot go on.\n");
        code.Call(ref code.PowerOff);

        a.Label(ref kill);
        code.Print("task ");
        EmitCurrentTaskNumber(code);
        code.PrintNumber();
        code.Print(" is killed\n");
        a.jmp(code.Of(ref code.ExitTask));
    }

    private static void EmitCurrentTaskNumber(KernelCode code)
    {
        var a = code.Asm;
        a.mov(rdi, __qword_ptr[Variables.CurrentTask]);
        a.mov(rax, Variables.Tasks);
        a.sub(rdi, rax);
        a.shr(rdi, 6);
    }
}
