using Emulator.Core.Snapshots;
using Emulator.Devices.Storage.Mmc;

namespace Emulator.Devices.Storage.Ata;

/// <summary>
/// A CD-ROM drive as a packet device (ATA/ATAPI-6, 6.16 and 9.10): carries command packets to a <see cref="CdRomUnit"/> and its
/// answers back, in blocks no longer than the host's byte count limit.
/// </summary>
public sealed class AtapiCdRom : AtaDevice
{
    private const byte DefaultTransferMode = 0x45;
    private const byte CommandOrData = 0x01;
    private const byte ToHost = 0x02;
    private const int RawPieceBlocks = BufferSize / CdRomUnit.RawBlockSize;
    private const int PieceBlocks = BufferSize / CdRomUnit.BlockSize;

    private readonly CdRomUnit _unit = new();
    private IBlockBackend? _source;
    private long _lba;
    private int _remaining;
    private bool _isRaw;
    private bool _usesDma;
    private int _limit;

    /// <summary>A drive with a medium, or an empty one.</summary>
    /// <param name="name">Its name at the monitor.</param>
    /// <param name="medium">What is in it at power-on.</param>
    /// <param name="serial">Its serial number, of up to 20 characters.</param>
    public AtapiCdRom(string name, IBlockBackend? medium, string serial)
        : base(name)
    {
        Serial = serial;
        _unit.Insert(medium);
        HardReset();
    }

    /// <inheritdoc/>
    public override DriveKind Kind => DriveKind.CdRom;

    /// <inheritdoc/>
    public override IBlockBackend? Medium => _unit.Medium;

    /// <inheritdoc/>
    public override bool IsLocked => _unit.IsLocked;

    /// <inheritdoc/>
    public override bool IsPacketDevice => true;

    /// <summary>The serial number.</summary>
    public string Serial { get; }

    /// <summary>The mode that SET FEATURES has chosen.</summary>
    public byte TransferMode { get; private set; }

    /// <summary>Whether the tray is open.</summary>
    public bool IsTrayOpen => _unit.IsTrayOpen;

    /// <inheritdoc/>
    public override void ChangeMedium(IBlockBackend? medium)
    {
        if (_remaining > 0 && Request.IsBusy)
        {
            Request.Cancel();
            _remaining = 0;
            _unit.ChangeMedium(medium);
            _unit.ReportReadError();
            CheckCondition();
            return;
        }

        _unit.ChangeMedium(medium);
    }

    /// <inheritdoc/>
    public override void SetSignature() => Registers.SetSignature(0x14, 0xeb);

    /// <inheritdoc/>
    public override void BeginBlock(int length)
    {
        if (DataKind == AtaDataKind.Packet || Registers.Command != AtaCommand.Packet)
        {
            return;
        }

        Registers.LbaMid = (byte)length;
        Registers.LbaHigh = (byte)(length >> 8);
    }

    /// <inheritdoc/>
    protected override void Execute(byte command)
    {
        switch (command)
        {
            case AtaCommand.Packet:
                BeginPacket();
                break;
            case AtaCommand.IdentifyPacketDevice:
                DiskIdentity.WriteCdRom(Request.Reserve(SectorSize), this);
                Move(AtaDataKind.PioIn, SectorSize, SectorSize, firstBlockInterrupts: true);
                break;
            case AtaCommand.IdentifyDevice or AtaCommand.ReadSectors:
                SetSignature(); // 9.12: how hosts tell a packet device
                Fail(AtaError.Abrt);
                break;
            case AtaCommand.ExecuteDeviceDiagnostic:
                SetSignature();
                End(0, AtaError.DiagnosticPassed, interrupt: true);
                break;
            case AtaCommand.SetFeatures:
                SetFeatures();
                break;
            case AtaCommand.CheckPowerMode:
                Registers.SectorCount = 0xff;
                Succeed();
                break;
            case AtaCommand.IdleImmediate or AtaCommand.StandbyImmediate or AtaCommand.Sleep or AtaCommand.FlushCache:
                Succeed();
                break;
            default:
                Fail(AtaError.Abrt);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void OnDataDone(AtaDataKind kind)
    {
        if (kind == AtaDataKind.Packet)
        {
            ExecutePacket();
        }
        else if (Registers.Command != AtaCommand.Packet)
        {
            Succeed(interrupt: false);
        }
        else if (_remaining > 0)
        {
            ReadPiece();
        }
        else
        {
            EndPacket();
        }
    }

    /// <inheritdoc/>
    protected override void OnRequestDone(BlockStatus status)
    {
        if (status != BlockStatus.Success)
        {
            _remaining = 0;
            _unit.ReportReadError();
            CheckCondition();
            return;
        }

        var blocks = Math.Min(_remaining, _isRaw ? RawPieceBlocks : PieceBlocks);
        if (_isRaw)
        {
            SpreadRaw(blocks);
        }

        _lba += blocks;
        _remaining -= blocks;
        MoveData(toHost: true, blocks * (_isRaw ? CdRomUnit.RawBlockSize : CdRomUnit.BlockSize));
    }

    /// <inheritdoc/>
    protected override void OnStop() => _remaining = 0;

    /// <inheritdoc/>
    protected override void ResetSettings()
    {
        TransferMode = DefaultTransferMode;
        _unit.Reset();
    }

    /// <inheritdoc/>
    protected override void SaveDevice(StateWriter writer)
    {
        writer.Write(TransferMode);
        writer.Write(_lba);
        writer.Write(_remaining);
        writer.Write(_isRaw);
        writer.Write(_usesDma);
        writer.Write(_limit);
        _unit.Save(writer);
    }

    /// <inheritdoc/>
    protected override void LoadDevice(StateReader reader)
    {
        TransferMode = reader.ReadByte();
        _lba = reader.ReadInt64();
        _remaining = reader.ReadInt32();
        _isRaw = reader.ReadBoolean();
        _usesDma = reader.ReadBoolean();
        _limit = reader.ReadInt32();
        _unit.Load(reader);
        _source = _unit.Medium;
    }

    private void SetFeatures()
    {
        const byte SetTransferMode = 0x03;
        switch (Registers.Features)
        {
            case SetTransferMode when Registers.SectorCount is 0x00 or 0x01 or (>= 0x08 and <= 0x0c) or (>= 0x20 and <= 0x22) or (>= 0x40 and <= 0x45):
                TransferMode = Registers.SectorCount;
                Succeed();
                break;
            case 0x66 or 0xcc:
                Succeed();
                break;
            default:
                Fail(AtaError.Abrt);
                break;
        }
    }

    private void BeginPacket()
    {
        const byte Overlapped = 0x02;
        _usesDma = (Registers.Features & 1) != 0;
        if ((Registers.Features & Overlapped) != 0)
        {
            Fail(AtaError.Abrt);
            return;
        }

        // Zero and all ones mean as much as can be; blocks but the last are even.
        var limit = Registers.LbaMid | (Registers.LbaHigh << 8);
        _limit = limit is 0 or 0xffff ? 0xfffe : limit == 1 ? 2 : limit & ~1;
        Registers.SectorCount = CommandOrData;
        Move(AtaDataKind.Packet, CdRomUnit.PacketLength, CdRomUnit.PacketLength, firstBlockInterrupts: false);
    }

    private void ExecutePacket()
    {
        Span<byte> packet = stackalloc byte[CdRomUnit.PacketLength];
        Data.CopyTo(packet);
        var reply = _unit.Execute(packet, Request.Reserve(CdRomUnit.LongestData));
        switch (reply.Kind)
        {
            case MmcReplyKind.Good:
                EndPacket();
                break;
            case MmcReplyKind.CheckCondition:
                CheckCondition();
                break;
            case MmcReplyKind.Data:
                MoveData(toHost: true, reply.Length);
                break;
            case MmcReplyKind.Parameters when reply.Length > 0:
                MoveData(toHost: false, reply.Length);
                break;
            case MmcReplyKind.Blocks:
                _source = _unit.Medium;
                (_lba, _remaining, _isRaw) = (reply.Lba, reply.Count, reply.IsRaw);
                ReadPiece();
                break;
            default:
                EndPacket();
                break;
        }
    }

    // Blocks that are still to come are those of the medium that was asked for.
    private void ReadPiece()
    {
        if (_unit.Medium is not { } medium || medium != _source)
        {
            _remaining = 0;
            _unit.ReportReadError();
            CheckCondition();
            return;
        }

        var blocks = Math.Min(_remaining, _isRaw ? RawPieceBlocks : PieceBlocks);
        var offset = _lba * CdRomUnit.BlockSize;
        var length = blocks * CdRomUnit.BlockSize;
        Request.Reserve(length);

        // The last block of an image may be short: what is missing reads as zeros.
        var present = (int)Math.Clamp(medium.Length - offset, 0, length);
        Request.Buffer.AsSpan(present, length - present).Clear();
        Request.Read(medium, offset, present);
    }

    // From the last block on, so that none is overwritten before it is moved.
    private void SpreadRaw(int blocks)
    {
        var buffer = Request.Reserve(blocks * CdRomUnit.RawBlockSize);
        for (var i = blocks - 1; i >= 0; i--)
        {
            var frame = buffer.AsSpan(i * CdRomUnit.RawBlockSize, CdRomUnit.RawBlockSize);
            buffer.AsSpan(i * CdRomUnit.BlockSize, CdRomUnit.BlockSize).CopyTo(frame[16..]);
            CdRomUnit.WriteRawFrame(frame, _lba + i);
        }
    }

    private void MoveData(bool toHost, int length)
    {
        Registers.SectorCount = toHost ? ToHost : (byte)0;
        var kind = (_usesDma, toHost) switch
        {
            (true, true) => AtaDataKind.DmaIn,
            (true, false) => AtaDataKind.DmaOut,
            (false, true) => AtaDataKind.PioIn,
            _ => AtaDataKind.PioOut,
        };
        Move(kind, length, _limit, firstBlockInterrupts: true);
    }

    private void EndPacket()
    {
        Registers.SectorCount = CommandOrData | ToHost;
        Succeed();
    }

    private void CheckCondition()
    {
        Registers.SectorCount = CommandOrData | ToHost;
        End(AtaStatus.Ready | AtaStatus.Err, (byte)((_unit.Sense.Key << 4) | AtaError.Abrt), interrupt: true);
    }
}
