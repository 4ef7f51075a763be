using System.Text;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Guests.Tests.Bios;

/// <summary>A medium whose boot sector reads the last one by cylinder, head and sector, and writes the text that stands there to the screen.</summary>
internal static class SectorReader
{
    private const int Sector = 512;
    private const ushort Origin = 0x7c00;
    private const ushort Buffer = 0x8000;
    private const byte DiskInterrupt = 0x13;
    private const byte VideoInterrupt = 0x10;
    private const int PartitionEntry = 446;

    /// <summary>Builds it.</summary>
    /// <param name="cylinders">Cylinders of the geometry by which it reads.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="sectors">Sectors of a track.</param>
    /// <param name="text">What the last sector says.</param>
    public static byte[] Build(int cylinders, int heads, int sectors, string text)
    {
        var image = new byte[cylinders * heads * sectors * Sector];
        Program(cylinders - 1, heads - 1, sectors).CopyTo(image, 0);
        (image[Sector - 2], image[Sector - 1]) = (0x55, 0xaa);
        Encoding.ASCII.GetBytes(text).CopyTo(image, image.Length - Sector);
        return image;
    }

    /// <summary>Gives an image the partition that a hard disk has: one, active, from its second track to its end.</summary>
    public static byte[] WithPartition(byte[] image, int cylinders, int heads, int sectors)
    {
        var (first, count) = ((uint)sectors, (uint)((image.Length / Sector) - sectors));
        var last = cylinders - 1;
        byte[] entry =
        [
            0x80, 1, 1, 0, 0x06, (byte)(heads - 1), (byte)(((last >> 2) & 0xc0) | sectors), (byte)last,
            .. BitConverter.GetBytes(first), .. BitConverter.GetBytes(count),
        ];
        entry.CopyTo(image, PartitionEntry);
        return image;
    }

    private static byte[] Program(int cylinder, int head, int sector)
    {
        var a = new Assembler(16);
        var (read, next, failed, print, end) = (a.CreateLabel(), a.CreateLabel(), a.CreateLabel(), a.CreateLabel(), a.CreateLabel());
        a.xor(ax, ax);
        a.mov(ds, ax);
        a.mov(es, ax);
        a.mov(ss, ax);
        a.mov(sp, (short)Origin);

        // A drive that has just started may fail: each try but the first comes behind a reset.
        a.mov(di, 3);
        a.Label(ref read);
        a.mov(ax, 0x0201);
        a.mov(cx, (ushort)((cylinder << 8) | ((cylinder >> 2) & 0xc0) | sector));
        a.mov(dh, (sbyte)head);
        a.mov(bx, Buffer);
        a.@int(DiskInterrupt);
        a.jnc(print);
        a.push(ax);
        a.xor(ah, ah);
        a.@int(DiskInterrupt);
        a.pop(ax);
        a.dec(di);
        a.jne(read);
        a.Label(ref failed);
        a.mov(si, (ushort)(Origin + 0x100));
        a.jmp(next);
        a.Label(ref print);
        a.mov(si, Buffer);
        a.Label(ref next);
        a.lodsb();
        a.test(al, al);
        a.je(end);
        a.mov(ah, 0x0e);
        a.mov(bx, 7);
        a.@int(VideoInterrupt);
        a.jmp(next);
        a.Label(ref end);
        a.hlt();
        a.jmp(end);
        var program = new byte[PartitionEntry];
        using var bytes = new MemoryStream();
        a.Assemble(new StreamCodeWriter(bytes), Origin);
        bytes.ToArray().CopyTo(program, 0);
        "the last sector cannot be read\0"u8.CopyTo(program.AsSpan(0x100));
        return program;
    }
}
