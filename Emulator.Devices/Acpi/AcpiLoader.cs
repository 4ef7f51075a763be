using System.Buffers.Binary;
using System.Text;

namespace Emulator.Devices.Acpi;

/// <summary>The tables as firmware gets them: two blobs that it places, and the script by which it joins them.</summary>
/// <param name="RootPointer">The RSDP.</param>
/// <param name="Tables">All other tables, one behind the other; pointers hold offsets into this blob.</param>
/// <param name="Script">Commands of 128 bytes.</param>
public sealed record AcpiBlobs(byte[] RootPointer, byte[] Tables, byte[] Script);

/// <summary>
/// Writes the ACPI tables for QEMU's table loader (QEMU's hw/acpi/bios-linker-loader interface): the files <c>etc/acpi/rsdp</c>,
/// <c>etc/acpi/tables</c> and <c>etc/table-loader</c>, of which the last has firmware allocate the others, add their addresses to pointers
/// and set checksums.
/// </summary>
public static class AcpiLoader
{
    /// <summary>The file of the RSDP.</summary>
    public const string RootPointerFile = "etc/acpi/rsdp";

    /// <summary>The file of the tables.</summary>
    public const string TablesFile = "etc/acpi/tables";

    /// <summary>The file of the script.</summary>
    public const string ScriptFile = "etc/table-loader";

    // Contents may change with what firmware programs, lengths may not: blobs are padded.
    private const int TablesGranule = 0x1_0000;
    private const int ScriptGranule = 0x1000;

    private const int HeaderLength = 36;
    private const int ChecksumOffset = 9;

    // Pointers of the RSDP (ACPI 6.5, 5.2.5.3) and of the FADT (5.2.9), by offset and size.
    private static (int Offset, int Size)[] RootPointers => [(16, 4), (24, 8)];

    private static (int Offset, int Size)[] FadtPointers => [(36, 4), (40, 4), (140, 8)];

    /// <summary>Builds the blobs; addresses in <paramref name="options"/> do not matter.</summary>
    public static AcpiBlobs Build(AcpiOptions options)
    {
        var placed = AcpiTables.Build(options with { TablesAddress = 0, RootPointerAddress = 0 });
        var root = placed[^1].Bytes;
        var tables = new byte[RoundUp((int)placed[^2].End, TablesGranule)];
        var script = new LoaderScript();
        script.Allocate(RootPointerFile, alignment: 16, highMemory: false);
        script.Allocate(TablesFile, alignment: 64, highMemory: true);
        foreach (var table in placed.SkipLast(1))
        {
            var start = (int)table.Address;
            table.Bytes.CopyTo(tables, start);
            if (PointersOf(table) is not { Length: > 0 } pointers)
            {
                continue;
            }

            foreach (var (offset, size) in pointers)
            {
                script.AddPointer(TablesFile, TablesFile, start + offset, size);
            }

            tables[start + ChecksumOffset] = 0;
            script.AddChecksum(TablesFile, start + ChecksumOffset, start, table.Bytes.Length);
        }

        AddRootPointer(script, root);
        return new AcpiBlobs(root, tables, script.ToArray(ScriptGranule));
    }

    private static void AddRootPointer(LoaderScript script, byte[] root)
    {
        foreach (var (offset, size) in RootPointers)
        {
            script.AddPointer(RootPointerFile, TablesFile, offset, size);
        }

        root[8] = root[32] = 0;
        script.AddChecksum(RootPointerFile, 8, 0, 20);
        script.AddChecksum(RootPointerFile, 32, 0, root.Length);
    }

    private static (int Offset, int Size)[] PointersOf(PlacedTable table)
    {
        var size = table.Name == "RSDT" ? 4 : 8;
        return table.Name switch
        {
            "FACP" => FadtPointers,
            "RSDT" or "XSDT" => [.. Enumerable.Range(0, (table.Bytes.Length - HeaderLength) / size).Select(i => (HeaderLength + (i * size), size))],
            _ => [],
        };
    }

    private static int RoundUp(int value, int granule) => (value + granule - 1) / granule * granule;

    /// <summary>A script under construction.</summary>
    private sealed class LoaderScript
    {
        private const int EntryLength = 128;
        private const int NameLength = 56;

        private readonly List<byte> _bytes = [];

        public void Allocate(string file, uint alignment, bool highMemory)
        {
            var entry = Begin(1);
            PutName(entry, 4, file);
            BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(60), alignment);
            entry[64] = (byte)(highMemory ? 1 : 2);
            _bytes.AddRange(entry);
        }

        public void AddPointer(string file, string target, int offset, int size)
        {
            var entry = Begin(2);
            PutName(entry, 4, file);
            PutName(entry, 60, target);
            BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(116), offset);
            entry[120] = (byte)size;
            _bytes.AddRange(entry);
        }

        public void AddChecksum(string file, int offset, int start, int length)
        {
            var entry = Begin(3);
            PutName(entry, 4, file);
            BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(60), offset);
            BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(64), start);
            BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(68), length);
            _bytes.AddRange(entry);
        }

        // Entries of command 0 do nothing.
        public byte[] ToArray(int granule) => [.. _bytes, .. new byte[RoundUp(_bytes.Count, granule) - _bytes.Count]];

        private static byte[] Begin(uint command)
        {
            var entry = new byte[EntryLength];
            BinaryPrimitives.WriteUInt32LittleEndian(entry, command);
            return entry;
        }

        private static void PutName(byte[] entry, int at, string name) => Encoding.ASCII.GetBytes(name, entry.AsSpan(at, NameLength));
    }
}
