using Emulator.Roms.Kernel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Programs;

/// <summary>What programs share: printing, reading a line, and taking one apart.</summary>
internal static class Library
{
    /// <summary>The size of the buffer that <see cref="ProgramCode.ReadLine"/> fills, with the NUL at the end.</summary>
    public const int LineSize = 128;

    private const sbyte Backspace = 8;
    private const sbyte Delete = 127;

    /// <summary>Emits it.</summary>
    public static void Emit(ProgramCode code)
    {
        code.Function(ref code.Text.Write);
        code.System(SystemCall.Write);
        code.Asm.ret();
        code.Text.Emit(code);
        EmitReadLine(code);
        EmitMatchWord(code);
        EmitParseNumber(code);
    }

    private static void EmitReadLine(ProgramCode code)
    {
        var a = code.Asm;
        var next = a.CreateLabel();
        var erase = a.CreateLabel();
        var done = a.CreateLabel();
        code.Function(ref code.ReadLine);
        a.push(rbx);
        a.push(r12);
        a.mov(r12, rdi);
        a.xor(ebx, ebx);

        a.Label(ref next);
        code.System(SystemCall.Read);
        a.cmp(al, (sbyte)'\r');
        a.je(done);
        a.cmp(al, (sbyte)'\n');
        a.je(done);
        a.cmp(al, Backspace);
        a.je(erase);
        a.cmp(al, Delete);
        a.je(erase);
        a.cmp(al, (sbyte)' ');
        a.jb(next);
        a.cmp(rbx, LineSize - 1);
        a.jae(next);
        a.lea(rdi, __[r12 + rbx]);
        a.mov(__byte_ptr[rdi], al);
        a.inc(rbx);
        a.mov(esi, 1);
        code.Call(ref code.Text.Write);
        a.jmp(next);

        a.Label(ref erase);
        a.sub(rbx, 1);
        a.adc(rbx, 0);
        a.jc(next);
        code.Print("\b \b");
        a.jmp(next);

        a.Label(ref done);
        a.mov(__byte_ptr[r12 + rbx], 0);
        code.Print("\n");
        a.mov(rax, rbx);
        a.pop(r12);
        a.pop(rbx);
        a.ret();
    }

    private static void EmitMatchWord(ProgramCode code)
    {
        var a = code.Asm;
        var next = a.CreateLabel();
        var wordEnd = a.CreateLabel();
        var spaces = a.CreateLabel();
        var match = a.CreateLabel();
        var differ = a.CreateLabel();
        code.Function(ref code.MatchWord);
        a.Label(ref next);
        a.mov(al, __byte_ptr[rsi]);
        a.test(al, al);
        a.jz(wordEnd);
        a.cmp(al, __byte_ptr[rdi]);
        a.jne(differ);
        a.inc(rsi);
        a.inc(rdi);
        a.jmp(next);

        a.Label(ref wordEnd);
        a.cmp(__byte_ptr[rdi], 0);
        a.je(match);
        a.cmp(__byte_ptr[rdi], (int)' ');
        a.jne(differ);
        a.Label(ref spaces);
        a.inc(rdi);
        a.cmp(__byte_ptr[rdi], (int)' ');
        a.je(spaces);
        a.Label(ref match);
        a.mov(rax, rdi);
        a.ret();
        a.Label(ref differ);
        a.xor(eax, eax);
        a.ret();
    }

    private static void EmitParseNumber(ProgramCode code)
    {
        var a = code.Asm;
        var next = a.CreateLabel();
        var done = a.CreateLabel();
        code.Function(ref code.ParseNumber);
        a.xor(eax, eax);
        a.Label(ref next);
        a.movzx(ecx, __byte_ptr[rdi]);
        a.sub(ecx, '0');
        a.cmp(ecx, 9);
        a.ja(done);
        a.imul(rax, rax, 10);
        a.add(rax, rcx);
        a.inc(rdi);
        a.jmp(next);
        a.Label(ref done);
        a.ret();
    }
}
