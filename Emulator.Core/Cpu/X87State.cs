using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Emulator.Core.Cpu;

/// <summary>
/// The x87 unit's registers (SDM Vol. 1, ch. 8). Registers are physical (R0-R7); ST(i) is R((TOP + i) mod 8); MMi is the low
/// 64 bits of Ri. TOP lives in <see cref="StatusWord"/> bits 13:11.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct X87State
{
    public X87Registers Registers;
    public ushort ControlWord;
    public ushort StatusWord;

    /// <summary>Two bits a register: 11 is empty, anything else occupied; the kind of value is found when FSTENV stores the tags.</summary>
    public ushort TagWord;

    /// <summary>The last non-control opcode, 11 bits.</summary>
    public ushort Opcode;
    public ulong InstructionPointer;
    public ulong DataPointer;
    public ushort InstructionSelector;
    public ushort DataSelector;
}

/// <summary>One 80-bit register in 16 bytes: significand, then sign and exponent.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct X87Register
{
    public ulong Significand;
    public ushort SignExponent;
}

/// <summary>R0 to R7.</summary>
[InlineArray(8)]
public struct X87Registers
{
    private X87Register _first;
}
