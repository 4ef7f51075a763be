using Emulator.Jit.Regions;
using static Emulator.Jit.Regions.BlockGraph;

namespace Emulator.Jit.Strategies;

/// <summary>
/// Compiles the hot part of a function or loop nest: every hot block that the hot block leads to, nearest first, with loops closed inside, and calls and
/// returns followed.
/// </summary>
public sealed class RegionStrategy : ITranslationStrategy
{
    // A block this many times colder than the entry stays out, and so does one that ran but once: it may have been written just before.
    private const uint Coldness = 32;

    /// <inheritdoc/>
    public string Name => "region";

    /// <inheritdoc/>
    public string Description => "compiles the hot blocks around a hot block into one method, loops and calls included";

    /// <inheritdoc/>
    public uint? Threshold => 2000;

    /// <inheritdoc/>
    public RegionLimits Limits => new(64, 300);

    /// <inheritdoc/>
    public void Select(RegionSelector selection)
    {
        var minimum = Math.Max(2, selection.Threshold / Coldness);
        for (var next = 0; next < selection.Blocks.Count; next++)
        {
            var block = selection.Blocks[next];
            var ending = RegionSelector.EndingOf(block);
            if (ending is Ending.Jump or Ending.Conditional or Ending.Call)
            {
                selection.AddTaken(block, minimum);
            }

            if (ending is Ending.IndirectJump or Ending.IndirectCall)
            {
                selection.AddSeen(block, minimum);
            }

            if (ending is Ending.FallThrough or Ending.Conditional or Ending.Call or Ending.IndirectCall)
            {
                selection.AddNext(block, minimum);
            }
        }
    }
}
