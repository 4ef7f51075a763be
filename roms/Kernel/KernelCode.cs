using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>The kernel under construction: its code and the names by which its parts reach each other.</summary>
internal sealed class KernelCode() : GuestCode(Layout.Kernel(Layout.KernelText), Layout.Kernel(Layout.KernelConstants))
{
    /// <summary>Takes a zeroed page; RAX is its physical address, 0 when there is none.</summary>
    public Label AllocatePage;

    /// <summary>Gives back the page at physical address RDI.</summary>
    public Label FreePage;

    /// <summary>Makes a program's address space; RAX is its PML4's physical address.</summary>
    public Label CreateAddressSpace;

    /// <summary>Gives back the address space at physical address RDI, which must not be in use.</summary>
    public Label DestroyAddressSpace;

    /// <summary>Starts program RDI with argument RSI; RAX is the task's number, or -1.</summary>
    public Label CreateTask;

    /// <summary>Ends the running task. Never returns.</summary>
    public Label ExitTask;

    /// <summary>Gives the CPU to the next ready task; returns when it is this task's turn again. Interrupts are off.</summary>
    public Label Schedule;

    /// <summary>The same without a running task to come back to. Never returns.</summary>
    public Label PickNext;

    /// <summary>Makes ready every task that is in state EDI and waits for nothing, or for RSI.</summary>
    public Label WakeTasks;

    /// <summary>The first instruction at the kernel's own addresses.</summary>
    public Label Start;

    /// <summary>The handlers that the IDT names, by vector; those of unused vectors are empty.</summary>
    public Label[] Vectors { get; } = new Label[48];

    /// <summary>The system calls, by number.</summary>
    public Label[] SystemCalls { get; } = new Label[SystemCall.Count];

    /// <summary>Where SYSCALL enters.</summary>
    public Label SystemCallEntry;

    /// <summary>Takes characters from the UART. Clobbers what a call may.</summary>
    public Label ReceiveCharacters;

    /// <summary>RAX is the next character typed; waits for it.</summary>
    public Label ReadCharacter;

    /// <summary>Switches the machine off. Never returns.</summary>
    public Label PowerOff;

    /// <summary>Restarts the machine. Never returns.</summary>
    public Label Reboot;

    /// <summary>Writes a byte to a port. Clobbers RAX and RDX.</summary>
    public void Out(ushort port, byte value)
    {
        Asm.mov(al, unchecked((sbyte)value));
        if (port <= byte.MaxValue)
        {
            Asm.@out((byte)port, al);
            return;
        }

        Asm.mov(edx, (int)port);
        Asm.@out(dx, al);
    }
}

/// <summary>The numbers of the system calls, in RAX at SYSCALL; arguments in RDI and RSI, results in RAX, RDX and R8.</summary>
internal static class SystemCall
{
    /// <summary>Ends the task.</summary>
    public const int Exit = 0;

    /// <summary>Writes RSI bytes at RDI to the console.</summary>
    public const int Write = 1;

    /// <summary>Waits for a character from the console.</summary>
    public const int Read = 2;

    /// <summary>Sleeps for RDI ticks.</summary>
    public const int Sleep = 3;

    /// <summary>Starts program RDI with argument RSI.</summary>
    public const int Spawn = 4;

    /// <summary>Waits until task RDI has ended.</summary>
    public const int Wait = 5;

    /// <summary>RAX: ticks since boot.</summary>
    public const int Ticks = 6;

    /// <summary>RAX: the state of task RDI, RDX: its ticks, R8: its program.</summary>
    public const int TaskInfo = 7;

    /// <summary>RAX: pages in use, RDX: pages in all.</summary>
    public const int MemoryInfo = 8;

    /// <summary>Restarts the machine.</summary>
    public const int Reboot = 9;

    /// <summary>Switches the machine off.</summary>
    public const int PowerOff = 10;

    public const int Count = 11;
}
