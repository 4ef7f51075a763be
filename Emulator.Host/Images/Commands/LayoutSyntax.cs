using System.Globalization;
using System.Numerics;
using Emulator.Host.Cli;
using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Images.Commands;

/// <summary>What <c>-o</c> says about a new image.</summary>
/// <param name="Layout">How a qcow2 image is laid out.</param>
/// <param name="BackingFile">Its backing file.</param>
/// <param name="BackingFormat">The backing file's format.</param>
/// <param name="Size">The disk's size.</param>
internal sealed record NewImage(Qcow2Layout Layout, string? BackingFile, string? BackingFormat, long? Size)
{
    /// <summary>As <c>qemu-img create</c> says it.</summary>
    public string Describe(string path, string format, long size)
        => format == "raw"
            ? $"Formatting '{path}', fmt=raw size={size}"
            : string.Create(CultureInfo.InvariantCulture, $"Formatting '{path}', fmt=qcow2 cluster_size={1 << Layout.ClusterBits} extended_l2=off ")
                + (Layout.Preallocated ? "preallocation=metadata " : "")
                + $"compression_type={(Layout.Zstd ? "zstd" : "zlib")} size={size}"
                + (BackingFile is null ? "" : $" backing_file={BackingFile} backing_fmt={BackingFormat}")
                + $" lazy_refcounts={(Layout.LazyRefcounts ? "on" : "off")} refcount_bits={1 << Layout.RefcountOrder}";
}

/// <summary>Reads sizes and the value of <c>-o</c>.</summary>
internal static class LayoutSyntax
{
    /// <summary>Reads a size; a number without suffix counts bytes.</summary>
    public static long ReadSize(string subject, string text)
        => Quantity.TrySize(text, 1, out var bytes) && bytes is >= 0 and < long.MaxValue
            ? bytes
            : throw new UserErrorException(subject, $"'{text}' is no size", "write a number of bytes, or a number with K, M, G or T, such as 10G");

    /// <summary>Reads the options of a new image.</summary>
    public static NewImage Read(ImgArguments arguments, string format)
    {
        var text = string.Join(',', arguments.All("o"));
        var list = PropertyList.Parse($"img {arguments.Command} -o", text.Length == 0 ? "size=" : text + ",size=");
        list.Take("size");
        var size = text.Length == 0 ? null : PropertyList.Parse("-o", text).Take("size");
        var backing = list.Take("backing_file");
        var backingFormat = list.Take("backing_fmt");
        var layout = format == "raw" ? ReadRaw(list) : ReadQcow2(list);
        list.RefuseRest(format == "raw"
            ? ["size", "preallocation"]
            : ["size", "cluster_size", "compat", "lazy_refcounts", "refcount_bits", "compression_type", "preallocation", "backing_file", "backing_fmt"]);
        return new NewImage(layout, backing, backingFormat, size is null ? null : ReadSize(list.Subject, size));
    }

    private static Qcow2Layout ReadRaw(PropertyList list) => list.Take("preallocation") is null or "off"
        ? new Qcow2Layout()
        : throw list.Error("this preallocation is not supported", "write preallocation=off");

    private static Qcow2Layout ReadQcow2(PropertyList list)
    {
        var cluster = list.Take("cluster_size") is { } text ? ReadSize(list.Subject, text) : 1 << 16;
        if (!BitOperations.IsPow2(cluster) || cluster < 1 << Qcow2Header.MinClusterBits || cluster > 1 << Qcow2Header.MaxClusterBits)
        {
            throw list.Error("cluster_size is no power of two from 512 to 2M", "leave it out, or write cluster_size=64K");
        }

        var bits = list.TakeNumber("refcount_bits", 16, 1, 64);
        var layout = new Qcow2Layout
        {
            ClusterBits = BitOperations.Log2((ulong)cluster),
            RefcountOrder = BitOperations.IsPow2(bits) ? BitOperations.Log2((ulong)bits) : throw list.Error("refcount_bits is no power of two", "write refcount_bits=16"),
            LazyRefcounts = list.TakeSwitch("lazy_refcounts", false),
            Version = list.Take("compat") switch
            {
                null or "1.1" or "v3" => 3,
                "0.10" or "v2" => 2,
                _ => throw list.Error("this compat is not known", "write compat=1.1 or compat=0.10"),
            },
            Zstd = list.Take("compression_type") switch
            {
                null or "zlib" => false,
                "zstd" => true,
                _ => throw list.Error("this compression is not known", "write compression_type=zlib or compression_type=zstd"),
            },
            Preallocated = list.Take("preallocation") switch
            {
                null or "off" => false,
                "metadata" => true,
                _ => throw list.Error("this preallocation is not supported", "write preallocation=off or preallocation=metadata"),
            },
        };
        return layout.Version == 3 || (layout is { LazyRefcounts: false, Zstd: false, RefcountOrder: 4 })
            ? layout
            : throw list.Error("compat=0.10 has neither lazy_refcounts nor refcount_bits nor compression_type", "write compat=1.1");
    }
}
