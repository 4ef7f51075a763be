using System.Buffers.Binary;

namespace Emulator.Workloads.Machine;

/// <summary>Where a bare machine's tables, code and stack lie in RAM.</summary>
public static class BareLayout
{
    /// <summary>Bytes of RAM, all of them mapped.</summary>
    public const int RamSize = 32 << 20;

    /// <summary>The descriptor table.</summary>
    public const int Gdt = 0x1000;

    /// <summary>The last byte of the descriptor table.</summary>
    public const int GdtLimit = (3 * 8) - 1;

    /// <summary>The interrupt table, without a valid gate at first.</summary>
    public const int Idt = 0x2000;

    /// <summary>The last byte of the interrupt table.</summary>
    public const int IdtLimit = (256 * GateSize) - 1;

    /// <summary>Bytes of an interrupt gate in 64-bit mode (SDM Vol. 3A, 6.14.1).</summary>
    public const int GateSize = 16;

    /// <summary>The page tables that are in force at the start.</summary>
    public const int Pml4 = 0x1_0000;

    /// <summary>Bytes that one set of page tables takes: three tables above, then a page table for each 2 MiB.</summary>
    public const int PageTablesSize = (3 * PageSize) + (RamSize >> 21 << 12);

    /// <summary>Room for a second set of page tables.</summary>
    public const int SecondPml4 = 0x4_0000;

    /// <summary>The end of the stack, which grows down.</summary>
    public const int StackTop = 0x10_0000;

    /// <summary>Where programs begin.</summary>
    public const int Code = 0x10_0000;

    /// <summary>The most bytes of a program.</summary>
    public const int CodeSize = 0x1_0000;

    /// <summary>The code segment's selector.</summary>
    public const int CodeSelector = 8;

    /// <summary>The data segments' selector.</summary>
    public const int DataSelector = 16;

    private const int PageSize = 0x1000;
    private const ulong CodeDescriptor = 0x00af_9b00_0000_ffff;
    private const ulong DataDescriptor = 0x00cf_9300_0000_ffff;
    private const ulong PresentWritable = 3;

    /// <summary>Writes the descriptor table.</summary>
    public static void WriteDescriptors(Span<byte> ram)
    {
        Write(ram, Gdt + CodeSelector, CodeDescriptor);
        Write(ram, Gdt + DataSelector, DataDescriptor);
    }

    /// <summary>Writes four levels of page tables that map all of RAM to itself (SDM Vol. 3A, 4.5).</summary>
    public static void WriteIdentityMap(Span<byte> ram, int pml4)
    {
        Write(ram, pml4, (ulong)(pml4 + PageSize) | PresentWritable);
        Write(ram, pml4 + PageSize, (ulong)(pml4 + (2 * PageSize)) | PresentWritable);
        for (var table = 0; table < RamSize >> 21; table++)
        {
            Write(ram, pml4 + (2 * PageSize) + (table * 8), (ulong)(pml4 + ((3 + table) * PageSize)) | PresentWritable);
        }

        for (var page = 0; page < RamSize >> 12; page++)
        {
            MapPage(ram, pml4, page << 12, page << 12);
        }
    }

    /// <summary>Maps one page in a set of tables that <see cref="WriteIdentityMap"/> made.</summary>
    public static void MapPage(Span<byte> ram, int pml4, int linear, int physical)
        => Write(ram, pml4 + (3 * PageSize) + (linear >> 12 << 3), (ulong)physical | PresentWritable);

    private static void Write(Span<byte> ram, int address, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(ram[address..], value);
}
