using System.Runtime.InteropServices;
using Emulator.Core.Cpu;

namespace Emulator.Core.Decoding;

/// <summary>
/// One predecoded guest instruction: the handler that means it, bound to its operands. 64 bytes, in native memory.
/// A handler returns the op to run next, or null to leave the block (see <see cref="Exits"/>).
/// Register operands are byte offsets into <see cref="CpuState"/>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public unsafe struct Op
{
    /// <summary>The meaning: <c>next = Handler(state, op)</c>.</summary>
    public delegate*<CpuState*, Op*, Op*> Handler;

    /// <summary>Immediate operand, sign-extended to 64 bits; for near branches, the target's distance from <see cref="CpuState.BlockRip"/>.</summary>
    public ulong Immediate;

    /// <summary>Displacement of the memory operand, sign-extended; for RIP-relative ones, the distance from <see cref="CpuState.BlockRip"/>.</summary>
    public ulong Displacement;

    /// <summary>For near branches: the block at the target once it is known to lie in the same page.</summary>
    public Block* Link;

    /// <summary>For indirect near branches, in the place of a link: where they went; null when nobody asks.</summary>
    public SeenTargets* Seen
    {
        readonly get => (SeenTargets*)Link;
        set => Link = (Block*)value;
    }

    /// <summary>For linked branches: the next branch into the same block.</summary>
    public Op* NextIncoming;

    /// <summary>Operand 0 when it is a register.</summary>
    public ushort Destination;

    /// <summary>The (other) register operand.</summary>
    public ushort Source;

    /// <summary>A third register operand: VEX.vvvv, or a fourth in <see cref="Fourth"/>.</summary>
    public ushort Third;
    public ushort Fourth;

    /// <summary>Base register of the memory operand; <see cref="CpuState.Zero"/> when absent, <see cref="CpuState.BlockRip"/> when RIP-relative.</summary>
    public ushort Base;

    /// <summary>Index register of the memory operand; <see cref="CpuState.Zero"/> when absent.</summary>
    public ushort Index;

    /// <summary>Distance of the instruction's first byte from the block's.</summary>
    public ushort Offset;

    /// <summary>Iced's <see cref="Iced.Intel.Code"/>.</summary>
    public ushort Code;

    /// <summary>log2 of the index's scale.</summary>
    public byte Scale;

    /// <summary>Length of the instruction in bytes.</summary>
    public byte Length;

    /// <summary>Segment of the memory operand.</summary>
    public Segment Segment;

    /// <summary>Address size in bytes: 2, 4 or 8.</summary>
    public byte AddressSize;

    /// <summary>Prefixes that the meaning depends on.</summary>
    public OpPrefixes Prefixes;

    /// <summary>Instructions from this one to the block's end: what is taken back from <see cref="CpuState.Retired"/> on leaving early.</summary>
    public byte Remaining;

    /// <summary>Operand size in bytes where one handler serves several.</summary>
    public byte OperandSize;

    /// <summary>The block that this op belongs to starts this many ops earlier.</summary>
    public byte Number;
}

/// <summary>Prefixes kept in an op.</summary>
[Flags]
public enum OpPrefixes : byte
{
    None = 0,
    Lock = 1,
    Rep = 2,
    Repne = 4,
}
