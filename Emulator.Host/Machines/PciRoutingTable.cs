using Emulator.Devices;

namespace Emulator.Host.Machines;

/// <summary>The PCI interrupt routing table (Microsoft PCI IRQ Routing Table Specification 1.0), for systems without ACPI.</summary>
internal static class PciRoutingTable
{
    private const int HeaderLength = 32;
    private const int EntryLength = 16;
    private const ushort Version = 0x0100;
    private const ushort Lines10And11 = 0x0c00;
    private const uint RouterPiix3 = 0x7000_8086;
    private const int ChecksumAt = HeaderLength - 1;
    private const int Pins = 4;

    /// <summary>The table of a board, to be placed on a paragraph in 0xf0000-0xfffff.</summary>
    public static byte[] Build(LegacyDevices board)
    {
        var slots = board.Pci.Devices.Select(device => device.Devfn >> 3).Where(slot => slot != 0).Distinct().Order().ToArray();
        var table = new byte[HeaderLength + (EntryLength * slots.Length)];
        "$PIR"u8.CopyTo(table);
        BitConverter.TryWriteBytes(table.AsSpan(4), Version);
        BitConverter.TryWriteBytes(table.AsSpan(6), (ushort)table.Length);
        table[9] = PcPlatform.IsaBridgeDevfn;
        BitConverter.TryWriteBytes(table.AsSpan(12), RouterPiix3);
        for (var i = 0; i < slots.Length; i++)
        {
            var entry = table.AsSpan(HeaderLength + (EntryLength * i), EntryLength);
            entry[1] = (byte)(slots[i] << 3);
            for (var pin = 0; pin < Pins; pin++)
            {
                entry[2 + (3 * pin)] = LinkOf(board.IsaBridge.PirqOf(slots[i], pin));
                BitConverter.TryWriteBytes(entry[(3 + (3 * pin))..], Lines10And11);
            }
        }

        table[ChecksumAt] = (byte)-table.Aggregate(0, (sum, value) => sum + value);
        return table;
    }

    // The bridge's route control register: A to D from 60h, E to H from 68h.
    private static byte LinkOf(int pirq) => (byte)(pirq < Pins ? 0x60 + pirq : 0x64 + pirq);
}
