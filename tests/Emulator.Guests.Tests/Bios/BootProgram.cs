using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Guests.Tests.Bios;

/// <summary>
/// A program in boot sectors that calls interrupts and writes the registers it gets to a debug console (port E9h), in hexadecimal: a line
/// for each call. The same bytes run on any PC, so that another BIOS can be asked for what it answers.
/// </summary>
internal sealed class BootProgram
{
    /// <summary>The debug console's port.</summary>
    public const byte ConsolePort = 0xe9;

    /// <summary>isa-debug-exit's port, by which the program ends.</summary>
    public const ushort ExitPort = 0x501;

    /// <summary>A place for buffers, beyond the program.</summary>
    public const ushort Buffer = 0xa000;

    private const ushort Origin = 0x7c00;
    private const ushort Saved = 0x600;
    private const int Sector = 512;
    private const int Sectors = 17;

    private readonly Assembler _first = new(16);
    private Label _print;
    private Label _report;
    private Label _sum;
    private Label _scan;
    private Label _key;

    /// <summary>Starts with the rest of the program loaded from the drive that was booted, which has the number at 0:7BF0.</summary>
    public BootProgram()
    {
        var a = _first;
        a.xor(ax, ax);
        a.mov(ds, ax);
        a.mov(es, ax);
        a.mov(ss, ax);
        a.mov(sp, 0x7b00);
        a.mov(__byte_ptr[0x7bf0], dl);
        a.mov(ax, 0x0200 | (Sectors - 1));
        a.mov(cx, 2);
        a.mov(dh, 0);
        a.mov(bx, Origin + Sector);
        a.@int(0x13);
        a.jmp((ulong)(Origin + Sector));
        _print = Asm.CreateLabel();
        _report = Asm.CreateLabel();
        _sum = Asm.CreateLabel();
        _scan = Asm.CreateLabel();
        _key = Asm.CreateLabel();
        var start = Asm.CreateLabel();
        Asm.jmp(start);
        EmitPrint();
        EmitReport();
        EmitSum();
        EmitScan();
        EmitKey();
        Asm.Label(ref start);
        Asm.zero_bytes();
    }

    /// <summary>The assembler.</summary>
    public Assembler Asm { get; } = new(16);

    /// <summary>Writes a name, then AX, BX, CX, DX, SI, DI, BP, ES and the flags CF and ZF as they are.</summary>
    public BootProgram Report(string name)
    {
        var a = Asm;
        a.pushf();
        foreach (var character in name + ":")
        {
            a.push(ax);
            a.mov(al, (sbyte)character);
            a.@out(ConsolePort, al);
            a.pop(ax);
        }

        a.popf();
        a.call(_report);
        return this;
    }

    /// <summary>Sets registers (those of <paramref name="registers"/>, in the order AX, BX, CX, DX), calls an interrupt and reports.</summary>
    public BootProgram Call(string name, byte interrupt, params ReadOnlySpan<int> registers)
    {
        var a = Asm;
        ReadOnlySpan<AssemblerRegister16> order = [ax, bx, cx, dx, si, di, bp];
        a.push((short)0);
        a.pop(es);
        for (var i = 0; i < order.Length; i++)
        {
            a.mov(order[i], i < registers.Length ? (short)registers[i] : (short)0);
        }

        a.@int((sbyte)interrupt);
        return Report(name);
    }

    /// <summary>Zeroes a buffer whose first word is its length.</summary>
    public BootProgram Fill(ushort address, ushort length)
    {
        var a = Asm;
        a.cld();
        a.xor(ax, ax);
        a.mov(di, address);
        a.mov(cx, length);
        a.rep.stosb();
        a.mov(__word_ptr[address], length);
        return this;
    }

    /// <summary>Writes bytes of memory.</summary>
    public BootProgram Dump(string name, int address, int count)
    {
        var a = Asm;
        a.pusha();
        foreach (var character in name + ":")
        {
            a.mov(al, (sbyte)character);
            a.@out(ConsolePort, al);
        }

        var next = a.CreateLabel();
        a.push(ds);
        a.mov(ax, (short)(address >> 4));
        a.mov(ds, ax);
        a.mov(si, (short)(address & 15));
        a.mov(cx, (short)count);
        a.Label(ref next);
        a.lodsb();
        a.mov(ah, al);
        a.call(_print);
        a.loop(next);
        a.pop(ds);
        a.mov(al, 10);
        a.@out(ConsolePort, al);
        a.popa();
        return this;
    }

    /// <summary>Writes a checksum of memory: each byte is added to a word that is rotated by one bit.</summary>
    public BootProgram Sum(string name, int address, int count)
    {
        var a = Asm;
        a.pusha();
        a.push(ds);
        a.mov(ax, (short)(address >> 4));
        a.mov(ds, ax);
        a.mov(si, (short)(address & 15));
        a.mov(cx, (short)count);
        a.call(_sum);
        a.pop(ds);
        Report(name);
        a.popa();
        return this;
    }

    /// <summary>Writes registers of a chip with an index and a data port behind it.</summary>
    public BootProgram Registers(string name, int indexPort, params ReadOnlySpan<int> indexes)
    {
        var a = Asm;
        foreach (var index in indexes)
        {
            a.mov(dx, (short)indexPort);
            a.mov(al, (sbyte)index);
            a.@out(dx, al);
            a.inc(dx);
            a.@in(al, dx);
            a.mov(__byte_ptr[Saved + 0x20], al);
            Dump($"{name} {index:x2}", Saved + 0x20, 1);
        }

        return this;
    }

    /// <summary>Gives scan codes to the keyboard controller as if the keyboard had sent them, and lets INT 09h take each.</summary>
    public BootProgram Scan(params ReadOnlySpan<int> codes)
    {
        foreach (var code in codes)
        {
            Asm.mov(al, (sbyte)code);
            Asm.call(_scan);
        }

        return this;
    }

    /// <summary>Presses and releases a key; writes what INT 16h, AH=10h has of it, or a dash.</summary>
    public BootProgram Key(int code, bool isExtended)
    {
        Scan(isExtended ? [0xe0, code, 0xe0, code | 0x80] : [code, code | 0x80]);
        Asm.mov(ah, (sbyte)code);
        Asm.call(_key);
        return this;
    }

    /// <summary>Puts a word into memory.</summary>
    public BootProgram Put(int address, int value)
    {
        Asm.mov(__word_ptr[(ushort)address], (short)value);
        return this;
    }

    /// <summary>Ends the program, and gives a floppy's image with it.</summary>
    public byte[] Build(int length = 1440 * 1024)
    {
        var a = Asm;
        a.mov(dx, (short)ExitPort);
        a.mov(al, 0x10);
        a.@out(dx, al);
        var halt = a.CreateLabel();
        a.Label(ref halt);
        a.hlt();
        a.jmp(halt);
        var rest = Assemble(a, Origin + Sector);
        if (rest.Length > Sector * (Sectors - 1))
        {
            throw new InvalidOperationException($"The program has {rest.Length} bytes.");
        }

        var image = new byte[length];
        for (var i = Sector * Sectors; i < length; i++)
        {
            image[i] = (byte)((i / Sector * 7) + i);
        }

        Assemble(_first, Origin).CopyTo(image, 0);
        (image[Sector - 2], image[Sector - 1]) = (0x55, 0xaa);
        rest.CopyTo(image, Sector);
        return image;
    }

    private static byte[] Assemble(Assembler assembler, ulong address)
    {
        using var bytes = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(bytes), address);
        return bytes.ToArray();
    }

    // AH as two digits; AX is lost.
    private void EmitPrint()
    {
        var a = Asm;
        a.Label(ref _print);
        for (var nibble = 0; nibble < 2; nibble++)
        {
            a.mov(al, ah);
            if (nibble == 0)
            {
                a.shr(al, 4);
            }
            else
            {
                a.and(al, 15);
            }

            // A digit without a branch: ADD, DAA, ADC, DAA.
            a.add(al, unchecked((sbyte)0x90));
            a.daa();
            a.adc(al, 0x40);
            a.daa();
            a.@out(ConsolePort, al);
        }

        a.ret();
    }

    // Of CX bytes at DS:SI, into AX; other registers are cleared.
    private void EmitSum()
    {
        var a = Asm;
        var next = a.CreateLabel();
        a.Label(ref _sum);
        a.xor(bx, bx);
        a.Label(ref next);
        a.lodsb();
        a.mov(ah, 0);
        a.rol(bx, 1);
        a.add(bx, ax);
        a.loop(next);
        a.mov(ax, bx);
        a.xor(bx, bx);
        a.xor(dx, dx);
        a.xor(si, si);
        a.ret();
    }

    // AL is the code.
    private void EmitScan()
    {
        const byte WriteOutputBuffer = 0xd2;
        var a = Asm;
        var ready = a.CreateLabel();
        var taken = a.CreateLabel();
        a.Label(ref _scan);
        a.mov(ah, al);
        a.sti();
        a.Label(ref ready);
        a.@in(al, 0x64);
        a.test(al, 2);
        a.jnz(ready);
        a.mov(al, unchecked((sbyte)WriteOutputBuffer));
        a.@out(0x64, al);
        a.mov(al, ah);
        a.@out(0x60, al);
        a.Label(ref taken);
        a.@in(al, 0x64);
        a.test(al, 1);
        a.jnz(taken);
        a.ret();
    }

    // AH is the key's code.
    private void EmitKey()
    {
        var a = Asm;
        var nothing = a.CreateLabel();
        var end = a.CreateLabel();
        a.Label(ref _key);
        a.call(_print);
        a.mov(al, (sbyte)':');
        a.@out(ConsolePort, al);
        a.mov(ah, 0x11);
        a.@int(0x16);
        a.jz(nothing);
        a.mov(ah, 0x10);
        a.@int(0x16);
        a.push(ax);
        a.call(_print);
        a.pop(ax);
        a.mov(ah, al);
        a.call(_print);
        a.jmp(end);
        a.Label(ref nothing);
        a.mov(al, (sbyte)'-');
        a.@out(ConsolePort, al);
        a.Label(ref end);
        a.mov(al, 10);
        a.@out(ConsolePort, al);
        a.ret();
    }

    private void EmitReport()
    {
        var a = Asm;
        a.Label(ref _report);
        a.pushf();
        a.pusha();
        ReadOnlySpan<AssemblerRegister16> order = [ax, bx, cx, dx, si, di, bp];
        for (var i = 0; i < order.Length; i++)
        {
            a.mov(__word_ptr[Saved + (2 * i)], order[i]);
        }

        a.mov(__word_ptr[Saved + 14], es);
        a.mov(bp, sp);
        a.mov(ax, __word_ptr[bp + 16]);
        a.and(ax, 0x41);
        a.mov(__word_ptr[Saved + 16], ax);
        a.mov(si, (short)Saved);
        a.mov(cx, 9);
        var next = a.CreateLabel();
        a.Label(ref next);
        a.mov(al, (sbyte)' ');
        a.@out(ConsolePort, al);
        a.mov(ah, __byte_ptr[si + 1]);
        a.call(_print);
        a.mov(ah, __byte_ptr[si]);
        a.call(_print);
        a.add(si, 2);
        a.loop(next);
        a.mov(al, 10);
        a.@out(ConsolePort, al);
        a.popa();
        a.popf();
        a.ret();
    }
}
