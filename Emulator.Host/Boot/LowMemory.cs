using System.Buffers.Binary;
using System.Text;
using Emulator.Core.Memory;

namespace Emulator.Host.Boot;

/// <summary>Where a directly booted kernel's data lies below 640 KiB, and the parts that every loader writes there.</summary>
internal static class LowMemory
{
    /// <summary>The descriptor table.</summary>
    public const ulong Gdt = 0x1000;

    /// <summary>Identity page tables: one root, one directory-pointer table, four directories of 2 MiB pages.</summary>
    public const ulong PageTables = 0x2000;

    /// <summary>The end of the page tables.</summary>
    public const ulong PageTablesEnd = PageTables + (6 * 0x1000);

    /// <summary>The boot stack's top.</summary>
    public const ulong StackTop = 0xf000;

    /// <summary>Linux's <c>boot_params</c>, or another protocol's information block.</summary>
    public const ulong InfoBlock = 0x1_0000;

    /// <summary>The command line.</summary>
    public const ulong CommandLine = 0x2_0000;

    /// <summary>CS in <see cref="Gdt"/>: Linux's <c>__BOOT_CS</c>.</summary>
    public const ushort CodeSelector = 0x10;

    /// <summary>Data in <see cref="Gdt"/>: Linux's <c>__BOOT_DS</c>.</summary>
    public const ushort DataSelector = 0x18;

    /// <summary>The table's limit.</summary>
    public const ushort GdtLimit = 0x1f;

    private const ulong Code32 = 0x00cf_9b00_0000_ffff;
    private const ulong Code64 = 0x00af_9b00_0000_ffff;
    private const ulong Data = 0x00cf_9300_0000_ffff;

    /// <summary>Writes a table of flat segments at <paramref name="address"/>.</summary>
    public static void WriteGdt(MemoryMap memory, ulong address, BootMode mode)
    {
        memory.Write(address, 0ul);
        memory.Write(address + 8, 0ul);
        memory.Write(address + CodeSelector, mode == BootMode.Long64 ? Code64 : Code32);
        memory.Write(address + DataSelector, Data);
    }

    /// <summary>Writes page tables that map the first 4 GiB to themselves.</summary>
    public static void WriteIdentityPageTables(MemoryMap memory)
    {
        const ulong Present = 3;
        const ulong LargePage = 0x83;
        memory.Write(PageTables, (PageTables + 0x1000) | Present);
        for (var gigabyte = 0ul; gigabyte < 4; gigabyte++)
        {
            var directory = PageTables + 0x2000 + (gigabyte * 0x1000);
            memory.Write(PageTables + 0x1000 + (gigabyte * 8), directory | Present);
            for (var entry = 0ul; entry < 512; entry++)
            {
                memory.Write(directory + (entry * 8), (gigabyte << 30) | (entry << 21) | LargePage);
            }
        }
    }

    /// <summary>
    /// Writes the BIOS data area that kernels and test programs look at (the IBM PC/AT Technical Reference's names): serial ports,
    /// equipment, conventional memory, video mode 3 at 80x25, and the extended BIOS data area's segment and size.
    /// </summary>
    public static void WriteBiosDataArea(MemoryMap memory, int serialPorts)
    {
        ReadOnlySpan<ushort> ports = [0x3f8, 0x2f8, 0x3e8, 0x2e8];
        for (var i = 0; i < 4; i++)
        {
            memory.Write(0x400ul + (ulong)(2 * i), i < serialPorts ? ports[i] : (ushort)0);
        }

        memory.Write(0x40eul, (ushort)(RamLayout.ConventionalEnd >> 4));
        memory.Write(0x410ul, (ushort)(0x0026 | (serialPorts << 9)));
        memory.Write(0x413ul, (ushort)(RamLayout.ConventionalEnd >> 10));
        memory.Write<byte>(0x449ul, 3);
        memory.Write<ushort>(0x44aul, 80);
        memory.Write<ushort>(0x44cul, 0x1000);
        memory.Write<ushort>(0x460ul, 0x0607);
        memory.Write<ushort>(0x463ul, 0x3d4);
        memory.Write<byte>(0x484ul, 24);
        memory.Write<ushort>(0x485ul, 16);
        memory.Write<byte>(RamLayout.ConventionalEnd, 1);
    }

    /// <summary>A zero-terminated string.</summary>
    public static byte[] Text(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    /// <summary>Fills a range of RAM with zeros.</summary>
    public static void Clear(MemoryMap memory, ulong start, ulong length)
    {
        // RAM is zero at power-on: only a range that something was loaded into needs the work, and none is at boot.
        Span<byte> zeros = stackalloc byte[4096];
        zeros.Clear();
        while (length > 0)
        {
            var count = (int)Math.Min(length, (ulong)zeros.Length);
            if (!IsZero(memory, start, count))
            {
                memory.Write(start, zeros[..count]);
            }

            start += (ulong)count;
            length -= (ulong)count;
        }
    }

    /// <summary>Reads a little-endian 16-bit field of an image.</summary>
    public static ushort U16(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(image[offset..]);

    /// <summary>Reads a little-endian 32-bit field of an image.</summary>
    public static uint U32(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(image[offset..]);

    /// <summary>Reads a little-endian 64-bit field of an image.</summary>
    public static ulong U64(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(image[offset..]);

    private static bool IsZero(MemoryMap memory, ulong start, int count)
    {
        Span<byte> bytes = stackalloc byte[4096];
        memory.Read(start, bytes[..count]);
        return bytes[..count].IndexOfAnyExcept((byte)0) < 0;
    }
}
