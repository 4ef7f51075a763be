using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>Printing, the same code for the kernel and for programs: only <see cref="Write"/> differs.</summary>
internal sealed class TextRoutines
{
    /// <summary>Writes RSI bytes at RDI. The kernel and the programs each define their own.</summary>
    public Label Write;

    /// <summary>Prints the NUL-terminated string at RDI.</summary>
    public Label Put;

    /// <summary>Prints RDI in decimal.</summary>
    public Label PutNumber;

    /// <summary>Prints RDI in hexadecimal, with 0x before it.</summary>
    public Label PutHex;

    private const int LongestNumber = 24;

    /// <summary>Emits the routines.</summary>
    public void Emit(GuestCode code)
    {
        EmitPut(code);
        EmitDigits(code, ref PutNumber, 10, "");
        EmitDigits(code, ref PutHex, 16, "0x");
    }

    private void EmitPut(GuestCode code)
    {
        var a = code.Asm;
        var next = a.CreateLabel();
        code.Function(ref Put);
        a.mov(rsi, -1);
        a.Label(ref next);
        a.inc(rsi);
        a.cmp(__byte_ptr[rdi + rsi], 0);
        a.jne(next);
        a.jmp(code.Of(ref Write));
    }

    /// <summary>Divides again and again, and fills a buffer on the stack from its end.</summary>
    private void EmitDigits(GuestCode code, ref Label routine, int radix, string prefix)
    {
        var a = code.Asm;
        var next = a.CreateLabel();
        code.Function(ref routine);
        a.push(rbp);
        a.mov(rbp, rsp);
        a.sub(rsp, LongestNumber);
        a.mov(rax, rdi);
        a.mov(rdi, rbp);
        a.mov(ecx, radix);
        var digits = code.String("0123456789abcdef");
        a.Label(ref next);
        a.xor(edx, edx);
        a.div(rcx);
        a.mov(rsi, digits);
        a.mov(dl, __byte_ptr[rsi + rdx]);
        a.dec(rdi);
        a.mov(__byte_ptr[rdi], dl);
        a.test(rax, rax);
        a.jnz(next);
        foreach (var character in prefix.Reverse())
        {
            a.dec(rdi);
            a.mov(__byte_ptr[rdi], (int)character);
        }

        a.mov(rsi, rbp);
        a.sub(rsi, rdi);
        code.Call(ref Write);
        a.leave();
        a.ret();
    }
}
