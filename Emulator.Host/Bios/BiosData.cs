namespace Emulator.Host.Bios;

/// <summary>
/// Linear addresses of the BIOS data area (PC/AT Technical Reference, section 5; IBM PS/2 BIOS Interface Technical Reference) and of the
/// extended one.
/// </summary>
internal static class BiosData
{
    public const uint SerialPorts = 0x400;
    public const uint ParallelPorts = 0x408;
    public const uint ExtendedSegment = 0x40e;
    public const uint Equipment = 0x410;
    public const uint MemorySize = 0x413;
    public const uint KeyboardFlags = 0x417;
    public const uint KeyboardFlags2 = 0x418;
    public const uint AltKeypad = 0x419;
    public const uint KeyboardHead = 0x41a;
    public const uint KeyboardTail = 0x41c;
    public const uint KeyboardBuffer = 0x41e;
    public const uint KeyboardBufferEnd = 0x43e;
    public const uint DisketteCalibration = 0x43e;
    public const uint DisketteMotors = 0x43f;
    public const uint DisketteMotorCount = 0x440;
    public const uint DisketteStatus = 0x441;
    public const uint VideoMode = 0x449;
    public const uint Columns = 0x44a;
    public const uint PageLength = 0x44c;
    public const uint PageStart = 0x44e;
    public const uint Cursors = 0x450;
    public const uint CursorShape = 0x460;
    public const uint ActivePage = 0x462;
    public const uint CrtcPort = 0x463;
    public const uint CgaMode = 0x465;
    public const uint CgaPalette = 0x466;
    public const uint ResumeVector = 0x467;
    public const uint Ticks = 0x46c;
    public const uint Days = 0x470;
    public const uint Break = 0x471;
    public const uint WarmStart = 0x472;
    public const uint DiskStatus = 0x474;
    public const uint DiskCount = 0x475;
    public const uint PrinterTimeouts = 0x478;
    public const uint SerialTimeouts = 0x47c;
    public const uint KeyboardBufferStart = 0x480;
    public const uint KeyboardBufferLimit = 0x482;
    public const uint Rows = 0x484;
    public const uint CharacterHeight = 0x485;
    public const uint VideoControl = 0x487;
    public const uint VideoSwitches = 0x488;
    public const uint VideoControl2 = 0x489;
    public const uint DisplayCombination = 0x48a;
    public const uint DisketteRate = 0x48b;
    public const uint DisketteMedia = 0x490;
    public const uint KeyboardMode = 0x496;
    public const uint KeyboardLeds = 0x497;
    public const uint WaitFlag = 0x498;
    public const uint WaitCount = 0x49c;
    public const uint WaitActive = 0x4a0;
    public const uint VideoSavePointer = 0x4a8;
    public const uint PrintScreenStatus = 0x500;

    /// <summary>The extended area's segment.</summary>
    public const ushort Extended = 0x9fc0;

    /// <summary>The mouse's handler, far (in the extended area).</summary>
    public const uint MouseHandler = 0x22;

    /// <summary>Bits 2:0: bytes of a packet so far; bit 7: packets are dropped (in the extended area).</summary>
    public const uint MouseIndex = 0x26;

    /// <summary>Bits 2:0: bytes in a packet less one; bit 7: a handler is set (in the extended area).</summary>
    public const uint MousePacketLength = 0x27;

    /// <summary>The packet (in the extended area).</summary>
    public const uint MousePacket = 0x28;

    /// <summary>The mouse script (in the extended area).</summary>
    public const uint MouseScript = 0x40;

    /// <summary>What the script is for (in the extended area).</summary>
    public const uint MouseRequest = 0x70;

    /// <summary>The hard disks' parameters that INT 41h and INT 46h point to, 16 bytes each (in the extended area).</summary>
    public const uint DiskParameters = 0x80;

    /// <summary>EDD device parameters of the drive asked last (in the extended area).</summary>
    public const uint EddParameters = 0xb0;

    /// <summary>The number of the boot attempt (in the extended area).</summary>
    public const uint BootAttempt = 0xd0;

    /// <summary>What the boot menu chose, counted from 1; 0 for the usual order (in the extended area).</summary>
    public const uint BootChosen = 0xd1;

    /// <summary>Whether the boot menu is open (in the extended area).</summary>
    public const uint MenuOpen = 0xda;

    /// <summary>The boot menu's deadline in ticks (in the extended area).</summary>
    public const uint MenuDeadline = 0xd4;

    /// <summary>Where the search for option ROMs goes on: a segment (in the extended area).</summary>
    public const uint OptionRomNext = 0xd8;

    /// <summary>The far entry of the boot option that an option ROM brought (in the extended area).</summary>
    public const uint BootEntryVector = 0xdc;

    /// <summary>The El Torito emulation's state (in the extended area).</summary>
    public const uint Emulation = 0xe0;

    /// <summary>The segment of the option ROM that initialises itself; 0 for none (in the extended area).</summary>
    public const uint OptionRomCurrent = 0xf0;

    /// <summary>The linear address of an offset in the extended area.</summary>
    public static uint InExtended(uint offset) => ((uint)Extended << 4) + offset;
}
