namespace Emulator.Jit.Tests.Exactness;

/// <summary>
/// Where a <see cref="TestMachine"/> has its tables and a random program its code and data. All of RAM is mapped to itself, and once more
/// <see cref="Alias"/> bytes above.
/// </summary>
internal static class TestLayout
{
    public const int RamSize = 0x20_0000;
    public const int Alias = 0x20_0000;

    public const int Gdt = 0x1000;
    public const int Idt = 0x2000;
    public const int Tss = 0x3000;

    /// <summary>The tables in force at the start. The second ones map the pages of code to a copy.</summary>
    public const int Tables = 0x1_0000;
    public const int SecondTables = 0x1_8000;

    public const int HandlerStackTop = 0x3_0000;
    public const int StackTop = 0x4_0000;
    public const int Handlers = 0x5_0000;

    /// <summary>Where a fault's handler goes on.</summary>
    public const int Fixup = 0x5_8000;

    /// <summary>One counter for each exception vector, and one for interrupts.</summary>
    public const int Counters = 0x5_8100;

    /// <summary>Counters of loops.</summary>
    public const int LoopCounters = 0x5_8400;

    /// <summary>Addresses of blocks.</summary>
    public const int JumpTable = 0x5_9000;

    public const int Data = 0x6_0000;
    public const int DataPages = 8;

    /// <summary>A page that cannot be written, one that is not there, and one that its fault's handler maps.</summary>
    public const int ReadOnlyPage = Data + 0x4000;
    public const int AbsentPage = Data + 0x5000;
    public const int LazyPage = Data + 0x6000;

    public const int Code = 0x8_0000;
    public const int CodeSize = 0x1_0000;
    public const int CodeCopy = 0xa_0000;

    public const int CodeSelector = 8;
    public const int DataSelector = 16;
    public const int TssSelector = 24;

    /// <summary>The vector of external interrupts.</summary>
    public const int ExternalVector = 0x40;

    /// <summary>The page table entry of a page.</summary>
    public static int EntryOf(int bitness, int tables, int linear) => tables + 0x3000 + ((linear >> 12) * (bitness / 8));
}
