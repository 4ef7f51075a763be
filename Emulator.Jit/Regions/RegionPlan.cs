using Emulator.Core.Cpu;

namespace Emulator.Jit.Regions;

/// <summary>What is to be compiled into one method: blocks with one entry, the first. Made on the machine's thread.</summary>
public sealed unsafe class RegionPlan
{
    /// <summary>The blocks; the first is the entry.</summary>
    public required IReadOnlyList<PlannedBlock> Blocks { get; init; }

    /// <summary>The mode of all of them.</summary>
    public required CpuMode Mode { get; init; }

    /// <summary>The pages that hold the code, other than the entry's: linear distance of the page from the entry's page, and its host address.</summary>
    public required IReadOnlyList<(long Distance, nint Host)> OtherPages { get; init; }

    /// <summary>Whether every exit goes to the dispatcher, instead of on to the next block by a jump.</summary>
    public bool ReturnsAtExits { get; init; }

    /// <summary>The entry.</summary>
    public PlannedBlock Entry => Blocks[0];

    /// <summary>Instructions in all blocks.</summary>
    public int InstructionCount => Blocks.Sum(block => block.Count);
}
