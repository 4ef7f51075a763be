using Emulator.Core.Cpu;

namespace Emulator.Jit.Runtime;

/// <summary>What a slow path must know of an access, in one integer: size, segment (for the choice between #SS and #GP), alignment demanded.</summary>
public static class AccessWord
{
    private const int SegmentShift = 8;
    private const int AlignedBit = 1 << 16;

    /// <summary>Packs an access.</summary>
    public static int Pack(int size, Segment segment, bool aligned) => size | ((int)segment << SegmentShift) | (aligned ? AlignedBit : 0);

    /// <summary>Bytes.</summary>
    public static int SizeOf(int access) => (byte)access;

    /// <summary>The segment.</summary>
    public static Segment SegmentOf(int access) => (Segment)(byte)(access >> SegmentShift);

    /// <summary>Whether the address must be a multiple of the size.</summary>
    public static bool IsAligned(int access) => (access & AlignedBit) != 0;
}
