using System.Buffers.Binary;
using Emulator.Devices.Storage;

namespace Emulator.Host.Images.Qcow2;

/// <summary>
/// What the parts of a qcow2 image share: its file, its header, where its metadata lie, and how damage is reported.
/// </summary>
internal sealed class Qcow2Store(ImageFile file, Qcow2Header header)
{
    public ImageFile File { get; } = file;

    public Qcow2Header Header { get; private set; } = header;

    /// <summary>Clusters that hold metadata. What an entry of a damaged image points at is never written where one of these is.</summary>
    public HashSet<long> Metadata { get; } = [];

    /// <summary>Writes a changed header: in one piece, after everything that it refers to is on stable storage.</summary>
    public void WriteHeader(Qcow2Header changed)
    {
        File.Flush();
        var whole = changed.ToBytes(File.Path);
        var fixedLength = Math.Min(changed.FixedBytes, Qcow2Header.FixedLength);
        var isFixedAlone = changed.BackingFile == Header.BackingFile && changed.BackingFormat == Header.BackingFormat
            && changed.Extensions == Header.Extensions && File.Length >= fixedLength;
        if (isFixedAlone)
        {
            // The name stays where another program may have put it.
            Span<byte> name = stackalloc byte[12];
            File.Read(8, name);
            File.Write(0, changed.FixedPart(BinaryPrimitives.ReadInt64BigEndian(name), BinaryPrimitives.ReadInt32BigEndian(name[8..])));
        }
        else
        {
            File.Write(0, whole);
        }

        Header = changed;
        File.Flush();
    }

    /// <summary>Damage found in the file: nothing more is written to it.</summary>
    public ImageException Damaged(string what)
    {
        if (File.IsWritable && !Header.Incompatible.HasFlag(IncompatibleFeatures.Corrupt) && Header.Version >= 3)
        {
            WriteHeader(Header with { Incompatible = Header.Incompatible | IncompatibleFeatures.Corrupt });
        }

        IsDamaged = true;
        return new ImageException(File.Path, $"the image is damaged: {what}", "keep a copy, then repair it: img check -r all");
    }

    /// <summary>Whether damage was found since it was opened.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>Refuses to write over metadata.</summary>
    public void CheckNoMetadata(long offset, long count)
    {
        for (var i = 0L; i < count; i++)
        {
            var cluster = (offset >> Header.ClusterBits) + i;
            if (cluster == 0 || Metadata.Contains(cluster))
            {
                throw Damaged($"the cluster at 0x{cluster << Header.ClusterBits:x} is used for a table and for data");
            }
        }
    }

    /// <summary>Adds or takes away the clusters of a table.</summary>
    public void MarkMetadata(long offset, long bytes, bool isMetadata)
    {
        var first = offset >> Header.ClusterBits;
        for (var i = 0L; i < Header.ClustersFor(bytes); i++)
        {
            _ = isMetadata ? Metadata.Add(first + i) : Metadata.Remove(first + i);
        }
    }

    /// <summary>Whether a cluster begins at an offset and within the file.</summary>
    public bool IsClusterInFile(long offset) => offset > 0 && (offset & (Header.ClusterSize - 1)) == 0 && offset < File.Length;

    /// <summary>A table of 64-bit numbers.</summary>
    public ulong[] ReadTable(long offset, long entries)
    {
        var bytes = new byte[entries * sizeof(ulong)];
        File.Read(offset, bytes);
        var table = new ulong[entries];
        for (var i = 0; i < table.Length; i++)
        {
            table[i] = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(i * sizeof(ulong)));
        }

        return table;
    }

    /// <summary>Writes a table of 64-bit numbers, with zeros to the end of its last cluster.</summary>
    public void WriteTable(long offset, ReadOnlySpan<ulong> table)
    {
        var bytes = new byte[Header.ClustersFor(table.Length * sizeof(ulong)) << Header.ClusterBits];
        for (var i = 0; i < table.Length; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * sizeof(ulong)), table[i]);
        }

        File.Write(offset, bytes);
    }

    /// <summary>Says no to a write.</summary>
    public void CheckWritable()
    {
        if (!File.IsWritable)
        {
            throw new ImageException(File.Path, "it is open for reading alone", "open it for writing", BlockStatus.ReadOnly);
        }

        if (IsDamaged || Header.Incompatible.HasFlag(IncompatibleFeatures.Corrupt))
        {
            throw new ImageException(File.Path, "the image is marked as damaged and is not written", "keep a copy, then repair it: img check -r all");
        }
    }
}
