using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Programs;

/// <summary>Counts the primes up to its argument by trial division: work for the CPU with a result that is known.</summary>
internal static class Primes
{
    /// <summary>Emits it. R12: the limit, R13: the candidate, R14: the count.</summary>
    public static void Emit(ProgramCode code)
    {
        var a = code.Asm;
        var candidate = a.CreateLabel();
        var divisor = a.CreateLabel();
        var prime = a.CreateLabel();
        var next = a.CreateLabel();
        var done = a.CreateLabel();
        code.Function(ref code.Entries[ProgramTable.Primes]);
        a.mov(r12, rdi);
        a.mov(r13d, 2);
        a.xor(r14d, r14d);

        a.Label(ref candidate);
        a.cmp(r13, r12);
        a.ja(done);
        a.mov(ecx, 2);
        a.Label(ref divisor);
        a.mov(rax, rcx);
        a.imul(rax, rcx);
        a.cmp(rax, r13);
        a.ja(prime);
        a.mov(rax, r13);
        a.xor(edx, edx);
        a.div(rcx);
        a.test(rdx, rdx);
        a.jz(next);
        a.inc(rcx);
        a.jmp(divisor);

        a.Label(ref prime);
        a.inc(r14);
        a.Label(ref next);
        a.inc(r13);
        a.jmp(candidate);

        a.Label(ref done);
        a.mov(rdi, r14);
        code.PrintNumber();
        code.Print(" primes up to ");
        a.mov(rdi, r12);
        code.PrintNumber();
        code.Print("\n");
        code.Exit();
    }
}
