namespace Emulator.Host.Images.Qcow2;

/// <summary>What an L2 entry says of its cluster.</summary>
internal enum ClusterKind
{
    /// <summary>The backing file has it, or it is zeros.</summary>
    Unallocated,

    /// <summary>It reads as zeros, whether or not a cluster of the file belongs to it.</summary>
    Zero,

    /// <summary>A cluster of the file.</summary>
    Normal,

    /// <summary>Compressed bytes somewhere in the file.</summary>
    Compressed,
}

/// <summary>An L1 or L2 entry (qcow2.txt, "Cluster mapping").</summary>
internal readonly record struct L2Entry(ulong Raw)
{
    /// <summary>The refcount is exactly one: the cluster may be written in place.</summary>
    public const ulong Copied = 1UL << 63;
    public const ulong ZeroFlag = 1;
    public const ulong OffsetMask = 0x00ff_ffff_ffff_fe00;

    private const ulong CompressedFlag = 1UL << 62;
    private const int CompressedSector = 512;

    public ClusterKind Kind => (Raw & CompressedFlag) != 0 ? ClusterKind.Compressed
        : (Raw & ZeroFlag) != 0 ? ClusterKind.Zero
        : HostOffset != 0 ? ClusterKind.Normal : ClusterKind.Unallocated;

    /// <summary>Where the cluster lies in the file; 0 for nowhere. Not for compressed ones.</summary>
    public long HostOffset => (long)(Raw & OffsetMask);

    public bool IsCopied => (Raw & Copied) != 0;

    /// <summary>Whether it may be written in place.</summary>
    public bool IsInPlace => Kind == ClusterKind.Normal && IsCopied;

    public static L2Entry ToCluster(long offset) => new((ulong)offset | Copied);

    public static L2Entry ToCompressed(int clusterBits, long offset, int length)
    {
        var sectors = (ulong)(((offset + length - 1) / CompressedSector) - (offset / CompressedSector));
        return new(CompressedFlag | (ulong)offset | (sectors << (62 - (clusterBits - 8))));
    }

    /// <summary>Where the compressed bytes lie, in whole sectors behind the first byte.</summary>
    public (long Offset, int Length) Compressed(int clusterBits)
    {
        var shift = 62 - (clusterBits - 8);
        var offset = (long)(Raw & ((1UL << shift) - 1));
        var sectors = (int)((Raw & (CompressedFlag - 1)) >> shift) + 1;
        return (offset, (sectors * CompressedSector) - (int)(offset % CompressedSector));
    }
}
