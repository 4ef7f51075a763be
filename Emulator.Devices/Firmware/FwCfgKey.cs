namespace Emulator.Devices.Firmware;

/// <summary>Selector values of fw_cfg items (QEMU docs/specs/fw_cfg).</summary>
public static class FwCfgKey
{
    public const ushort Signature = 0x00;
    public const ushort Id = 0x01;
    public const ushort Uuid = 0x02;
    public const ushort RamSize = 0x03;
    public const ushort NoGraphic = 0x04;
    public const ushort Processors = 0x05;
    public const ushort MachineId = 0x06;
    public const ushort KernelAddress = 0x07;
    public const ushort KernelSize = 0x08;
    public const ushort KernelCommandLine = 0x09;
    public const ushort InitrdAddress = 0x0a;
    public const ushort InitrdSize = 0x0b;
    public const ushort BootDevice = 0x0c;
    public const ushort Numa = 0x0d;
    public const ushort BootMenu = 0x0e;
    public const ushort MaximumProcessors = 0x0f;
    public const ushort KernelEntry = 0x10;
    public const ushort KernelData = 0x11;
    public const ushort InitrdData = 0x12;
    public const ushort CommandLineAddress = 0x13;
    public const ushort CommandLineSize = 0x14;
    public const ushort CommandLineData = 0x15;
    public const ushort SetupAddress = 0x16;
    public const ushort SetupSize = 0x17;
    public const ushort SetupData = 0x18;
    public const ushort FileDirectory = 0x19;
    public const ushort FirstFile = 0x20;
    public const ushort AcpiTables = 0x8000;
    public const ushort SmbiosEntries = 0x8001;
    public const ushort Irq0Override = 0x8002;
    public const ushort E820 = 0x8003;
}
