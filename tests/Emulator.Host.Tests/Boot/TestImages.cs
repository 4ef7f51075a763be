using System.Buffers.Binary;
using Emulator.Core.Memory;
using Emulator.Host.Boot;

namespace Emulator.Host.Tests.Boot;

/// <summary>Small images of each kind, and a machine's memory to load them into.</summary>
internal static class TestImages
{
    public static (GuestRam Ram, MemoryMap Memory, RamLayout Layout) Memory(long size)
    {
        var ram = new GuestRam(size);
        var memory = new MemoryMap(ram);
        var layout = new RamLayout(size);
        layout.MapInto(memory);
        return (ram, memory, layout);
    }

    /// <summary>A bzImage with two setup sectors and 64 KiB of kernel.</summary>
    public static byte[] Linux(ushort version = 0x20f, ushort loadFlags64 = 1, bool relocatable = true, uint initSize = 0x40_0000)
    {
        var image = new byte[(3 * 512) + 0x10000];
        image[0x1f1] = 2;
        Put32(image, 0x1f4, 0x1000);
        Put16(image, 0x1fe, 0xaa55);
        Put16(image, 0x200, 0x66eb);
        Put32(image, 0x202, 0x53726448);
        Put16(image, 0x206, version);
        image[0x211] = 1;
        Put32(image, 0x214, 0x100000);
        Put32(image, 0x22c, 0x7fff_ffff);
        Put32(image, 0x230, 0x20_0000);
        image[0x234] = relocatable ? (byte)1 : (byte)0;
        Put16(image, 0x236, loadFlags64);
        Put32(image, 0x238, 2047);
        Put32(image, 0x258, 0x100_0000);
        Put32(image, 0x260, initSize);
        for (var i = 3 * 512; i < image.Length; i++)
        {
            image[i] = (byte)i;
        }

        return image;
    }

    /// <summary>An ELF file of one segment, with <paramref name="content"/> at its start and <paramref name="bss"/> bytes after it.</summary>
    public static byte[] Elf(bool is64, uint address, byte[] content, uint bss, byte[]? note = null, uint? entry = null)
    {
        var headerSize = is64 ? 64 : 52;
        var entrySize = is64 ? 56 : 32;
        var noteStart = headerSize + (2 * entrySize);
        var start = 0x200;
        var image = new byte[start + content.Length];
        ((byte[])[0x7f, (byte)'E', (byte)'L', (byte)'F', is64 ? (byte)2 : (byte)1, 1, 1]).CopyTo(image, 0);
        Put16(image, 16, 2);
        Put16(image, 18, is64 ? (ushort)62 : (ushort)3);
        Put32(image, 24, entry ?? address);
        Put32(image, is64 ? 32 : 28, (uint)headerSize);
        Put16(image, is64 ? 54 : 42, (ushort)entrySize);
        Put16(image, is64 ? 56 : 44, note is null ? (ushort)1 : (ushort)2);
        Segment(image, headerSize, is64, 1, (uint)start, address, (uint)content.Length, (uint)content.Length + bss);
        if (note is not null)
        {
            note.CopyTo(image, noteStart);
            Segment(image, headerSize + entrySize, is64, 4, (uint)noteStart, 0, (uint)note.Length, (uint)note.Length);
        }

        content.CopyTo(image, start);
        return image;
    }

    /// <summary>The note XEN_ELFNOTE_PHYS32_ENTRY.</summary>
    public static byte[] PvhNote(uint entry)
    {
        var note = new byte[20];
        Put32(note, 0, 4);
        Put32(note, 4, 4);
        Put32(note, 8, 18);
        "Xen\0"u8.CopyTo(note.AsSpan(12));
        Put32(note, 16, entry);
        return note;
    }

    /// <summary>A Multiboot header, with address fields when given, and some bytes.</summary>
    public static byte[] Multiboot(uint flags = 3, params uint[] addresses)
    {
        var bytes = new byte[256];
        Put32(bytes, 0, 0x1bad_b002);
        Put32(bytes, 4, flags);
        Put32(bytes, 8, unchecked(0u - 0x1bad_b002u - flags));
        for (var i = 0; i < addresses.Length; i++)
        {
            Put32(bytes, 12 + (4 * i), addresses[i]);
        }

        for (var i = 64; i < bytes.Length; i++)
        {
            bytes[i] = (byte)i;
        }

        return bytes;
    }

    public static void Put16(byte[] image, int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(offset), value);

    public static void Put32(byte[] image, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(offset), value);

    private static void Segment(byte[] image, int at, bool is64, uint type, uint offset, uint address, uint fileLength, uint memoryLength)
    {
        Put32(image, at, type);
        if (is64)
        {
            Put32(image, at + 8, offset);
            Put32(image, at + 16, address);
            Put32(image, at + 24, address);
            Put32(image, at + 32, fileLength);
            Put32(image, at + 40, memoryLength);
        }
        else
        {
            Put32(image, at + 4, offset);
            Put32(image, at + 8, address);
            Put32(image, at + 12, address);
            Put32(image, at + 16, fileLength);
            Put32(image, at + 20, memoryLength);
        }
    }
}
