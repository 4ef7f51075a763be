using System.Collections.Immutable;
using System.Globalization;

namespace Emulator.Devices.Acpi;

/// <summary>What the user says of one field.</summary>
/// <param name="Type">The structure's type.</param>
/// <param name="Name">QEMU's name of the field.</param>
/// <param name="Text">What it says.</param>
public sealed record SmbiosField(int Type, string Name, string Text);

/// <summary>What the user says of the SMBIOS tables.</summary>
public sealed record SmbiosChoice
{
    /// <summary>Fields in the order given; of two for one place the later counts.</summary>
    public ImmutableArray<SmbiosField> Fields { get; init; } = [];

    /// <summary>Whole structures; they stand for those of their types that would be built.</summary>
    public ImmutableArray<byte[]> Structures { get; init; } = [];

    /// <summary>The system's UUID.</summary>
    public Guid SystemId { get; init; }

    /// <summary>Whether the tables say that the firmware is UEFI.</summary>
    public bool IsUefi { get; init; }

    /// <summary>A field, or what it is when nobody says.</summary>
    public string Text(int type, string name, string otherwise = "") => Find(type, name) ?? otherwise;

    /// <summary>A field that is a number, or what it is when nobody says; the text was checked.</summary>
    public ulong Number(int type, string name, ulong otherwise)
        => Find(type, name) is { } text
            ? text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
                ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                : ulong.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;

    private string? Find(int type, string name) => Fields.LastOrDefault(field => field.Type == type && field.Name == name)?.Text;
}

/// <summary>What the SMBIOS tables say and where they go.</summary>
public sealed record SmbiosOptions
{
    /// <summary>Bytes of RAM.</summary>
    public required long RamSize { get; init; }

    /// <summary>The number of CPUs.</summary>
    public required int Processors { get; init; }

    /// <summary>Where the entry point goes: a multiple of 16 in 0xf0000-0xfffff.</summary>
    public ulong EntryPointAddress { get; init; } = 0xf_0030;

    /// <summary>Where the structures go, below 4 GiB.</summary>
    public required ulong TablesAddress { get; init; }

    /// <summary>The board's name.</summary>
    public string Product { get; init; } = "Standard PC (i440FX + PIIX, 1996)";

    /// <summary>What the user says.</summary>
    public SmbiosChoice Choice { get; init; } = new();

    /// <summary>CPUID.01H:EAX.</summary>
    public uint ProcessorSignature { get; init; } = 0x600;

    /// <summary>CPUID.01H:EDX.</summary>
    public uint FeatureFlags { get; init; } = 0x0000_0201;
}

/// <summary>Builds a 2.8 entry point and the structures that DMTF DSP0134 requires.</summary>
public static class SmbiosTables
{
    private const ushort NoHandle = 0xfffe;
    private const ushort ChassisHandle = 0x300;
    private const ushort BaseboardHandle = 0x200;
    private const ushort ProcessorHandle = 0x400;
    private const ushort ArrayHandle = 0x1000;
    private const long MiB = 1 << 20;
    private const byte Unknown = 2;

    /// <summary>The entry point and the structures.</summary>
    public static IReadOnlyList<PlacedTable> Build(SmbiosOptions options)
    {
        var table = new StructureWriter(options.Choice.Structures);
        AddSystem(table, options);
        for (var cpu = 0; cpu < options.Processors; cpu++)
        {
            AddProcessor(table, options, cpu);
        }

        AddMemory(table, options);
        table.AddWhole();
        table.Begin(127, 0x7f00).End();
        return
        [
            new PlacedTable("_SM_", options.EntryPointAddress, EntryPoint((uint)options.TablesAddress, table)),
            new PlacedTable("SMBIOS", options.TablesAddress, table.ToArray()),
        ];
    }

    // 5.2.1: 31 bytes, of which the intermediate entry point from byte 16 on has a checksum of its own.
    private static byte[] EntryPoint(uint address, StructureWriter table)
    {
        var entry = new TableWriter()
            .Text("_SM_", 4).UInt8(0).UInt8(31).UInt8(2).UInt8(8).UInt16(table.Largest).UInt8(0).Zeros(5)
            .Text("_DMI_", 5).UInt8(0).UInt16((ushort)table.Length).UInt32(address).UInt16(table.Count).UInt8(0x28)
            .ToArray();
        entry[21] = AcpiTables.Checksum(entry.AsSpan(16));
        entry[4] = AcpiTables.Checksum(entry);
        return entry;
    }

    // Types 0 (BIOS), 1 (system), 2 (baseboard, where the user says something of it) and 3 (chassis): 7.1 to 7.4.
    private static void AddSystem(StructureWriter table, SmbiosOptions options)
    {
        var choice = options.Choice;
        var release = Version.Parse(choice.Text(0, "release", "0.0"));
        table.Begin(0, 0)
            .Text(choice.Text(0, "vendor", "emulator")).Text(choice.Text(0, "version", "1")).UInt16(0xf000).Text(choice.Text(0, "date", "01/01/2025")).UInt8(0)
            .UInt64(1 << 3) // BIOS characteristics are not supported.
            .UInt16((ushort)(0x1400 | (choice.IsUefi ? 0x0800 : 0))) // A virtual machine.
            .UInt8((byte)release.Major).UInt8((byte)release.Minor).UInt8(0xff).UInt8(0xff)
            .End();
        Span<byte> uuid = stackalloc byte[16];
        choice.SystemId.TryWriteBytes(uuid);
        table.Begin(1, 0x100)
            .Text(choice.Text(1, "manufacturer", "emulator")).Text(choice.Text(1, "product", options.Product)).Text(choice.Text(1, "version", "pc"))
            .Text(choice.Text(1, "serial")).Bytes(uuid).UInt8(6).Text(choice.Text(1, "sku")).Text(choice.Text(1, "family"))
            .End();
        if (choice.Fields.Any(field => field.Type == 2))
        {
            table.Begin(2, BaseboardHandle)
                .Text(choice.Text(2, "manufacturer", "emulator")).Text(choice.Text(2, "product", options.Product)).Text(choice.Text(2, "version", "pc"))
                .Text(choice.Text(2, "serial")).Text(choice.Text(2, "asset")).UInt8(1).Text(choice.Text(2, "location")).UInt16(ChassisHandle)
                .UInt8(0x0a).UInt8(0) // A motherboard, with no contained objects.
                .End();
        }

        table.Begin(3, ChassisHandle)
            .Text(choice.Text(3, "manufacturer", "emulator")).UInt8(1).Text(choice.Text(3, "version", "pc")).Text(choice.Text(3, "serial"))
            .Text(choice.Text(3, "asset")).UInt8(3).UInt8(3).UInt8(3).UInt8(Unknown).UInt32(0).UInt8(0).UInt8(0).UInt8(0).UInt8(0)
            .Text(choice.Text(3, "sku"))
            .End();
    }

    // Type 4: 7.5.
    private static void AddProcessor(StructureWriter table, SmbiosOptions options, int cpu)
    {
        var choice = options.Choice;
        table.Begin(4, (ushort)(ProcessorHandle + cpu))
            .Text(choice.Text(4, "sock_pfx", "CPU") + " " + cpu.ToString(CultureInfo.InvariantCulture)).UInt8(3).UInt8(1)
            .Text(choice.Text(4, "manufacturer", "emulator"))
            .UInt64(choice.Number(4, "processor-id", options.ProcessorSignature | (ulong)options.FeatureFlags << 32))
            .Text(choice.Text(4, "version", "pc")).UInt8(0).UInt16(0)
            .UInt16((ushort)choice.Number(4, "max-speed", 2000)).UInt16((ushort)choice.Number(4, "current-speed", 2000))
            .UInt8(0x41) // Populated, enabled.
            .UInt8(1)
            .UInt16(0xffff).UInt16(0xffff).UInt16(0xffff)
            .Text(choice.Text(4, "serial")).Text(choice.Text(4, "asset")).Text(choice.Text(4, "part"))
            .UInt8(1).UInt8(1).UInt8(1)
            .UInt16(Unknown)
            .UInt16(1)
            .UInt16(1).UInt16(1).UInt16(1)
            .End();
    }

    // Types 16, 17 and 19: 7.17, 7.18 and 7.20. One module holds all RAM.
    private static void AddMemory(StructureWriter table, SmbiosOptions options)
    {
        var (size, choice) = (options.RamSize, options.Choice);
        var kilobytes = size >> 10;
        var extended = kilobytes >= 0x8000_0000;
        table.Begin(16, ArrayHandle)
            .UInt8(1).UInt8(3).UInt8(6).UInt32(extended ? 0x8000_0000 : (uint)kilobytes).UInt16(NoHandle).UInt16(1)
            .UInt64(extended ? (ulong)size : 0)
            .End();
        var megabytes = size / MiB;
        var speed = (ushort)choice.Number(17, "speed", 0);
        table.Begin(17, 0x1100)
            .UInt16(ArrayHandle).UInt16(NoHandle).UInt16(64).UInt16(64)
            .UInt16(megabytes < 0x7fff ? (ushort)megabytes : (ushort)0x7fff)
            .UInt8(9).UInt8(0).Text(choice.Text(17, "loc_pfx", "DIMM") + " 0").Text(choice.Text(17, "bank")).UInt8(7).UInt16(Unknown).UInt16(speed)
            .Text(choice.Text(17, "manufacturer", "emulator")).Text(choice.Text(17, "serial")).Text(choice.Text(17, "asset")).Text(choice.Text(17, "part"))
            .UInt8(0)
            .UInt32(megabytes < 0x7fff ? 0 : (uint)megabytes)
            .UInt16(speed).UInt16(0).UInt16(0).UInt16(0)
            .End();
        table.Begin(19, 0x1300)
            .UInt32(extended ? uint.MaxValue : 0)
            .UInt32(extended ? uint.MaxValue : (uint)(kilobytes - 1))
            .UInt16(ArrayHandle).UInt8(1)
            .UInt64(0).UInt64(extended ? (ulong)size - 1 : 0)
            .End();
    }
}
