namespace Emulator.Roms.Bios;

/// <summary>
/// What the ROM asks its C# half for: the number that a stub pushes before it writes to <see cref="BiosRom.CallPort"/>. Services of
/// software interrupts have the interrupt's number.
/// </summary>
public enum BiosService : byte
{
    /// <summary>The power-on self-test, up to the first option ROM.</summary>
    PowerOn = 0x01,

    /// <summary>Goes on with the power-on self-test when an option ROM has returned.</summary>
    OptionRomDone = 0x02,

    /// <summary>The boot menu looks for a key.</summary>
    BootMenu = 0x03,

    /// <summary>The script of bytes for the mouse has run.</summary>
    MouseScriptDone = 0x04,

    /// <summary>INT 05h: print screen.</summary>
    PrintScreen = 0x05,

    /// <summary>The BIOS32 service directory, in 32-bit code.</summary>
    Bios32Directory = 0x06,

    /// <summary>The PCI BIOS, in 32-bit code.</summary>
    Bios32Pci = 0x07,

    /// <summary>APM, in 32-bit code.</summary>
    Apm32 = 0x08,

    /// <summary>INT 09h: a byte of the keyboard is in AL.</summary>
    Keyboard = 0x09,

    /// <summary>INT 10h.</summary>
    Video = 0x10,

    /// <summary>INT 11h.</summary>
    Equipment = 0x11,

    /// <summary>INT 12h.</summary>
    MemorySize = 0x12,

    /// <summary>INT 13h.</summary>
    Disk = 0x13,

    /// <summary>INT 14h.</summary>
    Serial = 0x14,

    /// <summary>INT 15h.</summary>
    System = 0x15,

    /// <summary>INT 16h.</summary>
    KeyboardInput = 0x16,

    /// <summary>INT 17h.</summary>
    Printer = 0x17,

    /// <summary>INT 18h: a boot sector has given up.</summary>
    BootFailure = 0x18,

    /// <summary>INT 19h.</summary>
    Bootstrap = 0x19,

    /// <summary>INT 1Ah.</summary>
    Time = 0x1a,

    /// <summary>APM, in 16-bit code of protected mode.</summary>
    Apm16 = 0x53,

    /// <summary>INT 70h: the real-time clock.</summary>
    RealTimeClock = 0x70,

    /// <summary>INT 74h: the mouse.</summary>
    Mouse = 0x74,
}
