namespace Emulator.Devices.Storage.Floppy;

/// <summary>Commands and the bits of their first byte (82078 data sheet, 5 and 6).</summary>
internal static class FloppyCommand
{
    public const byte MultiTrack = 0x80;
    public const byte Mfm = 0x40;
    public const byte Code = 0x1f;

    public const byte ReadTrack = 0x02;
    public const byte Specify = 0x03;
    public const byte SenseDriveStatus = 0x04;
    public const byte WriteData = 0x05;
    public const byte ReadData = 0x06;
    public const byte Recalibrate = 0x07;
    public const byte SenseInterruptStatus = 0x08;
    public const byte WriteDeletedData = 0x09;
    public const byte ReadId = 0x0a;
    public const byte ReadDeletedData = 0x0c;
    public const byte FormatTrack = 0x0d;
    public const byte DumpRegisters = 0x0e;
    public const byte Seek = 0x0f;
    public const byte Version = 0x10;
    public const byte ScanEqual = 0x11;
    public const byte PerpendicularMode = 0x12;
    public const byte Configure = 0x13;
    public const byte Lock = 0x14;
    public const byte Verify = 0x16;
    public const byte PartId = 0x18;
    public const byte ScanLowOrEqual = 0x19;
    public const byte ScanHighOrEqual = 0x1d;
    public const byte Save = 0x2e;
    public const byte Option = 0x33;
    public const byte Restore = 0x4e;
    public const byte DriveSpecification = 0x8e;

    /// <summary>Bytes of a command; 0 for one that does not exist, -1 for one that ends itself.</summary>
    public static int Length(byte first) => first switch
    {
        Save => 1,
        Option => 2,
        Restore => 17,
        DriveSpecification => -1,
        _ => (first & Code) switch
        {
            ReadTrack or WriteData or ReadData or WriteDeletedData or ReadDeletedData or Verify
                or ScanEqual or ScanLowOrEqual or ScanHighOrEqual => 9,
            FormatTrack => 6,
            Configure => 4,
            Specify or Seek => 3,
            SenseDriveStatus or Recalibrate or ReadId or PerpendicularMode => 2,
            SenseInterruptStatus or DumpRegisters or Version or Lock or PartId => 1,
            _ => 0,
        },
    };
}

/// <summary>Status registers 0 to 3 of result phases (82078 data sheet, 4).</summary>
internal static class FloppyStatus
{
    public const byte AbnormalTermination = 0x40;
    public const byte InvalidCommand = 0x80;
    public const byte Polling = 0xc0;
    public const byte SeekEnd = 0x20;
    public const byte EquipmentCheck = 0x10;

    public const byte EndOfCylinder = 0x80;
    public const byte DataError = 0x20;
    public const byte NoData = 0x04;
    public const byte NotWritable = 0x02;
    public const byte MissingAddress = 0x01;

    public const byte WrongCylinder = 0x10;
    public const byte ScanHit = 0x08;
    public const byte ScanNotSatisfied = 0x04;
    public const byte ControlMark = 0x40;

    public const byte WriteProtected = 0x40;
    public const byte Track0 = 0x10;
    public const byte AlwaysSet = 0x28;
}
