using Emulator.Devices.Pci;
using Emulator.Host.Bios.Board;
using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Boot;

/// <summary>
/// Option ROMs (BIOS Boot Specification 1.01; PCI Firmware Specification 3.0, 5; Plug and Play BIOS Specification 1.0A, 3): those of PCI
/// functions and those of the board are copied below 1 MiB, then each is called to initialise itself, and its boot entry is noted or its
/// connection vector called.
/// </summary>
internal sealed class OptionRoms(BiosBoard board)
{
    private const uint First = 0xc_0800;
    private const uint End = 0xe_f800;
    private const uint Step = 0x800;
    private const int PnpPointer = 0x1a;
    private const uint PnpSignature = 0x506e_5024;
    private const int BootConnectionVector = 0x16;
    private const int BootstrapEntryVector = 0x1a;
    private const ushort InitialisationEntry = 3;
    private const int ExpansionRom = 0x30;
    private const uint RomWindow = 0xfeb0_0000;
    private const uint LargestRom = 0x2_0000;
    private const byte DisplayClass = 3;

    private readonly Dictionary<uint, ushort> _functions = [];

    /// <summary>Puts the ROMs behind what is there: those of PCI functions, but for displays (INT 10h is this BIOS's own), then the board's.</summary>
    public void Copy()
    {
        var next = First;
        _functions.Clear();
        foreach (var device in board.Pci.Devices)
        {
            if (device.ReadConfig(0x0b, 1) != DisplayClass && ReadRom(device) is { } rom && TryPlace(rom, ref next) is { } at)
            {
                _functions[at] = (ushort)device.Devfn;
            }
        }

        foreach (var rom in board.OptionRoms)
        {
            TryPlace(rom.Span, ref next);
        }
    }

    private uint? TryPlace(ReadOnlySpan<byte> rom, ref uint next)
    {
        var at = next;
        if (at + (uint)rom.Length > End)
        {
            return null;
        }

        board.Memory.Write(at, rom);
        next = (at + (uint)rom.Length + Step - 1) & ~(Step - 1);
        return at;
    }

    /// <summary>Goes on at the initialisation of the next ROM; false when there is none left.</summary>
    public bool TryInitialiseNext(BiosCall call)
    {
        var memory = call.Memory;
        if (TryConnect(call))
        {
            return true;
        }

        var place = BiosData.InExtended(BiosData.OptionRomNext);
        var at = Math.Max((uint)memory.Read16(place) << 4, First);
        for (; at < End; at += Step)
        {
            if (LengthAt(memory, at) is not { } length)
            {
                continue;
            }

            memory.Write(place, (ushort)((at + Math.Max((length + Step - 1) & ~(Step - 1), Step)) >> 4));
            memory.Write(BiosData.InExtended(BiosData.OptionRomCurrent), (ushort)(at >> 4));
            call.ClearRegisters();
            call.ES = BiosLayout.Segment;
            call.DI = BiosLayout.PnpHeader;
            call.AX = _functions.GetValueOrDefault(at);
            call.BX = 0xffff;
            call.DX = 0xffff;
            call.FarCall((ushort)(at >> 4), InitialisationEntry, BiosLayout.AfterOptionRom);
            return true;
        }

        return false;
    }

    private static uint? LengthAt(BiosMemory memory, uint at)
    {
        if (memory.Read16(at) != 0xaa55)
        {
            return null;
        }

        var bytes = new byte[memory.Read8(at + 2) * 512];
        if (bytes.Length == 0 || at + bytes.Length > 0xf_0000)
        {
            return null;
        }

        memory.Read(at, bytes);
        return bytes.Aggregate((byte)0, (sum, value) => (byte)(sum + value)) == 0 ? (uint)bytes.Length : null;
    }

    // The ROM that has initialised itself may have changed its header: its bootstrap entry is noted, its connection vector is called.
    private static bool TryConnect(BiosCall call)
    {
        var memory = call.Memory;
        var current = BiosData.InExtended(BiosData.OptionRomCurrent);
        var segment = memory.Read16(current);
        memory.Write<ushort>(current, 0);
        var at = (uint)segment << 4;
        var header = at + memory.Read16(at + PnpPointer);
        if (segment == 0 || memory.Read32(header) != PnpSignature)
        {
            return false;
        }

        if (memory.Read16(header + BootstrapEntryVector) is not 0 and var entry)
        {
            memory.Write(BiosData.InExtended(BiosData.BootEntryVector), entry | ((uint)segment << 16));
        }

        if (memory.Read16(header + BootConnectionVector) is not (not 0 and var connection))
        {
            return false;
        }

        call.ClearRegisters();
        call.ES = BiosLayout.Segment;
        call.DI = BiosLayout.PnpHeader;
        call.FarCall(segment, connection, BiosLayout.AfterOptionRom);
        return true;
    }

    // The window is lent to the ROM while it is copied. Its place holds nothing else.
    private byte[]? ReadRom(PciDevice device)
    {
        board.Pci.WriteConfig(device.Devfn, ExpansionRom, 4, 0xffff_fffe);
        var mask = board.Pci.ReadConfig(device.Devfn, ExpansionRom, 4) & ~0x7ffu;
        if (mask == 0)
        {
            return null;
        }

        board.Pci.WriteConfig(device.Devfn, ExpansionRom, 4, RomWindow | 1);
        var header = new byte[3];
        board.Memory.Read(RomWindow, header);
        byte[]? rom = null;
        if (header is [0x55, 0xaa, > 0] && header[2] * 512u <= LargestRom)
        {
            rom = new byte[header[2] * 512];
            board.Memory.Read(RomWindow, rom);
        }

        board.Pci.WriteConfig(device.Devfn, ExpansionRom, 4, 0);
        return rom;
    }
}
