using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Emulator.Host.Images.Qcow2;

/// <summary>
/// Changes what an image's tables say as a whole: all counts are computed anew from the L1 tables that shall be, new tables are
/// written where nothing is, and the header, written in one piece, switches to them. Whenever the process is killed, the file is
/// sound: it is that of before or that of after. Snapshots are made, applied and deleted in this way, and images are repaired.
/// </summary>
internal sealed class MetadataRebuild(Qcow2Store store, Func<long, bool> isFree)
{
    private readonly ReferenceCounts _counts = new(store);
    private readonly List<(long Offset, byte[] Bytes)> _writes = [];
    private long _next = 1;

    private Qcow2Header Header => store.Header;

    /// <summary>Does it. Nothing is dirty; afterwards whoever keeps tables in memory reads them anew.</summary>
    /// <param name="active">The L1 table that the disk shall have: its L2 tables as they are in the file.</param>
    /// <param name="size">The size that the disk shall have.</param>
    /// <param name="snapshots">The snapshots that there shall be.</param>
    /// <param name="change">What else of the header changes.</param>
    public void Commit(ulong[] active, long size, ImmutableArray<ImageSnapshot> snapshots, Func<Qcow2Header, Qcow2Header>? change = null)
    {
        _counts.AddFixed();
        foreach (var snapshot in snapshots)
        {
            _counts.AddBytes(snapshot.L1Offset, (long)snapshot.L1Entries * sizeof(ulong), $"the L1 table of snapshot {snapshot.Name}");
            _counts.AddTree(store.ReadTable(snapshot.L1Offset, snapshot.L1Entries), isActive: false);
        }

        var l1 = BuildActive(active);
        var l1Offset = l1.Length == 0 ? 0 : Place((long)l1.Length * sizeof(ulong), offset => store.WriteTable(offset, l1));
        var table = SnapshotTable.ToBytes(snapshots);
        var snapshotsOffset = table.Length == 0 ? 0 : Place(table.Length, offset => store.File.Write(offset, table));
        var (refcountOffset, refcountClusters) = BuildRefcounts();
        WriteAll();
        var header = Header with
        {
            Size = size,
            L1Offset = l1Offset,
            L1Entries = l1.Length,
            SnapshotsOffset = snapshotsOffset,
            SnapshotCount = snapshots.Length,
            RefcountTableOffset = refcountOffset,
            RefcountTableClusters = refcountClusters,
            Autoclear = 0,
        };
        store.WriteHeader(change?.Invoke(header) ?? header);
    }

    // The data first, since the flags of a table's entries say how often each cluster is used in the end.
    private ulong[] BuildActive(ulong[] active)
    {
        var tables = new Dictionary<int, byte[]>();
        for (var i = 0; i < active.Length; i++)
        {
            if ((long)(active[i] & L2Entry.OffsetMask) is var offset && store.IsClusterInFile(offset))
            {
                var bytes = new byte[Header.ClusterSize];
                store.File.Read(offset, bytes);
                DropUnsound(bytes);
                _counts.AddEntries(bytes, isActive: true);
                tables.Add(i, bytes);
            }
        }

        // What stays where it is must be counted before anything new is placed.
        var l1 = new ulong[active.Length];
        foreach (var (i, bytes) in tables)
        {
            var offset = (long)(active[i] & L2Entry.OffsetMask);
            if (!FixFlags(bytes) && _counts.Get(offset >> Header.ClusterBits) == 0 && IsAsInFile(offset, bytes))
            {
                _counts.Add(offset >> Header.ClusterBits);
                l1[i] = (ulong)offset | L2Entry.Copied;
            }
        }

        foreach (var (i, bytes) in tables)
        {
            if (l1[i] == 0)
            {
                l1[i] = (ulong)PlaceBytes(bytes) | L2Entry.Copied;
            }
        }

        return l1;
    }

    private bool IsAsInFile(long offset, byte[] bytes)
    {
        var inFile = new byte[bytes.Length];
        store.File.Read(offset, inFile);
        return inFile.AsSpan().SequenceEqual(bytes);
    }

    // An entry that can refer to nothing becomes zeros; what it referred to is not there.
    private void DropUnsound(byte[] table)
    {
        for (var at = 0; at < table.Length; at += sizeof(ulong))
        {
            if (!_counts.IsSound(new L2Entry(BinaryPrimitives.ReadUInt64BigEndian(table.AsSpan(at)))))
            {
                BinaryPrimitives.WriteUInt64BigEndian(table.AsSpan(at), Header.Version >= 3 ? L2Entry.ZeroFlag : 0);
            }
        }
    }

    private bool FixFlags(byte[] table)
    {
        var changed = false;
        for (var at = 0; at < table.Length; at += sizeof(ulong))
        {
            var entry = new L2Entry(BinaryPrimitives.ReadUInt64BigEndian(table.AsSpan(at)));
            var isOnce = entry.Kind is ClusterKind.Normal or ClusterKind.Zero && entry.HostOffset != 0 && _counts.Get(entry.HostOffset >> Header.ClusterBits) == 1;
            var right = isOnce ? entry.Raw | L2Entry.Copied : entry.Raw & ~L2Entry.Copied;
            if (right != entry.Raw)
            {
                BinaryPrimitives.WriteUInt64BigEndian(table.AsSpan(at), right);
                changed = true;
            }
        }

        return changed;
    }

    private long PlaceBytes(byte[] bytes)
    {
        var offset = Take(1);
        _writes.Add((offset, bytes));
        WriteIfMuch();
        return offset;
    }

    private long Place(long bytes, Action<long> write)
    {
        var offset = Take(Header.ClustersFor(bytes));
        write(offset);
        return offset;
    }

    // Clusters that nothing uses now, nor will.
    private long Take(long count)
    {
        var run = 0L;
        var cluster = count == 1 ? _next : 1;
        while (run < count)
        {
            run = _counts.Get(cluster) == 0 && isFree(cluster) ? run + 1 : 0;
            cluster++;
        }

        for (var i = cluster - count; i < cluster; i++)
        {
            _counts.Add(i);
        }

        _next = count == 1 ? cluster : _next;
        return (cluster - count) << Header.ClusterBits;
    }

    // Blocks count themselves and the table, so that placing one may call for another.
    private (long Offset, int Clusters) BuildRefcounts()
    {
        var perTableCluster = Header.ClusterSize / sizeof(ulong);
        var blocks = new SortedDictionary<long, long>();
        PlaceBlocks(blocks);
        var clusters = 0L;
        var offset = 0L;
        while (clusters * perTableCluster <= blocks.Keys.Last())
        {
            for (var i = 0; i < clusters; i++)
            {
                _counts.Remove((offset >> Header.ClusterBits) + i);
            }

            clusters = ((blocks.Keys.Last() + 2) / perTableCluster) + 1;
            if (!Header.IsRefcountTableSize(clusters))
            {
                throw new ImageException(store.File.Path, "its refcount table would be too large", "copy its contents into a new image: emulator img convert");
            }

            offset = Take(clusters);
            PlaceBlocks(blocks);
        }

        var table = new ulong[clusters * perTableCluster];
        foreach (var (block, place) in blocks)
        {
            table[block] = (ulong)place;
            _writes.Add((place, BlockOf(block)));
            WriteIfMuch();
        }

        store.WriteTable(offset, table);
        return (offset, (int)clusters);
    }

    private void PlaceBlocks(SortedDictionary<long, long> blocks)
    {
        var missing = MissingBlocks(blocks);
        while (missing.Count > 0)
        {
            foreach (var block in missing)
            {
                blocks.Add(block, Take(1));
            }

            missing = MissingBlocks(blocks);
        }
    }

    private List<long> MissingBlocks(SortedDictionary<long, long> blocks)
        => [.. _counts.Used.Select(cluster => cluster / Header.RefcountsPerBlock).Distinct().Where(block => !blocks.ContainsKey(block)).Order()];

    private byte[] BlockOf(long block)
    {
        var bytes = new byte[Header.ClusterSize];
        var largest = RefcountBlock.Largest(Header.RefcountOrder);
        for (var i = 0; i < Header.RefcountsPerBlock; i++)
        {
            var count = _counts.Get((block * Header.RefcountsPerBlock) + i);
            if (count > largest)
            {
                throw new ImageException(store.File.Path, $"a cluster would be used {count} times, more than its refcounts of {Header.RefcountBits} bits can say", "delete snapshots");
            }

            if (count != 0)
            {
                RefcountBlock.Set(bytes, Header.RefcountOrder, i, count);
            }
        }

        return bytes;
    }

    private void WriteIfMuch()
    {
        const int Much = 16 << 20;
        if ((long)_writes.Count << Header.ClusterBits > Much)
        {
            WriteAll();
        }
    }

    private void WriteAll()
    {
        foreach (var (offset, bytes) in _writes)
        {
            store.File.Write(offset, bytes);
        }

        _writes.Clear();
    }
}
