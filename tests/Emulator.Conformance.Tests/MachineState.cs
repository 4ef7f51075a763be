using System.Runtime.InteropServices;

namespace Emulator.Conformance.Tests;

/// <summary>
/// The user-mode state of a processor as both sides load and store it: general registers, RFLAGS, RIP, the legacy XSAVE area
/// (x87, MMX, SSE; SDM Vol. 1, 13.4.1), the upper halves of YMM, and how the run ended.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct MachineState
{
    /// <summary>No fault: <see cref="Vector"/>.</summary>
    public const int NoFault = -1;

    // Offsets in the legacy area.
    public const int ControlWord = 0;
    public const int StatusWord = 2;
    public const int TagWord = 4;
    public const int Opcode = 6;
    public const int InstructionPointer = 8;
    public const int DataPointer = 16;
    public const int Mxcsr = 24;
    public const int X87Registers = 32;
    public const int XmmRegisters = 160;
    public const int LegacySize = 512;

    public fixed ulong Gpr[16];
    public ulong Rflags;
    public ulong Rip;
    public fixed byte Legacy[LegacySize];
    public fixed byte YmmHigh[256];

    /// <summary>The exception's vector, or <see cref="NoFault"/>.</summary>
    public int Vector;
    public uint ErrorCode;

    /// <summary>CR2 of a page fault.</summary>
    public ulong Cr2;

    /// <summary>A pointer into the legacy area. States live in native memory, so that the pointer stays good.</summary>
    public static byte* LegacyAt(MachineState* state, int offset) => state->Legacy + offset;

    /// <summary>A 16-bit field of the legacy area.</summary>
    public static ref ushort Word(MachineState* state, int offset) => ref *(ushort*)(state->Legacy + offset);

    /// <summary>MXCSR.</summary>
    public static ref uint MxcsrOf(MachineState* state) => ref *(uint*)(state->Legacy + Mxcsr);

    /// <summary>TOP of the x87 stack.</summary>
    public static int Top(MachineState* state) => (Word(state, StatusWord) >> 11) & 7;
}
