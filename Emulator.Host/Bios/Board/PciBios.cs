using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Board;

/// <summary>The PCI BIOS (PCI BIOS Specification 2.1): INT 1Ah, AH=B1h, and the same from 32-bit code; and the BIOS32 service directory.</summary>
internal sealed class PciBios(BiosBoard board)
{
    private const uint Signature = 0x2049_4350;
    private const uint DirectoryService = 0x4943_5024;
    private const byte Successful = 0x00;
    private const byte NotSupported = 0x81;
    private const byte BadVendor = 0x83;
    private const byte NotFound = 0x86;
    private const byte BadRegister = 0x87;
    private const byte NoService = 0x80;

    /// <summary>The function of AL.</summary>
    public void Handle(BiosCall call)
    {
        var status = call.AL switch
        {
            0x01 or 0x81 => Present(call),
            0x02 or 0x82 => FindDevice(call),
            0x03 or 0x83 => FindClass(call),
            >= 0x08 and <= 0x0d or >= 0x88 and <= 0x8d => Access(call),
            _ => NotSupported,
        };
        call.AH = status;
        call.Carry = status != Successful;
    }

    /// <summary>The BIOS32 service directory: EAX names a service.</summary>
    public static void Directory(BiosCall call)
    {
        if ((call.EBX & 0xff) != 0)
        {
            call.AL = 0x81;
            return;
        }

        if (call.EAX != DirectoryService)
        {
            call.AL = NoService;
            return;
        }

        call.AL = 0;
        call.EBX = (uint)BiosLayout.Segment << 4;
        call.ECX = BiosLayout.Length;
        call.EDX = BiosLayout.PciEntry;
    }

    private static byte Present(BiosCall call)
    {
        call.AL = 0x01;
        call.BX = 0x0210;
        call.CL = 0;
        call.EDX = Signature;
        return Successful;
    }

    private byte FindDevice(BiosCall call)
    {
        if (call.DX == 0xffff)
        {
            return BadVendor;
        }

        var (wanted, index) = (((uint)call.CX << 16) | call.DX, (int)call.SI);
        return Find(call, index, devfn => board.Pci.ReadConfig(devfn, 0, 4) == wanted);
    }

    private byte FindClass(BiosCall call)
    {
        var (wanted, index) = (call.ECX & 0xff_ffff, (int)call.SI);
        return Find(call, index, devfn => board.Pci.ReadConfig(devfn, 8, 4) >> 8 == wanted);
    }

    private byte Find(BiosCall call, int index, Func<int, bool> matches)
    {
        for (var devfn = 0; devfn < 256; devfn++)
        {
            if (board.Pci.At(devfn) is not null && matches(devfn) && index-- == 0)
            {
                call.BX = (ushort)devfn;
                return Successful;
            }
        }

        return NotFound;
    }

    private byte Access(BiosCall call)
    {
        var size = (call.AL & 0x0f) switch { 0x08 or 0x0b => 1, 0x09 or 0x0c => 2, _ => 4 };
        if (call.DI + size > 256 || (call.DI & (size - 1)) != 0)
        {
            return BadRegister;
        }

        var there = call.BH == 0;
        switch (call.AL & 0x0f)
        {
            case 0x08:
                call.CL = there ? (byte)board.Pci.ReadConfig(call.BL, call.DI, 1) : (byte)0xff;
                break;
            case 0x09:
                call.CX = there ? (ushort)board.Pci.ReadConfig(call.BL, call.DI, 2) : (ushort)0xffff;
                break;
            case 0x0a:
                call.ECX = there ? board.Pci.ReadConfig(call.BL, call.DI, 4) : uint.MaxValue;
                break;
            default:
                var value = (call.AL & 0x0f) switch { 0x0b => call.CL, 0x0c => call.CX, _ => call.ECX };
                if (there)
                {
                    board.Pci.WriteConfig(call.BL, call.DI, size, value);
                }

                break;
        }

        return Successful;
    }
}
