namespace Emulator.Host.Images.Qcow2;

/// <summary>
/// How often each cluster of the file is used, and with that, which are free. What is freed stays in use until the tables that no
/// longer refer to it are on stable storage: so whenever the process ends, a cluster is at worst counted without being used.
/// </summary>
internal sealed class Refcounts
{
    private const int CacheBytes = 8 << 20;
    private const int MinCachedBlocks = 16;
    private const int MostPending = 1 << 16;

    private readonly Qcow2Store _store;
    private readonly TableCache _blocks;
    private readonly List<long> _pending = [];
    private ulong[] _table = [];
    private long _firstFree;

    public Refcounts(Qcow2Store store)
    {
        _store = store;
        _blocks = new TableCache(store.File, store.Header.ClusterSize, Math.Max(MinCachedBlocks, CacheBytes >> store.Header.ClusterBits), () => _blocks!.Write());
        Reload();
    }

    public bool IsDirty => _blocks.IsDirty;

    /// <summary>Whether so much was freed that the tables should be written.</summary>
    public bool HasManyPending => _pending.Count > MostPending;

    public bool HasPending => _pending.Count > 0;

    /// <summary>Where the refcount blocks lie, by their number; 0 for a block that does not exist.</summary>
    public ReadOnlySpan<ulong> Table => _table;

    private Qcow2Header Header => _store.Header;

    /// <summary>Reads the refcount table anew.</summary>
    public void Reload()
    {
        _blocks.Clear();
        _pending.Clear();
        _firstFree = 0;
        _table = _store.ReadTable(Header.RefcountTableOffset, ((long)Header.RefcountTableClusters << Header.ClusterBits) / sizeof(ulong));
        for (var i = 0; i < _table.Length; i++)
        {
            if (BlockOffset(i) is var offset and not 0)
            {
                _store.MarkMetadata(offset, 1, isMetadata: true);
            }
        }
    }

    /// <summary>How often a cluster is used.</summary>
    public ulong Get(long cluster)
    {
        var (block, index) = Place(cluster);
        return BlockOffset(block) is var offset and not 0 ? RefcountBlock.Get(_blocks.Get(offset), Header.RefcountOrder, index) : 0;
    }

    /// <summary>Sets how often a cluster, whose block exists, is used: for repair.</summary>
    public void Set(long cluster, ulong value)
    {
        var (block, index) = Place(cluster);
        RefcountBlock.Set(_blocks.Change(BlockOffset(block)), Header.RefcountOrder, index, value);
        _firstFree = 0;
    }

    /// <summary>Takes free clusters that lie together: at least one, at most <paramref name="most"/>.</summary>
    public (long Offset, int Count) AllocateRun(int most)
    {
        while (true)
        {
            var first = NextFree(_firstFree);
            _firstFree = first;
            var count = 1;
            while (count < most && Get(first + count) == 0)
            {
                count++;
            }

            if (Take(first, count))
            {
                _firstFree = first + count;
                return (first << Header.ClusterBits, count);
            }
        }
    }

    /// <summary>Takes a number of free clusters that lie together.</summary>
    public long Allocate(int count)
    {
        for (var first = NextFree(_firstFree); ;)
        {
            var length = 1;
            while (length < count && Get(first + length) == 0)
            {
                length++;
            }

            if (length < count)
            {
                first = NextFree(first + length);
            }
            else if (Take(first, count))
            {
                return first << Header.ClusterBits;
            }
            else
            {
                first = NextFree(_firstFree);
            }
        }
    }

    /// <summary>Gives back bytes of the file, each cluster that they touch once, when <see cref="ApplyPending"/> is called.</summary>
    public void FreeLater(long offset, long bytes)
    {
        for (var cluster = offset >> Header.ClusterBits; cluster <= (offset + bytes - 1) >> Header.ClusterBits; cluster++)
        {
            _pending.Add(cluster);
        }
    }

    /// <summary>Uses a cluster that is in use once more.</summary>
    public bool TryShare(long cluster)
    {
        var (block, index) = Place(cluster);
        var count = Get(cluster);
        if (count == 0 || count == RefcountBlock.Largest(Header.RefcountOrder))
        {
            return false;
        }

        RefcountBlock.Set(_blocks.Change(BlockOffset(block)), Header.RefcountOrder, index, count + 1);
        return true;
    }

    /// <summary>Frees what was given back. The tables that no longer refer to it are on stable storage.</summary>
    public void ApplyPending()
    {
        foreach (var cluster in _pending)
        {
            // A count of zero means damage, which a check tells of; it is no reason to lose a write.
            if (Get(cluster) is var count and not 0)
            {
                var (block, index) = Place(cluster);
                RefcountBlock.Set(_blocks.Change(BlockOffset(block)), Header.RefcountOrder, index, count - 1);
                _firstFree = count == 1 ? Math.Min(_firstFree, cluster) : _firstFree;
            }
        }

        _pending.Clear();
    }

    /// <summary>Writes the blocks that changed.</summary>
    public void Write() => _blocks.Write();

    private (long Block, int Index) Place(long cluster) => (cluster / Header.RefcountsPerBlock, (int)(cluster % Header.RefcountsPerBlock));

    // A wild entry of a damaged table counts as none: what it would say is free is still kept from being written over metadata.
    private long BlockOffset(long block)
        => block < _table.Length && (long)(_table[block] & L2Entry.OffsetMask) is var offset && _store.IsClusterInFile(offset) ? offset : 0;

    private long NextFree(long cluster)
    {
        while (Place(cluster).Block < _table.Length && Get(cluster) != 0)
        {
            cluster++;
        }

        return cluster;
    }

    // False: a block had to be made, in whose place the clusters may lie now; look again.
    private bool Take(long first, int count)
    {
        const long MostClusters = (long)(L2Entry.OffsetMask >> Qcow2Header.MinClusterBits);
        if (first + count > MostClusters >> (Header.ClusterBits - Qcow2Header.MinClusterBits))
        {
            throw new ImageException(_store.File.Path, "it cannot grow any more", "make an image with larger clusters", Devices.Storage.BlockStatus.NoSpace);
        }

        for (var block = Place(first).Block; block <= Place(first + count - 1).Block; block++)
        {
            if (block >= _table.Length)
            {
                GrowTable(block);
                return false;
            }

            if (BlockOffset(block) == 0)
            {
                MakeBlock(block, Math.Max(first, block * Header.RefcountsPerBlock));
                return false;
            }
        }

        _store.CheckNoMetadata(first << Header.ClusterBits, count);
        for (var i = 0; i < count; i++)
        {
            var (block, index) = Place(first + i);
            RefcountBlock.Set(_blocks.Change(BlockOffset(block)), Header.RefcountOrder, index, 1);
        }

        return true;
    }

    // A new block lies among the clusters that it counts, itself among them; it is in the file before the table refers to it.
    private void MakeBlock(long block, long cluster)
    {
        var offset = cluster << Header.ClusterBits;
        _store.CheckNoMetadata(offset, 1);
        RefcountBlock.Set(_blocks.GetNew(offset), Header.RefcountOrder, Place(cluster).Index, 1);
        _blocks.Write();
        _store.File.Flush();
        _table[block] = (ulong)offset;
        WriteTableEntry(block);
        _store.MarkMetadata(offset, 1, isMetadata: true);
    }

    private void WriteTableEntry(long block)
    {
        Span<byte> entry = stackalloc byte[sizeof(ulong)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(entry, _table[block]);
        _store.File.Write(Header.RefcountTableOffset + (block * sizeof(ulong)), entry);
    }

    // The larger table lies where no block counts yet, behind the blocks that count it and themselves.
    private void GrowTable(long neededBlock)
    {
        var perCluster = Header.ClusterSize / sizeof(ulong);
        var tableClusters = Math.Max((neededBlock / perCluster) + 2, Header.RefcountTableClusters * 3L / 2);
        var blocks = 1L;
        while (blocks * Header.RefcountsPerBlock < blocks + tableClusters || tableClusters * perCluster <= neededBlock + blocks)
        {
            blocks += blocks * Header.RefcountsPerBlock < blocks + tableClusters ? 1 : 0;
            tableClusters = Math.Max(tableClusters, ((neededBlock + blocks) / perCluster) + 1);
        }

        if (!Header.IsRefcountTableSize(tableClusters))
        {
            throw new ImageException(_store.File.Path, "its refcount table cannot grow any more", "make an image with larger clusters", Devices.Storage.BlockStatus.NoSpace);
        }

        var first = neededBlock * Header.RefcountsPerBlock;
        var table = new ulong[tableClusters * perCluster];
        _table.CopyTo(table, 0);
        for (var i = 0L; i < blocks; i++)
        {
            var offset = (first + i) << Header.ClusterBits;
            var counts = _blocks.GetNew(offset);
            var used = Math.Clamp(blocks + tableClusters - (i * Header.RefcountsPerBlock), 0, Header.RefcountsPerBlock);
            for (var index = 0; index < used; index++)
            {
                RefcountBlock.Set(counts, Header.RefcountOrder, index, 1);
            }

            table[Place(first).Block + i] = (ulong)offset;
            _store.MarkMetadata(offset, 1, isMetadata: true);
        }

        var place = (first + blocks) << Header.ClusterBits;
        var former = (Header.RefcountTableOffset, Bytes: (long)Header.RefcountTableClusters << Header.ClusterBits);
        _blocks.Write();
        _store.WriteTable(place, table);
        _store.WriteHeader(Header with { RefcountTableOffset = place, RefcountTableClusters = (int)tableClusters });
        _table = table;
        _store.MarkMetadata(place, tableClusters << Header.ClusterBits, isMetadata: true);
        _store.MarkMetadata(former.RefcountTableOffset, former.Bytes, isMetadata: false);
        FreeLater(former.RefcountTableOffset, former.Bytes);
    }
}
