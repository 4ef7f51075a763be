using Emulator.Core.Snapshots;

namespace Emulator.Devices.Storage.Floppy;

/// <summary>The commands that move no data, and what they set (82078 data sheet, 5).</summary>
public sealed partial class FloppyController
{
    private const byte ImpliedSeek = 0x40;
    private const byte PollingDisabled = 0x10;
    private const byte DefaultConfiguration = 0x20;
    private const byte VersionOf82078 = 0x90;
    private const byte PartNumber = 0x01;

    private readonly byte[] _senseStatus = new byte[NamedDrives];
    private readonly byte[] _presentTrack = new byte[NamedDrives];
    private byte _stepAndUnload;
    private byte _loadAndMode;
    private byte _configuration;
    private byte _precompensation;
    private byte _perpendicular;
    private byte _lastTrackLength;
    private bool _lock;
    private byte _polled;
    private byte _seeking;
    private byte _sensed;

    private bool IsNonDma => (_loadAndMode & 1) != 0;

    private int SelectedDrive => _command[1] & 3;

    private int SelectedHead => _command[1] >> 2 & 1;

    private void Execute()
    {
        var first = _command[0];
        if (first is FloppyCommand.Save or FloppyCommand.Option or FloppyCommand.Restore or FloppyCommand.DriveSpecification)
        {
            ExecuteOther(first);
            return;
        }

        switch (first & FloppyCommand.Code)
        {
            case FloppyCommand.Specify:
                (_stepAndUnload, _loadAndMode) = (_command[1], _command[2]);
                break;
            case FloppyCommand.SenseDriveStatus:
                SenseDrive();
                break;
            case FloppyCommand.SenseInterruptStatus:
                SenseInterrupt();
                break;
            case FloppyCommand.Recalibrate:
                BeginSeek(0, isRecalibration: true);
                break;
            case FloppyCommand.Seek:
                BeginSeek(SeekTarget(first), isRecalibration: false);
                break;
            case FloppyCommand.ReadId:
                ReadId();
                break;
            case FloppyCommand.DumpRegisters:
                DumpRegisters();
                break;
            case FloppyCommand.Version:
                Reply([VersionOf82078]);
                break;
            case FloppyCommand.PartId:
                Reply([PartNumber]);
                break;
            case FloppyCommand.PerpendicularMode:
                _perpendicular = (byte)((_command[1] & 0x80) != 0 ? _command[1] & 0x3f : (_perpendicular & 0x3c) | (_command[1] & 3));
                break;
            case FloppyCommand.Configure:
                (_configuration, _precompensation) = ((byte)(_command[2] & 0x7f), _command[3]);
                break;
            case FloppyCommand.Lock:
                _lock = (first & 0x80) != 0;
                Reply([(byte)(_lock ? 0x10 : 0)]);
                break;
            default:
                if (FloppyCommand.Length(first) == 0)
                {
                    Reply([FloppyStatus.InvalidCommand]);
                }
                else
                {
                    BeginTransfer();
                }

                break;
        }
    }

    // The commands of the 82078 alone: settings are kept and given back; what they would change is not seen.
    private void ExecuteOther(byte first)
    {
        switch (first)
        {
            case FloppyCommand.Save:
                Reply([0, 0, 0, 0, 0, _stepAndUnload, _loadAndMode, _lastTrackLength, (byte)((_lock ? 0x80 : 0) | _perpendicular), _configuration, _precompensation, 0, 0, 0, 0, 0]);
                break;
            case FloppyCommand.Restore:
                (_stepAndUnload, _loadAndMode, _lastTrackLength) = (_command[6], _command[7], _command[8]);
                _lock = (_command[9] & 0x80) != 0;
                (_perpendicular, _configuration, _precompensation) = ((byte)(_command[9] & 0x3f), (byte)(_command[10] & 0x7f), _command[11]);
                break;
            case FloppyCommand.DriveSpecification:
                var last = _command.AsSpan(1).IndexOfAnyInRange((byte)0x80, (byte)0xff);
                if (last >= 0 && (_command[1 + last] & 0x40) == 0)
                {
                    Reply([0, 0, 0, 0]);
                }

                break;
            default:
                break;
        }

        Array.Clear(_command);
    }

    private void SenseDrive()
    {
        var drive = _drives[SelectedDrive];
        Reply([
            (byte)(FloppyStatus.AlwaysSet | (SelectedHead << 2) | SelectedDrive
                | (drive is { IsWriteProtected: true } ? FloppyStatus.WriteProtected : 0)
                | (drive is { Track: 0 } ? FloppyStatus.Track0 : 0)),
        ]);
    }

    // One drive at a time, the lowest first; without any, it is no valid command (5.2.7).
    private void SenseInterrupt()
    {
        if (_sensed == 0)
        {
            Reply([FloppyStatus.InvalidCommand]);
            return;
        }

        var drive = System.Numerics.BitOperations.TrailingZeroCount(_sensed);
        _sensed &= (byte)~(1 << drive);
        SetInterrupt(false);
        Reply([_senseStatus[drive], _presentTrack[drive]]);
    }

    private int SeekTarget(byte first)
    {
        const byte Relative = 0x80, Inward = 0x40;
        var present = _presentTrack[SelectedDrive];
        return (first & Relative) == 0 ? _command[2]
            : Math.Clamp((first & Inward) != 0 ? present + _command[2] : present - _command[2], 0, 255);
    }

    private void BeginSeek(int target, bool isRecalibration)
    {
        var unit = SelectedDrive;
        var steps = Math.Abs(target - _presentTrack[unit]);
        _drives[unit]?.Seek(target);
        _presentTrack[unit] = (byte)target;
        var failed = isRecalibration && _drives[unit] is null;
        _senseStatus[unit] = (byte)(FloppyStatus.SeekEnd | (SelectedHead << 2) | unit
            | (failed ? FloppyStatus.AbnormalTermination | FloppyStatus.EquipmentCheck : 0));
        if (isRecalibration)
        {
            _senseStatus[unit] &= 0xfb;
        }

        _seeking |= (byte)(1 << unit);
        Schedule(StepTime + (steps * StepTime / 8));
    }

    // Steps are done, or the reset is.
    private void OnMechanics()
    {
        if (_polled != 0)
        {
            if ((_configuration & PollingDisabled) == 0)
            {
                _sensed = _polled;
                for (var i = 0; i < NamedDrives; i++)
                {
                    _senseStatus[i] = (byte)(FloppyStatus.Polling | i);
                }
            }

            _polled = 0;
        }

        _sensed |= _seeking;
        _seeking = 0;
        if (_sensed != 0)
        {
            SetInterrupt(true);
        }
    }

    private void ReadId()
    {
        (_track, _head, _sector) = (0, SelectedHead, 0);
        if (FindMedium(SelectedHead) is null)
        {
            FailTransfer(FloppyStatus.MissingAddress);
            return;
        }

        (_track, _sector) = (Drive!.Track, Drive.ReadId());
        ReplyTransfer(0, 0, 0);
    }

    private void DumpRegisters() => Reply([
        _presentTrack[0], _presentTrack[1], _presentTrack[2], _presentTrack[3], _stepAndUnload, _loadAndMode, _lastTrackLength,
        (byte)((_lock ? 0x80 : 0) | _perpendicular), _configuration, _precompensation,
    ]);

    // LOCK keeps the FIFO's settings over a software reset (5.2.18).
    private void ResetSettings(bool hard)
    {
        if (hard || !_lock)
        {
            _configuration = DefaultConfiguration;
            _precompensation = 0;
        }

        if (hard)
        {
            (_stepAndUnload, _loadAndMode, _lastTrackLength) = (0, 0, 0);
        }

        _perpendicular = (byte)(hard ? 0 : _perpendicular & 0x3c);
        (_polled, _seeking, _sensed) = (0, 0, 0);
        Array.Clear(_command);
        Array.Clear(_presentTrack);
        Array.Clear(_senseStatus);
        Array.Clear(_result);
    }

    private void SaveSettings(StateWriter writer)
    {
        writer.Write(_senseStatus.AsSpan());
        writer.Write(_presentTrack.AsSpan());
        foreach (var value in (ReadOnlySpan<byte>)[_stepAndUnload, _loadAndMode, _configuration, _precompensation, _perpendicular, _lastTrackLength, _polled, _seeking, _sensed])
        {
            writer.Write(value);
        }

        writer.Write(_lock);
    }

    private void LoadSettings(StateReader reader)
    {
        reader.ReadBytes(_senseStatus);
        reader.ReadBytes(_presentTrack);
        _stepAndUnload = reader.ReadByte();
        _loadAndMode = reader.ReadByte();
        _configuration = reader.ReadByte();
        _precompensation = reader.ReadByte();
        _perpendicular = reader.ReadByte();
        _lastTrackLength = reader.ReadByte();
        _polled = reader.ReadByte();
        _seeking = reader.ReadByte();
        _sensed = reader.ReadByte();
        _lock = reader.ReadBoolean();
    }
}
