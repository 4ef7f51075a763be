namespace Emulator.Roms.Kernel;

/// <summary>
/// Where everything stands. Physical memory from 1 MiB on holds the image, region by region, each with the page permissions
/// it needs; the kernel sees physical address P at <see cref="KernelBase"/> + P, programs see theirs at 4 MiB.
/// </summary>
internal static class Layout
{
    /// <summary>The kernel's window onto physical memory: the top 2 GiB, so that a sign-extended 32-bit address reaches all of it.</summary>
    public const long KernelBase = unchecked((long)0xffff_ffff_8000_0000);

    public const uint PageSize = 0x1000;

    /// <summary>The multiboot header and the 32-bit entry. The only page that is ever executed at its physical address, with the next.</summary>
    public const uint Boot = 0x10_0000;

    /// <summary>The kernel's code: readable, executable.</summary>
    public const uint KernelText = 0x10_1000;

    /// <summary>The kernel's strings and tables, IDT included: readable.</summary>
    public const uint KernelConstants = 0x10_8000;

    /// <summary>The interrupt descriptor table, at the end of the constants.</summary>
    public const uint InterruptTable = 0x10_b000;

    /// <summary>The programs' code, shared by all tasks.</summary>
    public const uint ProgramText = 0x10_c000;

    /// <summary>The programs' strings, shared by all tasks.</summary>
    public const uint ProgramConstants = 0x10_e000;

    /// <summary>Four page tables, one of each level. From here on: readable, writable.</summary>
    public const uint PageTables = 0x11_0000;

    /// <summary>The GDT (LTR sets a bit in it) and the TSS.</summary>
    public const uint Descriptors = 0x11_4000;

    /// <summary>Variables; not in the file, zeroed by the loader.</summary>
    public const uint Variables = 0x11_5000;

    /// <summary>The stack of boot and of the idle task.</summary>
    public const uint IdleStackTop = 0x11_8000;

    /// <summary>The stack on which a task's own stack is given back.</summary>
    public const uint ExitStackTop = 0x11_9000;

    /// <summary>The end of the image in memory.</summary>
    public const uint End = 0x11_9000;

    /// <summary>From here to the end of RAM (or of the window's first GiB) pages are handed out.</summary>
    public const uint FirstFreePage = 0x20_0000;

    /// <summary>Where a program's code stands for it, and with it the start of what a program may name in a system call.</summary>
    public const int UserText = 0x40_0000;

    /// <summary>Where a program's strings stand for it.</summary>
    public const int UserConstants = UserText + (int)(ProgramConstants - ProgramText);

    /// <summary>The end of a program's one stack page, and of what it may name in a system call.</summary>
    public const int UserStackTop = 0x60_0000;

    /// <summary>The kernel's address of a physical one.</summary>
    public static long Kernel(uint physical) => KernelBase + physical;
}
