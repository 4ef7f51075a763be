using Emulator.Roms.Kernel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Programs;

/// <summary>Breaks a rule, for the kernel to catch: each kind shows one protection at work.</summary>
internal static class Offender
{
    /// <summary>A kind of offence. Its code should not get past its end.</summary>
    internal sealed record Kind(string Name, Action<ProgramCode> Emit);

    /// <summary>The kinds, by the program's argument.</summary>
    public static Kind[] Kinds =>
    [
        new("kernel", code => code.Asm.mov(rax, __qword_ptr[Variables.Ticks])),
        new("null", code => code.Asm.mov(rax, __qword_ptr[0L])),
        new("text", code => code.Asm.mov(__byte_ptr[(long)Layout.UserText], 0)),
        new("stack", EmitCallStack),
        new("privileged", code => code.Asm.hlt()),
        new("port", code => code.Asm.@in(al, 0x60)),
        new("divide", EmitDivideByZero),
        new("opcode", code => code.Asm.ud2()),
        new("pointer", EmitBadPointer),
    ];

    /// <summary>Emits it: argument N commits offence N.</summary>
    public static void Emit(ProgramCode code)
    {
        var a = code.Asm;
        code.Function(ref code.Entries[ProgramTable.Offender]);
        foreach (var kind in Kinds)
        {
            var other = a.CreateLabel();
            a.sub(edi, 1);
            a.jnc(other);
            kind.Emit(code);
            code.Print("the " + kind.Name + " offence went unnoticed\n");
            code.Exit();
            a.Label(ref other);
        }

        code.Exit();
    }

    private static void EmitCallStack(ProgramCode code)
    {
        code.Asm.sub(rsp, 16);
        code.Asm.call(rsp);
    }

    private static void EmitDivideByZero(ProgramCode code)
    {
        code.Asm.xor(ecx, ecx);
        code.Asm.div(ecx);
    }

    /// <summary>The address is within a program's range, but nothing is mapped there.</summary>
    private static void EmitBadPointer(ProgramCode code)
    {
        code.Asm.mov(edi, Layout.UserConstants + 0x10_0000);
        code.Asm.mov(esi, 1);
        code.System(SystemCall.Write);
    }
}
