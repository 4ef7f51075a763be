namespace Emulator.Devices.Acpi;

/// <summary>What the MP configuration table describes and where it goes.</summary>
public sealed record MpOptions
{
    /// <summary>The APIC IDs of the CPUs, the bootstrap processor's first; IDs from 255 on have no place in the table.</summary>
    public required IReadOnlyList<uint> ApicIds { get; init; }

    /// <summary>Where the floating pointer goes: a multiple of 16 in the last KiB of base memory or in 0xf0000-0xfffff.</summary>
    public ulong PointerAddress { get; init; } = 0xf_0050;

    /// <summary>CPUID.01H:EAX.</summary>
    public uint ProcessorSignature { get; init; } = 0x600;

    /// <summary>CPUID.01H:EDX.</summary>
    public uint FeatureFlags { get; init; } = 0x0000_0201;

    /// <summary>The I/O APIC's ID.</summary>
    public byte IoApicId { get; init; }

    /// <summary>The ISA interrupts to which firmware routed PIRQA to PIRQD.</summary>
    public IReadOnlyList<byte> PirqRoutes { get; init; } = [10, 10, 11, 11];
}

/// <summary>Builds the tables of Intel's MultiProcessor Specification 1.4, for systems that do not read ACPI.</summary>
public static class MpTables
{
    private const byte SpecificationRevision = 4;
    private const byte ApicVersion = 0x14;
    private const byte PciBus = 0;
    private const byte IsaBus = 1;
    private const byte AllLocalApics = 0xff;
    private const uint LocalApicAddress = 0xfee0_0000;
    private const uint IoApicAddress = 0xfec0_0000;
    private const ushort Conforming = 0;
    private const ushort ActiveHighLevel = 0x0d;
    private const int PciSlots = 32;

    private enum InterruptType : byte
    {
        Vectored = 0,
        Nmi = 1,
        ExtInt = 3,
    }

    /// <summary>The floating pointer and, right behind it, the configuration table.</summary>
    public static IReadOnlyList<PlacedTable> Build(MpOptions options)
    {
        var tableAddress = options.PointerAddress + 16;
        var pointer = new TableWriter()
            .Text("_MP_", 4)
            .UInt32((uint)tableAddress)
            .UInt8(1)
            .UInt8(SpecificationRevision)
            .UInt8(0)
            .UInt8(0) // A configuration table is present.
            .Zeros(4) // Virtual wire mode.
            .ToArray();
        pointer[10] = AcpiTables.Checksum(pointer);
        return
        [
            new PlacedTable("_MP_", options.PointerAddress, pointer),
            new PlacedTable("PCMP", tableAddress, ConfigurationTable(options)),
        ];
    }

    // 4.2: header, then the entries in order of their type.
    private static byte[] ConfigurationTable(MpOptions options)
    {
        var entries = new TableWriter();
        var count = Processors(entries, options) + 3;
        entries.UInt8(1).UInt8(PciBus).Text("PCI", 6);
        entries.UInt8(1).UInt8(IsaBus).Text("ISA", 6);
        entries.UInt8(2).UInt8(options.IoApicId).UInt8(0x20).UInt8(1).UInt32(IoApicAddress);
        count += IoInterrupts(entries, options);
        count += LocalInterrupts(entries, (byte)options.ApicIds[0]);

        var body = entries.ToArray();
        var table = new TableWriter()
            .Text("PCMP", 4)
            .UInt16((ushort)(44 + body.Length))
            .UInt8(SpecificationRevision)
            .UInt8(0)
            .Text("EMUL", 8)
            .Text("EMULPC", 12)
            .UInt32(0)
            .UInt16(0)
            .UInt16((ushort)count)
            .UInt32(LocalApicAddress)
            .UInt32(0)
            .Bytes(body)
            .ToArray();
        table[7] = AcpiTables.Checksum(table);
        return table;
    }

    // 4.3.1: enabled; the first is the bootstrap processor.
    private static int Processors(TableWriter entries, MpOptions options)
    {
        var count = 0;
        foreach (var id in options.ApicIds)
        {
            if (id < AllLocalApics)
            {
                entries.UInt8(0).UInt8((byte)id).UInt8(ApicVersion).UInt8((byte)(count == 0 ? 3 : 1))
                    .UInt32(options.ProcessorSignature).UInt32(options.FeatureFlags).Zeros(8);
                count++;
            }
        }

        return count;
    }

    // 4.3.4: PCI pins by PIRQ, then the ISA interrupts that no PIRQ has; IRQ 0 is at input 2.
    private static int IoInterrupts(TableWriter entries, MpOptions options)
    {
        var count = 0;
        for (var slot = 1; slot < PciSlots; slot++)
        {
            for (var pin = 0; pin < 4; pin++)
            {
                var route = options.PirqRoutes[PcPlatform.PirqOf(slot, pin)];
                Add(InterruptType.Vectored, ActiveHighLevel, PciBus, (byte)(slot << 2 | pin), route);
            }
        }

        for (byte irq = 0; irq < 16; irq++)
        {
            if (irq != PcPlatform.CascadeIrq && !options.PirqRoutes.Contains(irq))
            {
                Add(InterruptType.Vectored, Conforming, IsaBus, irq, irq == PcPlatform.PitIrq ? (byte)PcPlatform.PitIoApicInput : irq);
            }
        }

        return count;

        void Add(InterruptType type, ushort flags, byte bus, byte source, byte input)
        {
            entries.UInt8(3).UInt8((byte)type).UInt16(flags).UInt8(bus).UInt8(source).UInt8(options.IoApicId).UInt8(input);
            count++;
        }
    }

    // 4.3.5: the 8259A at LINT0 of the bootstrap processor, NMI at LINT1 of all.
    private static int LocalInterrupts(TableWriter entries, byte bootstrap)
    {
        entries.UInt8(4).UInt8((byte)InterruptType.ExtInt).UInt16(Conforming).UInt8(IsaBus).UInt8(0).UInt8(bootstrap).UInt8(0);
        entries.UInt8(4).UInt8((byte)InterruptType.Nmi).UInt16(Conforming).UInt8(IsaBus).UInt8(0).UInt8(AllLocalApics).UInt8(1);
        return 2;
    }
}
