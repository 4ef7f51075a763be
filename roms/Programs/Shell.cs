using Emulator.Roms.Kernel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Programs;

/// <summary>The prompt: reads a line, finds the command of that name, and runs it.</summary>
internal static class Shell
{
    /// <summary>A command: its code finds what follows its name at RBX, may clobber what a call may, and RBX.</summary>
    internal sealed record Command(string Name, string Help, Action<ProgramCode> Emit);

    private static Command[] Commands =>
    [
        new("help", "this list", EmitHelp),
        new("ps", "the tasks", Reports.EmitTasks),
        new("mem", "memory in use", Reports.EmitMemory),
        new("uptime", "time since boot", Reports.EmitUptime),
        new("cpuid", "what the CPU says of itself", CpuReport.Emit),
        new("primes", "N: count the primes up to N, in a task of its own", EmitPrimes),
        new("race", "two tasks that never give up the CPU by themselves", EmitRace),
        new("fault", "KIND: a task that breaks a rule: " + string.Join(' ', Offender.Kinds.Select(kind => kind.Name)), EmitFault),
        new("reboot", "restart the machine", code => code.System(SystemCall.Reboot)),
        new("poweroff", "switch the machine off", EmitPowerOff),
    ];

    /// <summary>Emits it. R12 holds the address of the line.</summary>
    public static void Emit(ProgramCode code)
    {
        var a = code.Asm;
        var prompt = a.CreateLabel();
        code.Function(ref code.Entries[ProgramTable.Shell]);
        a.sub(rsp, Library.LineSize);
        a.mov(r12, rsp);
        code.Print("Type help for the commands.\n");

        a.Label(ref prompt);
        code.Print("demo> ");
        a.mov(rdi, r12);
        code.Call(ref code.ReadLine);
        a.test(rax, rax);
        a.jz(prompt);
        foreach (var command in Commands)
        {
            var other = a.CreateLabel();
            EmitMatch(code, r12, command.Name);
            a.jz(other);
            a.mov(rbx, rax);
            command.Emit(code);
            a.jmp(prompt);
            a.Label(ref other);
        }

        code.Print("No such command: ");
        a.mov(rdi, r12);
        code.Call(ref code.Text.Put);
        code.Print("\n");
        a.jmp(prompt);
    }

    /// <summary>ZF is set if the text at <paramref name="line"/> does not start with the word; else RAX is what follows it.</summary>
    private static void EmitMatch(ProgramCode code, Iced.Intel.AssemblerRegister64 line, string word)
    {
        var a = code.Asm;
        a.mov(rdi, line);
        a.mov(rsi, code.String(word));
        code.Call(ref code.MatchWord);
        a.test(rax, rax);
    }

    private static void EmitHelp(ProgramCode code)
        => code.Print(string.Concat(Commands.Select(command => $"  {command.Name,-9} {command.Help}\n")));

    private static void EmitPowerOff(ProgramCode code)
    {
        code.Print("Goodbye.\n");
        code.System(SystemCall.PowerOff);
    }

    private static void EmitPrimes(ProgramCode code)
    {
        var a = code.Asm;
        var given = a.CreateLabel();
        a.mov(rdi, rbx);
        code.Call(ref code.ParseNumber);
        a.test(rax, rax);
        a.jnz(given);
        a.mov(eax, 10_000);
        a.Label(ref given);
        a.mov(rsi, rax);
        EmitRunAndWait(code, ProgramTable.Primes);
    }

    private static void EmitRace(ProgramCode code)
    {
        var a = code.Asm;
        a.mov(edi, ProgramTable.Letters);
        a.mov(esi, 'A');
        code.System(SystemCall.Spawn);
        a.mov(rbx, rax);
        a.mov(esi, 'B');
        EmitRunAndWait(code, ProgramTable.Letters);
        a.mov(rdi, rbx);
        code.System(SystemCall.Wait);
        code.Print("\n");
    }

    private static void EmitFault(ProgramCode code)
    {
        var a = code.Asm;
        var run = a.CreateLabel();
        for (var i = 0; i < Offender.Kinds.Length; i++)
        {
            a.mov(r13d, i);
            EmitMatch(code, rbx, Offender.Kinds[i].Name);
            a.jnz(run);
        }

        a.xor(r13d, r13d);
        a.Label(ref run);
        a.mov(rsi, r13);
        EmitRunAndWait(code, ProgramTable.Offender);
    }

    /// <summary>Starts a program with the argument in RSI and waits for its end.</summary>
    private static void EmitRunAndWait(ProgramCode code, int program)
    {
        var a = code.Asm;
        a.mov(edi, program);
        code.System(SystemCall.Spawn);
        a.mov(rdi, rax);
        code.System(SystemCall.Wait);
    }
}
