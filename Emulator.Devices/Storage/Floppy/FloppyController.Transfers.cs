using Emulator.Core.Snapshots;

namespace Emulator.Devices.Storage.Floppy;

/// <summary>
/// The commands that move data (82078 data sheet, 5.1): their phases. The sectors of one side of a track are a run: one request to the backend, whose
/// bytes the host gets or gives.
/// </summary>
public sealed partial class FloppyController
{
    private const int TrackBuffer = 64 * FloppyGeometry.SectorSize;
    private const int MostSectors = 255;
    private const int IdLength = 4;
    private const byte SizeOf512 = 2;

    private readonly byte[] _ids = new byte[MostSectors];
    private BlockRequest _request;
    private Operation _operation;
    private Stage _stage;
    private int _track;
    private int _head;
    private int _sector;
    private int _lastSector;
    private int _sectors;
    private int _position;
    private int _length;
    private bool _terminal;
    private bool _differs;
    private bool _fails;
    private bool _hit;

    private enum Operation : byte
    {
        None,
        Read,
        Write,
        Verify,
        Format,
        Scan,
    }

    /// <summary>Who has the data at the moment.</summary>
    private enum Stage : byte
    {
        None,

        /// <summary>A request that was cut off has not ended yet.</summary>
        Waiting,
        Backend,
        Host,
    }

    private byte Code => (byte)(_command[0] & FloppyCommand.Code);

    private bool IsMultiTrack => (_command[0] & FloppyCommand.MultiTrack) != 0;

    private bool HostReads => _operation == Operation.Read;

    private int ExecutionStatus => !IsNonDma ? 0 : _stage != Stage.Host ? NonDma : NonDma | RequestForMaster | (HostReads ? ToHost : 0);

    private FloppyDrive? Drive => _drives[SelectedDrive];

    private void BeginTransfer()
    {
        _phase = Phase.Execution;
        if (_request.IsBusy)
        {
            _stage = Stage.Waiting;
            return;
        }

        (_terminal, _differs, _fails, _hit) = (false, false, false, false);
        _request.Reserve(TrackBuffer);
        (_operation, _track, _head, _sector, _lastSector) = (OperationOf(Code), _command[2], _command[3], _command[4], _command[6]);
        if (_operation == Operation.Format)
        {
            BeginFormat();
            return;
        }

        _lastTrackLength = _command[6];
        if (Code == FloppyCommand.ReadTrack)
        {
            _sector = 1;
        }

        if ((_configuration & ImpliedSeek) != 0 && Drive is { } drive)
        {
            drive.Seek(_track);
            _presentTrack[SelectedDrive] = (byte)_track;
        }

        if (_head != SelectedHead)
        {
            FailTransfer(FloppyStatus.NoData);
            return;
        }

        NextRun();
    }

    private static Operation OperationOf(byte code) => code switch
    {
        FloppyCommand.WriteData or FloppyCommand.WriteDeletedData => Operation.Write,
        FloppyCommand.Verify => Operation.Verify,
        FloppyCommand.FormatTrack => Operation.Format,
        FloppyCommand.ScanEqual or FloppyCommand.ScanLowOrEqual or FloppyCommand.ScanHighOrEqual => Operation.Scan,
        _ => Operation.Read,
    };

    // What can be read on a side: nothing in the wrong density or at the wrong rate.
    private FloppyGeometry? FindMedium(int head)
        => Drive is { Geometry: { } geometry } drive && (_command[0] & FloppyCommand.Mfm) != 0 && head < geometry.Heads
            && drive.Track < geometry.Tracks && geometry.RateIn(drive.Type) == _rate
            ? geometry
            : null;

    // Sectors up to the end of this side.
    private void NextRun()
    {
        if (FindMedium(_head) is not { } geometry)
        {
            FailTransfer(FloppyStatus.MissingAddress);
        }
        else if (_track != Drive!.Track)
        {
            FailTransfer(FloppyStatus.NoData, FloppyStatus.WrongCylinder);
        }
        else if (_command[5] != SizeOf512 || _sector < 1 || _sector > geometry.Sectors)
        {
            FailTransfer(FloppyStatus.NoData);
        }
        else if (_operation == Operation.Write && Drive.IsWriteProtected)
        {
            FailTransfer(FloppyStatus.NotWritable);
        }
        else
        {
            _sectors = Math.Min(Math.Max(1, _lastSector - _sector + 1), geometry.Sectors - _sector + 1);
            _length = _sectors * FloppyGeometry.SectorSize;
            _position = 0;
            BeginRun(Offset(geometry));
        }
    }

    private void BeginRun(long offset)
    {
        switch (_operation)
        {
            case Operation.Write:
                Offer();
                break;
            case Operation.Verify:
                AfterRun();
                break;
            default:
                var present = Present(offset, _length);
                _request.Buffer.AsSpan(present, _length - present).Clear();
                _stage = Stage.Backend;
                _request.Read(Drive!.Medium!, offset, present);
                break;
        }
    }

    private long Offset(FloppyGeometry geometry) => geometry.Sector(_track, _head, _sector) * FloppyGeometry.SectorSize;

    // What an image of odd size has of a run.
    private int Present(long offset, int length) => (int)Math.Clamp(Drive!.Medium!.Length - offset, 0, length);

    private void OnRequestDone(BlockStatus status)
    {
        if (status != BlockStatus.Success)
        {
            FailTransfer(status == BlockStatus.ReadOnly ? FloppyStatus.NotWritable : FloppyStatus.DataError);
        }
        else if (_operation == Operation.Format)
        {
            FormatNext();
        }
        else if (_operation == Operation.Write)
        {
            AfterRun();
        }
        else
        {
            Offer();
        }
    }

    private void OnReleased()
    {
        if (_stage == Stage.Waiting)
        {
            BeginTransfer();
        }
    }

    // The host is through with a run, or the terminal count has cut it short: the rest of the last sector is zero then.
    private void EndRun()
    {
        _stage = Stage.Backend;
        _dma.Request(PcPlatform.FloppyDmaChannel, false);
        if (_operation == Operation.Format)
        {
            EndIds();
            return;
        }

        _sectors = Math.Max(1, (_position + FloppyGeometry.SectorSize - 1) / FloppyGeometry.SectorSize);
        if (_operation != Operation.Write)
        {
            AfterRun();
            return;
        }

        if (Drive is not { Geometry: { } geometry })
        {
            FailTransfer(FloppyStatus.MissingAddress);
            return;
        }

        var length = _sectors * FloppyGeometry.SectorSize;
        _request.Buffer.AsSpan(_position, length - _position).Clear();
        var offset = Offset(geometry);
        if (Present(offset, length) is > 0 and var present)
        {
            _request.Write(Drive.Medium!, offset, present);
        }
        else
        {
            FailTransfer(FloppyStatus.NoData);
        }
    }

    // On to the other side, or to the end. The registers hold the sector behind the last (table 5-7); without a terminal count,
    // the end of the track is an error.
    private void AfterRun()
    {
        var last = _sector + _sectors - 1;
        var goesOn = !_terminal && !_hit;
        if (last < _lastSector)
        {
            _sector = last + 1;
            if (goesOn)
            {
                FailTransfer(FloppyStatus.NoData);
            }
            else
            {
                EndTransfer(isCut: false);
            }

            return;
        }

        _sector = 1;
        if (IsMultiTrack && _head == 0)
        {
            _head = 1;
            if (goesOn)
            {
                NextRun();
                return;
            }
        }
        else
        {
            _track++;
            _head = IsMultiTrack ? 0 : _head;
        }

        EndTransfer(isCut: goesOn && _operation is Operation.Read or Operation.Write && !_terminal);
    }

    private void EndTransfer(bool isCut)
    {
        var status2 = _operation == Operation.Scan ? (!_hit ? FloppyStatus.ScanNotSatisfied : _differs ? 0 : FloppyStatus.ScanHit)
            : Code == FloppyCommand.ReadDeletedData ? FloppyStatus.ControlMark : 0;
        ReplyTransfer(isCut ? FloppyStatus.AbnormalTermination : (byte)0, isCut ? FloppyStatus.EndOfCylinder : (byte)0, (byte)status2);
    }

    private void FailTransfer(byte status1, byte status2 = 0) => ReplyTransfer(FloppyStatus.AbnormalTermination, status1, status2);

    private void ReplyTransfer(byte status0, byte status1, byte status2)
    {
        StopTransfer();
        Reply(
            [(byte)(status0 | ((_head & 1) << 2) | SelectedDrive), status1, status2, (byte)_track, (byte)_head, (byte)_sector, SizeOf512],
            interrupt: true);
    }

    private void BeginFormat()
    {
        (_track, _head, _sector) = (Drive?.Track ?? 0, SelectedHead, 1);
        _lastTrackLength = _command[3];
        if (FindMedium(SelectedHead) is null || _command[3] == 0)
        {
            FailTransfer(FloppyStatus.MissingAddress);
        }
        else if (Drive!.IsWriteProtected)
        {
            FailTransfer(FloppyStatus.NotWritable);
        }
        else if (_command[2] != SizeOf512)
        {
            FailTransfer(FloppyStatus.NoData);
        }
        else
        {
            (_position, _length) = (0, _command[3] * IdLength);
            Offer();
        }
    }

    // The host has given an address for each sector: track, head, sector, size.
    private void EndIds()
    {
        _sectors = _position / IdLength;
        for (var i = 0; i < _sectors; i++)
        {
            _ids[i] = _request.Buffer[(i * IdLength) + 2];
        }

        _position = 0;
        FormatNext();
    }

    // Sectors that the image has no place for are left out.
    private void FormatNext()
    {
        while (Drive is { Geometry: { } geometry, Medium: { } medium } && _position < _sectors)
        {
            _sector = _ids[_position++];
            var offset = Offset(geometry);
            if (_sector >= 1 && _sector <= geometry.Sectors && offset + FloppyGeometry.SectorSize <= medium.Length)
            {
                _stage = Stage.Backend;
                _request.Buffer.AsSpan(0, FloppyGeometry.SectorSize).Fill(_command[5]);
                _request.Write(medium, offset, FloppyGeometry.SectorSize);
                return;
            }
        }

        ReplyTransfer(0, 0, 0);
    }

    private BlockRequest NewRequest() => new(status => OnRequestDone(status)) { Released = () => OnReleased() };

    private void StopTransfer()
    {
        _request.Cancel();
        _stage = Stage.None;
        _operation = Operation.None;
        (_position, _length, _sectors) = (0, 0, 0);
        _dma.Request(PcPlatform.FloppyDmaChannel, false);
    }

    private void SaveTransfer(StateWriter writer)
    {
        writer.Write((byte)_operation);
        writer.Write((byte)_stage);
        foreach (var value in (ReadOnlySpan<int>)[_track, _head, _sector, _lastSector, _sectors, _position, _length])
        {
            writer.Write(value);
        }

        foreach (var value in (ReadOnlySpan<bool>)[_terminal, _differs, _fails, _hit])
        {
            writer.Write(value);
        }

        writer.Write(_stage == Stage.Host ? _request.Buffer.AsSpan(0, _length) : []);
    }

    private void LoadTransfer(StateReader reader)
    {
        _request.Cancel();
        _request = NewRequest();
        _operation = (Operation)reader.ReadByte();
        _stage = (Stage)reader.ReadByte();
        (_track, _head, _sector, _lastSector) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        (_sectors, _position, _length) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        (_terminal, _differs, _fails, _hit) = (reader.ReadBoolean(), reader.ReadBoolean(), reader.ReadBoolean(), reader.ReadBoolean());
        reader.ReadBytes(TrackBuffer).CopyTo(_request.Reserve(TrackBuffer).AsSpan());
    }
}
