using System.Buffers.Binary;

namespace Emulator.Host.Images.Qcow2;

/// <summary>Where each cluster of the disk is: the active L1 table, whole in memory, and the L2 tables that it leads to.</summary>
internal sealed class ClusterMap
{
    private const int CacheBytes = 32 << 20;
    private const int MinCachedTables = 16;

    private readonly Qcow2Store _store;
    private readonly Refcounts _refcounts;
    private readonly TableCache _tables;
    private readonly SortedSet<long> _dirty = [];
    private ulong[] _l1 = [];

    public ClusterMap(Qcow2Store store, Refcounts refcounts, Action makeClean)
    {
        _store = store;
        _refcounts = refcounts;
        _tables = new TableCache(store.File, store.Header.ClusterSize, Math.Max(MinCachedTables, CacheBytes >> store.Header.ClusterBits), makeClean);
        Reload();
    }

    public bool IsDirty => _dirty.Count > 0 || _tables.IsDirty;

    /// <summary>The active L1 table.</summary>
    public ReadOnlySpan<ulong> L1 => _l1;

    private Qcow2Header Header => _store.Header;

    /// <summary>Reads the L1 table anew.</summary>
    public void Reload()
    {
        _tables.Clear();
        _dirty.Clear();
        _l1 = _store.ReadTable(Header.L1Offset, Header.L1Entries);
        _store.MarkMetadata(Header.L1Offset, _l1.Length * sizeof(ulong), isMetadata: true);
        foreach (var entry in _l1)
        {
            if ((long)(entry & L2Entry.OffsetMask) is var offset and not 0)
            {
                _store.MarkMetadata(offset, 1, isMetadata: true);
            }
        }
    }

    /// <summary>The entry of a cluster of the disk.</summary>
    public L2Entry Get(long cluster)
    {
        var (l1, index) = Place(cluster);
        if (l1 >= _l1.Length || (_l1[l1] & L2Entry.OffsetMask) == 0)
        {
            return default;
        }

        return new(BinaryPrimitives.ReadUInt64BigEndian(_tables.Get(TableOffset(l1))[(index * sizeof(ulong))..]));
    }

    /// <summary>The last cluster that shares an L2 table with this one.</summary>
    public long LastOfTable(long cluster) => cluster | (uint)(Header.L2Entries - 1);

    /// <summary>Whether a whole L2 table is missing, so that none of its clusters is allocated.</summary>
    public bool HasNoTable(long cluster) => Place(cluster).L1 is var l1 && (l1 >= _l1.Length || (_l1[l1] & L2Entry.OffsetMask) == 0);

    /// <summary>Sets the entry of a cluster, in a table of this map's own.</summary>
    public void Set(long cluster, L2Entry entry)
    {
        var (l1, index) = Place(cluster);
        BinaryPrimitives.WriteUInt64BigEndian(_tables.Change(OwnTable(l1))[(index * sizeof(ulong))..], entry.Raw);
    }

    /// <summary>Writes the L2 tables that changed, and then the L1 entries that lead to new ones.</summary>
    public void Write()
    {
        _tables.Write();
        if (_dirty.Count == 0)
        {
            return;
        }

        _store.File.Flush();
        Span<byte> entry = stackalloc byte[sizeof(ulong)];
        foreach (var index in _dirty)
        {
            BinaryPrimitives.WriteUInt64BigEndian(entry, _l1[index]);
            _store.File.Write(Header.L1Offset + (index * sizeof(ulong)), entry);
        }

        _dirty.Clear();
    }

    /// <summary>Makes room for more entries, in a new L1 table, and sets the disk's size with it. Nothing is dirty.</summary>
    public void Grow(long entries, long size)
    {
        if (entries <= _l1.Length)
        {
            _store.WriteHeader(Header with { Size = size });
            return;
        }

        if (!Qcow2Header.IsL1Size(entries))
        {
            throw new ImageException(_store.File.Path, "its L1 table cannot grow so far", "give a smaller size, or make an image with larger clusters", Devices.Storage.BlockStatus.OutOfRange);
        }

        var table = new ulong[entries];
        _l1.CopyTo(table, 0);
        var bytes = entries * sizeof(ulong);
        var place = _refcounts.Allocate((int)Header.ClustersFor(bytes));
        _store.WriteTable(place, table);
        _refcounts.Write();
        var (former, formerBytes) = (Header.L1Offset, _l1.Length * sizeof(ulong));
        _store.WriteHeader(Header with { L1Offset = place, L1Entries = (int)entries, Size = size });
        _l1 = table;
        _store.MarkMetadata(place, bytes, isMetadata: true);
        if (formerBytes > 0)
        {
            _store.MarkMetadata(former, formerBytes, isMetadata: false);
            _refcounts.FreeLater(former, formerBytes);
        }
    }

    private (long L1, int Index) Place(long cluster) => (cluster / Header.L2Entries, (int)(cluster % Header.L2Entries));

    private long TableOffset(long l1)
    {
        var offset = (long)(_l1[l1] & L2Entry.OffsetMask);
        return _store.IsClusterInFile(offset) || _tables.IsKnown(offset)
            ? offset
            : throw _store.Damaged($"L1 entry {l1} points at 0x{offset:x}, where no L2 table can be");
    }

    // A table that a snapshot shares, or that is not there, is made anew.
    private long OwnTable(long l1)
    {
        if ((_l1[l1] & L2Entry.Copied) != 0)
        {
            var own = TableOffset(l1);
            return own >> Header.ClusterBits != 0 ? own : throw _store.Damaged($"L1 entry {l1} points at the header");
        }

        var former = (_l1[l1] & L2Entry.OffsetMask) == 0 ? 0 : TableOffset(l1);
        var offset = _refcounts.Allocate(1);
        if (former != 0)
        {
            var copy = _tables.Get(former).ToArray();
            copy.CopyTo(_tables.GetNew(offset));
            _refcounts.FreeLater(former, 1);
            _store.MarkMetadata(former, 1, isMetadata: false);
        }
        else
        {
            _tables.GetNew(offset);
        }

        _l1[l1] = (ulong)offset | L2Entry.Copied;
        _dirty.Add(l1);
        _store.MarkMetadata(offset, 1, isMetadata: true);
        return offset;
    }
}
