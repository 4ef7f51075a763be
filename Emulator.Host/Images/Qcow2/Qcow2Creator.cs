using System.Buffers.Binary;

namespace Emulator.Host.Images.Qcow2;

/// <summary>How a new image is laid out.</summary>
public sealed record Qcow2Layout
{
    /// <summary>The version of the format: 2 (<c>compat=0.10</c>) or 3 (<c>compat=1.1</c>).</summary>
    public int Version { get; init; } = 3;

    /// <summary>Clusters are of 2 to this power bytes.</summary>
    public int ClusterBits { get; init; } = 16;

    /// <summary>Refcounts are of 2 to this power bits.</summary>
    public int RefcountOrder { get; init; } = 4;

    /// <summary>Whether others may count lazily.</summary>
    public bool LazyRefcounts { get; init; }

    /// <summary>Whether compressed clusters are Zstandard.</summary>
    public bool Zstd { get; init; }

    /// <summary>Whether every cluster has its place from the beginning.</summary>
    public bool Preallocated { get; init; }
}

/// <summary>Makes images.</summary>
internal static class Qcow2Creator
{
    private const int RefcountTableCluster = 1;
    private const int RefcountBlockCluster = 2;
    private const int FirstClusters = 3;

    /// <summary>Makes an image in an empty file.</summary>
    /// <param name="file">The file, which the image disposes of.</param>
    /// <param name="layout">How.</param>
    /// <param name="size">The disk's size.</param>
    /// <param name="backingName">The backing file's name as it shall stand in the image.</param>
    /// <param name="backingFormat">Its format.</param>
    /// <param name="backing">The backing file, open.</param>
    public static Qcow2Image Create(
        ImageFile file, Qcow2Layout layout, long size, string? backingName = null, string? backingFormat = null, IDiskImage? backing = null)
    {
        var header = new Qcow2Header
        {
            Version = layout.Version,
            ClusterBits = layout.ClusterBits,
            Size = 0,
            RefcountTableOffset = (long)RefcountTableCluster << layout.ClusterBits,
            RefcountTableClusters = 1,
            RefcountOrder = layout.RefcountOrder,
            Incompatible = layout.Zstd ? IncompatibleFeatures.CompressionType : IncompatibleFeatures.None,
            CompressionType = layout.Zstd ? (byte)1 : (byte)0,
            Compatible = layout.LazyRefcounts ? Qcow2Header.LazyRefcounts : 0,
            FixedBytes = layout.Version == 2 ? Qcow2Header.FixedLengthOfVersion2 : Qcow2Header.FixedLength,
            BackingFile = backingName,
            BackingFormat = backingName is null ? null : backingFormat,
        };
        WriteFirstClusters(file, header);
        var image = new Qcow2Image(file, header, null);
        image.Resize(size);
        image.SetBacking(backing);
        if (layout.Preallocated)
        {
            image.Preallocate();
        }

        image.Flush();
        return image;
    }

    // The header comes last: until then the file is nothing yet.
    private static void WriteFirstClusters(ImageFile file, Qcow2Header header)
    {
        var clusters = new byte[FirstClusters << header.ClusterBits];
        var block = clusters.AsSpan(RefcountBlockCluster << header.ClusterBits);
        for (var i = 0; i < FirstClusters; i++)
        {
            RefcountBlock.Set(block, header.RefcountOrder, i, 1);
        }

        BinaryPrimitives.WriteInt64BigEndian(clusters.AsSpan(RefcountTableCluster << header.ClusterBits), (long)RefcountBlockCluster << header.ClusterBits);
        var head = header.ToBytes(file.Path);
        file.Write(0, clusters);
        file.Write(0, head);
    }
}
