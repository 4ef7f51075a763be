using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Emulator.Devices.Acpi;

namespace Emulator.Devices.Tests.Acpi;

/// <summary>The ACPI tables, read back as an operating system does, and by ACPICA's disassembler where it is installed.</summary>
public class AcpiTablesTests
{
    private const ulong Tables = 0x0ffd_0000;

    public static TheoryData<string> Machines => ["one", "many", "bare", "q35"];

    [Theory]
    [MemberData(nameof(Machines))]
    public void Tables_ChainFromTheRsdp_IsSoundAndDoesNotOverlap(string machine)
    {
        var tables = AcpiTables.Build(Options(machine));
        var rsdp = At(tables, 0xf0000);
        Assert.Equal("RSD PTR ", Encoding.ASCII.GetString(rsdp, 0, 8));
        Assert.Equal(2, rsdp[15]);
        Assert.Equal(0, Sum(rsdp.AsSpan(0, 20)));
        Assert.Equal(0, Sum(rsdp));

        var rsdt = Header(tables, UInt32(rsdp, 16), "RSDT");
        var xsdt = Header(tables, BinaryPrimitives.ReadUInt64LittleEndian(rsdp.AsSpan(24)), "XSDT");
        Assert.Equal((rsdt.Length - 36) / 4, (xsdt.Length - 36) / 8);
        var names = new List<string>();
        for (var i = 0; i < (rsdt.Length - 36) / 4; i++)
        {
            var address = UInt32(rsdt, 36 + 4 * i);
            Assert.Equal(address, BinaryPrimitives.ReadUInt64LittleEndian(xsdt.AsSpan(36 + 8 * i)));
            names.Add(Encoding.ASCII.GetString(Header(tables, address, null), 0, 4));
        }

        Assert.Equal(machine is "many" or "q35" ? ["FACP", "APIC", "HPET", "MCFG"] : machine == "one" ? ["FACP", "APIC", "HPET"] : ["FACP", "APIC"], names);
        var fadt = Header(tables, UInt32(rsdt, 36), "FACP");
        Assert.Equal(276, fadt.Length);
        Header(tables, UInt32(fadt, 40), "DSDT");
        var facs = At(tables, UInt32(fadt, 36));
        Assert.Equal(0ul, UInt32(fadt, 36) & 63);
        Assert.Equal("FACS", Encoding.ASCII.GetString(facs, 0, 4));
        AssertNoOverlap(tables);
    }

    [Fact]
    public void Fadt_OfTheMachine_HasTheRegistersWhereTheyAre()
    {
        var fadt = AcpiTables.Build(Options("one")).Single(t => t.Name == "FACP").Bytes;
        Assert.Equal(9, BinaryPrimitives.ReadUInt16LittleEndian(fadt.AsSpan(46)));
        Assert.Equal(0xb2u, UInt32(fadt, 48));
        Assert.Equal(0xf1, fadt[52]);
        Assert.Equal(0x600u, UInt32(fadt, 56));
        Assert.Equal(0x604u, UInt32(fadt, 64));
        Assert.Equal(0x608u, UInt32(fadt, 76));
        Assert.Equal(0xafe0u, UInt32(fadt, 80));
        Assert.Equal([1, 8, 0, 1, 0xf9, 0x0c, 0, 0, 0, 0, 0, 0, 0x0f], fadt[116..129]);
        Assert.Equal([1, 32, 0, 2, 0x00, 0x06, 0, 0, 0, 0, 0, 0], fadt[148..160]);
        Assert.Equal([1, 32, 0, 3, 0x08, 0x06, 0, 0, 0, 0, 0, 0], fadt[208..220]);
    }

    [Fact]
    public void Madt_OfTheMachine_ListsEveryController()
    {
        var madt = AcpiTables.Build(Options("many")).Single(t => t.Name == "APIC").Bytes;
        var counts = new Dictionary<byte, int>();
        var at = 44;
        while (at < madt.Length)
        {
            counts[madt[at]] = counts.GetValueOrDefault(madt[at]) + 1;
            Assert.True(madt[at + 1] >= 2);
            at += madt[at + 1];
        }

        Assert.Equal(madt.Length, at);
        Assert.Equal(255, counts[0]); // IDs 0 to 254
        Assert.Equal(5, counts[9]);
        Assert.Equal(1, counts[1]);
        Assert.Equal(5, counts[2]);
        Assert.Equal(1, counts[4]);
        Assert.Equal(1, counts[10]);
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void Tables_DisassembledByIasl_HaveNoWarning(string machine)
    {
        Assert.SkipUnless(Runs("iasl", ["-v"]).Status == 0, "iasl (Debian package acpica-tools) is not installed");
        var folder = Directory.CreateTempSubdirectory("acpi-tables-");
        try
        {
            foreach (var table in AcpiTables.Build(Options(machine)))
            {
                if (table.Name is "RSDP" or "FACS")
                {
                    continue; // No standard header: nothing that a definition block or data table disassembly covers.
                }

                var file = Path.Combine(folder.FullName, table.Name + ".aml");
                File.WriteAllBytes(file, table.Bytes);
                var (status, output) = Runs("iasl", ["-d", file]);
                Assert.True(status == 0, output);
                Assert.DoesNotContain("Warning", output, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain("Error", output, StringComparison.OrdinalIgnoreCase);
                var source = File.ReadAllText(Path.ChangeExtension(file, ".dsl"));
                Assert.DoesNotContain("Incorrect checksum", source, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain("Invalid", source, StringComparison.OrdinalIgnoreCase);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("one")]
    [InlineData("q35")]
    public void Dsdt_DisassembledAndCompiledAgainByIasl_IsTheSameCode(string machine)
    {
        Assert.SkipUnless(Runs("iasl", ["-v"]).Status == 0, "iasl (Debian package acpica-tools) is not installed");
        var folder = Directory.CreateTempSubdirectory("acpi-dsdt-");
        try
        {
            var dsdt = AcpiTables.Build(Options(machine)).Single(t => t.Name == "DSDT").Bytes;
            var file = Path.Combine(folder.FullName, "dsdt.aml");
            File.WriteAllBytes(file, dsdt);
            Assert.Equal(0, Runs("iasl", ["-d", file]).Status);
            var again = Path.Combine(folder.FullName, "again");
            var (status, output) = Runs("iasl", ["-oa", "-p", again, Path.ChangeExtension(file, ".dsl")]);
            Assert.True(status == 0, output);
            Assert.True(output.Contains("0 Errors, 0 Warnings, 0 Remarks", StringComparison.Ordinal), output);
            Assert.Equal(dsdt[36..], File.ReadAllBytes(again + ".aml")[36..]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    internal static AcpiOptions Options(string machine) => machine switch
    {
        "one" => new AcpiOptions { ApicIds = [0], TablesAddress = Tables },
        "q35" => new AcpiOptions
        {
            ApicIds = [0, 1],
            TablesAddress = Tables,
            Chipset = AcpiChipset.Q35,
            GpeBase = 0x620,
            GpeLength = 16,
            EcamAddress = 0xb000_0000,
        },
        "many" => new AcpiOptions
        {
            ApicIds = [.. Enumerable.Range(0, 260).Select(i => (uint)i)],
            TablesAddress = Tables,
            EcamAddress = 0xb000_0000,
            PciWindow64 = (0x8_0000_0000, 0x8_0000_0000),
            SerialPorts = 4,
        },
        _ => new AcpiOptions { ApicIds = [0, 1], TablesAddress = Tables, HpetBlockId = null, FwCfg = false, SerialPorts = 0 },
    };

    private static byte[] At(IReadOnlyList<PlacedTable> tables, ulong address) => tables.Single(t => t.Address == address).Bytes;

    private static byte[] Header(IReadOnlyList<PlacedTable> tables, ulong address, string? signature)
    {
        var table = At(tables, address);
        if (signature is not null)
        {
            Assert.Equal(signature, Encoding.ASCII.GetString(table, 0, 4));
        }

        Assert.Equal((uint)table.Length, UInt32(table, 4));
        Assert.Equal(0, Sum(table));
        return table;
    }

    private static void AssertNoOverlap(IReadOnlyList<PlacedTable> tables)
    {
        var ordered = tables.OrderBy(t => t.Address).ToArray();
        for (var i = 1; i < ordered.Length; i++)
        {
            Assert.True(ordered[i - 1].End <= ordered[i].Address);
        }
    }

    private static uint UInt32(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));

    private static byte Sum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (var value in bytes)
        {
            sum += value;
        }

        return sum;
    }

    private static (int Status, string Output) Runs(string program, string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + error.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "");
        }
    }
}
