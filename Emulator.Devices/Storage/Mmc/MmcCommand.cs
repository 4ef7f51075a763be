namespace Emulator.Devices.Storage.Mmc;

/// <summary>Operation codes (MMC-5, 6; SPC-3, 6).</summary>
public static class MmcCommand
{
    public const byte TestUnitReady = 0x00;
    public const byte RequestSense = 0x03;
    public const byte Inquiry = 0x12;
    public const byte ModeSelect6 = 0x15;
    public const byte ModeSense6 = 0x1a;
    public const byte StartStopUnit = 0x1b;
    public const byte PreventAllowMediumRemoval = 0x1e;
    public const byte ReadCapacity = 0x25;
    public const byte Read10 = 0x28;
    public const byte Seek10 = 0x2b;
    public const byte SynchronizeCache = 0x35;
    public const byte ReadSubChannel = 0x42;
    public const byte ReadTocPmaAtip = 0x43;
    public const byte GetConfiguration = 0x46;
    public const byte GetEventStatusNotification = 0x4a;
    public const byte ReadDiscInformation = 0x51;
    public const byte ReadTrackInformation = 0x52;
    public const byte ModeSelect10 = 0x55;
    public const byte ModeSense10 = 0x5a;
    public const byte Read12 = 0xa8;
    public const byte SetCdSpeed = 0xbb;
    public const byte ReadCdMsf = 0xb9;
    public const byte MechanismStatus = 0xbd;
    public const byte ReadCd = 0xbe;
}
