namespace Emulator.Devices.Storage.Ata;

/// <summary>The commands of a disk (ATA/ATAPI-6, 8).</summary>
public sealed partial class AtaDisk
{
    /// <inheritdoc/>
    protected override void Execute(byte command)
    {
        switch (command)
        {
            case >= AtaCommand.RecalibrateFirst and <= AtaCommand.RecalibrateLast:
                Succeed();
                break;
            case >= AtaCommand.SeekFirst and <= AtaCommand.SeekLast:
                Seek();
                break;
            case AtaCommand.InitializeDeviceParameters:
                InitializeDeviceParameters();
                break;
            case AtaCommand.ExecuteDeviceDiagnostic:
                SetSignature();
                End(AtaStatus.Ready, AtaError.DiagnosticPassed, interrupt: true);
                break;
            case AtaCommand.IdentifyDevice:
                DiskIdentity.WriteDisk(Request.Reserve(SectorSize), this);
                SendPage(SectorSize);
                break;
            case AtaCommand.SetMultipleMode:
                SetMultipleMode();
                break;
            case AtaCommand.SetFeatures:
                SetFeatures();
                break;
            case AtaCommand.FlushCache or AtaCommand.FlushCacheExt:
                BeginFlush();
                break;
            case AtaCommand.DataSetManagement:
                BeginTrim();
                break;
            case AtaCommand.ReadNativeMax:
                Registers.Lba28 = Math.Min(Sectors, Lba28Limit) - 1;
                Succeed();
                break;
            case AtaCommand.ReadNativeMaxExt:
                Registers.Lba48 = Sectors - 1;
                Succeed();
                break;
            case AtaCommand.Smart:
                Smart();
                break;
            case AtaCommand.ReadLogExt:
                ReadLog();
                break;
            default:
                if (!TryTransfer(command) && !TryPower(command))
                {
                    Fail(AtaError.Abrt);
                }

                break;
        }
    }

    private void Seek()
    {
        if (Address(extended: false) is >= 0 and var lba && lba < Sectors)
        {
            Succeed();
        }
        else
        {
            Fail(AtaError.Idnf);
        }
    }

    private void InitializeDeviceParameters()
    {
        if (Registers.SectorCount == 0)
        {
            Fail(AtaError.Abrt);
            return;
        }

        Geometry = DiskGeometry.Of(Sectors, Registers.Head + 1, Registers.SectorCount);
        Succeed();
    }

    private void SetMultipleMode()
    {
        var count = Registers.SectorCount;
        if (count > MostMultiple || (count & (count - 1)) != 0)
        {
            Multiple = 0;
            Fail(AtaError.Abrt);
            return;
        }

        Multiple = count;
        Succeed();
    }

    // ATA8-ACS, 7.47. Settings that change nothing here are accepted when a disk without them would accept them too.
    private void SetFeatures()
    {
        switch (Registers.Features)
        {
            case 0x02:
                IsWriteCacheEnabled = true;
                break;
            case 0x82:
                IsWriteCacheEnabled = false;
                BeginFlush();
                return;
            case 0x03 when Registers.SectorCount is 0x00 or 0x01 or (>= 0x08 and <= 0x0c) or (>= 0x20 and <= 0x22) or (>= 0x40 and <= 0x45):
                TransferMode = Registers.SectorCount;
                break;
            case 0xaa:
                IsLookAheadEnabled = true;
                break;
            case 0x55:
                IsLookAheadEnabled = false;
                break;
            case 0x66 or 0xcc:
                break;
            default:
                Fail(AtaError.Abrt);
                return;
        }

        Succeed();
    }

    private bool TryPower(byte command)
    {
        switch (command)
        {
            case AtaCommand.StandbyImmediate or AtaCommand.StandbyImmediateOld or AtaCommand.Sleep or AtaCommand.SleepOld:
                _standby = true;
                BeginFlush();
                return true;
            case AtaCommand.IdleImmediate or AtaCommand.IdleImmediateOld or AtaCommand.Idle or AtaCommand.IdleOld
                or AtaCommand.Standby or AtaCommand.StandbyOld:
                _standby = false;
                Succeed();
                return true;
            case AtaCommand.CheckPowerMode or AtaCommand.CheckPowerModeOld:
                Registers.SectorCount = (byte)(_standby ? 0x00 : 0xff);
                Succeed();
                return true;
            default:
                return false;
        }
    }

    // ATA/ATAPI-6, 8.41.
    private void Smart()
    {
        const byte KeyMid = 0x4f, KeyHigh = 0xc2;
        var feature = Registers.Features;
        if (Registers.LbaMid != KeyMid || Registers.LbaHigh != KeyHigh || (!IsSmartEnabled && feature != 0xd8))
        {
            Fail(AtaError.Abrt);
            return;
        }

        switch (feature)
        {
            case 0xd0:
                SmartPages.WriteData(Request.Reserve(SectorSize));
                SendPage(SectorSize);
                break;
            case 0xd1:
                SmartPages.WriteThresholds(Request.Reserve(SectorSize));
                SendPage(SectorSize);
                break;
            case 0xd5 when Registers.LbaLow <= 1 && Registers.SectorCount == 1:
                SmartPages.WriteLog(Request.Reserve(SectorSize), Registers.LbaLow);
                SendPage(SectorSize);
                break;
            case 0xd8 or 0xd9:
                IsSmartEnabled = feature == 0xd8;
                Succeed();
                break;
            case 0xd2 or 0xd3 or 0xd4 or 0xda:
                // Attributes are always saved; the self-test passes at once; the registers say that no threshold is exceeded.
                Succeed();
                break;
            default:
                Fail(AtaError.Abrt);
                break;
        }
    }

    // ATA8-ACS, 7.25: the directory, and the log of the last queued command's error.
    private void ReadLog()
    {
        const int Directory = 0x00, QueuedError = 0x10;
        var log = Registers.LbaLow;
        if (Registers.SectorCountExt != 1 || log is not (Directory or QueuedError))
        {
            Fail(AtaError.Abrt);
            return;
        }

        var page = Request.Reserve(SectorSize).AsSpan(0, SectorSize);
        page.Clear();
        if (log == Directory)
        {
            page[0] = 1;
            page[2 * QueuedError] = 1;
        }
        else
        {
            QueuedErrorLog.CopyTo(page);
            page[SectorSize - 1] = Checksum.Of(page[..(SectorSize - 1)]);
        }

        SendPage(SectorSize);
    }
}
