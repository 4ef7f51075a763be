using System.Buffers.Binary;
using System.Text;

namespace Emulator.Devices.Acpi;

/// <summary>A table and the physical address at which it goes into RAM.</summary>
public sealed record PlacedTable(string Name, ulong Address, byte[] Bytes)
{
    /// <summary>The first address behind the table.</summary>
    public ulong End => Address + (ulong)Bytes.Length;
}

/// <summary>Builds the machine's ACPI tables (ACPI 6.5, 5.2).</summary>
public static class AcpiTables
{
    private const int HeaderLength = 36;
    private const int ChecksumOffset = 9;
    private const ulong Alignment = 64;

    /// <summary>
    /// The tables with their addresses, the RSDP last. All but the RSDP lie together from <see cref="AcpiOptions.TablesAddress"/> on.
    /// </summary>
    public static IReadOnlyList<PlacedTable> Build(AcpiOptions options)
    {
        var placed = new List<PlacedTable>();
        var next = options.TablesAddress;
        var facs = Place("FACS", Facs());
        var dsdt = Place("DSDT", Table("DSDT", 2, Dsdt.Build(options)));
        var described = new List<ulong>
        {
            Place("FACP", Table("FACP", Fadt.Revision, Fadt.Build(options, (uint)facs, (uint)dsdt))),
            Place("APIC", Table("APIC", Madt.Revision, Madt.Build(options))),
        };
        if (options.HpetBlockId is { } blockId)
        {
            described.Add(Place("HPET", Table("HPET", 1, Hpet(blockId))));
        }

        if (options.EcamAddress is { } ecam)
        {
            described.Add(Place("MCFG", Table("MCFG", 1, Mcfg(ecam))));
        }

        var rsdt = Place("RSDT", Table("RSDT", 1, Pointers(described, 4)));
        var xsdt = Place("XSDT", Table("XSDT", 1, Pointers(described, 8)));
        placed.Add(new PlacedTable("RSDP", options.RootPointerAddress, RootPointer((uint)rsdt, xsdt)));
        return placed;

        ulong Place(string name, byte[] bytes)
        {
            next = (next + Alignment - 1) & ~(Alignment - 1);
            placed.Add(new PlacedTable(name, next, bytes));
            next += (ulong)bytes.Length;
            return placed[^1].Address;
        }
    }

    /// <summary>A system description table: the common header (5.2.6) and its contents, with the checksum set.</summary>
    internal static byte[] Table(string signature, byte revision, ReadOnlySpan<byte> contents)
    {
        var table = new TableWriter()
            .Text(signature, 4)
            .UInt32((uint)(HeaderLength + contents.Length))
            .UInt8(revision)
            .UInt8(0)
            .Text("EMUL", 6)
            .Text("EMULPC", 8)
            .UInt32(1)
            .Text("EMUL", 4)
            .UInt32(1)
            .Bytes(contents)
            .ToArray();
        table[ChecksumOffset] = Checksum(table);
        return table;
    }

    /// <summary>The byte that makes all bytes sum to zero, given that its place holds zero.</summary>
    internal static byte Checksum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (var value in bytes)
        {
            sum += value;
        }

        return (byte)-sum;
    }

    // 5.2.5.3: the first checksum covers the 20 bytes of ACPI 1.0, the second all.
    private static byte[] RootPointer(uint rsdt, ulong xsdt)
    {
        var rsdp = new TableWriter()
            .Text("RSD PTR ", 8)
            .UInt8(0)
            .Text("EMUL", 6)
            .UInt8(2)
            .UInt32(rsdt)
            .UInt32(36)
            .UInt64(xsdt)
            .UInt32(0)
            .ToArray();
        rsdp[8] = Checksum(rsdp.AsSpan(0, 20));
        rsdp[32] = Checksum(rsdp);
        return rsdp;
    }

    // 5.2.10: no header checksum; version 2 has 64-bit waking vectors.
    private static byte[] Facs()
    {
        var facs = new byte[64];
        Encoding.ASCII.GetBytes("FACS", facs);
        BinaryPrimitives.WriteInt32LittleEndian(facs.AsSpan(4), facs.Length);
        facs[32] = 2;
        return facs;
    }

    private static byte[] Pointers(List<ulong> addresses, int size)
    {
        var writer = new TableWriter();
        foreach (var address in addresses)
        {
            _ = size == 4 ? writer.UInt32((uint)address) : writer.UInt64(address);
        }

        return writer.ToArray();
    }

    // IA-PC HPET 1.0a, 3.2.4.
    private static byte[] Hpet(uint blockId) => new TableWriter()
        .UInt32(blockId)
        .Address(AddressSpace.Memory, width: 0, accessSize: 0, 0xfed0_0000)
        .UInt8(0)
        .UInt16(128)
        .UInt8(0)
        .ToArray();

    // PCI Firmware Specification 3.3, 4.1.2: segment group 0, buses 0 to 255.
    private static byte[] Mcfg(ulong ecam) => new TableWriter()
        .UInt64(0)
        .UInt64(ecam)
        .UInt16(0)
        .UInt8(0)
        .UInt8(0xff)
        .UInt32(0)
        .ToArray();
}
