using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms;

/// <summary>A part of a Linux kernel that the option ROM fetches from <c>fw_cfg</c>.</summary>
/// <param name="Key">The item.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Address">Where it goes.</param>
public sealed record BootPart(ushort Key, uint Length, uint Address);

/// <summary>
/// An option ROM by which a BIOS starts a Linux kernel out of <c>fw_cfg</c>: it has each part brought to its address by DMA and enters the
/// set-up code. It is made for one kernel.
/// </summary>
public static class LinuxBootRom
{
    // Documentation/arch/x86/boot.rst: the set-up code is entered 0x20 paragraphs behind its segment.
    private const ushort EntryParagraphs = 0x20;

    /// <summary>Builds the ROM.</summary>
    /// <param name="setupAddress">Where the set-up code goes, on a paragraph.</param>
    /// <param name="stackTop">The first stack pointer within its segment.</param>
    /// <param name="parts">What is fetched.</param>
    public static byte[] Build(uint setupAddress, ushort stackTop, params IReadOnlyList<BootPart> parts)
        => BootRom.Build(Assemble(setupAddress, stackTop, BootRom.DescriptorsOf(parts.Count), parts.Count), BootRom.Read, parts);

    private static byte[] Assemble(uint setupAddress, ushort stackTop, int descriptors, int count)
    {
        var c = new Assembler(16);
        var next = c.CreateLabel();
        c.cli();
        c.cld();

        // EBX: the physical address of the descriptor whose turn it is.
        c.xor(ebx, ebx);
        c.mov(bx, cs);
        c.shl(ebx, 4);
        c.add(ebx, descriptors);
        c.mov(cx, (ushort)count);
        c.Label(ref next);
        c.xor(eax, eax);
        c.mov(dx, BootRom.DmaHigh);
        c.@out(dx, eax);
        c.mov(eax, ebx);
        c.bswap(eax);
        c.mov(dx, BootRom.DmaLow);
        c.@out(dx, eax);
        c.add(ebx, BootRom.DescriptorLength);
        c.dec(cx);
        c.jne(next);

        var segment = (ushort)(setupAddress >> 4);
        c.mov(ax, segment);
        c.mov(ds, ax);
        c.mov(es, ax);
        c.mov(fs, ax);
        c.mov(gs, ax);
        c.mov(ss, ax);
        c.mov(esp, stackTop);
        c.push((ushort)(segment + EntryParagraphs));
        c.push((ushort)0);
        c.retf();

        using var stream = new MemoryStream();
        c.Assemble(new StreamCodeWriter(stream), BootRom.CodeOffset);
        return stream.ToArray();
    }
}
