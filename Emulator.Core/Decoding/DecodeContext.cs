using Emulator.Core.Cpu;
using Emulator.Core.Instructions;

namespace Emulator.Core.Decoding;

/// <summary>What binding an instruction may depend on, beside its bytes: nothing else, or blocks would be wrong when it changes.</summary>
public sealed class DecodeContext
{
    /// <summary>The mode bits of the block being built.</summary>
    public CpuMode Mode { get; internal set; }

    /// <summary>How the current instruction's memory operand is addressed.</summary>
    public AddressKind Address { get; internal set; }

    /// <summary>RIP at the block's start, for turning Iced's absolute targets into distances.</summary>
    public ulong BlockRip { get; internal set; }

    /// <summary>Bits of code: 16, 32 or 64.</summary>
    public int Bitness => 16 << (int)(Mode & CpuMode.CodeSizeMask);

    /// <summary>Whether code is 64-bit.</summary>
    public bool Is64Bit => (Mode & CpuMode.CodeSizeMask) == CpuMode.Code64;
}
