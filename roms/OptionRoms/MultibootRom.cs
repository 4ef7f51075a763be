using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms;

/// <summary>
/// An option ROM by which a BIOS starts a Multiboot kernel (Multiboot Specification 0.6.96, 3.2): it writes to an item of <c>fw_cfg</c>, which has
/// the kernel placed in memory, reads from it how the kernel is entered, and does so.
/// </summary>
public static class MultibootRom
{
    /// <summary>Bytes of the item: a descriptor table's limit and address as LGDT wants them, the entry point, the address of the information.</summary>
    public const int EntryLength = 2 + 4 + 4 + 4;

    private const ushort SelectorPort = 0x510;
    private const ushort DataPort = 0x511;
    private const byte ControlPortA = 0x92;
    private const byte FastA20 = 0x02;
    private const int LoaderMagic = 0x2bad_b002;

    /// <summary>Builds the ROM.</summary>
    /// <param name="key">The item.</param>
    /// <param name="codeSelector">A flat 32-bit code segment of the table.</param>
    /// <param name="dataSelector">A flat data segment.</param>
    public static byte[] Build(ushort key, ushort codeSelector, ushort dataSelector)
        => BootRom.Build(Assemble(key, codeSelector, dataSelector), BootRom.Write, new BootPart(key, 1, 0));

    private static byte[] Assemble(ushort key, ushort codeSelector, ushort dataSelector)
    {
        var c = new Assembler(16);
        c.cli();
        c.cld();
        c.@in(al, ControlPortA);
        c.or(al, FastA20);
        c.@out(ControlPortA, al);

        // Writing has the kernel placed.
        c.xor(eax, eax);
        c.mov(dx, BootRom.DmaHigh);
        c.@out(dx, eax);
        c.mov(ax, cs);
        c.shl(eax, 4);
        c.add(eax, BootRom.DescriptorsOf(1));
        c.bswap(eax);
        c.mov(dx, BootRom.DmaLow);
        c.@out(dx, eax);

        // The entry onto the stack.
        c.mov(dx, SelectorPort);
        c.mov(ax, key);
        c.@out(dx, ax);
        c.sub(sp, EntryLength + 2);
        c.push(ss);
        c.pop(es);
        c.mov(di, sp);
        c.mov(bp, sp);
        c.mov(cx, EntryLength);
        c.mov(dx, DataPort);
        c.rep.insb();
        c.lgdt(__fword_ptr[bp]);
        c.mov(esi, __dword_ptr[bp + 6]);
        c.mov(ebx, __dword_ptr[bp + 10]);

        // The same stack by a flat segment.
        c.xor(eax, eax);
        c.mov(ax, ss);
        c.shl(eax, 4);
        c.movzx(esp, sp);
        c.add(esp, eax);
        c.mov(eax, cr0);
        c.or(al, 1);
        c.mov(cr0, eax);
        c.mov(ax, dataSelector);
        c.mov(ds, ax);
        c.mov(es, ax);
        c.mov(fs, ax);
        c.mov(gs, ax);
        c.mov(ss, ax);
        c.mov(eax, LoaderMagic);
        c.mov(ecx, codeSelector);
        c.push(ecx);
        c.push(esi);

        // RETF with an operand size of 32 bits.
        c.db(0x66, 0xcb);

        using var stream = new MemoryStream();
        c.Assemble(new StreamCodeWriter(stream), BootRom.CodeOffset);
        return stream.ToArray();
    }
}
