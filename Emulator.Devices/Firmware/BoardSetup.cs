using Emulator.Core.Bus;

namespace Emulator.Devices.Firmware;

/// <summary>
/// What a PC BIOS does to the board's fixed devices before it starts a system, for kernels that are started without one: 8259A at
/// vectors 0x08 and 0x70 with the BIOS's own lines unmasked, 8254 counter 0 at 18.2 Hz, DMA cascade open.
/// </summary>
public static class BoardSetup
{
    private const byte MasterVector = 0x08;
    private const byte SlaveVector = 0x70;

    // Timer, keyboard, cascade and floppy; RTC, mouse and primary IDE.
    private const byte MasterMask = 0xb8;
    private const byte SlaveMask = 0xae;

    /// <summary>Programs the devices through their ports.</summary>
    public static void Run(IoPortBus ports)
    {
        InitialisePic(ports, PcPlatform.MasterPicPort, MasterVector, cascade: 1 << PcPlatform.CascadeIrq, MasterMask);
        InitialisePic(ports, PcPlatform.SlavePicPort, SlaveVector, PcPlatform.CascadeIrq, SlaveMask);

        // Counter 0, both bytes, mode 2, 65536 pulses a tick.
        ports.Write(PcPlatform.PitPort + 3, 1, 0x34);
        ports.Write(PcPlatform.PitPort, 1, 0);
        ports.Write(PcPlatform.PitPort, 1, 0);

        // Channel 4 in cascade mode, unmasked.
        ports.Write(PcPlatform.Dma2Port + 0x16, 1, 0xc0);
        ports.Write(PcPlatform.Dma2Port + 0x14, 1, 0x00);
    }

    private static void InitialisePic(IoPortBus ports, ushort port, byte vector, byte cascade, byte mask)
    {
        ports.Write(port, 1, 0x11);
        ports.Write((ushort)(port + 1), 1, vector);
        ports.Write((ushort)(port + 1), 1, cascade);
        ports.Write((ushort)(port + 1), 1, 0x01);
        ports.Write((ushort)(port + 1), 1, mask);
    }
}
