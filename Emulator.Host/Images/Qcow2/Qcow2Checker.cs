using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Emulator.Host.Images.Qcow2;

/// <summary>What a check of an image has found.</summary>
/// <param name="Problems">The first things that are wrong, a line each.</param>
/// <param name="Corruptions">How many things are wrong that endanger data.</param>
/// <param name="Leaks">Clusters that are counted more often than they are used.</param>
public sealed record CheckResult(ImmutableArray<string> Problems, long Corruptions, long Leaks)
{
    /// <summary>Clusters of the disk.</summary>
    public long TotalClusters { get; init; }

    /// <summary>Of those, the allocated ones.</summary>
    public long Allocated { get; init; }

    /// <summary>Of the allocated ones, those that do not lie behind the one before.</summary>
    public long Fragmented { get; init; }

    /// <summary>Of the allocated ones, the compressed ones.</summary>
    public long Compressed { get; init; }

    /// <summary>Where the last used cluster ends.</summary>
    public long EndOffset { get; init; }

    /// <summary>How many leaks were repaired.</summary>
    public long LeaksFixed { get; init; }

    /// <summary>How many corruptions were repaired.</summary>
    public long CorruptionsFixed { get; init; }
}

/// <summary>Compares an image's counts and flags with what its tables refer to; and repairs.</summary>
internal static class Qcow2Checker
{
    private const int MostProblems = 100;

    /// <summary>Checks, and repairs what is asked for.</summary>
    public static CheckResult Check(Qcow2Image image, bool fixLeaks, bool fixAll)
    {
        var result = Look(image, out var counts);
        if ((result.Corruptions == 0 && result.Leaks == 0 && !IsMarked(image)) || !(fixLeaks || fixAll))
        {
            return result;
        }

        if (fixAll || result.Corruptions == 0)
        {
            image.Repair();
        }
        else
        {
            image.RepairLeaks(counts);
        }

        var after = Look(image, out _);
        return after with
        {
            LeaksFixed = Math.Max(0, result.Leaks - after.Leaks),
            CorruptionsFixed = fixAll ? Math.Max(0, result.Corruptions - after.Corruptions) : 0,
        };
    }

    /// <summary>The clusters whose count is not zero.</summary>
    public static IEnumerable<long> Counted(Qcow2Image image)
    {
        for (var block = 0; block < image.Refcounts.Table.Length; block++)
        {
            if (image.Refcounts.Table[block] == 0)
            {
                continue;
            }

            for (var i = 0L; i < image.Header.RefcountsPerBlock; i++)
            {
                var cluster = (block * image.Header.RefcountsPerBlock) + i;
                if (image.Refcounts.Get(cluster) != 0)
                {
                    yield return cluster;
                }
            }
        }
    }

    private static bool IsMarked(Qcow2Image image)
        => (image.Header.Incompatible & (IncompatibleFeatures.Dirty | IncompatibleFeatures.Corrupt)) != 0;

    private static CheckResult Look(Qcow2Image image, out ReferenceCounts counts)
    {
        counts = Count(image);
        var problems = new List<string>(counts.Errors);
        var (corruptions, leaks) = (counts.ErrorCount, 0L);
        void Say(string line)
        {
            if (problems.Count < MostProblems)
            {
                problems.Add(line);
            }
        }

        // What is counted behind the file's end takes no space.
        var inFile = image.Header.ClustersFor(image.Store.File.Length);
        foreach (var cluster in Counted(image).Union(counts.Used))
        {
            var (stored, counted) = (image.Refcounts.Get(cluster), counts.Get(cluster));
            if (stored > counted && cluster < inFile)
            {
                leaks++;
                Say($"Leaked cluster {cluster} refcount={stored} reference={counted}");
            }
            else if (stored < counted)
            {
                corruptions++;
                Say($"ERROR cluster {cluster} refcount={stored} reference={counted}");
            }
        }

        CheckFlags(image, ref corruptions, Say);
        return new CheckResult([.. problems], corruptions, leaks)
        {
            TotalClusters = image.Header.ClustersFor(image.Length),
            Allocated = counts.Allocated,
            Fragmented = counts.Fragmented,
            Compressed = counts.Compressed,
            EndOffset = (counts.Last + 1) << image.Header.ClusterBits,
        };
    }

    private static ReferenceCounts Count(Qcow2Image image)
    {
        var counts = new ReferenceCounts(image.Store);
        counts.AddFixed();
        counts.AddRefcounts(image.Refcounts.Table);
        foreach (var (offset, bytes) in image.Snapshots.Places())
        {
            counts.AddBytes(offset, bytes, "a snapshot's table");
        }

        foreach (var snapshot in image.SnapshotList)
        {
            counts.AddTree(image.Store.ReadTable(snapshot.L1Offset, snapshot.L1Entries), isActive: false);
        }

        counts.AddBytes(image.Header.L1Offset, (long)image.Header.L1Entries * sizeof(ulong), "the L1 table");
        counts.AddTree(image.Clusters.L1, isActive: true);
        return counts;
    }

    private static void CheckFlags(Qcow2Image image, ref long corruptions, Action<string> say)
    {
        var table = new byte[image.Header.ClusterSize];
        foreach (var entry in image.Clusters.L1)
        {
            var offset = (long)(entry & L2Entry.OffsetMask);
            if (!image.Store.IsClusterInFile(offset))
            {
                continue;
            }

            CheckFlag(image, entry, offset, ref corruptions, say);
            image.Store.File.Read(offset, table);
            for (var at = 0; at < table.Length; at += sizeof(ulong))
            {
                var data = new L2Entry(BinaryPrimitives.ReadUInt64BigEndian(table.AsSpan(at)));
                if (data.Kind is ClusterKind.Normal or ClusterKind.Zero && image.Store.IsClusterInFile(data.HostOffset))
                {
                    CheckFlag(image, data.Raw, data.HostOffset, ref corruptions, say);
                }
            }
        }
    }

    private static void CheckFlag(Qcow2Image image, ulong entry, long offset, ref long corruptions, Action<string> say)
    {
        var count = image.Refcounts.Get(offset >> image.Header.ClusterBits);
        if (((entry & L2Entry.Copied) != 0) != (count == 1))
        {
            corruptions++;
            say($"ERROR OFLAG_COPIED: entry=0x{entry:x} refcount={count}");
        }
    }
}
