namespace Emulator.Devices.Storage.Ahci;

/// <summary>Generic host control registers (AHCI 1.0, 3.1).</summary>
internal static class AhciRegister
{
    public const int Capabilities = 0x00;
    public const int GlobalControl = 0x04;
    public const int InterruptStatus = 0x08;
    public const int PortsImplemented = 0x0c;
    public const int Version = 0x10;
    public const int FirstPort = 0x100;
    public const int PortLength = 0x80;
}

/// <summary>Registers of a port (AHCI 1.0, 3.3).</summary>
internal static class AhciPortRegister
{
    public const int CommandList = 0x00;
    public const int CommandListUpper = 0x04;
    public const int FisBase = 0x08;
    public const int FisBaseUpper = 0x0c;
    public const int InterruptStatus = 0x10;
    public const int InterruptEnable = 0x14;
    public const int Command = 0x18;
    public const int TaskFile = 0x20;
    public const int Signature = 0x24;
    public const int SataStatus = 0x28;
    public const int SataControl = 0x2c;
    public const int SataError = 0x30;
    public const int SataActive = 0x34;
    public const int CommandIssue = 0x38;
}

/// <summary>Bits of PxIS and PxIE (AHCI 1.0, 3.3.5).</summary>
[Flags]
internal enum AhciInterrupts : uint
{
    DeviceToHostFis = 1 << 0,
    PioSetupFis = 1 << 1,
    DmaSetupFis = 1 << 2,
    SetDeviceBitsFis = 1 << 3,
    DescriptorProcessed = 1 << 5,
    PortConnectChange = 1 << 6,
    Overflow = 1 << 24,
    TaskFileError = 1 << 30,
}

/// <summary>Bits of PxCMD (AHCI 1.0, 3.3.7).</summary>
[Flags]
internal enum AhciPortCommand : uint
{
    Start = 1 << 0,
    SpinUp = 1 << 1,
    PowerOn = 1 << 2,
    CommandListOverride = 1 << 3,
    FisReceiveEnable = 1 << 4,
    FisReceiveRunning = 1 << 14,
    CommandListRunning = 1 << 15,
    IsAtapi = 1 << 24,
    DriveLed = 1 << 25,
    AggressiveLpm = 1 << 26,
    AggressiveSlumber = 1 << 27,
    Communication = 0xf000_0000,
}
