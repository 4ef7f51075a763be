namespace Emulator.Jit.Runtime;

/// <summary>How a machine translates: the sub-options of <c>-accel jit</c>.</summary>
public sealed record JitOptions
{
    /// <summary>Entries after which a block is hot; null: as the strategy says.</summary>
    public uint? Threshold { get; init; }

    /// <summary>Threads that compile; 0: the machine's own thread does, when a block becomes hot.</summary>
    public int Threads { get; init; } = Math.Max(1, Math.Min(Environment.ProcessorCount - 1, 4));

    /// <summary>Whether XMM registers are locals of compiled code; null: where that pays.</summary>
    public bool? VectorLocals { get; init; }

    /// <summary>Whether all compiled code is run beside the interpreter, which has the last word, and compared.</summary>
    public bool Verify { get; init; }

    /// <summary>The most bytes of host code to keep, as estimated.</summary>
    public long CodeBytes { get; init; } = 64L << 20;
}
