using Iced.Intel;
using static Emulator.Roms.Bios.BiosLayout;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Bios;

/// <summary>
/// The code of VBE that programs call directly: the window routine of a mode's description, and the protected-mode interface (VBE Core Functions
/// Standard 3.0, 4.13), 32-bit code that runs wherever it is copied to. It drives the Bochs display's index and data ports.
/// </summary>
public static class VbeCode
{
    /// <summary>Bytes of the table and the code behind it.</summary>
    public const int ProtectedLength = PaletteAt + 0x30;

    private const ushort IndexPort = 0x1ce;
    private const ushort DacWritePort = 0x3c8;
    private const short Depth = 3;
    private const short Bank = 5;
    private const short VirtualWidth = 6;
    private const short OffsetX = 8;
    private const short OffsetY = 9;
    private const int PortsAt = 0x08;
    private const int WindowAt = 0x18;
    private const int StartAt = 0x30;
    private const int PaletteAt = 0xb0;

    /// <summary>Places it.</summary>
    internal static void Place(RomImage rom)
    {
        rom.Code(BiosLayout.VbeWindow, EmitWindow);
        rom.Data(VbeProtected, WindowAt, 0, StartAt, 0, PaletteAt, 0, PortsAt, 0);

        // The ports that it uses; no memory.
        rom.Data(VbeProtected + PortsAt, 0xce, 0x01, 0xcf, 0x01, 0xc8, 0x03, 0xc9, 0x03, 0xff, 0xff, 0xff, 0xff);
        rom.Code(VbeProtected + WindowAt, EmitProtectedWindow, 32);
        rom.Code(VbeProtected + StartAt, EmitStart, 32);
        rom.Code(VbeProtected + PaletteAt, EmitPalette, 32);
    }

    // BH says whether DX is set or read. AX and DX may change.
    private static void EmitWindow(Assembler a)
    {
        var read = a.CreateLabel();
        a.test(bh, bh);
        a.jnz(read);
        a.mov(ax, Bank);
        a.push(dx);
        a.mov(dx, IndexPort);
        a.@out(dx, ax);
        a.pop(ax);
        a.inc(dx);
        a.@out(dx, ax);
        a.retf();
        a.Label(ref read);
        a.mov(dx, IndexPort);
        a.mov(ax, Bank);
        a.@out(dx, ax);
        a.inc(dx);
        a.@in(ax, dx);
        a.mov(dx, ax);
        a.retf();
    }

    private static void EmitProtectedWindow(Assembler a)
    {
        a.push(eax);
        a.push(edx);
        a.mov(ax, Bank);
        a.mov(dx, IndexPort);
        a.@out(dx, ax);
        a.inc(edx);
        a.mov(eax, __dword_ptr[esp]);
        a.@out(dx, ax);
        a.pop(edx);
        a.pop(eax);
        a.ret();
    }

    // DX:CX is the start in double words; the display wants a column and a row.
    private static void EmitStart(Assembler a)
    {
        var done = a.CreateLabel();
        a.pushad();
        a.shl(edx, 16);
        a.mov(dx, cx);
        a.lea(esi, __[edx * 4]);
        Read(a, Depth);
        a.movzx(ebx, ax);
        a.add(ebx, 7);
        a.shr(ebx, 3);
        Read(a, VirtualWidth);
        a.movzx(ecx, ax);
        a.imul(ecx, ebx);
        a.test(ecx, ecx);
        a.jz(done);
        a.mov(eax, esi);
        a.xor(edx, edx);
        a.div(ecx);
        a.mov(edi, eax);
        a.mov(eax, edx);
        a.xor(edx, edx);
        a.div(ebx);
        a.mov(esi, eax);
        Write(a, OffsetX, esi);
        Write(a, OffsetY, edi);
        a.Label(ref done);
        a.popad();
        a.ret();
    }

    private static void Read(Assembler a, short index)
    {
        a.mov(dx, IndexPort);
        a.mov(ax, index);
        a.@out(dx, ax);
        a.inc(edx);
        a.@in(ax, dx);
    }

    private static void Write(Assembler a, short index, AssemblerRegister32 value)
    {
        a.mov(dx, IndexPort);
        a.mov(ax, index);
        a.@out(dx, ax);
        a.inc(edx);
        a.mov(eax, value);
        a.@out(dx, ax);
    }

    // CX colours from DX on, at ES:EDI: blue, green, red and a spare byte each.
    private static void EmitPalette(Assembler a)
    {
        var next = a.CreateLabel();
        var done = a.CreateLabel();
        a.pushad();
        a.movzx(ecx, cx);
        a.mov(al, dl);
        a.mov(dx, DacWritePort);
        a.@out(dx, al);
        a.inc(edx);
        a.jecxz(done);
        a.Label(ref next);
        for (var part = 2; part >= 0; part--)
        {
            a.mov(al, __byte_ptr.es[edi + part]);
            a.@out(dx, al);
        }

        a.add(edi, 4);
        a.loop(next);
        a.Label(ref done);
        a.popad();
        a.ret();
    }
}
