namespace Emulator.Roms.Image;

/// <summary>What a segment may be used for, as an ELF program header says it.</summary>
[Flags]
internal enum SegmentAccess : uint
{
    Execute = 1,
    Write = 2,
    Read = 4,
}

/// <summary>A part of an image: the bytes at a physical address and, after them, zeroes up to its size in memory.</summary>
internal sealed record Segment(uint Address, byte[] Bytes, uint MemorySize, SegmentAccess Access);
