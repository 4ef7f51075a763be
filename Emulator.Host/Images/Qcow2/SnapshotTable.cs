using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Emulator.Host.Images.Qcow2;

/// <summary>A snapshot inside an image.</summary>
/// <param name="Id">Its id, unique in the image.</param>
/// <param name="Name">Its name.</param>
/// <param name="Date">When it was made.</param>
/// <param name="VmClock">How long the guest had run, in nanoseconds.</param>
/// <param name="VmStateSize">Bytes of the machine's state; 0 for a snapshot of the disk alone.</param>
/// <param name="DiskSize">The disk's size then.</param>
public sealed record ImageSnapshot(string Id, string Name, DateTimeOffset Date, ulong VmClock, long VmStateSize, long DiskSize)
{
    internal long L1Offset { get; init; }

    internal int L1Entries { get; init; }

    /// <summary>The count of instructions, -1 when there is none; and what later versions of the format may add.</summary>
    internal ImmutableArray<byte> MoreExtra { get; init; } = [];
}

/// <summary>The snapshots of an image (qcow2.txt, "Snapshots").</summary>
internal sealed class SnapshotTable
{
    public const int LargestExtra = 1024;

    private const int FixedBytes = 40;
    private const int KnownExtra = 16;
    private const long LargestTable = 64 << 20;

    private readonly Qcow2Store _store;
    private long _bytes;

    public SnapshotTable(Qcow2Store store)
    {
        _store = store;
        Reload();
    }

    public ImmutableArray<ImageSnapshot> All { get; private set; } = [];

    /// <summary>Finds a snapshot by its id, else by its name.</summary>
    public ImageSnapshot? Find(string idOrName)
        => All.FirstOrDefault(snapshot => snapshot.Id == idOrName) ?? All.FirstOrDefault(snapshot => snapshot.Name == idOrName);

    /// <summary>Where the table and the snapshots' L1 tables lie.</summary>
    public IEnumerable<(long Offset, long Bytes)> Places()
        => All.Select(snapshot => (snapshot.L1Offset, (long)snapshot.L1Entries * sizeof(ulong))).Prepend((_store.Header.SnapshotsOffset, _bytes)).Where(place => place.Item2 > 0);

    /// <summary>Reads the table anew.</summary>
    public void Reload()
    {
        var snapshots = ImmutableArray.CreateBuilder<ImageSnapshot>();
        var at = _store.Header.SnapshotsOffset;
        for (var i = 0; i < _store.Header.SnapshotCount; i++)
        {
            snapshots.Add(ReadOne(ref at));
            if (at - _store.Header.SnapshotsOffset > LargestTable || at > _store.File.Length)
            {
                throw Wild("is too large or ends outside of the file");
            }
        }

        All = snapshots.ToImmutable();
        _bytes = All.IsEmpty ? 0 : at - _store.Header.SnapshotsOffset;
    }

    /// <summary>A table as it stands in the file.</summary>
    public static byte[] ToBytes(IEnumerable<ImageSnapshot> snapshots)
    {
        using var table = new MemoryStream();
        foreach (var snapshot in snapshots)
        {
            var (id, name) = (Encoding.UTF8.GetBytes(snapshot.Id), Encoding.UTF8.GetBytes(snapshot.Name));
            var head = new byte[FixedBytes + KnownExtra];
            BinaryPrimitives.WriteInt64BigEndian(head, snapshot.L1Offset);
            BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(8), snapshot.L1Entries);
            BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(12), (ushort)id.Length);
            BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(14), (ushort)name.Length);
            BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(16), (uint)snapshot.Date.ToUnixTimeSeconds());
            BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(20), (uint)(snapshot.Date.Ticks % TimeSpan.TicksPerSecond * 100));
            BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(24), snapshot.VmClock);
            BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(32), (uint)Math.Min(snapshot.VmStateSize, uint.MaxValue));
            BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(36), KnownExtra + snapshot.MoreExtra.Length);
            BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(40), snapshot.VmStateSize);
            BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(48), snapshot.DiskSize);
            table.Write(head);
            table.Write(snapshot.MoreExtra.AsSpan());
            table.Write(id);
            table.Write(name);
            table.Write(new byte[(int)(-table.Length & 7)]);
        }

        return table.ToArray();
    }

    private ImageSnapshot ReadOne(ref long at)
    {
        // Entries begin at multiples of 8; nothing pads the last one, which may end with the file.
        at = (at + 7) & ~7L;
        var head = new byte[FixedBytes];
        _store.File.Read(at, head);
        var (idLength, nameLength) = (BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(12)), BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(14)));
        var extraLength = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(36));
        if (extraLength > LargestExtra)
        {
            throw Wild($"has {extraLength} bytes of extra data");
        }

        var rest = new byte[extraLength + idLength + nameLength];
        _store.File.Read(at + FixedBytes, rest);
        at += FixedBytes + rest.Length;
        var extra = rest.AsSpan(0, (int)extraLength);
        var seconds = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(16));
        var snapshot = new ImageSnapshot(
            Encoding.UTF8.GetString(rest, (int)extraLength, idLength),
            Encoding.UTF8.GetString(rest, (int)extraLength + idLength, nameLength),
            DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(20)) % 1_000_000_000 / 100),
            BinaryPrimitives.ReadUInt64BigEndian(head.AsSpan(24)),
            extra.Length >= 8 ? BinaryPrimitives.ReadInt64BigEndian(extra) : BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(32)),
            extra.Length >= KnownExtra ? BinaryPrimitives.ReadInt64BigEndian(extra[8..]) : _store.Header.Size)
        {
            L1Offset = BinaryPrimitives.ReadInt64BigEndian(head),
            L1Entries = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(8)),
            MoreExtra = extra.Length > KnownExtra ? [.. extra[KnownExtra..]] : [],
        };
        CheckOne(snapshot);
        return snapshot;
    }

    private void CheckOne(ImageSnapshot snapshot)
    {
        var bytes = (long)snapshot.L1Entries * sizeof(ulong);
        var isSound = Qcow2Header.IsL1Size(snapshot.L1Entries) && snapshot.DiskSize >= 0 && snapshot.VmStateSize >= 0
            && snapshot.L1Entries >= _store.Header.L1EntriesFor(snapshot.DiskSize)
            && (bytes == 0 || (_store.IsClusterInFile(snapshot.L1Offset) && bytes <= _store.File.Length - snapshot.L1Offset));
        if (!isSound)
        {
            throw Wild($"has a snapshot '{snapshot.Name}' with a wild L1 table or size");
        }
    }

    private ImageException Wild(string what)
        => new(_store.File.Path, "damaged: its snapshot table " + what, "take a sound copy");
}
