using System.Text;

namespace Emulator.Devices.Acpi;

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

    /// <summary>The system's UUID as it stands in the table.</summary>
    public Guid SystemId { get; init; }

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
    private const ushort ProcessorHandle = 0x400;
    private const ushort ArrayHandle = 0x1000;
    private const long MiB = 1 << 20;
    private const byte Unknown = 2;

    /// <summary>The entry point and the structures.</summary>
    public static IReadOnlyList<PlacedTable> Build(SmbiosOptions options)
    {
        var table = new StructureWriter();
        AddSystem(table, options);
        for (var cpu = 0; cpu < options.Processors; cpu++)
        {
            AddProcessor(table, options, cpu);
        }

        AddMemory(table, options.RamSize);
        table.Add(127, 0x7f00, new TableWriter());
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

    // Types 0 (BIOS), 1 (system) and 3 (chassis): 7.1, 7.2 and 7.4.
    private static void AddSystem(StructureWriter table, SmbiosOptions options)
    {
        table.Add(0, 0, new TableWriter()
            .UInt8(1).UInt8(2).UInt16(0xf000).UInt8(3).UInt8(0)
            .UInt64(1 << 3) // BIOS characteristics are not supported.
            .UInt16(0x1400) // A virtual machine; UEFI is not supported.
            .Zeros(2).UInt8(0xff).UInt8(0xff), "emulator", "1", "01/01/2025");
        Span<byte> uuid = stackalloc byte[16];
        options.SystemId.TryWriteBytes(uuid);
        table.Add(1, 0x100, new TableWriter()
            .UInt8(1).UInt8(2).UInt8(3).UInt8(0).Bytes(uuid).UInt8(6).UInt8(0).UInt8(0), "emulator", "Standard PC (i440FX + PIIX)", "pc");
        table.Add(3, ChassisHandle, new TableWriter()
            .UInt8(1).UInt8(1).Zeros(3).UInt8(3).UInt8(3).UInt8(3).UInt8(Unknown).UInt32(0).Zeros(4), "emulator");
    }

    // Type 4: 7.5.
    private static void AddProcessor(StructureWriter table, SmbiosOptions options, int cpu)
        => table.Add(4, (ushort)(ProcessorHandle + cpu), new TableWriter()
            .UInt8(1).UInt8(3).UInt8(1).UInt8(2)
            .UInt32(options.ProcessorSignature).UInt32(options.FeatureFlags)
            .UInt8(0).UInt8(0).UInt16(0).UInt16(0).UInt16(0)
            .UInt8(0x41) // Populated, enabled.
            .UInt8(1)
            .UInt16(0xffff).UInt16(0xffff).UInt16(0xffff)
            .Zeros(3)
            .UInt8(1).UInt8(1).UInt8(1)
            .UInt16(Unknown)
            .UInt16(1)
            .UInt16(1).UInt16(1).UInt16(1), $"CPU {cpu}", "emulator");

    // Types 16, 17 and 19: 7.17, 7.18 and 7.20. One module holds all RAM.
    private static void AddMemory(StructureWriter table, long size)
    {
        var kilobytes = size >> 10;
        var extended = kilobytes >= 0x8000_0000;
        table.Add(16, ArrayHandle, new TableWriter()
            .UInt8(1).UInt8(3).UInt8(6).UInt32(extended ? 0x8000_0000 : (uint)kilobytes).UInt16(NoHandle).UInt16(1)
            .UInt64(extended ? (ulong)size : 0));
        var megabytes = size / MiB;
        table.Add(17, 0x1100, new TableWriter()
            .UInt16(ArrayHandle).UInt16(NoHandle).UInt16(64).UInt16(64)
            .UInt16(megabytes < 0x7fff ? (ushort)megabytes : (ushort)0x7fff)
            .UInt8(9).UInt8(0).UInt8(1).UInt8(0).UInt8(7).UInt16(Unknown).UInt16(0).Zeros(4).UInt8(0)
            .UInt32(megabytes < 0x7fff ? 0 : (uint)megabytes)
            .UInt16(0).Zeros(6), "DIMM 0");
        table.Add(19, 0x1300, new TableWriter()
            .UInt32(extended ? uint.MaxValue : 0)
            .UInt32(extended ? uint.MaxValue : (uint)(kilobytes - 1))
            .UInt16(ArrayHandle).UInt8(1)
            .UInt64(0).UInt64(extended ? (ulong)size - 1 : 0));
    }

    /// <summary>Writes structures one after another: header, formatted area, strings (6.1).</summary>
    private sealed class StructureWriter
    {
        private readonly List<byte> _bytes = [];

        public int Length => _bytes.Count;

        public ushort Count { get; private set; }

        public ushort Largest { get; private set; }

        public void Add(byte type, ushort handle, TableWriter formatted, params ReadOnlySpan<string> strings)
        {
            var start = _bytes.Count;
            var area = formatted.ToArray();
            _bytes.AddRange(new TableWriter().UInt8(type).UInt8((byte)(4 + area.Length)).UInt16(handle).Bytes(area).ToArray());
            foreach (var text in strings)
            {
                _bytes.AddRange(Encoding.ASCII.GetBytes(text));
                _bytes.Add(0);
            }

            _bytes.Add(0);
            if (strings.IsEmpty)
            {
                _bytes.Add(0);
            }

            Count++;
            Largest = (ushort)Math.Max(Largest, _bytes.Count - start);
        }

        public byte[] ToArray() => [.. _bytes];
    }
}
