namespace Emulator.Roms.Bios;

/// <summary>
/// Where things stand in the ROM's segment F000h. Programs jump to some entry points by their address in the IBM PC/AT's BIOS
/// (PC/AT Technical Reference, section 5), so those are kept.
/// </summary>
public static class BiosLayout
{
    /// <summary>The ROM's segment.</summary>
    public const ushort Segment = 0xf000;

    /// <summary>Bytes of the ROM.</summary>
    public const int Length = 0x10000;

    /// <summary>Tables that the power-on self-test writes: ACPI's root pointer, MP, SMBIOS, PCI routing. Up to <see cref="Font16"/>.</summary>
    public const ushort Tables = 0x0000;

    /// <summary>The font of 8 by 16 dots.</summary>
    public const ushort Font16 = 0x8000;

    /// <summary>The font of 8 by 14 dots.</summary>
    public const ushort Font14 = 0x9000;

    /// <summary>Characters 80h-FFh of the font of 8 by 8 dots.</summary>
    public const ushort Font8Upper = 0x9e00;

    /// <summary>A zero: the empty list of characters that 9-dot fonts replace.</summary>
    public const ushort NoReplacements = 0xa200;

    /// <summary>The video functionality table of INT 10h, AH=1Bh.</summary>
    public const ushort VideoFunctions = 0xa210;

    /// <summary>The video save pointer table that 0040:00A8 points to.</summary>
    public const ushort VideoSavePointers = 0xa220;

    /// <summary>The video parameter table.</summary>
    public const ushort VideoParameters = 0xa240;

    /// <summary>The VBE OEM string.</summary>
    public const ushort VbeOem = 0xac00;

    /// <summary>The BIOS32 service directory's header, on a paragraph.</summary>
    public const ushort Bios32Header = 0xac40;

    /// <summary>The BIOS32 service directory's entry.</summary>
    public const ushort Bios32Entry = 0xac60;

    /// <summary>The PCI BIOS's entry for 32-bit code.</summary>
    public const ushort PciEntry = 0xac80;

    /// <summary>APM's entry for 16-bit code of protected mode.</summary>
    public const ushort ApmEntry16 = 0xad00;

    /// <summary>What <see cref="ApmEntry16"/> calls as an interrupt.</summary>
    public const ushort ApmCall16 = 0xad10;

    /// <summary>APM's entry for 32-bit code.</summary>
    public const ushort ApmEntry32 = 0xad20;

    /// <summary>Lets the processor wait for an interrupt once, then returns from the service.</summary>
    public const ushort WaitOnce = 0xad30;

    /// <summary>The far routine that a VBE mode's description names for its window.</summary>
    public const ushort VbeWindow = 0xad40;

    /// <summary>The table of VBE's protected-mode interface, with its code behind it.</summary>
    public const ushort VbeProtected = 0xad80;

    /// <summary>The Plug and Play installation check, on a paragraph.</summary>
    public const ushort PnpHeader = 0xae80;

    /// <summary>The Plug and Play BIOS's entry for real mode, which supports no function.</summary>
    public const ushort PnpEntry = 0xaeb0;

    /// <summary>The same for 32-bit code.</summary>
    public const ushort PnpProtectedEntry = 0xaeb8;

    /// <summary>The diskette parameters of the five types of drive, 16 bytes each.</summary>
    public const ushort DisketteTypes = 0xaec0;

    /// <summary>A POP of nothing but an IRET: how most services end.</summary>
    public const ushort Return = Iret;

    /// <summary>A far return: enters a routine whose address was pushed.</summary>
    public const ushort FarReturn = 0xe100;

    /// <summary>Where option ROMs return to.</summary>
    public const ushort AfterOptionRom = 0xe110;

    /// <summary>Waits for an interrupt, then asks INT 16h's service again.</summary>
    public const ushort WaitForKey = 0xe120;

    /// <summary>Waits for an interrupt, then asks the boot menu again.</summary>
    public const ushort WaitInMenu = 0xe130;

    /// <summary>Waits for interrupts for ever.</summary>
    public const ushort Halt = 0xe140;

    /// <summary>Waits as many refresh cycles (15.085 us) as the double word on the stack says, drops it and returns.</summary>
    public const ushort Delay = 0xe150;

    /// <summary>The same, and the speaker off.</summary>
    public const ushort Beep = 0xe180;

    /// <summary>Lets interrupts in until 0040:0018 bit 3 is clear, then ends INT 09h.</summary>
    public const ushort PauseLoop = 0xe1b0;

    /// <summary>The end of INT 09h.</summary>
    public const ushort KeyboardDone = 0xe1d0;

    /// <summary>The end of INT 09h after a CALL of a software interrupt.</summary>
    public const ushort MouseAfterHandler = 0xe1e0;

    /// <summary>The end of INT 74h.</summary>
    public const ushort MouseDone = 0xe1e8;

    /// <summary>Runs the mouse script of the extended BIOS data area, then asks for its end.</summary>
    public const ushort MouseScript = 0xe200;

    /// <summary>INT 74h.</summary>
    public const ushort MouseInterrupt = 0xe280;

    /// <summary>INT 70h.</summary>
    public const ushort ClockInterrupt = 0xe290;

    /// <summary>INT 71h, which goes on at INT 0Ah.</summary>
    public const ushort RedirectInterrupt = 0xe2a0;

    /// <summary>INT 75h: the x87's error goes on at INT 02h.</summary>
    public const ushort CoprocessorInterrupt = 0xe2b0;

    /// <summary>NMI.</summary>
    public const ushort NonMaskable = 0xe2c3;

    /// <summary>INT 76h: the hard disk.</summary>
    public const ushort HardDiskInterrupt = 0xe2d0;

    /// <summary>Other interrupts of the first 8259A.</summary>
    public const ushort MasterInterrupt = 0xe2f0;

    /// <summary>Other interrupts of the second 8259A.</summary>
    public const ushort SlaveInterrupt = 0xe300;

    /// <summary>The power-on self-test.</summary>
    public const ushort PowerOn = 0xe05b;

    /// <summary>INT 13h.</summary>
    public const ushort Disk = 0xe3fe;

    /// <summary>INT 18h.</summary>
    public const ushort BootFailure = 0xe6e0;

    /// <summary>INT 19h.</summary>
    public const ushort Bootstrap = 0xe6f2;

    /// <summary>The system's configuration: INT 15h, AH=C0h.</summary>
    public const ushort Configuration = 0xe6f8;

    /// <summary>INT 14h.</summary>
    public const ushort Serial = 0xe739;

    /// <summary>INT 16h.</summary>
    public const ushort KeyboardInput = 0xe82e;

    /// <summary>INT 09h.</summary>
    public const ushort Keyboard = 0xe987;

    /// <summary>INT 40h: diskettes alone.</summary>
    public const ushort Diskette = 0xec59;

    /// <summary>INT 0Eh.</summary>
    public const ushort DisketteInterrupt = 0xef57;

    /// <summary>The diskette parameters (INT 1Eh).</summary>
    public const ushort DisketteParameters = 0xefc7;

    /// <summary>INT 17h.</summary>
    public const ushort Printer = 0xefd2;

    /// <summary>INT 10h.</summary>
    public const ushort Video = 0xf065;

    /// <summary>The 6845's parameters (INT 1Dh).</summary>
    public const ushort VideoTable = 0xf0a4;

    /// <summary>INT 12h.</summary>
    public const ushort MemorySize = 0xf841;

    /// <summary>INT 11h.</summary>
    public const ushort Equipment = 0xf84d;

    /// <summary>INT 15h.</summary>
    public const ushort System = 0xf859;

    /// <summary>Characters 00h-7Fh of the font of 8 by 8 dots.</summary>
    public const ushort Font8 = 0xfa6e;

    /// <summary>INT 1Ah.</summary>
    public const ushort Time = 0xfe6e;

    /// <summary>INT 08h.</summary>
    public const ushort Timer = 0xfea5;

    /// <summary>An IRET alone.</summary>
    public const ushort Iret = 0xff53;

    /// <summary>INT 05h.</summary>
    public const ushort PrintScreen = 0xff54;

    /// <summary>The reset vector.</summary>
    public const ushort Reset = 0xfff0;

    /// <summary>The date of the ROM.</summary>
    public const ushort Date = 0xfff5;

    /// <summary>The model byte.</summary>
    public const ushort Model = 0xfffe;
}
