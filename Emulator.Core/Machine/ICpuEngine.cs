using Emulator.Core.Cpu;

namespace Emulator.Core.Machine;

/// <summary>A way to execute guest code: the seam between the machine and interpreters or translators.</summary>
public interface ICpuEngine : IDisposable
{
    /// <summary>
    /// Runs the processor until its retired-instruction counter reaches <paramref name="retireLimit"/>, it halts, or
    /// <see cref="AttentionReasons.Machine"/> is asked for. Exceptions and interrupts are delivered inside.
    /// </summary>
    /// <param name="processor">The processor to run.</param>
    /// <param name="retireLimit">The retired-instruction count at which to return.</param>
    /// <param name="exact">
    /// Whether to stop exactly there; otherwise the engine may stop some instructions earlier, at the end of a block.
    /// </param>
    void Run(Processor processor, ulong retireLimit, bool exact);
}
