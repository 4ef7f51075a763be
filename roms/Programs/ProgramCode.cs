using System.Runtime.InteropServices;
using Emulator.Roms.Kernel;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Programs;

/// <summary>All programs under construction: one text, which every task has in its address space, and one entry for each.</summary>
internal sealed class ProgramCode() : GuestCode(Layout.UserText, Layout.UserConstants)
{
    /// <summary>Reads a line into the buffer at RDI, with echo and backspace; RAX is its length.</summary>
    public Label ReadLine;

    /// <summary>If the line at RDI starts with the word at RSI: RAX is what follows it; else 0.</summary>
    public Label MatchWord;

    /// <summary>RAX is the decimal number at RDI, 0 if there is none.</summary>
    public Label ParseNumber;

    /// <summary>Where each program starts, its argument in RDI.</summary>
    public Label[] Entries { get; } = new Label[ProgramTable.Count];

    /// <summary>Everything that runs in user mode.</summary>
    public static ProgramCode Build()
    {
        var code = new ProgramCode();
        Library.Emit(code);
        Shell.Emit(code);
        Primes.Emit(code);
        Letters.Emit(code);
        Offender.Emit(code);
        code.Entries[ProgramTable.Idle] = code.Entries[ProgramTable.Primes];
        return code;
    }

    /// <summary>Enters the kernel; the arguments are in their registers already.</summary>
    public void System(int number)
    {
        Asm.mov(eax, number);
        Asm.syscall();
    }

    /// <summary>Ends the program.</summary>
    public void Exit() => System(SystemCall.Exit);

    /// <summary>The entries' addresses, by program; after <see cref="GuestCode.Assemble"/>.</summary>
    public byte[] BuildEntryTable() => MemoryMarshal.AsBytes(Array.ConvertAll(Entries, AddressOf).AsSpan()).ToArray();
}
