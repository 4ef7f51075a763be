using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>
/// The end of a guest that tells on its serial port what comes of the keyboard controller, a line for each byte: <c>k1e</c> from the
/// keyboard, <c>m08</c> from the mouse. A letter typed at the serial port comes back; <see cref="Graphics"/> also draws 1024 by 768 pixels.
/// </summary>
internal static class InputEcho
{
    /// <summary>What is typed at the serial port for graphics.</summary>
    public const char Graphics = 'g';

    /// <summary>The guest's first line: the mouse's acknowledgement of its being switched on.</summary>
    public const string Ready = "mfa";

    /// <summary>The size of the graphics.</summary>
    public const int Width = 1024, Height = 768;

    private const byte Status = 0x64;
    private const byte Data = 0x60;
    private const byte MouseData = 0x20;
    private const ushort Serial = 0x3f8;
    private const int Stack = 0x9_0000;

    /// <summary>The machine code, 32 bits, for any address.</summary>
    public static byte[] Code()
    {
        var a = new Assembler(32);
        var (next, serial, print, printHex, printDigit) = (a.CreateLabel(), a.CreateLabel(), a.CreateLabel(), a.CreateLabel(), a.CreateLabel());
        a.mov(esp, Stack);
        Set(a, Serial + 3, 3);
        Set(a, Serial + 4, 3);
        Command(a, Status, 0xa8);
        Command(a, Status, 0xd4);
        Command(a, Data, 0xf4);

        a.Label(ref next);
        a.@in(al, Status);
        a.test(al, 1);
        a.je(serial);
        var isKey = a.CreateLabel();
        a.test(al, MouseData);
        a.mov(al, (sbyte)'k');
        a.je(isKey);
        a.mov(al, (sbyte)'m');
        a.Label(ref isKey);
        a.call(print);
        a.@in(al, Data);
        a.call(printHex);
        a.mov(al, (sbyte)'\n');
        a.call(print);
        a.jmp(next);

        a.Label(ref serial);
        a.mov(dx, Serial + 5);
        a.@in(al, dx);
        a.test(al, 1);
        a.je(next);
        a.mov(dx, Serial);
        a.@in(al, dx);
        a.@out(dx, al);
        a.cmp(al, (sbyte)Graphics);
        a.jne(next);
        Draw(a);
        a.jmp(next);

        // AL in two digits.
        a.Label(ref printHex);
        a.mov(bl, al);
        a.shr(al, 4);
        a.call(printDigit);
        a.mov(al, bl);
        a.and(al, 15);
        a.Label(ref printDigit);
        a.cmp(al, 10);
        a.sbb(al, 0x69);
        a.das();
        a.or(al, 0x20);
        a.Label(ref print);
        a.mov(dx, Serial);
        a.@out(dx, al);
        a.ret();
        return Assemble(a);
    }

    private static void Set(Assembler a, ushort port, byte value)
    {
        a.mov(dx, port);
        a.mov(al, (sbyte)value);
        a.@out(dx, al);
    }

    private static void Command(Assembler a, byte port, byte value)
    {
        var wait = a.CreateLabel();
        a.Label(ref wait);
        a.@in(al, Status);
        a.test(al, 2);
        a.jne(wait);
        a.mov(al, (sbyte)value);
        a.@out(port, al);
    }

    // The mode by the registers of the Bochs display adapter; each pixel has a colour of its own.
    private static void Draw(Assembler a)
    {
        (ushort Index, ushort Value)[] registers = [(4, 0), (1, Width), (2, Height), (3, 32), (4, 0x41)];
        foreach (var (index, value) in registers)
        {
            a.mov(dx, 0x1ce);
            a.mov(ax, unchecked((short)index));
            a.@out(dx, ax);
            a.inc(dx);
            a.mov(ax, unchecked((short)value));
            a.@out(dx, ax);
        }

        a.mov(dx, 0xcf8);
        a.mov(eax, 0x8000_1010);
        a.@out(dx, eax);
        a.mov(dx, 0xcfc);
        a.@in(eax, dx);
        a.and(eax, -16);
        a.mov(edi, eax);
        a.mov(ecx, Width * Height);
        a.xor(eax, eax);
        var pixel = a.CreateLabel();
        a.Label(ref pixel);
        a.stosd();
        a.add(eax, 0x010307);
        a.loop(pixel);
        a.mov(al, (sbyte)'\n');
        a.mov(dx, Serial);
        a.@out(dx, al);
    }

    private static byte[] Assemble(Assembler a)
    {
        using var code = new MemoryStream();
        a.Assemble(new StreamCodeWriter(code), 0);
        return code.ToArray();
    }
}
