using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>Endless loops of 64-bit code that become hot at once.</summary>
internal static class HotLoop
{
    /// <summary>Instructions after which a loop is compiled.</summary>
    public const ulong WarmUp = 400;

    /// <summary>The address that <see cref="Mixed"/> writes to.</summary>
    public const int Cell = TestLayout.Data + 0x100;

    /// <summary>Memory, flags, a call and a branch that is taken every other time; RBX points to <see cref="Cell"/>.</summary>
    public static void Mixed(Assembler a)
    {
        var loop = a.CreateLabel();
        var even = a.CreateLabel();
        var function = a.CreateLabel();
        a.mov(ebx, Cell);
        a.Label(ref loop);
        a.add(rax, 3);
        a.adc(rcx, rax);
        a.mov(__qword_ptr[rbx], rcx);
        a.call(function);
        a.test(al, 1);
        a.je(even);
        a.xor(rdx, __qword_ptr[rbx]);
        a.Label(ref even);
        a.setb(r8b);
        a.jmp(loop);
        a.Label(ref function);
        a.push(rdx);
        a.sub(rdx, rcx);
        a.cmovl(r9, rdx);
        a.pop(rdx);
        a.ret();
    }
}
