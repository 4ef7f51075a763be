namespace Emulator.Conformance.Tests.Judging;

/// <summary>What to judge.</summary>
public sealed record OracleOptions
{
    /// <summary>How many cases.</summary>
    public long Cases { get; init; } = 100_000;

    /// <summary>What every random choice follows from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Only forms whose Iced name contains this; all when empty.</summary>
    public string Only { get; init; } = string.Empty;

    /// <summary>
    /// Whether the guest runs on into the INT3 after the instructions, as the host does: engines then run whole blocks. Otherwise it stops
    /// by the count of retired instructions.
    /// </summary>
    public bool WholeBlocks { get; init; }

    /// <summary>Stop collecting failures here.</summary>
    public int MaxFailures { get; init; } = 50;
}
