using System.Buffers.Binary;

namespace Emulator.Host.Images.Qcow2;

/// <summary>
/// How often each cluster is used by what the tables of an image say, counted anew. Memory grows with the clusters that are used,
/// up to a bound.
/// </summary>
internal sealed class ReferenceCounts(Qcow2Store store)
{
    private const int ChunkBits = 10;
    private const int MostChunks = 1 << 18;

    private readonly Dictionary<long, uint[]> _chunks = [];

    /// <summary>What is wrong with the tables, so far.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>How many things are wrong; <see cref="Errors"/> has the first of them.</summary>
    public long ErrorCount { get; private set; }

    /// <summary>Clusters of the disk that have a cluster of the file or compressed bytes.</summary>
    public long Allocated { get; private set; }

    /// <summary>Of those, compressed ones.</summary>
    public long Compressed { get; private set; }

    /// <summary>Of those, the ones that do not lie behind the one before.</summary>
    public long Fragmented { get; private set; }

    /// <summary>The last cluster that is used.</summary>
    public long Last { get; private set; }

    /// <summary>The clusters in use, in no order.</summary>
    public IEnumerable<long> Used
        => from chunk in _chunks from index in Enumerable.Range(0, 1 << ChunkBits) where chunk.Value[index] != 0 select (chunk.Key << ChunkBits) + index;

    public uint Get(long cluster) => _chunks.TryGetValue(cluster >> ChunkBits, out var chunk) ? chunk[cluster & ((1 << ChunkBits) - 1)] : 0;

    /// <summary>Counts a cluster once more.</summary>
    public void Add(long cluster)
    {
        if (!_chunks.TryGetValue(cluster >> ChunkBits, out var chunk))
        {
            if (_chunks.Count >= MostChunks)
            {
                throw new ImageException(store.File.Path, "its clusters lie too far apart to be counted", "copy its contents into a new image: emulator img convert");
            }

            _chunks.Add(cluster >> ChunkBits, chunk = new uint[1 << ChunkBits]);
        }

        chunk[cluster & ((1 << ChunkBits) - 1)]++;
        Last = Math.Max(Last, cluster);
    }

    /// <summary>Counts a cluster, which was counted, once less.</summary>
    public void Remove(long cluster) => _chunks[cluster >> ChunkBits][cluster & ((1 << ChunkBits) - 1)]--;

    /// <summary>Counts every cluster that a range of the file touches.</summary>
    public bool AddBytes(long offset, long bytes, string what)
    {
        if (bytes <= 0)
        {
            return true;
        }

        var end = store.Header.ClustersFor(store.File.Length) << store.Header.ClusterBits;
        if (offset < 0 || offset >= end || bytes > end - offset)
        {
            Fail($"{what} lies at 0x{offset:x}, outside of the file");
            return false;
        }

        for (var cluster = offset >> store.Header.ClusterBits; cluster <= (offset + bytes - 1) >> store.Header.ClusterBits; cluster++)
        {
            Add(cluster);
        }

        return true;
    }

    /// <summary>Counts what is there beside the disk's and the snapshots' tables: the header, and bitmaps of other programs.</summary>
    public void AddFixed()
    {
        Add(0);
        if (store.Header.Extensions.FirstOrDefault(extension => extension.Type == Qcow2Header.BitmapsExtension) is { Data.Length: >= 24 } bitmaps)
        {
            AddBitmaps(bitmaps.Data.AsSpan());
        }
    }

    /// <summary>Counts the refcount table and its blocks.</summary>
    public void AddRefcounts(ReadOnlySpan<ulong> table)
    {
        AddBytes(store.Header.RefcountTableOffset, (long)store.Header.RefcountTableClusters << store.Header.ClusterBits, "the refcount table");
        for (var i = 0; i < table.Length; i++)
        {
            if (table[i] != 0)
            {
                AddTable((long)table[i], $"refcount block {i}");
            }
        }
    }

    /// <summary>Counts an L1 table's L2 tables and what they refer to.</summary>
    /// <param name="l1">The L1 table.</param>
    /// <param name="isActive">Whether it is the disk's and not a snapshot's: of that alone is there a statistic.</param>
    public void AddTree(ReadOnlySpan<ulong> l1, bool isActive)
    {
        var bytes = new byte[store.Header.ClusterSize];
        var next = 0L;
        for (var i = 0; i < l1.Length; i++)
        {
            var offset = (long)(l1[i] & L2Entry.OffsetMask);
            if (offset != 0 && AddTable(offset, $"L2 table {i}"))
            {
                store.File.Read(offset, bytes);
                AddEntries(bytes, isActive, ref next);
            }
        }
    }

    /// <summary>Whether an entry of a table refers to something that can be there.</summary>
    public bool IsSound(L2Entry entry) => entry.Kind switch
    {
        ClusterKind.Unallocated => true,
        ClusterKind.Compressed => entry.Compressed(store.Header.ClusterBits) is var (offset, _) && offset > 0 && offset < store.File.Length,
        _ => entry.HostOffset == 0 || store.IsClusterInFile(entry.HostOffset),
    };

    /// <summary>Counts the data that an L2 table refers to.</summary>
    public void AddEntries(ReadOnlySpan<byte> table, bool isActive)
    {
        var next = 0L;
        AddEntries(table, isActive, ref next);
    }

    public void Fail(string what)
    {
        const int MostKept = 100;
        ErrorCount++;
        if (Errors.Count < MostKept)
        {
            Errors.Add(what);
        }
    }

    private bool AddTable(long offset, string what)
    {
        if (!store.IsClusterInFile(offset))
        {
            Fail($"{what} lies at 0x{offset:x}, outside of the file or within a cluster");
            return false;
        }

        Add(offset >> store.Header.ClusterBits);
        return true;
    }

    private void AddEntries(ReadOnlySpan<byte> table, bool isActive, ref long next)
    {
        for (var at = 0; at < table.Length; at += sizeof(ulong))
        {
            var entry = new L2Entry(BinaryPrimitives.ReadUInt64BigEndian(table[at..]));
            if (entry.Kind == ClusterKind.Unallocated || (entry.Kind == ClusterKind.Zero && entry.HostOffset == 0))
            {
                continue;
            }

            if (!IsSound(entry))
            {
                Fail($"an L2 entry 0x{entry.Raw:x} points outside of the file or within a cluster");
                continue;
            }

            AddData(entry, isActive, ref next);
        }
    }

    private void AddData(L2Entry entry, bool isActive, ref long next)
    {
        var isCompressed = entry.Kind == ClusterKind.Compressed;
        var (offset, length) = isCompressed ? entry.Compressed(store.Header.ClusterBits) : (entry.HostOffset, store.Header.ClusterSize);
        if (isCompressed)
        {
            var end = store.Header.ClustersFor(store.File.Length) << store.Header.ClusterBits;
            length = (int)Math.Min(length, end - offset);
        }

        AddBytes(offset, length, "a data cluster");
        if (isActive)
        {
            Allocated++;
            Compressed += isCompressed ? 1 : 0;
            Fragmented += isCompressed || (next != 0 && next != offset) ? 1 : 0;
            next = isCompressed ? next : offset + length;
        }
    }

    private void AddBitmaps(ReadOnlySpan<byte> extension)
    {
        const long LargestDirectory = 64 << 20;
        var count = BinaryPrimitives.ReadUInt32BigEndian(extension);
        var size = BinaryPrimitives.ReadInt64BigEndian(extension[8..]);
        var offset = BinaryPrimitives.ReadInt64BigEndian(extension[16..]);
        if (size is < 0 or > LargestDirectory || !AddBytes(offset, size, "the bitmaps' directory"))
        {
            return;
        }

        var directory = new byte[size];
        store.File.Read(offset, directory);
        for (var (i, at) = (0u, 0); i < count && at + 24 <= directory.Length; i++)
        {
            var entry = directory.AsSpan(at);
            AddBitmap(BinaryPrimitives.ReadInt64BigEndian(entry), BinaryPrimitives.ReadUInt32BigEndian(entry[8..]));
            var variable = BinaryPrimitives.ReadUInt16BigEndian(entry[18..]) + (long)BinaryPrimitives.ReadUInt32BigEndian(entry[20..]);
            at = (int)Math.Min(directory.Length, (at + 24 + variable + 7) & ~7L);
        }
    }

    private void AddBitmap(long tableOffset, uint entries)
    {
        const uint MostEntries = 8 << 20;
        if (entries > MostEntries || !AddBytes(tableOffset, entries * (long)sizeof(ulong), "a bitmap's table"))
        {
            return;
        }

        foreach (var entry in store.ReadTable(tableOffset, entries))
        {
            if ((long)(entry & L2Entry.OffsetMask) is var offset and not 0)
            {
                AddTable(offset, "a bitmap's cluster");
            }
        }
    }
}
