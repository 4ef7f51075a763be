namespace Emulator.Devices.Acpi;

/// <summary>The multiple APIC description table (ACPI 6.5, 5.2.12).</summary>
internal static class Madt
{
    public const byte Revision = 5;

    private const uint LocalApicAddress = 0xfee0_0000;
    private const uint IoApicAddress = 0xfec0_0000;
    private const uint DualPicPresent = 1;
    private const uint ProcessorEnabled = 1;
    private const ushort ActiveHighLevel = 0x0d;

    // Local APIC IDs from here on need the x2APIC structure: 255 is broadcast.
    private const uint FirstX2ApicId = 255;

    // The SCI, and the ISA interrupts that PCI links may be routed to.
    private static ReadOnlySpan<byte> LevelInterrupts => [5, 9, 10, 11];

    /// <summary>The table's contents behind the header.</summary>
    public static byte[] Build(AcpiOptions options)
    {
        var writer = new TableWriter().UInt32(LocalApicAddress).UInt32(DualPicPresent);
        for (var cpu = 0; cpu < options.ApicIds.Length; cpu++)
        {
            var id = options.ApicIds[cpu];
            _ = id < FirstX2ApicId
                ? writer.UInt8(0).UInt8(8).UInt8((byte)cpu).UInt8((byte)id).UInt32(ProcessorEnabled)
                : writer.UInt8(9).UInt8(16).UInt16(0).UInt32(id).UInt32(ProcessorEnabled).UInt32((uint)cpu);
        }

        writer.UInt8(1).UInt8(12).UInt8(options.IoApicId).UInt8(0).UInt32(IoApicAddress).UInt32(0);
        Override(writer, irq: 0, input: 2, flags: 0);
        foreach (var irq in LevelInterrupts)
        {
            Override(writer, irq, irq, ActiveHighLevel);
        }

        // LINT1 of every processor is the NMI.
        writer.UInt8(4).UInt8(6).UInt8(0xff).UInt16(0).UInt8(1);
        if (Array.Exists(options.ApicIds, id => id >= FirstX2ApicId))
        {
            writer.UInt8(10).UInt8(12).UInt16(0).UInt32(uint.MaxValue).UInt8(1).Zeros(3);
        }

        return writer.ToArray();
    }

    private static void Override(TableWriter writer, byte irq, uint input, ushort flags)
        => writer.UInt8(2).UInt8(10).UInt8(0).UInt8(irq).UInt32(input).UInt16(flags);
}
