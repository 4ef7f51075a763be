using System.Buffers.Binary;
using System.Text;
using Emulator.Devices.Acpi;

namespace Emulator.Devices.Tests.Acpi;

/// <summary>The MP and SMBIOS tables, read back as an operating system does.</summary>
public class FirmwareTablesTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 4)]
    [InlineData(300, 255)]
    public void MpTable_OfTheMachine_CountsItsEntriesAndItsChecksumsHold(int cpus, int listed)
    {
        var tables = MpTables.Build(new MpOptions { ApicIds = [.. Enumerable.Range(0, cpus).Select(i => (uint)i)] });
        var pointer = tables[0].Bytes;
        var table = tables[1].Bytes;
        Assert.Equal("_MP_", Encoding.ASCII.GetString(pointer, 0, 4));
        Assert.Equal(16, pointer.Length);
        Assert.Equal(0, Sum(pointer));
        Assert.Equal(tables[1].Address, BinaryPrimitives.ReadUInt32LittleEndian(pointer.AsSpan(4)));
        Assert.Equal(table.Length, BinaryPrimitives.ReadUInt16LittleEndian(table.AsSpan(4)));
        Assert.Equal(0, Sum(table));

        var counts = new int[5];
        var at = 44;
        var last = 0;
        while (at < table.Length)
        {
            Assert.True(table[at] >= last, "entries are in order of type");
            last = table[at];
            counts[last]++;
            at += last == 0 ? 20 : 8;
        }

        Assert.Equal(table.Length, at);
        Assert.Equal([listed, 2, 1, 31 * 4 + 13, 2], counts);
        Assert.Equal(counts.Sum(), BinaryPrimitives.ReadUInt16LittleEndian(table.AsSpan(34)));
        Assert.Equal(3, table[47]); // the first processor boots
    }

    [Fact]
    public void MpTable_InterruptRoutes_AreThePlatforms()
    {
        var table = MpTables.Build(new MpOptions { ApicIds = [0] })[1].Bytes;
        Assert.Contains("03000d00000c000b", Entries(table)); // slot 3 INTA# (PIRQC is 11)
        Assert.Contains("0300000001000002", Entries(table)); // IRQ 0 at input 2
        Assert.Contains("0403000001000000", Entries(table)); // the 8259A at LINT0
        Assert.Contains("040100000100ff01", Entries(table)); // NMI at LINT1
    }

    [Fact]
    public void DefaultAddresses_OfAllTables_DoNotOverlap()
    {
        uint[] ids = [.. Enumerable.Range(0, 255).Select(i => (uint)i)];
        PlacedTable[] low =
        [
            .. AcpiTables.Build(new AcpiOptions { ApicIds = ids, TablesAddress = 0x1000_0000 }),
            .. MpTables.Build(new MpOptions { ApicIds = ids }),
            .. SmbiosTables.Build(new SmbiosOptions { RamSize = 1 << 30, Processors = 255, TablesAddress = 0x1100_0000 }),
        ];
        Array.Sort(low, (a, b) => a.Address.CompareTo(b.Address));
        for (var i = 1; i < low.Length; i++)
        {
            Assert.True(low[i - 1].End <= low[i].Address, $"{low[i - 1].Name} reaches into {low[i].Name}");
        }
    }

    [Theory]
    [InlineData(128L << 20, 1)]
    [InlineData(6L << 30, 2)]
    [InlineData(4L << 40, 1)]
    public void Smbios_OfTheMachine_CountsItsStructuresAndItsChecksumsHold(long ram, int cpus)
    {
        var tables = SmbiosTables.Build(new SmbiosOptions { RamSize = ram, Processors = cpus, TablesAddress = 0xffd0000 });
        var entry = tables[0].Bytes;
        var table = tables[1].Bytes;
        Assert.Equal(31, entry.Length);
        Assert.Equal(0, Sum(entry));
        Assert.Equal(0, Sum(entry.AsSpan(16)));
        Assert.Equal(table.Length, BinaryPrimitives.ReadUInt16LittleEndian(entry.AsSpan(22)));
        Assert.Equal(0xffd0000u, BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(24)));

        var lengths = new Dictionary<byte, int>();
        var at = 0;
        var count = 0;
        while (at < table.Length)
        {
            lengths[table[at]] = table[at + 1];
            at += table[at + 1];
            while (table[at] != 0 || table[at + 1] != 0)
            {
                at++;
            }

            at += 2;
            count++;
        }

        Assert.Equal(table.Length, at);
        Assert.Equal(count, BinaryPrimitives.ReadUInt16LittleEndian(entry.AsSpan(28)));
        Assert.Equal(7 + cpus, count);
        // The lengths that version 2.8 prescribes (DSP0134 2.8.0).
        Assert.Equal(new Dictionary<byte, int> { [0] = 0x18, [1] = 0x1b, [3] = 0x16, [4] = 0x30, [16] = 0x17, [17] = 0x28, [19] = 0x1f, [127] = 4 }, lengths);
    }

    private static List<string> Entries(byte[] table)
    {
        var entries = new List<string>();
        for (var at = 44; at < table.Length; at += table[at] == 0 ? 20 : 8)
        {
            entries.Add(Convert.ToHexStringLower(table, at, 8));
        }

        return entries;
    }

    private static byte Sum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (var value in bytes)
        {
            sum += value;
        }

        return sum;
    }
}
