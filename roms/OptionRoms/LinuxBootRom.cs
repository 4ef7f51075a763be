using System.Buffers.Binary;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms;

/// <summary>A part of a Linux kernel that the option ROM fetches from <c>fw_cfg</c>.</summary>
/// <param name="Key">The item.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Address">Where it goes.</param>
public sealed record BootPart(ushort Key, uint Length, uint Address);

/// <summary>
/// An option ROM by which a BIOS starts a Linux kernel out of <c>fw_cfg</c>: a bootstrap entry vector (Plug and Play BIOS Specification 1.0a,
/// 3.3) that has each part brought to its address by DMA and enters the set-up code. It is made for one kernel.
/// </summary>
public static class LinuxBootRom
{
    private const int RomLength = 512;
    private const int EntryOffset = 0x03;
    private const int PnpPointer = 0x1a;
    private const int PnpHeader = 0x20;
    private const int PnpLength = 0x20;
    private const int BootstrapEntry = 0x1a;
    private const int CodeOffset = PnpHeader + PnpLength;
    private const int DescriptorLength = 16;

    // fw_cfg's DMA interface: the address register's halves, the control bits to select and to read.
    private const ushort DmaHigh = 0x514;
    private const ushort DmaLow = 0x518;
    private const uint SelectAndRead = 0x08 | 0x02;

    // Documentation/arch/x86/boot.rst: the set-up code is entered 0x20 paragraphs behind its segment.
    private const ushort EntryParagraphs = 0x20;

    /// <summary>Builds the ROM.</summary>
    /// <param name="setupAddress">Where the set-up code goes, on a paragraph.</param>
    /// <param name="stackTop">The first stack pointer within its segment.</param>
    /// <param name="parts">What is fetched.</param>
    public static byte[] Build(uint setupAddress, ushort stackTop, params IReadOnlyList<BootPart> parts)
    {
        var rom = new byte[RomLength];
        BinaryPrimitives.WriteUInt16LittleEndian(rom, 0xaa55);
        rom[2] = RomLength / 512;
        rom[EntryOffset] = 0xcb; // RETF: there is nothing to initialise.
        BinaryPrimitives.WriteUInt16LittleEndian(rom.AsSpan(PnpPointer), PnpHeader);
        WritePnpHeader(rom.AsSpan(PnpHeader, PnpLength));

        var descriptors = RomLength - DescriptorLength - (parts.Count * DescriptorLength);
        var code = Assemble(setupAddress, stackTop, descriptors, parts.Count);
        code.CopyTo(rom, CodeOffset);
        for (var i = 0; i < parts.Count; i++)
        {
            var descriptor = rom.AsSpan(descriptors + (i * DescriptorLength), DescriptorLength);
            BinaryPrimitives.WriteUInt32BigEndian(descriptor, (uint)parts[i].Key << 16 | SelectAndRead);
            BinaryPrimitives.WriteUInt32BigEndian(descriptor[4..], parts[i].Length);
            BinaryPrimitives.WriteUInt64BigEndian(descriptor[8..], parts[i].Address);
        }

        rom[^1] = Complement(rom);
        return rom;
    }

    private static void WritePnpHeader(Span<byte> header)
    {
        "$PnP"u8.CopyTo(header);
        header[4] = 1;
        header[5] = PnpLength / 16;
        header[0x12] = 0x06; // Base class: other memory.
        header[0x13] = 0x80;
        BinaryPrimitives.WriteUInt16LittleEndian(header[BootstrapEntry..], CodeOffset);
        header[9] = Complement(header);
    }

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
        c.mov(dx, DmaHigh);
        c.@out(dx, eax);
        c.mov(eax, ebx);
        c.bswap(eax);
        c.mov(dx, DmaLow);
        c.@out(dx, eax);
        c.add(ebx, DescriptorLength);
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
        c.Assemble(new StreamCodeWriter(stream), CodeOffset);
        return stream.ToArray();
    }

    private static byte Complement(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (var value in bytes)
        {
            sum += value;
        }

        return (byte)-sum;
    }
}
