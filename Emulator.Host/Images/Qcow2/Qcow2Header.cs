using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Emulator.Host.Images.Qcow2;

/// <summary>Incompatible feature bits: who does not know one must not open the image (docs/interop/qcow2.txt of QEMU, "Header").</summary>
[Flags]
internal enum IncompatibleFeatures : ulong
{
    None = 0,
    Dirty = 1 << 0,
    Corrupt = 1 << 1,
    ExternalData = 1 << 2,
    CompressionType = 1 << 3,
    ExtendedL2 = 1 << 4,
}

/// <summary>A header extension as it stands in the file.</summary>
internal sealed record HeaderExtension(uint Type, ImmutableArray<byte> Data);

/// <summary>The header of a qcow2 image, checked, and immutable: a change is a new header that is written in one piece.</summary>
internal sealed record Qcow2Header
{
    public const uint Magic = 0x5146_49fb;
    public const int FixedLengthOfVersion2 = 72;
    public const int FixedLengthOfVersion3 = 104;

    /// <summary>What this program writes: with the field of the compression type.</summary>
    public const int FixedLength = 112;
    public const ulong LazyRefcounts = 1;
    public const uint BackingFormatExtension = 0xe279_2aca;
    public const uint BitmapsExtension = 0x2385_2875;
    public const int MinClusterBits = 9;
    public const int MaxClusterBits = 21;
    public const int LongestBackingName = 1023;

    private const long LargestL1 = 32 << 20;
    private const long LargestRefcountTable = 8 << 20;
    private const int MostSnapshots = 65536;
    private const uint DataFileExtension = 0x4441_5441;
    private const IncompatibleFeatures Supported = IncompatibleFeatures.Dirty | IncompatibleFeatures.Corrupt | IncompatibleFeatures.CompressionType;

    public required int Version { get; init; }

    public required int ClusterBits { get; init; }

    public required long Size { get; init; }

    public long L1Offset { get; init; }

    public int L1Entries { get; init; }

    public long RefcountTableOffset { get; init; }

    public int RefcountTableClusters { get; init; }

    public int SnapshotCount { get; init; }

    public long SnapshotsOffset { get; init; }

    public IncompatibleFeatures Incompatible { get; init; }

    public ulong Compatible { get; init; }

    public ulong Autoclear { get; init; }

    public int RefcountOrder { get; init; } = 4;

    public byte CompressionType { get; init; }

    public int FixedBytes { get; init; } = FixedLength;

    /// <summary>Bytes of the fixed part beyond what is known, kept as they are.</summary>
    public ImmutableArray<byte> MoreFixed { get; init; } = [];

    public string? BackingFile { get; init; }

    public string? BackingFormat { get; init; }

    /// <summary>The extensions but the backing file's format.</summary>
    public ImmutableArray<HeaderExtension> Extensions { get; init; } = [];

    public int ClusterSize => 1 << ClusterBits;

    public int RefcountBits => 1 << RefcountOrder;

    /// <summary>Entries of an L2 table.</summary>
    public int L2Entries => ClusterSize / sizeof(ulong);

    /// <summary>Refcounts in a refcount block.</summary>
    public long RefcountsPerBlock => (long)ClusterSize * 8 / RefcountBits;

    /// <summary>Bytes of the disk that one L1 entry stands for.</summary>
    public long BytesPerL1Entry => (long)ClusterSize * L2Entries;

    public bool UsesZstd => CompressionType == 1;

    /// <summary>L1 entries that a disk of a size needs.</summary>
    public long L1EntriesFor(long size) => (size / BytesPerL1Entry) + (size % BytesPerL1Entry == 0 ? 0 : 1);

    /// <summary>Clusters that hold a number of bytes.</summary>
    public long ClustersFor(long bytes) => (bytes + ClusterSize - 1) >> ClusterBits;

    /// <summary>Whether an L1 table may have so many entries.</summary>
    public static bool IsL1Size(long entries) => entries is >= 0 and <= LargestL1 / sizeof(ulong);

    /// <summary>Whether a refcount table may have so many clusters.</summary>
    public bool IsRefcountTableSize(long clusters) => clusters > 0 && clusters <= LargestRefcountTable >> ClusterBits;

    /// <summary>Reads and checks the header.</summary>
    public static Qcow2Header Read(ImageFile file)
    {
        var head = new byte[FixedLength];
        file.Read(0, head);
        var version = ReadInt32(head, 4);
        Require(file, ReadUInt32(head, 0) == Magic, "it is no qcow2 image");
        Require(file, version is 2 or 3, $"version {(uint)version} of qcow2 is not known");
        Require(file, file.Length >= FixedLengthOfVersion2, "the header is cut off");
        var fixedBytes = version == 2 ? FixedLengthOfVersion2 : ReadInt32(head, 100);
        var header = new Qcow2Header
        {
            Version = version,
            ClusterBits = ReadInt32(head, 20),
            Size = ReadInt64(head, 24),
            L1Entries = ReadInt32(head, 36),
            L1Offset = ReadInt64(head, 40),
            RefcountTableOffset = ReadInt64(head, 48),
            RefcountTableClusters = ReadInt32(head, 56),
            SnapshotCount = ReadInt32(head, 60),
            SnapshotsOffset = ReadInt64(head, 64),
            Incompatible = version == 2 ? 0 : (IncompatibleFeatures)ReadInt64(head, 72),
            Compatible = version == 2 ? 0 : (ulong)ReadInt64(head, 80),
            Autoclear = version == 2 ? 0 : (ulong)ReadInt64(head, 88),
            RefcountOrder = version == 2 ? 4 : ReadInt32(head, 96),
            CompressionType = fixedBytes > FixedLengthOfVersion3 ? head[104] : (byte)0,
            FixedBytes = fixedBytes,
        };
        header.Check(file, ReadUInt32(head, 32));
        return header.WithRest(file, ReadInt64(head, 8), ReadInt32(head, 16));
    }

    /// <summary>The fixed part: it lies within one page of the file, so that a process that is killed has written all of it or nothing.</summary>
    public byte[] FixedPart(long backingOffset, int backingLength)
    {
        var bytes = new byte[Math.Min(FixedBytes, FixedLength)];
        Span<byte> all = stackalloc byte[FixedLength];
        all.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(all, Magic);
        BinaryPrimitives.WriteInt32BigEndian(all[4..], Version);
        BinaryPrimitives.WriteInt64BigEndian(all[8..], backingOffset);
        BinaryPrimitives.WriteInt32BigEndian(all[16..], backingLength);
        BinaryPrimitives.WriteInt32BigEndian(all[20..], ClusterBits);
        BinaryPrimitives.WriteInt64BigEndian(all[24..], Size);
        BinaryPrimitives.WriteInt32BigEndian(all[36..], L1Entries);
        BinaryPrimitives.WriteInt64BigEndian(all[40..], L1Offset);
        BinaryPrimitives.WriteInt64BigEndian(all[48..], RefcountTableOffset);
        BinaryPrimitives.WriteInt32BigEndian(all[56..], RefcountTableClusters);
        BinaryPrimitives.WriteInt32BigEndian(all[60..], SnapshotCount);
        BinaryPrimitives.WriteInt64BigEndian(all[64..], SnapshotsOffset);
        BinaryPrimitives.WriteUInt64BigEndian(all[72..], (ulong)Incompatible);
        BinaryPrimitives.WriteUInt64BigEndian(all[80..], Compatible);
        BinaryPrimitives.WriteUInt64BigEndian(all[88..], Autoclear);
        BinaryPrimitives.WriteInt32BigEndian(all[96..], RefcountOrder);
        BinaryPrimitives.WriteInt32BigEndian(all[100..], FixedBytes);
        all[104] = CompressionType;
        all[..bytes.Length].CopyTo(bytes);
        return bytes;
    }

    /// <summary>The whole header with extensions and the backing file's name.</summary>
    /// <exception cref="ImageException">It does not fit into a cluster.</exception>
    public byte[] ToBytes(string path)
    {
        using var tail = new MemoryStream();
        tail.Write(MoreFixed.AsSpan());
        if (BackingFormat is not null)
        {
            WriteExtension(tail, BackingFormatExtension, Encoding.UTF8.GetBytes(BackingFormat));
        }

        foreach (var extension in Extensions)
        {
            WriteExtension(tail, extension.Type, extension.Data.AsSpan());
        }

        WriteExtension(tail, 0, []);
        var fixedLength = Math.Min(FixedBytes, FixedLength);
        var name = Encoding.UTF8.GetBytes(BackingFile ?? "");
        var nameOffset = fixedLength + (int)tail.Length;
        if (name.Length > LongestBackingName || nameOffset + name.Length > ClusterSize)
        {
            throw new ImageException(path, "the backing file's name does not fit into the header", "give a shorter path, or larger clusters");
        }

        var bytes = new byte[nameOffset + name.Length];
        FixedPart(name.Length == 0 ? 0 : nameOffset, name.Length).CopyTo(bytes, 0);
        tail.ToArray().CopyTo(bytes, fixedLength);
        name.CopyTo(bytes, nameOffset);
        return bytes;
    }

    private static void WriteExtension(MemoryStream to, uint type, ReadOnlySpan<byte> data)
    {
        Span<byte> head = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(head, type);
        BinaryPrimitives.WriteInt32BigEndian(head[4..], data.Length);
        to.Write(head);
        to.Write(data);
        to.Write(new byte[-data.Length & 7]);
    }

    private void Check(ImageFile file, uint encryption)
    {
        Require(file, ClusterBits is >= MinClusterBits and <= MaxClusterBits, $"clusters of 2^{(uint)ClusterBits} bytes");
        Require(file, Version == 2 || (FixedBytes >= FixedLengthOfVersion3 && FixedBytes <= ClusterSize && FixedBytes % 8 == 0), $"a header of {(uint)FixedBytes} bytes");
        Refuse(file, encryption != 0, "it is encrypted, which is not supported", "decrypt it: qemu-img convert");
        Refuse(file, Incompatible.HasFlag(IncompatibleFeatures.ExtendedL2), "it has extended L2 entries, which are not supported", "convert it: qemu-img convert -O qcow2 -o extended_l2=off");
        Refuse(file, Incompatible.HasFlag(IncompatibleFeatures.ExternalData), "its data are in an external file, which is not supported", "convert it: qemu-img convert -O qcow2");
        Refuse(file, (Incompatible & ~Supported) != 0, $"it needs features that are not known (bits 0x{(ulong)(Incompatible & ~Supported):x})", "convert it with the program that made it");
        Require(file, CompressionType <= 1 && (CompressionType != 0) == Incompatible.HasFlag(IncompatibleFeatures.CompressionType), $"compression type {CompressionType}");
        Require(file, RefcountOrder is >= 0 and <= 6, $"refcounts of 2^{(uint)RefcountOrder} bits");
        Require(file, Size >= 0 && IsL1Size(L1EntriesFor(Size)), "a disk of absurd size");
        Require(file, IsL1Size(L1Entries) && L1Entries >= L1EntriesFor(Size), $"an L1 table of {(uint)L1Entries} entries");
        Require(file, L1Entries == 0 || IsInside(file, L1Offset, (long)L1Entries * sizeof(ulong)), "its L1 table lies outside of the file");
        Require(file, IsRefcountTableSize(RefcountTableClusters), $"a refcount table of {(uint)RefcountTableClusters} clusters");
        Require(file, IsInside(file, RefcountTableOffset, sizeof(ulong)), "its refcount table lies outside of the file");
        Require(file, SnapshotCount is >= 0 and <= MostSnapshots, $"{(uint)SnapshotCount} snapshots");
        Require(file, SnapshotCount == 0 || IsInside(file, SnapshotsOffset, SnapshotCount * 40L), "its snapshot table lies outside of the file");
    }

    private bool IsInside(ImageFile file, long offset, long length)
        => offset > 0 && offset % ClusterSize == 0 && offset <= file.Length && length <= file.Length - offset;

    private Qcow2Header WithRest(ImageFile file, long backingOffset, int backingLength)
    {
        var cluster = new byte[Math.Min(ClusterSize, Math.Max(FixedBytes, 1 << 16))];
        file.Read(0, cluster);
        var extensions = ImmutableArray.CreateBuilder<HeaderExtension>();
        string? format = null;
        var end = backingOffset > 0 ? Math.Min(backingOffset, cluster.Length) : cluster.Length;
        for (var at = FixedBytes; at + 8 <= end;)
        {
            var (type, length) = (ReadUInt32(cluster, at), ReadUInt32(cluster, at + 4));
            if (type == 0)
            {
                break;
            }

            Require(file, length <= end - at - 8, "a header extension does not fit into the header");
            var data = cluster.AsSpan(at + 8, (int)length);
            Refuse(file, type == DataFileExtension, "its data are in an external file, which is not supported", "convert it: qemu-img convert -O qcow2");
            if (type == BackingFormatExtension)
            {
                format = Encoding.UTF8.GetString(data);
            }
            else
            {
                extensions.Add(new HeaderExtension(type, [.. data]));
            }

            at += 8 + (int)((length + 7) & ~7u);
        }

        var known = Math.Min(FixedBytes, FixedLength);
        return this with
        {
            BackingFile = ReadBackingName(file, cluster, backingOffset, backingLength),
            BackingFormat = format,
            Extensions = extensions.ToImmutable(),
            MoreFixed = [.. cluster.AsSpan(known, FixedBytes - known)],
        };
    }

    private string? ReadBackingName(ImageFile file, byte[] cluster, long offset, int length)
    {
        if (offset == 0 || length == 0)
        {
            return null;
        }

        Require(
            file, length is > 0 and <= LongestBackingName && offset >= FixedBytes && offset <= cluster.Length - length, "its backing file's name lies outside of the header");
        return Encoding.UTF8.GetString(cluster, (int)offset, length);
    }

    private static void Require(ImageFile file, bool holds, string problem)
        => Refuse(file, !holds, "damaged or no qcow2 image: " + problem, "take a sound copy, or say format=raw if it is no qcow2 image");

    private static void Refuse(ImageFile file, bool isWrong, string problem, string mend)
    {
        if (isWrong)
        {
            throw new ImageException(file.Path, problem, mend);
        }
    }

    private static uint ReadUInt32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));

    private static int ReadInt32(byte[] bytes, int at) => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));

    private static long ReadInt64(byte[] bytes, int at) => BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(at));
}
