using Emulator.Core.Bus;

namespace Emulator.Core.Memory;

/// <summary>What answers at a physical address.</summary>
public enum RegionKind
{
    /// <summary>Read and written directly.</summary>
    Ram,

    /// <summary>Read directly; writes are ignored, or go to a device.</summary>
    Rom,

    /// <summary>Each access is a call of a device.</summary>
    Mmio,
}

/// <summary>A range of physical addresses with one meaning. Ranges are multiples of 4 KiB, except for MMIO inside a page.</summary>
public sealed unsafe class MemoryRegion
{
    internal MemoryRegion(string name, ulong start, ulong length, int priority)
    {
        Name = name;
        Start = start;
        Length = length;
        Priority = priority;
    }

    /// <summary>The name shown by the monitor.</summary>
    public string Name { get; }

    /// <summary>The first physical address.</summary>
    public ulong Start { get; internal set; }

    /// <summary>The length in bytes.</summary>
    public ulong Length { get; }

    /// <summary>Which of two overlapping regions is seen: the higher one.</summary>
    public int Priority { get; }

    /// <summary>What answers.</summary>
    public RegionKind Kind { get; internal set; }

    /// <summary>Whether the region is in the map.</summary>
    public bool Enabled { get; internal set; } = true;

    /// <summary>The host memory behind RAM and ROM.</summary>
    public byte* Host { get; internal init; }

    /// <summary>The device behind MMIO, or behind the writes to a ROM.</summary>
    public IMmioHandler? Handler { get; internal init; }
}
