using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Jit.Regions;

/// <summary>
/// One block of a region as the translator's thread may look at it: everything that can change behind its back (bytes, handlers) is a copy.
/// The ops stay where the interpreter has them; compiled code refers to their addresses.
/// </summary>
public sealed unsafe class PlannedBlock
{
    /// <summary>Its place in the region.</summary>
    public required int Number { get; init; }

    /// <summary>The number of its first instruction, counted through all blocks.</summary>
    public required int FirstSite { get; init; }

    /// <summary>The interpreter's block: its ops live as long as the region does.</summary>
    public required Block* Block { get; init; }

    /// <summary>RIP of its first instruction when the region was planned.</summary>
    public required ulong Rip { get; init; }

    /// <summary>Its bytes.</summary>
    public required byte[] Bytes { get; init; }

    /// <summary>The handlers of its ops, as decoding bound them.</summary>
    public required nint[] Handlers { get; init; }

    /// <summary>Whether only a limit ended it: it goes on at <see cref="Next"/>.</summary>
    public required bool FallsThrough { get; init; }

    /// <summary>The block that the last instruction branches to or calls, when that is in the region.</summary>
    public PlannedBlock? Taken { get; set; }

    /// <summary>The blocks of the region that an indirect branch at the end has led to, the hottest first.</summary>
    public IReadOnlyList<PlannedBlock> Seen { get; set; } = [];

    /// <inheritdoc cref="Core.Decoding.Block.IsScattered"/>
    public required bool IsScattered { get; init; }

    /// <inheritdoc cref="Core.Decoding.Block.SlowOps"/>
    public required ulong SlowOps { get; init; }

    /// <summary>The block that follows in memory (after a call: where the callee returns to), when that is in the region.</summary>
    public PlannedBlock? Next { get; set; }

    /// <summary>The instructions; filled in by <see cref="RegionDecoder"/>.</summary>
    public Instruction[] Instructions { get; set; } = [];

    /// <summary>The number of instructions.</summary>
    public int Count => Handlers.Length;

    /// <summary>Whether an instruction is to be done by its handler.</summary>
    public bool IsSlow(int instruction) => (SlowOps & (1ul << instruction)) != 0;

    /// <summary>The first op.</summary>
    public Op* Ops => Core.Decoding.Block.Ops(Block);
}
