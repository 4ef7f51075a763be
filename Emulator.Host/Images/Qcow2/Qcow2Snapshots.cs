using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Emulator.Devices.Storage;

namespace Emulator.Host.Images.Qcow2;

/// <content>Snapshots inside the image, the machine's state that may belong to one, and repair.</content>
public sealed partial class Qcow2Image
{
    private const int LongestSnapshotName = 255;

    /// <summary>The snapshots, oldest first.</summary>
    public ImmutableArray<ImageSnapshot> SnapshotList => Snapshots.All;

    /// <summary>Where the state of a machine lies: behind the disk, in the same tables.</summary>
    private long VmStateStart => Header.L1EntriesFor(Header.Size) * Header.BytesPerL1Entry;

    /// <summary>Keeps the disk as it is under a name.</summary>
    /// <param name="name">The name; several snapshots may have one name.</param>
    /// <param name="date">When.</param>
    /// <param name="vmClock">How long the guest has run, in nanoseconds.</param>
    /// <param name="vmStateSize">How many bytes <see cref="WriteVmState"/> has written for it.</param>
    public ImageSnapshot CreateSnapshot(string name, DateTimeOffset date, ulong vmClock = 0, long vmStateSize = 0)
    {
        if (Encoding.UTF8.GetByteCount(name) > LongestSnapshotName)
        {
            throw new ImageException(Path, "the snapshot's name is too long", $"give one of up to {LongestSnapshotName} bytes");
        }

        BeginWriting();
        Flush();
        var ids = SnapshotList.Select(known => ulong.TryParse(known.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < ulong.MaxValue ? id : 0);
        var snapshot = new ImageSnapshot((ids.Append(0ul).Max() + 1).ToString(CultureInfo.InvariantCulture), name, date, vmClock, vmStateSize, Header.Size)
        {
            L1Offset = Header.L1Offset,
            L1Entries = Header.L1Entries,
        };
        Rebuild(_map.L1.ToArray(), Header.Size, SnapshotList.Add(snapshot));
        return snapshot;
    }

    /// <summary>Makes the disk what it was.</summary>
    public void ApplySnapshot(ImageSnapshot snapshot)
    {
        BeginWriting();
        Flush();
        Rebuild(_store.ReadTable(snapshot.L1Offset, snapshot.L1Entries), snapshot.DiskSize, SnapshotList);
    }

    /// <summary>A snapshot's disk, to be read; it shares this image's file and backing file and must not outlive it.</summary>
    internal IDiskImage OpenSnapshot(ImageSnapshot snapshot) => new SnapshotImage(OpenVmState(snapshot));

    /// <summary>
    /// An image to read a snapshot's machine state from (<see cref="ReadVmState"/>); it shares this one's file, is not disposed of, and
    /// must not outlive it or a change of the snapshots.
    /// </summary>
    internal Qcow2Image OpenVmState(ImageSnapshot snapshot)
    {
        Flush();
        return new Qcow2Image(_store.File, Header with { Size = snapshot.DiskSize, L1Offset = snapshot.L1Offset, L1Entries = snapshot.L1Entries }, Backing);
    }

    /// <summary>Makes everything unallocated; nothing is lost when the backing file has it.</summary>
    internal void Empty()
    {
        BeginWriting();
        ForgetBehind(0);
        Flush();
    }

    /// <summary>Forgets a snapshot.</summary>
    public void DeleteSnapshot(ImageSnapshot snapshot)
    {
        BeginWriting();
        Flush();
        Rebuild(_map.L1.ToArray(), Header.Size, SnapshotList.Remove(snapshot));
    }

    /// <summary>Finds a snapshot by its id, else by its name; null when there is none.</summary>
    public ImageSnapshot? FindSnapshot(string idOrName) => Snapshots.Find(idOrName);

    /// <summary>Writes a part of the machine's state, which the next snapshot keeps.</summary>
    public void WriteVmState(long position, ReadOnlySpan<byte> source)
    {
        BeginWriting();
        var end = (VmStateStart + position + source.Length + Header.BytesPerL1Entry - 1) / Header.BytesPerL1Entry;
        if (end > _map.L1.Length)
        {
            Flush();
            _map.Grow(Math.Max(end, Math.Min(_map.L1.Length * 2L, end + 64)), Header.Size);
        }

        Write(VmStateStart + position, source);
    }

    /// <summary>Reads a part of the machine's state: of the snapshot that was applied last, or as it was written.</summary>
    public void ReadVmState(long position, Span<byte> destination) => Read(VmStateStart + position, destination);

    /// <summary>Gives back the space of the machine's state, which snapshots may go on to have.</summary>
    public void DiscardVmState()
    {
        BeginWriting();
        for (var cluster = VmStateStart >> Header.ClusterBits; cluster < _map.L1.Length * (long)Header.L2Entries; cluster++)
        {
            if (_map.HasNoTable(cluster))
            {
                cluster = _map.LastOfTable(cluster);
            }
            else if (_map.Get(cluster) is { Raw: not 0 } entry)
            {
                TryForget(cluster, entry, default);
            }
        }
    }

    /// <inheritdoc/>
    public void Resize(long length)
    {
        BeginWriting();
        if (length < 0 || !Qcow2Header.IsL1Size(Header.L1EntriesFor(length)))
        {
            throw new ImageException(Path, $"a disk of {length} bytes is not possible with clusters of {ClusterSize} bytes", "give a smaller size or larger clusters", BlockStatus.OutOfRange);
        }

        if (!SnapshotList.IsEmpty && Header.Version < 3)
        {
            throw new ImageException(Path, "it has snapshots, and version 2 does not keep their size", "delete the snapshots first");
        }

        DiscardVmState();
        if (length < Length)
        {
            WriteZeros(length, Math.Min(Length, Header.ClustersFor(length) << Header.ClusterBits) - length);
            ForgetBehind(length);
            Flush();
            _store.WriteHeader(Header with { Size = length });
            return;
        }

        var former = Length;
        Flush();
        _map.Grow(Header.L1EntriesFor(length), length);
        if (Backing is not null && Backing.Length > former)
        {
            WriteZeros(former, Math.Min(length, Backing.Length) - former);
        }

        Flush();
    }

    /// <summary>Makes every count and flag what the tables say; what points nowhere reads as zeros then.</summary>
    internal void Repair()
    {
        Flush();
        Rebuild(_map.L1.ToArray(), Header.Size, SnapshotList, header => header with
        {
            Incompatible = header.Incompatible & ~(IncompatibleFeatures.Dirty | IncompatibleFeatures.Corrupt),
        });
        _store.IsDamaged = false;
    }

    /// <summary>Lowers counts that are higher than what refers to the clusters; touches nothing else.</summary>
    internal void RepairLeaks(ReferenceCounts counted)
    {
        foreach (var cluster in Qcow2Checker.Counted(this).ToList())
        {
            if (_refcounts.Get(cluster) > counted.Get(cluster))
            {
                _refcounts.Set(cluster, counted.Get(cluster));
            }
        }

        Flush();
    }

    /// <summary>Names another backing file; the contents of the disk are the caller's care.</summary>
    internal void SetBackingName(string? name, string? format)
    {
        BeginWriting();
        Flush();
        _store.WriteHeader(Header with { BackingFile = name, BackingFormat = name is null ? null : format });
    }

    /// <summary>Uses another image as the backing file from now on; the former one is the caller's.</summary>
    internal void SetBacking(IDiskImage? backing)
    {
        Backing = backing;
        _expanded = null;
    }

    internal Refcounts Refcounts => _refcounts;

    internal ClusterMap Clusters => _map;

    /// <summary>Writes a whole cluster compressed; false when that would save nothing.</summary>
    internal bool TryWriteCompressed(long offset, ReadOnlySpan<byte> cluster)
    {
        BeginWriting();
        if (ClusterCodec.TryCompress(cluster, Header.UsesZstd) is not { } compressed)
        {
            return false;
        }

        var host = AllocateBytes(compressed.Length);
        _store.File.Write(host, compressed);
        Replace(offset >> Header.ClusterBits, L2Entry.ToCompressed(Header.ClusterBits, host, compressed.Length));
        FlushIfMuchIsPending();
        return true;
    }

    /// <summary>Gives every cluster a place in the file.</summary>
    internal void Preallocate()
    {
        BeginWriting();
        var clusters = Header.ClustersFor(Length);
        var end = 0L;
        for (var cluster = 0L; cluster < clusters;)
        {
            var (host, count) = _refcounts.AllocateRun((int)Math.Min(clusters - cluster, 1 << 16));
            for (var i = 0; i < count; i++)
            {
                _map.Set(cluster + i, L2Entry.ToCluster(host + ((long)i << Header.ClusterBits)));
            }

            cluster += count;
            end = Math.Max(end, host + ((long)count << Header.ClusterBits));
        }

        if (end > _store.File.Length)
        {
            _store.File.SetLength(end);
        }
    }

    // Compressed clusters lie one behind the other; a cluster that several have parts of is counted for each.
    private long AllocateBytes(int length)
    {
        var rest = (int)(-_compressedEnd & (ClusterSize - 1));
        var open = _compressedEnd >> Header.ClusterBits;
        long offset;
        if (rest >= length && _refcounts.TryShare(open))
        {
            offset = _compressedEnd;
        }
        else
        {
            var (host, _) = _refcounts.AllocateRun(1);
            offset = rest > 0 && host == _compressedEnd + rest && _refcounts.TryShare(open) ? _compressedEnd : host;
        }

        _compressedEnd = offset + length;
        return offset;
    }

    private void ForgetBehind(long length)
    {
        for (var cluster = Header.ClustersFor(length); cluster < Header.ClustersFor(Length); cluster++)
        {
            if (_map.HasNoTable(cluster))
            {
                cluster = _map.LastOfTable(cluster);
            }
            else if (_map.Get(cluster) is { Raw: not 0 } entry)
            {
                TryForget(cluster, entry, default);
            }
        }
    }

    private void Rebuild(ulong[] active, long size, ImmutableArray<ImageSnapshot> snapshots, Func<Qcow2Header, Qcow2Header>? change = null)
    {
        new MetadataRebuild(_store, cluster => !_store.Metadata.Contains(cluster) && _refcounts.Get(cluster) == 0).Commit(active, size, snapshots, change);
        _store.Metadata.Clear();
        Snapshots.Reload();
        _refcounts.Reload();
        _map.Reload();
        MarkFixedMetadata();
        _expanded = null;
        _compressedEnd = 0;
    }
}
