using Emulator.Jit.Regions;

namespace Emulator.Jit.Strategies;

/// <summary>
/// A way to get from guest code to host code: when to compile and what to compile together. Strategies are compared in <c>bench</c> and
/// chosen with <c>-accel jit,strategy=NAME</c>.
/// </summary>
public interface ITranslationStrategy
{
    /// <summary>The name on the command line.</summary>
    string Name { get; }

    /// <summary>One line for <c>-accel help</c>.</summary>
    string Description { get; }

    /// <summary>Entries after which a block counts as hot, unless <c>threshold=</c> says otherwise; null when nothing is ever compiled.</summary>
    uint? Threshold { get; }

    /// <summary>How much one region may hold.</summary>
    RegionLimits Limits { get; }

    /// <summary>Adds to a selection, which holds the hot block already, whatever is to be compiled with it.</summary>
    void Select(RegionSelector selection);
}
