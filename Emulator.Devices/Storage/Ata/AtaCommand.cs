namespace Emulator.Devices.Storage.Ata;

/// <summary>Command codes (ATA/ATAPI-6, annex B; ATA8-ACS, 7).</summary>
public static class AtaCommand
{
    public const byte Nop = 0x00;
    public const byte DataSetManagement = 0x06;
    public const byte DeviceReset = 0x08;
    public const byte RecalibrateFirst = 0x10;
    public const byte RecalibrateLast = 0x1f;
    public const byte ReadSectors = 0x20;
    public const byte ReadSectorsNoRetry = 0x21;
    public const byte ReadSectorsExt = 0x24;
    public const byte ReadDmaExt = 0x25;
    public const byte ReadNativeMaxExt = 0x27;
    public const byte ReadMultipleExt = 0x29;
    public const byte ReadLogExt = 0x2f;
    public const byte WriteSectors = 0x30;
    public const byte WriteSectorsNoRetry = 0x31;
    public const byte WriteSectorsExt = 0x34;
    public const byte WriteDmaExt = 0x35;
    public const byte WriteMultipleExt = 0x39;
    public const byte WriteDmaFuaExt = 0x3d;
    public const byte ReadVerify = 0x40;
    public const byte ReadVerifyNoRetry = 0x41;
    public const byte ReadVerifyExt = 0x42;
    public const byte ReadFpdmaQueued = 0x60;
    public const byte WriteFpdmaQueued = 0x61;
    public const byte SeekFirst = 0x70;
    public const byte SeekLast = 0x7f;
    public const byte ExecuteDeviceDiagnostic = 0x90;
    public const byte InitializeDeviceParameters = 0x91;
    public const byte Packet = 0xa0;
    public const byte IdentifyPacketDevice = 0xa1;
    public const byte Smart = 0xb0;
    public const byte ReadMultiple = 0xc4;
    public const byte WriteMultiple = 0xc5;
    public const byte SetMultipleMode = 0xc6;
    public const byte ReadDma = 0xc8;
    public const byte ReadDmaNoRetry = 0xc9;
    public const byte WriteDma = 0xca;
    public const byte WriteDmaNoRetry = 0xcb;
    public const byte WriteMultipleFuaExt = 0xce;
    public const byte StandbyImmediate = 0xe0;
    public const byte IdleImmediate = 0xe1;
    public const byte Standby = 0xe2;
    public const byte Idle = 0xe3;
    public const byte CheckPowerMode = 0xe5;
    public const byte Sleep = 0xe6;
    public const byte FlushCache = 0xe7;
    public const byte FlushCacheExt = 0xea;
    public const byte IdentifyDevice = 0xec;
    public const byte SetFeatures = 0xef;
    public const byte ReadNativeMax = 0xf8;

    // The power commands' codes of the first ATA standard.
    public const byte StandbyImmediateOld = 0x94;
    public const byte IdleImmediateOld = 0x95;
    public const byte StandbyOld = 0x96;
    public const byte IdleOld = 0x97;
    public const byte CheckPowerModeOld = 0x98;
    public const byte SleepOld = 0x99;
}
