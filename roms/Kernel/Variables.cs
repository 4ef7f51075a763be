namespace Emulator.Roms.Kernel;

/// <summary>The kernel's variables, by address. All are zero at the start.</summary>
internal static class Variables
{
    private const long Start = Layout.KernelBase + Layout.Variables;

    /// <summary>KiB of memory, from the boot loader.</summary>
    public const long MemoryKb = Start;

    /// <summary>Timer interrupts since boot.</summary>
    public const long Ticks = Start + 0x08;

    /// <summary>The running task's record.</summary>
    public const long CurrentTask = Start + 0x10;

    /// <summary>The stack pointer that SYSCALL found, for the moment until it is pushed.</summary>
    public const long UserStackPointer = Start + 0x18;

    /// <summary>Physical address of the first page given back; each holds the address of the next.</summary>
    public const long FreeList = Start + 0x20;

    /// <summary>Physical address of the first page never handed out.</summary>
    public const long NextFreshPage = Start + 0x28;

    /// <summary>Physical address of the end of memory.</summary>
    public const long MemoryEnd = Start + 0x30;

    /// <summary>Pages handed out.</summary>
    public const long UsedPages = Start + 0x38;

    /// <summary>Received characters in, as a running count.</summary>
    public const long ReceivedCount = Start + 0x40;

    /// <summary>Received characters out, as a running count.</summary>
    public const long ConsumedCount = Start + 0x48;

    /// <summary>The received characters.</summary>
    public const long ReceiveBuffer = Start + 0x100;

    /// <summary>Characters in the receive buffer; a power of two.</summary>
    public const int ReceiveBufferSize = 0x100;

    /// <summary>The task records.</summary>
    public const long Tasks = Start + 0x200;
}

/// <summary>Offsets in a task record.</summary>
internal static class TaskRecord
{
    public const int Count = 8;
    public const int Size = 64;

    /// <summary>A <see cref="TaskState"/>.</summary>
    public const int State = 0;

    /// <summary>The saved stack pointer, while the task does not run.</summary>
    public const int StackPointer = 8;

    /// <summary>The top of its kernel stack: where interrupts and system calls from user mode start.</summary>
    public const int KernelStackTop = 16;

    /// <summary>Physical address of its PML4.</summary>
    public const int AddressSpace = 24;

    /// <summary>Timer interrupts that found it running.</summary>
    public const int Ticks = 32;

    /// <summary>What it waits for: a tick count, or a task's number.</summary>
    public const int WaitFor = 40;

    /// <summary>The number of its program.</summary>
    public const int Program = 48;
}

/// <summary>What a task does.</summary>
internal static class TaskState
{
    public const int Free = 0;
    public const int Ready = 1;
    public const int Sleeping = 2;
    public const int WaitingForInput = 3;
    public const int WaitingForTask = 4;
}
