using Emulator.Jit.Regions;
using static Emulator.Jit.Regions.BlockGraph;

namespace Emulator.Jit.Strategies;

/// <summary>Compiles a trace: from the hot block along the hotter way out of each block, with one entry and many exits; it may close on itself.</summary>
public sealed class SuperblockStrategy : ITranslationStrategy
{
    /// <inheritdoc/>
    public string Name => "superblock";

    /// <inheritdoc/>
    public string Description => "compiles the hottest path from a hot block, through calls, into one method";

    /// <inheritdoc/>
    public uint? Threshold => 2000;

    /// <inheritdoc/>
    public RegionLimits Limits => new(16, 200);

    /// <inheritdoc/>
    public void Select(RegionSelector selection)
    {
        var minimum = Math.Max(1, selection.Threshold / 8);
        for (var block = selection.Blocks[^1]; ; block = selection.Blocks[^1])
        {
            var count = selection.Blocks.Count;
            switch (RegionSelector.EndingOf(block))
            {
                case Ending.Jump or Ending.Call:
                    selection.AddTaken(block, minimum);
                    break;
                case Ending.FallThrough:
                    selection.AddNext(block, minimum);
                    break;
                case Ending.Conditional:
                    selection.AddHotterWay(block, minimum);
                    break;
                default:
                    break;
            }

            if (selection.Blocks.Count == count)
            {
                return;
            }
        }
    }
}
