using Emulator.Host.Cli;

namespace Emulator.Host.Boot;

/// <summary>The mode in which the first instruction runs.</summary>
public enum BootMode
{
    /// <summary>The processor's own reset state: real mode at the reset vector.</summary>
    Reset,

    /// <summary>32-bit protected mode without paging, flat segments.</summary>
    Protected32,

    /// <summary>64-bit mode with identity paging, flat segments.</summary>
    Long64,
}

/// <summary>
/// What a boot loader leaves in the bootstrap processor's registers. Interrupts are off; what is not named here is as after reset.
/// </summary>
/// <param name="Mode">The mode of the first instruction.</param>
/// <param name="EntryPoint">Its address (RIP).</param>
public sealed record BootState(BootMode Mode, ulong EntryPoint)
{
    /// <summary>RAX.</summary>
    public ulong Rax { get; init; }

    /// <summary>RBX.</summary>
    public ulong Rbx { get; init; }

    /// <summary>RSI.</summary>
    public ulong Rsi { get; init; }

    /// <summary>RSP.</summary>
    public ulong Rsp { get; init; }

    /// <summary>The identity page tables' root, in <see cref="BootMode.Long64"/>.</summary>
    public ulong Cr3 { get; init; }

    /// <summary>The descriptor table in guest memory, whose descriptors CS and the data segments were loaded from.</summary>
    public ulong GdtBase { get; init; }

    /// <summary>The table's limit.</summary>
    public ushort GdtLimit { get; init; }

    /// <summary>CS's selector; flat, execute/read, 32- or 64-bit by <see cref="Mode"/>.</summary>
    public ushort CodeSelector { get; init; }

    /// <summary>The selector of DS, ES, FS, GS and SS; flat, read/write.</summary>
    public ushort DataSelector { get; init; }

    /// <summary>What was loaded, for the progress line and the monitor.</summary>
    public string Description { get; init; } = "";

    /// <summary>The reset state: the firmware's.</summary>
    public static BootState FromReset(string description) => new(BootMode.Reset, 0xffff_fff0) { Description = description };
}

/// <summary>What every loader gets.</summary>
/// <param name="Layout">Where RAM lies.</param>
/// <param name="KernelPath">The kernel's file, as typed.</param>
/// <param name="File">The file itself.</param>
public sealed record BootRequest(RamLayout Layout, string KernelPath, HostFile File)
{
    private const int HeadLength = 1 << 16;

    /// <summary>A request for a kernel whose bytes are there already.</summary>
    public BootRequest(RamLayout layout, string kernelPath, byte[] kernel)
        : this(layout, kernelPath, new HostFile(kernel))
    {
    }

    /// <summary>The kernel's first 64 KiB: more than the headers of a bzImage.</summary>
    public byte[] Head => field ??= File.Head(HeadLength);

    /// <summary>The kernel's bytes, all of them.</summary>
    public byte[] Kernel => field ??= File.ToArray();

    /// <summary>The initrd's file, as typed; with Multiboot the list of modules.</summary>
    public string? InitrdPath { get; init; }

    /// <summary>The kernel's command line.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>The ACPI root pointer's address; 0 without ACPI.</summary>
    public ulong RsdpAddress { get; init; }

    /// <summary>Whether the processor has 64-bit mode.</summary>
    public bool LongModeCapable { get; init; } = true;

    /// <summary>The subject of an error about the kernel.</summary>
    public string Subject => $"-kernel {KernelPath}";
}
