using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Images.Commands;

/// <summary>What <c>img info</c> and <c>img check</c> say, for people and as JSON, in qemu-img's words.</summary>
internal static partial class ImageInfo
{
    private const int CurrentFolder = -100;
    private const uint BlocksMask = 0x400;
    private const int BlocksOffset = 48;
    private const int StatxBytes = 256;

    private static JsonSerializerOptions Indented => new() { WriteIndented = true, IndentSize = 4, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An image for people.</summary>
    public static string ToText(IDiskImage image)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"image: {image.Path}\nfile format: {image.Format}\n");
        text.Append(CultureInfo.InvariantCulture, $"virtual size: {Size(image.Length)} ({image.Length} bytes)\ndisk size: {Size(SpaceOf(image.Path))}\n");
        if (image is not Qcow2Image qcow2)
        {
            return text.ToString();
        }

        var header = qcow2.Header;
        text.Append(header.Incompatible.HasFlag(IncompatibleFeatures.Dirty) ? "cleanly shut down: no\n" : "");
        text.Append(CultureInfo.InvariantCulture, $"cluster_size: {header.ClusterSize}\n");
        if (header.BackingFile is { } name)
        {
            var path = ImageOpener.ResolveBacking(image.Path, name);
            text.Append("backing file: ").Append(name).Append(path == name ? "\n" : $" (actual path: {path})\n");
            text.Append(header.BackingFormat is null ? "" : $"backing file format: {header.BackingFormat}\n");
        }

        text.Append(qcow2.SnapshotList.IsEmpty ? "" : ListSnapshots(qcow2));
        text.Append("Format specific information:\n");
        foreach (var (key, value) in Specific(header))
        {
            text.Append("    ").Append(key.Replace('-', ' ')).Append(": ").Append(value!.ToString()).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Images as JSON, an array for a chain.</summary>
    public static string ToJson(IEnumerable<IDiskImage> images, bool isChain)
    {
        JsonNode[] all = [.. images.Select(ToNode)];
        return (isChain ? new JsonArray(all) : all[0]).ToJsonString(Indented);
    }

    /// <summary>The result of a check for people.</summary>
    public static string ToText(CheckResult result)
    {
        var text = new StringBuilder();
        foreach (var problem in result.Problems)
        {
            text.Append(problem).Append('\n');
        }

        if (result.LeaksFixed + result.CorruptionsFixed > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"The following inconsistencies were found and repaired:\n\n    {result.LeaksFixed} leaked clusters\n    {result.CorruptionsFixed} corruptions\n\nDouble checking the fixed image now...\n");
        }

        if (result.Corruptions > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{result.Corruptions} errors were found on the image.\nData may be corrupted, or further writes to the image may corrupt it.\n");
        }

        if (result.Leaks > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{result.Leaks} leaked clusters were found on the image.\nThis means waste of disk space, but no harm to data.\n");
        }

        text.Append(result.Corruptions + result.Leaks == 0 ? "No errors were found on the image.\n" : "");
        if (result is { TotalClusters: > 0, Allocated: > 0 })
        {
            text.Append(CultureInfo.InvariantCulture, $"{result.Allocated}/{result.TotalClusters} = {result.Allocated * 100.0 / result.TotalClusters:0.00}% allocated, ");
            text.Append(CultureInfo.InvariantCulture, $"{result.Fragmented * 100.0 / result.Allocated:0.00}% fragmented, {result.Compressed * 100.0 / result.Allocated:0.00}% compressed clusters\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"Image end offset: {result.EndOffset}\n").ToString();
    }

    /// <summary>The result of a check as JSON.</summary>
    public static string ToJson(IDiskImage image, CheckResult result)
    {
        var node = new JsonObject
        {
            ["image-end-offset"] = result.EndOffset,
            ["total-clusters"] = result.TotalClusters,
            ["check-errors"] = 0,
            ["filename"] = image.Path,
            ["format"] = image.Format,
        };
        (string Name, long Value)[] counts =
        [
            ("allocated-clusters", result.Allocated), ("fragmented-clusters", result.Fragmented), ("compressed-clusters", result.Compressed),
            ("corruptions", result.Corruptions), ("leaks", result.Leaks), ("corruptions-fixed", result.CorruptionsFixed), ("leaks-fixed", result.LeaksFixed),
        ];
        foreach (var (name, value) in counts.Where(count => count.Value != 0))
        {
            node[name] = value;
        }

        return node.ToJsonString(Indented);
    }

    /// <summary>The snapshots of an image for people.</summary>
    public static string ListSnapshots(Qcow2Image image) => "Snapshot list:\n" + Table(image.SnapshotList);

    /// <summary>Snapshots as a table with a heading.</summary>
    public static string Table(IEnumerable<ImageSnapshot> snapshots)
    {
        var text = new StringBuilder("ID        TAG               VM SIZE                DATE     VM CLOCK     ICOUNT\n");
        foreach (var snapshot in snapshots)
        {
            var clock = TimeSpan.FromTicks((long)(snapshot.VmClock / 100));
            var date = snapshot.Date.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            var time = string.Create(CultureInfo.InvariantCulture, $"{(long)clock.TotalHours:00}:{clock.Minutes:00}:{clock.Seconds:00}.{clock.Milliseconds:000}");
            text.Append(CultureInfo.InvariantCulture, $"{snapshot.Id,-9} {snapshot.Name,-16} {Size(snapshot.VmStateSize),8} {date,19} {time,12} {Instructions(snapshot)}\n");
        }

        return text.ToString();
    }

    // Files have holes: what they take on the disk is less than their length.
    private static unsafe long SpaceOf(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            Span<byte> answer = stackalloc byte[StatxBytes];
            fixed (byte* pointer = answer)
            {
                if (Statx(CurrentFolder, path, 0, BlocksMask, pointer) == 0)
                {
                    return BitConverter.ToInt64(answer[BlocksOffset..]) * 512;
                }
            }
        }

        return new FileInfo(path).Length;
    }

    // The third of the numbers that the format has after the fixed ones; all ones for none.
    private static string Instructions(ImageSnapshot snapshot)
        => snapshot.MoreExtra.Length >= 8 && System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(snapshot.MoreExtra.AsSpan()) is var count and not ulong.MaxValue
            ? count.ToString(CultureInfo.InvariantCulture).PadLeft(10)
            : new string(' ', 10);

    private static JsonNode ToNode(IDiskImage image)
    {
        var node = new JsonObject
        {
            ["virtual-size"] = image.Length,
            ["filename"] = image.Path,
            ["format"] = image.Format,
            ["actual-size"] = SpaceOf(image.Path),
            ["dirty-flag"] = image is Qcow2Image { Header.Incompatible: var features } && features.HasFlag(IncompatibleFeatures.Dirty),
        };
        if (image is not Qcow2Image qcow2)
        {
            return node;
        }

        var header = qcow2.Header;
        node["cluster-size"] = header.ClusterSize;
        node["format-specific"] = new JsonObject { ["type"] = "qcow2", ["data"] = Specific(header) };
        if (header.BackingFile is { } name)
        {
            node["backing-filename"] = name;
            node["full-backing-filename"] = ImageOpener.ResolveBacking(image.Path, name);
            if (header.BackingFormat is { } format)
            {
                node["backing-filename-format"] = format;
            }
        }

        if (!qcow2.SnapshotList.IsEmpty)
        {
            node["snapshots"] = new JsonArray([.. qcow2.SnapshotList.Select(ToNode)]);
        }

        return node;
    }

    private static JsonNode ToNode(ImageSnapshot snapshot) => new JsonObject
    {
        ["id"] = snapshot.Id,
        ["name"] = snapshot.Name,
        ["vm-state-size"] = snapshot.VmStateSize,
        ["date-sec"] = snapshot.Date.ToUnixTimeSeconds(),
        ["date-nsec"] = snapshot.Date.Ticks % TimeSpan.TicksPerSecond * 100,
        ["vm-clock-sec"] = snapshot.VmClock / 1_000_000_000,
        ["vm-clock-nsec"] = snapshot.VmClock % 1_000_000_000,
    };

    private static JsonObject Specific(Qcow2Header header)
    {
        var data = new JsonObject
        {
            ["compat"] = header.Version == 2 ? "0.10" : "1.1",
            ["compression-type"] = header.UsesZstd ? "zstd" : "zlib",
        };
        if (header.Version >= 3)
        {
            data["lazy-refcounts"] = (header.Compatible & Qcow2Header.LazyRefcounts) != 0;
        }

        data["refcount-bits"] = header.RefcountBits;
        if (header.Version >= 3)
        {
            data["corrupt"] = header.Incompatible.HasFlag(IncompatibleFeatures.Corrupt);
            data["extended-l2"] = false;
        }

        return data;
    }

    // As QEMU writes sizes: three digits and a unit.
    private static string Size(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        var (value, unit) = ((double)bytes, 0);
        while (value >= 1000 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        var digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
        return Math.Round(value, digits).ToString("0.##", CultureInfo.InvariantCulture) + " " + units[unit];
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int folder, string path, int flags, uint mask, byte* answer);
}
