using System.Buffers.Binary;
using System.Text;
using Emulator.Devices.Acpi;

namespace Emulator.Devices.Tests.Acpi;

/// <summary>The loader script, run as firmware runs it.</summary>
public sealed class AcpiLoaderTests
{
    private const uint TablesAddress = 0x0ffd_0000;

    [Theory]
    [InlineData("one")]
    [InlineData("many")]
    [InlineData("q35")]
    public void Script_RunAsFirmwareDoes_GivesTheTablesThatAreBuiltInPlace(string machine)
    {
        var options = AcpiTablesTests.Options(machine);
        var blobs = AcpiLoader.Build(options);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [AcpiLoader.RootPointerFile] = [.. blobs.RootPointer],
            [AcpiLoader.TablesFile] = [.. blobs.Tables],
        };
        Run(blobs.Script, files);

        foreach (var table in AcpiTables.Build(options with { TablesAddress = TablesAddress }))
        {
            var actual = table.Name == "RSDP"
                ? files[AcpiLoader.RootPointerFile]
                : files[AcpiLoader.TablesFile].AsSpan((int)(table.Address - TablesAddress), table.Bytes.Length).ToArray();
            Assert.True(table.Bytes.AsSpan().SequenceEqual(actual), table.Name);
        }
    }

    [Fact]
    public void Blobs_OfOtherAddresses_HaveTheSameLength()
    {
        var options = AcpiTablesTests.Options("q35");
        var former = AcpiLoader.Build(options with { EcamAddress = null });
        var later = AcpiLoader.Build(options);
        Assert.Equal(former.Tables.Length, later.Tables.Length);
        Assert.Equal(former.Script.Length, later.Script.Length);
    }

    private static void Run(byte[] script, Dictionary<string, byte[]> files)
    {
        var allocated = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < script.Length; at += 128)
        {
            var entry = script.AsSpan(at, 128);
            var name = Name(entry[4..]);
            switch (BinaryPrimitives.ReadUInt32LittleEndian(entry))
            {
                case 0:
                    break;
                case 1:
                    Assert.True(files.ContainsKey(name) && allocated.Add(name));
                    break;
                case 2:
                    Assert.Contains(name, allocated);
                    Assert.Equal(AcpiLoader.TablesFile, Name(entry[60..]));
                    AddAddress(files[name].AsSpan(BinaryPrimitives.ReadInt32LittleEndian(entry[116..]), entry[120]));
                    break;
                default:
                    Assert.Equal(3u, BinaryPrimitives.ReadUInt32LittleEndian(entry));
                    var file = files[name];
                    var checksum = BinaryPrimitives.ReadInt32LittleEndian(entry[60..]);
                    Assert.Equal(0, file[checksum]);
                    var range = file.AsSpan(BinaryPrimitives.ReadInt32LittleEndian(entry[64..]), BinaryPrimitives.ReadInt32LittleEndian(entry[68..]));
                    file[checksum] = (byte)-Sum(range);
                    break;
            }
        }
    }

    private static void AddAddress(Span<byte> pointer)
    {
        if (pointer.Length == 4)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(pointer, BinaryPrimitives.ReadUInt32LittleEndian(pointer) + TablesAddress);
        }
        else
        {
            BinaryPrimitives.WriteUInt64LittleEndian(pointer, BinaryPrimitives.ReadUInt64LittleEndian(pointer) + TablesAddress);
        }
    }

    private static string Name(ReadOnlySpan<byte> field) => Encoding.ASCII.GetString(field[..field[..56].IndexOf((byte)0)]);

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
