namespace Emulator.Devices.Pci;

/// <summary>Offsets and bits of the type 0 configuration header (PCI Local Bus Specification 3.0, 6.1 and 6.2).</summary>
public static class PciRegister
{
    public const int VendorId = 0x00;
    public const int DeviceId = 0x02;
    public const int Command = 0x04;
    public const int Status = 0x06;
    public const int Revision = 0x08;
    public const int ClassCode = 0x09;
    public const int CacheLineSize = 0x0c;
    public const int LatencyTimer = 0x0d;
    public const int HeaderType = 0x0e;
    public const int BaseAddress = 0x10;
    public const int SubsystemVendorId = 0x2c;
    public const int SubsystemId = 0x2e;
    public const int RomAddress = 0x30;
    public const int Capabilities = 0x34;
    public const int InterruptLine = 0x3c;
    public const int InterruptPin = 0x3d;

    public const ushort CommandIo = 0x0001;
    public const ushort CommandMemory = 0x0002;
    public const ushort CommandMaster = 0x0004;
    public const ushort CommandParity = 0x0040;
    public const ushort CommandSerr = 0x0100;
    public const ushort CommandIntxDisable = 0x0400;

    public const ushort StatusInterrupt = 0x0008;
    public const ushort StatusCapabilities = 0x0010;
    public const ushort StatusFastBackToBack = 0x0080;
    public const ushort StatusDevselMedium = 0x0200;
    public const ushort StatusErrors = 0xf900;

    public const byte HeaderMultifunction = 0x80;
}
