using Emulator.Core.Decoding;
using Emulator.Core.Machine;

namespace Emulator.Jit.Strategies;

/// <summary>
/// A way to get from guest code to host code: when to compile, what to include, how to emit. Strategies are compared in <c>bench</c> and
/// chosen with <c>-accel jit,strategy=NAME</c>.
/// </summary>
public interface ITranslationStrategy
{
    /// <summary>The name on the command line.</summary>
    string Name { get; }

    /// <summary>One line for <c>-accel help</c>.</summary>
    string Description { get; }

    /// <summary>Makes the engine of one machine.</summary>
    ICpuEngine CreateEngine(BlockBuilder builder);
}
