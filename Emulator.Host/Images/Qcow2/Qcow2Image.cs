using System.Buffers;

namespace Emulator.Host.Images.Qcow2;

/// <summary>Opens what an image names as its backing file.</summary>
public delegate IDiskImage BackingOpener(string name, string? format);

/// <summary>
/// An image in QEMU's qcow2 format, versions 2 and 3 (QEMU's docs/interop/qcow2.txt). Tables are written behind the data and the
/// counts that they rely on, so that a process killed at any moment leaves a sound file with everything that was flushed.
/// </summary>
public sealed partial class Qcow2Image : IDiskImage
{
    private const int LargestPiece = 1 << 20;

    private readonly Qcow2Store _store;
    private readonly Refcounts _refcounts;
    private readonly ClusterMap _map;
    private CompressedCluster? _expanded;
    private long _compressedEnd;

    internal Qcow2Image(ImageFile file, Qcow2Header header, IDiskImage? backing)
    {
        _store = new Qcow2Store(file, header);
        Backing = backing;
        Snapshots = new SnapshotTable(_store);
        _refcounts = new Refcounts(_store);
        _map = new ClusterMap(_store, _refcounts, Settle);
        MarkFixedMetadata();
    }

    /// <inheritdoc/>
    public string Format => "qcow2";

    /// <inheritdoc/>
    public string Path => _store.File.Path;

    /// <inheritdoc/>
    public long Length => Header.Size;

    /// <inheritdoc/>
    public bool IsReadOnly => !_store.File.IsWritable;

    /// <inheritdoc/>
    public IDiskImage? Backing { get; private set; }

    internal Qcow2Header Header => _store.Header;

    internal SnapshotTable Snapshots { get; }

    internal Qcow2Store Store => _store;

    private int ClusterSize => Header.ClusterSize;

    /// <summary>Opens an image.</summary>
    /// <param name="file">The file, which the image disposes of.</param>
    /// <param name="openBacking">Opens the backing file; null to do without it.</param>
    public static Qcow2Image Open(ImageFile file, BackingOpener? openBacking) => Open(file, openBacking, forRepair: false);

    internal static Qcow2Image Open(ImageFile file, BackingOpener? openBacking, bool forRepair)
    {
        var header = Qcow2Header.Read(file);
        if (file.IsWritable && header.Incompatible.HasFlag(IncompatibleFeatures.Corrupt) && !forRepair)
        {
            throw new ImageException(file.Path, "the image is marked as damaged", "keep a copy, then repair it: emulator img check -r all; or open it readonly=on");
        }

        var backing = header.BackingFile is { } name && openBacking is not null ? openBacking(name, header.BackingFormat) : null;
        try
        {
            var image = new Qcow2Image(file, header, backing);
            if (file.IsWritable && header.Incompatible.HasFlag(IncompatibleFeatures.Dirty) && !forRepair)
            {
                // Another program counted lazily and did not get to the end.
                image.Repair();
            }

            return image;
        }
        catch
        {
            backing?.Dispose();
            throw;
        }
    }

    /// <summary>A disk whose writes go to a temporary file over <paramref name="backing"/>, and are gone with it.</summary>
    public static Qcow2Image CreateTemporary(IDiskImage backing)
    {
        var folder = System.IO.Path.GetTempPath();
        var path = System.IO.Path.Combine(folder, $"emulator-{Guid.NewGuid():n}.qcow2");
        var file = ImageFile.Open(path, ImageAccess.Write | ImageAccess.Create | ImageAccess.Temporary);
        try
        {
            return Qcow2Creator.Create(file, new Qcow2Layout(), backing.Length, backing: backing);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            var part = ReadRun(offset, destination);
            destination = destination[part..];
            offset += part;
        }
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        BeginWriting();
        while (source.Length > 0)
        {
            var part = _map.Get(offset >> Header.ClusterBits).IsInPlace ? WriteInPlace(offset, source) : WriteAllocating(offset, source);
            source = source[part..];
            offset += part;
            FlushIfMuchIsPending();
        }
    }

    /// <inheritdoc/>
    public void WriteZeros(long offset, long length)
    {
        BeginWriting();
        ForWholeClusters(offset, length, WriteZeroBytes, cluster =>
        {
            var entry = _map.Get(cluster);
            if (Header.Version < 3)
            {
                // Version 2 has no zero clusters; without a backing file nothing allocated is the same.
                return Backing is null && TryForget(cluster, entry, default);
            }

            return entry.Kind == ClusterKind.Zero || (entry.Kind == ClusterKind.Unallocated && Backing is null) || TryForget(cluster, entry, new L2Entry(L2Entry.ZeroFlag));
        });
    }

    /// <inheritdoc/>
    public void Discard(long offset, long length)
    {
        BeginWriting();
        ForWholeClusters(offset, length, (_, _) => { }, cluster =>
        {
            var entry = _map.Get(cluster);
            return (entry.Kind == ClusterKind.Unallocated && Backing is null) || entry.Raw == L2Entry.ZeroFlag || (Backing is not null && Header.Version < 3)
                || TryForget(cluster, entry, Backing is null ? default : new L2Entry(L2Entry.ZeroFlag));
        });
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (IsReadOnly || _store.IsDamaged)
        {
            return;
        }

        WriteTables();
        _store.File.Flush();
        if (_refcounts.HasPending)
        {
            _refcounts.ApplyPending();
            _refcounts.Write();
            _compressedEnd = 0;
        }
    }

    /// <inheritdoc/>
    public void WriteBack()
    {
        if (!IsReadOnly && !_store.IsDamaged)
        {
            WriteTables();
        }
    }

    /// <inheritdoc/>
    public Extent Map(long offset, long length)
    {
        length = Math.Min(length, Length - offset);
        var kind = default(ExtentKind?);
        var done = 0L;
        while (done < length)
        {
            var cluster = (offset + done) >> Header.ClusterBits;
            var here = _map.Get(cluster).Kind switch
            {
                ClusterKind.Unallocated => ExtentKind.Unallocated,
                ClusterKind.Zero => ExtentKind.Zero,
                _ => ExtentKind.Data,
            };
            if (here != (kind ?? here))
            {
                break;
            }

            kind = here;
            var last = _map.HasNoTable(cluster) ? _map.LastOfTable(cluster) : cluster;
            done = ((last + 1) << Header.ClusterBits) - offset;
        }

        return new Extent(kind ?? ExtentKind.Unallocated, Math.Min(done, length));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Flush();
        }
        finally
        {
            Backing?.Dispose();
            _store.File.Dispose();
        }
    }

    // Whatever the tables rely on first: data and counts, then L2 tables, then the L1 table.
    private void WriteTables()
    {
        _refcounts.Write();
        if (_map.IsDirty)
        {
            _store.File.Flush();
            _map.Write();
        }
    }

    private void Settle() => WriteTables();

    private void FlushIfMuchIsPending()
    {
        if (_refcounts.HasManyPending)
        {
            Flush();
        }
    }

    // Before the first write: features of others that writing makes untrue are taken back.
    private void BeginWriting()
    {
        _store.CheckWritable();
        _expanded = null;
        if (Header.Autoclear != 0)
        {
            _store.WriteHeader(Header with { Autoclear = 0 });
        }
    }

    private void MarkFixedMetadata()
    {
        _store.MarkMetadata(0, 1, isMetadata: true);
        _store.MarkMetadata(Header.RefcountTableOffset, (long)Header.RefcountTableClusters << Header.ClusterBits, isMetadata: true);
        foreach (var (offset, bytes) in Snapshots.Places())
        {
            _store.MarkMetadata(offset, bytes, isMetadata: true);
        }
    }

    private int ReadRun(long offset, Span<byte> destination)
    {
        var cluster = offset >> Header.ClusterBits;
        var within = (int)(offset & (ClusterSize - 1));
        var entry = _map.Get(cluster);
        var length = Math.Min(destination.Length, ClusterSize - within);
        switch (entry.Kind)
        {
            case ClusterKind.Compressed:
                Expand(entry).AsSpan(within, length).CopyTo(destination);
                return length;
            case ClusterKind.Normal:
                CheckData(entry.HostOffset);
                while (length < destination.Length && _map.Get(++cluster) is { Kind: ClusterKind.Normal } next && next.HostOffset == entry.HostOffset + within + length)
                {
                    length = Math.Min(destination.Length, length + ClusterSize);
                }

                _store.File.Read(entry.HostOffset + within, destination[..length]);
                return length;
            default:
                while (length < destination.Length && _map.Get(++cluster).Kind == entry.Kind)
                {
                    length = Math.Min(destination.Length, length + ClusterSize);
                }

                ReadAbsent(entry.Kind, offset, destination[..length]);
                return length;
        }
    }

    private void ReadAbsent(ClusterKind kind, long offset, Span<byte> destination)
    {
        // The vm state lies behind the disk, where no backing file has anything to say.
        var inBacking = kind == ClusterKind.Unallocated && Backing is not null && offset < Length
            ? (int)Math.Clamp(Math.Min(Backing.Length, Length) - offset, 0, destination.Length)
            : 0;
        destination[inBacking..].Clear();
        if (inBacking > 0)
        {
            Backing!.Read(offset, destination[..inBacking]);
        }
    }

    private void CheckData(long hostOffset)
    {
        if (!_store.IsClusterInFile(hostOffset))
        {
            throw _store.Damaged($"an L2 entry points at 0x{hostOffset:x}, outside of the file or within a cluster");
        }
    }

    private byte[] Expand(L2Entry entry)
    {
        if (_expanded is { } known && known.Raw == entry.Raw)
        {
            return known.Bytes;
        }

        var (offset, length) = entry.Compressed(Header.ClusterBits);
        if (offset >= _store.File.Length)
        {
            throw _store.Damaged($"a compressed cluster lies at 0x{offset:x}, outside of the file");
        }

        var compressed = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var cluster = new byte[ClusterSize];
            _store.File.Read(offset, compressed.AsSpan(0, length));
            if (!ClusterCodec.TryExpand(compressed, length, cluster, Header.UsesZstd))
            {
                throw new ImageException(Path, $"the compressed cluster at 0x{offset:x} cannot be expanded", "the data are lost: use another copy");
            }

            _expanded = new CompressedCluster(entry.Raw, cluster);
            return cluster;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }

    private int WriteInPlace(long offset, ReadOnlySpan<byte> source)
    {
        var cluster = offset >> Header.ClusterBits;
        var within = (int)(offset & (ClusterSize - 1));
        var first = _map.Get(cluster).HostOffset;
        CheckData(first);
        var length = Math.Min(source.Length, ClusterSize - within);
        while (length < source.Length && _map.Get(++cluster) is { IsInPlace: true } next && next.HostOffset == first + within + length)
        {
            length = Math.Min(source.Length, length + ClusterSize);
        }

        _store.CheckNoMetadata(first, Header.ClustersFor(within + length));
        _store.File.Write(first + within, source[..length]);
        return length;
    }

    private int WriteAllocating(long offset, ReadOnlySpan<byte> source)
    {
        var first = offset >> Header.ClusterBits;
        var within = (int)(offset & (ClusterSize - 1));
        var most = (int)Math.Min(Math.Max(1, LargestPiece >> Header.ClusterBits), Header.ClustersFor(within + source.Length));
        var wanted = 1;
        while (wanted < most && !_map.Get(first + wanted).IsInPlace)
        {
            wanted++;
        }

        var (host, count) = _refcounts.AllocateRun(wanted);
        var length = Math.Min(source.Length, (count << Header.ClusterBits) - within);
        try
        {
            WriteWhole(first, count, within, source[..length], host);
        }
        catch
        {
            _refcounts.FreeLater(host, (long)count << Header.ClusterBits);
            throw;
        }

        for (var i = 0; i < count; i++)
        {
            Replace(first + i, L2Entry.ToCluster(host + ((long)i << Header.ClusterBits)));
        }

        return length;
    }

    // New clusters are written whole, with what was there before and behind.
    private void WriteWhole(long first, int count, int within, ReadOnlySpan<byte> source, long host)
    {
        var bytes = count << Header.ClusterBits;
        if (source.Length == bytes)
        {
            _store.File.Write(host, source);
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            var whole = buffer.AsSpan(0, bytes);
            var end = within + source.Length;
            Read(first << Header.ClusterBits, whole[..within]);
            source.CopyTo(whole[within..]);
            Read((first << Header.ClusterBits) + end, whole[end..]);
            _store.File.Write(host, whole);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // The L2 table is this image's own before anything is freed.
    private void Replace(long cluster, L2Entry entry)
    {
        var former = _map.Get(cluster);
        _map.Set(cluster, entry);
        switch (former.Kind)
        {
            case ClusterKind.Compressed:
                var (offset, length) = former.Compressed(Header.ClusterBits);
                _refcounts.FreeLater(offset, length);
                break;
            case ClusterKind.Normal or ClusterKind.Zero when former.HostOffset != 0:
                _refcounts.FreeLater(former.HostOffset, ClusterSize);
                break;
            default:
                break;
        }
    }

    private bool TryForget(long cluster, L2Entry former, L2Entry entry)
    {
        if (former.Raw != entry.Raw)
        {
            Replace(cluster, entry);
            FlushIfMuchIsPending();
        }

        return true;
    }

    private void WriteZeroBytes(long offset, long length)
    {
        var zeros = new byte[Math.Min(length, LargestPiece)];
        for (var done = 0L; done < length; done += zeros.Length)
        {
            Write(offset + done, zeros.AsSpan(0, (int)Math.Min(zeros.Length, length - done)));
        }
    }

    // A whole cluster that cannot be treated as one (false) is treated as bytes; so are the parts at the ends. The disk's end ends a cluster.
    private void ForWholeClusters(long offset, long length, Action<long, long> bytes, Func<long, bool> tryWhole)
    {
        var end = offset + length;
        while (offset < end)
        {
            var cluster = offset >> Header.ClusterBits;
            var next = (cluster + 1) << Header.ClusterBits;
            var isWhole = offset == cluster << Header.ClusterBits && (next <= end || end == Length);
            if (isWhole && _map.HasNoTable(cluster) && Backing is null)
            {
                offset = (_map.LastOfTable(cluster) + 1) << Header.ClusterBits;
                continue;
            }

            if (!isWhole || !tryWhole(cluster))
            {
                bytes(offset, Math.Min(next, end) - offset);
            }

            offset = next;
        }
    }

    private sealed record CompressedCluster(ulong Raw, byte[] Bytes);
}
