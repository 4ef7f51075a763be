namespace Emulator.Devices.Video;

/// <summary>What the host decides about the display adapter.</summary>
public sealed record VideoOptions
{
    /// <summary>Bytes of memory: a power of two from 1 to 256 MiB.</summary>
    public int MemoryBytes { get; init; } = 16 << 20;

    /// <summary>The width that the monitor prefers.</summary>
    public int PreferredWidth { get; init; } = 1280;

    /// <summary>The height that the monitor prefers.</summary>
    public int PreferredHeight { get; init; } = 800;

    /// <summary>Whether the guest can ask the monitor what it is.</summary>
    public bool Edid { get; init; } = true;

    /// <summary>The expansion ROM, with a VGA BIOS; empty for none.</summary>
    public ReadOnlyMemory<byte> Rom { get; init; }
}
