namespace Emulator.Jit.Runtime;

/// <summary>How a machine translates: the sub-options of <c>-accel jit</c>.</summary>
public sealed record JitOptions
{
    /// <summary>Entries after which a block is hot; null: as the strategy says.</summary>
    public uint? Threshold { get; init; }

    /// <summary>Threads that compile; 0: the machine's own thread does, when a block becomes hot.</summary>
    public int Threads { get; init; } = Math.Max(1, Math.Min(Environment.ProcessorCount - 1, 4));

    /// <summary>The most bytes of host code to keep, as estimated.</summary>
    public long CodeBytes { get; init; } = 256L << 20;
}
