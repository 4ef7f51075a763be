using Emulator.Devices.Storage;

namespace Emulator.Host.Bios.Disks;

/// <summary>What INT 13h returns in AH (PC/AT Technical Reference; EDD 3.0, table 1).</summary>
internal static class DiskStatus
{
    public const byte Success = 0x00;
    public const byte BadParameter = 0x01;
    public const byte WriteProtected = 0x03;
    public const byte SectorNotFound = 0x04;
    public const byte Changed = 0x06;
    public const byte NoMedium = 0x31;
    public const byte ControllerFailure = 0x20;
    public const byte NotReady = 0x80;
    public const byte WriteFault = 0xcc;
    public const byte NotLocked = 0xb0;
    public const byte Locked = 0xb1;
    public const byte NotRemovable = 0xb2;

    /// <summary>The code of a request's end.</summary>
    public static byte Of(BlockStatus status, bool write) => status switch
    {
        BlockStatus.Success => Success,
        BlockStatus.ReadOnly => WriteProtected,
        BlockStatus.OutOfRange => SectorNotFound,
        BlockStatus.NoSpace => WriteFault,
        _ => write ? WriteFault : ControllerFailure,
    };
}
