using Iced.Intel;
using static Emulator.Roms.Bios.BiosLayout;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Bios;

/// <summary>
/// The BIOS32 service directory (Standard BIOS 32-bit Service Directory Proposal 0.4) and the PCI BIOS behind it, for 32-bit code that
/// calls them far. Both may run at any linear address.
/// </summary>
internal static class Bios32
{
    private const int ChecksumAt = 10;

    /// <summary>Places them.</summary>
    public static void Place(RomImage rom)
    {
        var header = new byte[16];
        "_32_"u8.CopyTo(header);
        BitConverter.TryWriteBytes(header.AsSpan(4), ((uint)Segment << 4) + Bios32Entry);
        header[9] = 1;
        header[ChecksumAt] = (byte)-header.Sum(value => value);
        rom.Data(Bios32Header, header);
        rom.Code(Bios32Entry, a => EmitEntry(a, BiosService.Bios32Directory), 32);
        rom.Code(PciEntry, a => EmitEntry(a, BiosService.Bios32Pci), 32);
    }

    // LEA leaves the flags alone, which the service sets.
    private static void EmitEntry(Assembler a, BiosService service)
    {
        a.push((int)service);
        a.@out(BiosRom.CallPort, al);
        a.lea(esp, __[esp + 4]);
        a.retf();
    }
}
