using Emulator.Jit.Regions;
using Emulator.Jit.Strategies;
using static Emulator.Jit.Regions.BlockGraph;

namespace Emulator.Examples;

/// <summary>
/// The example of docs/adding-a-translation-strategy.md: regions that branch but do not call. Beside the strategy <c>region</c> it shows what following calls
/// is worth.
/// </summary>
public sealed class CallFreeStrategy : ITranslationStrategy
{
    // A block this many times colder than the entry stays out.
    private const uint Coldness = 16;

    /// <inheritdoc/>
    public string Name => "call-free";

    /// <inheritdoc/>
    public string Description => "compiles the hot blocks around a hot block, up to the next call";

    /// <inheritdoc/>
    public uint? Threshold => 2000;

    /// <inheritdoc/>
    public RegionLimits Limits => new(Blocks: 32, Instructions: 200);

    /// <inheritdoc/>
    public void Select(RegionSelector selection)
    {
        var minimum = Math.Max(1, selection.Threshold / Coldness);

        // The list grows while it is walked: nearest blocks first.
        for (var next = 0; next < selection.Blocks.Count; next++)
        {
            var block = selection.Blocks[next];
            var ending = RegionSelector.EndingOf(block);
            if (ending is Ending.Jump or Ending.Conditional)
            {
                selection.AddTaken(block, minimum);
            }

            if (ending is Ending.FallThrough or Ending.Conditional)
            {
                selection.AddNext(block, minimum);
            }
        }
    }
}
