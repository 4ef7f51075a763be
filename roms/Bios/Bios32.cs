using Iced.Intel;
using static Emulator.Roms.Bios.BiosLayout;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Bios;

/// <summary>
/// The BIOS32 service directory (Standard BIOS 32-bit Service Directory Proposal 0.4) and the PCI BIOS behind it, for 32-bit code that
/// calls them far; APM's 16- and 32-bit entries (APM BIOS interface 1.2, 4). All may run at any linear address.
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
        rom.Code(ApmEntry32, a => EmitEntry(a, BiosService.Apm32), 32);
        rom.Code(ApmCall16, a => BiosRom.Call(a, BiosService.Apm16));
        rom.Code(ApmEntry16, a =>
        {
            // The frame of an interrupt, in which the service sets the flags.
            a.pushf();
            a.push(cs);
            a.call((ulong)ApmCall16);
            a.retf();
        });
        PlacePlugAndPlay(rom);
    }

    // Plug and Play BIOS Specification 1.0A, 4.4: option ROMs look for the header; there are no functions behind it.
    private static void PlacePlugAndPlay(RomImage rom)
    {
        const ushort Unsupported = 0x82;
        var header = new byte[0x21];
        "$PnP"u8.CopyTo(header);
        header[4] = 0x10;
        header[5] = (byte)header.Length;
        BitConverter.TryWriteBytes(header.AsSpan(0x0d), PnpEntry);
        BitConverter.TryWriteBytes(header.AsSpan(0x0f), Segment);
        BitConverter.TryWriteBytes(header.AsSpan(0x11), PnpProtectedEntry);
        BitConverter.TryWriteBytes(header.AsSpan(0x13), (uint)Segment << 4);
        BitConverter.TryWriteBytes(header.AsSpan(0x1b), Segment);
        BitConverter.TryWriteBytes(header.AsSpan(0x1d), (uint)Segment << 4);
        header[8] = (byte)-header.Sum(value => value);
        rom.Data(PnpHeader, header);
        rom.Code(PnpEntry, a =>
        {
            a.mov(ax, Unsupported);
            a.retf();
        });
        rom.Code(PnpProtectedEntry, a =>
        {
            a.mov(eax, Unsupported);
            a.retf();
        }, 32);
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
