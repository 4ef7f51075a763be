using Emulator.Devices.Storage.Ata;

namespace Emulator.Devices.Storage.Ahci;

/// <summary>
/// A READ or WRITE FPDMA QUEUED of one slot (ATA8-ACS, 7.24 and 7.63), between the backend and the command's regions. None is
/// under way while a snapshot is taken, since all of its time is the backend's.
/// </summary>
internal sealed class QueuedCommand
{
    private const int PieceSectors = AtaDevice.BufferSize / AtaDevice.SectorSize;
    private const byte ForceUnitAccess = 0x80;

    private readonly AhciPort _port;
    private readonly BlockRequest _request;
    private AtaDisk? _disk;
    private PrdTable _regions;
    private bool _isWrite;
    private bool _forced;
    private bool _flushing;
    private int _remaining;
    private int _piece;

    /// <summary>The command of a slot.</summary>
    public QueuedCommand(AhciPort port, int slot)
    {
        _port = port;
        Slot = slot;
        _request = new BlockRequest(OnDone) { Released = port.SlotReleased };
    }

    /// <summary>The slot, which is the tag too.</summary>
    public int Slot { get; }

    /// <summary>The sector that comes next.</summary>
    public long Lba { get; private set; }

    /// <summary>Bytes moved.</summary>
    public uint Moved => _regions.Moved;

    /// <summary>Whether the backend works for it, or for what was cancelled in this slot.</summary>
    public bool IsBusy => _request.IsBusy;

    /// <summary>Begins; the disk's registers hold the command.</summary>
    public void Start(AtaDisk disk, int sectors, PrdTable regions)
    {
        var registers = disk.Registers;
        _disk = disk;
        _regions = regions;
        _isWrite = registers.Command == AtaCommand.WriteFpdmaQueued;
        _forced = _isWrite && ((registers.Device & ForceUnitAccess) != 0 || !disk.IsWriteCacheEnabled);
        _flushing = false;
        _remaining = sectors;
        Lba = registers.Lba48;
        if (Lba + sectors > disk.Sectors)
        {
            _port.EndQueued(this, AtaError.Idnf);
        }
        else if (_isWrite && disk.Medium.IsReadOnly)
        {
            _port.EndQueued(this, AtaError.Abrt);
        }
        else
        {
            Next();
        }
    }

    /// <summary>Nobody waits for it any more.</summary>
    public void Cancel() => _request.Cancel();

    private void Next()
    {
        _piece = Math.Min(_remaining, PieceSectors);
        var length = _piece * AtaDevice.SectorSize;
        if (_isWrite)
        {
            _regions.Transfer(_port.Adapter, _request.Reserve(length).AsSpan(0, length), toMemory: false);
            _request.Write(_disk!.Medium, Lba * AtaDevice.SectorSize, length);
        }
        else
        {
            _request.Read(_disk!.Medium, Lba * AtaDevice.SectorSize, length);
        }
    }

    private void OnDone(BlockStatus status)
    {
        if (status != BlockStatus.Success)
        {
            _port.EndQueued(this, _isWrite ? AtaError.Abrt : AtaError.Unc);
            return;
        }

        if (!_isWrite)
        {
            _regions.Transfer(_port.Adapter, _request.Buffer.AsSpan(0, _piece * AtaDevice.SectorSize), toMemory: true);
        }

        if (!_flushing)
        {
            Lba += _piece;
            _remaining -= _piece;
        }

        if (_remaining > 0)
        {
            Next();
        }
        else if (_forced && !_flushing)
        {
            _flushing = true;
            _request.Flush(_disk!.Medium);
        }
        else
        {
            _port.EndQueued(this, 0);
        }
    }
}
