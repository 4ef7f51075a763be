using Emulator.Core.Cpu;

namespace Emulator.Core.Machine;

/// <summary>A way to execute guest code: the seam between the machine and interpreters or translators.</summary>
public interface ICpuEngine
{
    /// <summary>
    /// Runs the processor until its retired-instruction counter reaches <paramref name="retireLimit"/>, it halts, or
    /// <see cref="AttentionReasons.Machine"/> is asked for. Exceptions and interrupts are delivered inside.
    /// </summary>
    void Run(Processor processor, ulong retireLimit);
}
