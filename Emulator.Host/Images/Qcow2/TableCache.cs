namespace Emulator.Host.Images.Qcow2;

/// <summary>
/// Tables of one cluster each (L2 tables, refcount blocks) in memory, at most so many. Changed ones stay until the owner writes them;
/// a table may be dropped by any later <see cref="Get"/>, so nobody keeps one.
/// </summary>
internal sealed class TableCache(ImageFile file, int tableBytes, int capacity, Action makeClean)
{
    private readonly Dictionary<long, LinkedListNode<Table>> _tables = [];
    private readonly LinkedList<Table> _recent = [];
    private readonly SortedSet<long> _dirty = [];

    public bool IsDirty => _dirty.Count > 0;

    /// <summary>Whether a table is in memory: perhaps not yet in the file.</summary>
    public bool IsKnown(long offset) => _tables.ContainsKey(offset);

    /// <summary>The table at an offset of the file.</summary>
    public Span<byte> Get(long offset)
    {
        if (_recent.First is { } first && first.Value.Offset == offset)
        {
            return first.Value.Bytes;
        }

        if (_tables.TryGetValue(offset, out var node))
        {
            _recent.Remove(node);
            _recent.AddFirst(node);
            return node.Value.Bytes;
        }

        var table = Add(offset, load: true);
        return table.Bytes;
    }

    /// <summary>A table that begins as zeros, whatever is in the file; changed.</summary>
    public Span<byte> GetNew(long offset)
    {
        Drop(offset);
        var table = Add(offset, load: false);
        _dirty.Add(offset);
        return table.Bytes;
    }

    /// <summary>The table at an offset, which the caller changes.</summary>
    public Span<byte> Change(long offset)
    {
        var bytes = Get(offset);
        _dirty.Add(offset);
        return bytes;
    }

    /// <summary>Forgets a table, changed or not.</summary>
    public void Drop(long offset)
    {
        _dirty.Remove(offset);
        if (_tables.Remove(offset, out var node))
        {
            _recent.Remove(node);
        }
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _dirty.Clear();
        _tables.Clear();
        _recent.Clear();
    }

    /// <summary>Writes what was changed.</summary>
    public void Write()
    {
        while (_dirty.Count > 0)
        {
            var offset = _dirty.Min;
            file.Write(offset, _tables[offset].Value.Bytes);
            _dirty.Remove(offset);
        }
    }

    private Table Add(long offset, bool load)
    {
        if (_tables.Count >= capacity)
        {
            if (_dirty.Contains(_recent.Last!.Value.Offset))
            {
                makeClean();
            }

            Drop(_recent.Last!.Value.Offset);
        }

        var table = new Table(offset, new byte[tableBytes]);
        if (load)
        {
            file.Read(offset, table.Bytes);
        }

        _tables.Add(offset, _recent.AddFirst(table));
        return table;
    }

    private sealed record Table(long Offset, byte[] Bytes);
}
