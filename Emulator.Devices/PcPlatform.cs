using Emulator.Devices.Storage.Ide;

namespace Emulator.Devices;

/// <summary>
/// The PC's fixed resources: every I/O port, ISA interrupt line, physical address and map priority of the legacy devices,
/// each named once. The layout is the IBM PC/AT's as the 82371SB (PIIX3) decodes it.
/// </summary>
public static class PcPlatform
{
    /// <summary>First 8237A DMA controller: channels 0-3.</summary>
    public const ushort Dma1Port = 0x00;

    /// <summary>Master 8259A.</summary>
    public const ushort MasterPicPort = 0x20;

    /// <summary>8254 counters and control word.</summary>
    public const ushort PitPort = 0x40;

    /// <summary>i8042 data register.</summary>
    public const ushort KeyboardDataPort = 0x60;

    /// <summary>NMI status and control: gate of counter 2, speaker, refresh toggle ("port B").</summary>
    public const ushort SystemControlPortB = 0x61;

    /// <summary>i8042 command and status register.</summary>
    public const ushort KeyboardCommandPort = 0x64;

    /// <summary>RTC index and NMI mask.</summary>
    public const ushort RtcPort = 0x70;

    /// <summary>Power-on self-test code, the DMA page register without a channel.</summary>
    public const ushort PostCodePort = 0x80;

    /// <summary>DMA page registers, of which 0x92 is decoded apart.</summary>
    public const ushort DmaPagePort = 0x81;

    /// <summary>Fast A20 and fast reset ("port A").</summary>
    public const ushort SystemControlPortA = 0x92;

    /// <summary>Slave 8259A.</summary>
    public const ushort SlavePicPort = 0xa0;

    /// <summary>Second 8237A DMA controller: channels 4-7, registers two ports apart.</summary>
    public const ushort Dma2Port = 0xc0;

    /// <summary>pc-testdev: 32-bit latch.</summary>
    public const ushort TestDeviceLatchPort = 0xe0;

    /// <summary>pc-testdev: page flush.</summary>
    public const ushort TestDeviceFlushPort = 0xe4;

    /// <summary>pc-testdev: the latch, split into bytes.</summary>
    public const ushort TestDeviceByteLatchPort = 0xe8;

    /// <summary>isa-debugcon's default port.</summary>
    public const ushort DebugConsolePort = 0xe9;

    /// <summary>Bochs display interface: index, and data as a word at the next port.</summary>
    public const ushort BochsDispiPort = 0x1ce;

    /// <summary>COM2.</summary>
    public const ushort Com2Port = 0x2f8;

    /// <summary>COM4.</summary>
    public const ushort Com4Port = 0x2e8;

    /// <summary>VGA registers: monochrome CRTC 0x3b4, attribute, sequencer, DAC and graphics 0x3c0, colour CRTC 0x3d4.</summary>
    public const ushort VgaMonochromePort = 0x3b0;

    /// <summary>VGA attribute, sequencer, DAC and graphics registers.</summary>
    public const ushort VgaPort = 0x3c0;

    /// <summary>VGA colour CRTC and status registers.</summary>
    public const ushort VgaColourPort = 0x3d0;

    /// <summary>COM3.</summary>
    public const ushort Com3Port = 0x3e8;

    /// <summary>COM1.</summary>
    public const ushort Com1Port = 0x3f8;

    /// <summary>Edge/level control registers of the two 8259A.</summary>
    public const ushort ElcrPort = 0x4d0;

    /// <summary>isa-debug-exit's default port.</summary>
    public const ushort DebugExitPort = 0x501;

    /// <summary>fw_cfg selector (0x510), data (0x511) and DMA address (0x514).</summary>
    public const ushort FwCfgPort = 0x510;

    /// <summary>PCI configuration mechanism 1: address 0xcf8, data 0xcfc; byte 0xcf9 is the reset control register.</summary>
    public const ushort PciConfigPort = 0xcf8;

    /// <summary>pc-testdev: interrupt lines.</summary>
    public const ushort TestDeviceIrqPort = 0x2000;

    /// <summary>Floppy controller: six ports, and one behind the IDE channel's.</summary>
    public const ushort FloppyPort = 0x3f0;

    /// <summary>Floppy controller: digital input and configuration control register.</summary>
    public const ushort FloppyInputPort = 0x3f7;

    /// <summary>8254 counter 0.</summary>
    public const int PitIrq = 0;

    /// <summary>Keyboard.</summary>
    public const int KeyboardIrq = 1;

    /// <summary>The slave 8259A's input at the master.</summary>
    public const int CascadeIrq = 2;

    /// <summary>COM2 and COM4.</summary>
    public const int Com2Irq = 3;

    /// <summary>COM1 and COM3.</summary>
    public const int Com1Irq = 4;

    /// <summary>Floppy controller.</summary>
    public const int FloppyIrq = 6;

    /// <summary>Real-time clock.</summary>
    public const int RtcIrq = 8;

    /// <summary>ACPI system control interrupt.</summary>
    public const int AcpiIrq = 9;

    /// <summary>PS/2 mouse.</summary>
    public const int MouseIrq = 12;

    /// <summary>I/O APIC input that carries the 8254 (MADT interrupt source override of ISA IRQ 0).</summary>
    public const int PitIoApicInput = 2;

    /// <summary>Interrupt lines that the router carries: the inputs of an 82093AA.</summary>
    public const int InterruptLines = 24;

    /// <summary>VGA memory.</summary>
    public const ulong VgaWindow = 0xa0000;

    /// <summary>Bytes of VGA memory visible below 1 MiB.</summary>
    public const ulong VgaWindowLength = 0x20000;

    /// <summary>The first byte that PAM registers govern.</summary>
    public const ulong ShadowStart = 0xc0000;

    /// <summary>Bytes from <see cref="ShadowStart"/> to 1 MiB.</summary>
    public const int ShadowLength = 0x40000;

    /// <summary>pc-testdev: memory-like MMIO.</summary>
    public const ulong TestDeviceMemory = 0xff000000;

    /// <summary>One past the last byte of the ROM below 4 GiB.</summary>
    public const ulong SystemRomEnd = 0x1_0000_0000;

    /// <summary>Map priority of VGA memory: above RAM (0).</summary>
    public const int VgaPriority = 1;

    /// <summary>Map priority of PAM segments and of SMRAM while it is open: above VGA and RAM.</summary>
    public const int ShadowPriority = 2;

    /// <summary>Map priority of the ROM below 4 GiB.</summary>
    public const int SystemRomPriority = 1;

    /// <summary>Map priority of the memory-mapped PCI configuration space: whatever it is placed over, it is seen.</summary>
    public const int EcamPriority = 3;

    /// <summary>Map priority of the ICH9's chipset configuration registers.</summary>
    public const int ChipsetConfigurationPriority = 4;

    /// <summary>Map priority of a flash chip that takes commands: above its array.</summary>
    public const int FlashCommandPriority = 5;

    /// <summary>The host bridge's slot and function, on every board.</summary>
    public const int HostBridgeDevfn = 0;

    /// <summary>The PIIX3 ISA bridge's slot and function: 1.0.</summary>
    public const int IsaBridgeDevfn = 1 << 3;

    /// <summary>The PIIX3 IDE function's slot and function: 1.1.</summary>
    public const int IdeDevfn = (1 << 3) | 1;

    /// <summary>The ICH9 LPC bridge's slot and function: 1f.0.</summary>
    public const int LpcBridgeDevfn = 0x1f << 3;

    /// <summary>The ICH9's AHCI function's slot and function: 1f.2.</summary>
    public const int BoardAhciDevfn = (0x1f << 3) | 2;

    /// <summary>The PIIX4 power-management function's slot and function: 1.3.</summary>
    public const int PowerManagementDevfn = (1 << 3) | 3;

    /// <summary>The floppy controller's DMA channel.</summary>
    public const int FloppyDmaChannel = 2;

    /// <summary>The first IDE channel.</summary>
    public static IdePlace PrimaryIde { get; } = new("ide0", 0x1f0, 0x3f6, 14);

    /// <summary>The second IDE channel.</summary>
    public static IdePlace SecondaryIde { get; } = new("ide1", 0x170, 0x376, 15);

    /// <summary>The display adapter's slot and function: 2.0.</summary>
    public const int DisplayDevfn = 2 << 3;

    /// <summary>The ISA lines 10 and 11 as firmware shares them out among PIRQs: A, B to 10; C, D to 11; E to H alike.</summary>
    public static int FirmwareLineOf(int pirq) => (pirq & 3) < 2 ? 10 : 11;

    /// <summary>The PIRQ (0-3 for A-D) of an i440FX board to which a slot's interrupt pin (0-3 for INTA#-INTD#) is wired.</summary>
    public static int PirqOf(int slot, int pin) => (slot + pin - 1) & 3;
}
