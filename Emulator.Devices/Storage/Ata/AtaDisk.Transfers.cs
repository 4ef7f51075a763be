using System.Buffers.Binary;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Storage.Ata;

/// <summary>
/// Reading, writing, verifying, flushing and trimming. Sectors go between backend and buffer in pieces as large as the buffer,
/// whatever the blocks are in which the transport moves them.
/// </summary>
public sealed partial class AtaDisk
{
    private const int BufferSectors = BufferSize / SectorSize;
    private const int RangeLength = 8;

    private enum Step : byte
    {
        None,
        Page,
        Read,
        Write,
        Verify,
        Flush,
        Trim,
    }

    private enum Mover : byte
    {
        Single,
        Multiple,
        Dma,
    }

    private Step _step;
    private Mover _mover;
    private bool _extended;
    private bool _forced;
    private long _lba;
    private int _remaining;
    private int _piece;
    private bool _firstPiece;
    private int _range;

    /// <inheritdoc/>
    protected override void OnStop() => _step = Step.None;

    /// <inheritdoc/>
    protected override void OnDataDone(AtaDataKind kind)
    {
        switch (_step)
        {
            case Step.Read:
                Advance();
                if (_remaining > 0)
                {
                    ReadPiece();
                    return;
                }

                EndTransfer();
                Succeed(interrupt: kind == AtaDataKind.DmaIn);
                break;
            case Step.Write:
                Request.Write(_medium, _lba * SectorSize, _piece * SectorSize);
                break;
            case Step.Trim:
                _range = -1;
                TrimNext();
                break;
            default:
                _step = Step.None;
                Succeed(interrupt: false);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void OnRequestDone(BlockStatus status)
    {
        if (status != BlockStatus.Success)
        {
            FailTransfer(_step is Step.Read or Step.Verify ? AtaError.Unc : AtaError.Abrt);
            return;
        }

        switch (_step)
        {
            case Step.Read:
                Move(_mover == Mover.Dma ? AtaDataKind.DmaIn : AtaDataKind.PioIn, _piece * SectorSize, BlockBytes, firstBlockInterrupts: true);
                break;
            case Step.Write:
                Advance();
                if (_remaining > 0)
                {
                    ReceivePiece();
                }
                else
                {
                    EndWrite();
                }

                break;
            case Step.Verify:
                Advance();
                if (_remaining > 0)
                {
                    ReadPiece();
                }
                else
                {
                    EndTransfer();
                    Succeed();
                }

                break;
            case Step.Trim:
                TrimNext();
                break;
            default:
                _step = Step.None;
                Succeed();
                break;
        }
    }

    private int BlockBytes => _mover switch
    {
        Mover.Single => SectorSize,
        Mover.Multiple => Multiple * SectorSize,
        _ => BufferSize,
    };

    private bool TryTransfer(byte command)
    {
        switch (command)
        {
            case AtaCommand.ReadSectors or AtaCommand.ReadSectorsNoRetry or AtaCommand.ReadSectorsExt:
                BeginTransfer(Step.Read, Mover.Single, command == AtaCommand.ReadSectorsExt);
                return true;
            case AtaCommand.ReadMultiple or AtaCommand.ReadMultipleExt:
                BeginTransfer(Step.Read, Mover.Multiple, command == AtaCommand.ReadMultipleExt);
                return true;
            case AtaCommand.ReadDma or AtaCommand.ReadDmaNoRetry or AtaCommand.ReadDmaExt:
                BeginTransfer(Step.Read, Mover.Dma, command == AtaCommand.ReadDmaExt);
                return true;
            case AtaCommand.WriteSectors or AtaCommand.WriteSectorsNoRetry or AtaCommand.WriteSectorsExt:
                BeginTransfer(Step.Write, Mover.Single, command == AtaCommand.WriteSectorsExt);
                return true;
            case AtaCommand.WriteMultiple or AtaCommand.WriteMultipleExt or AtaCommand.WriteMultipleFuaExt:
                BeginTransfer(Step.Write, Mover.Multiple, command != AtaCommand.WriteMultiple, command == AtaCommand.WriteMultipleFuaExt);
                return true;
            case AtaCommand.WriteDma or AtaCommand.WriteDmaNoRetry:
                BeginTransfer(Step.Write, Mover.Dma, extended: false);
                return true;
            case AtaCommand.WriteDmaExt or AtaCommand.WriteDmaFuaExt:
                BeginTransfer(Step.Write, Mover.Dma, extended: true, command == AtaCommand.WriteDmaFuaExt);
                return true;
            case AtaCommand.ReadVerify or AtaCommand.ReadVerifyNoRetry or AtaCommand.ReadVerifyExt:
                BeginTransfer(Step.Verify, Mover.Dma, command == AtaCommand.ReadVerifyExt);
                return true;
            default:
                return false;
        }
    }

    private void BeginTransfer(Step step, Mover mover, bool extended, bool forced = false)
    {
        var lba = Address(extended);
        var count = extended ? Registers.SectorCountExt : Registers.SectorCount;
        var sectors = count != 0 ? count : extended ? 0x10000 : 0x100;
        _standby = false;
        _step = step;
        _mover = mover;
        _extended = extended;
        _forced = forced;
        _lba = lba;
        if ((mover == Mover.Multiple && Multiple == 0) || (step == Step.Write && _medium.IsReadOnly))
        {
            FailTransfer(AtaError.Abrt);
            return;
        }

        if (lba < 0 || lba + sectors > Sectors)
        {
            FailTransfer(AtaError.Idnf);
            return;
        }

        _remaining = sectors;
        _firstPiece = true;
        if (step == Step.Write)
        {
            ReceivePiece();
        }
        else
        {
            ReadPiece();
        }
    }

    private long Address(bool extended)
        => extended ? Registers.Lba48
            : Registers.IsLba ? Registers.Lba28
            : Geometry.Lba(Registers.LbaMid | (Registers.LbaHigh << 8), Registers.Head, Registers.LbaLow);

    private void ReadPiece()
    {
        _piece = Math.Min(_remaining, PieceSectors);
        Request.Read(_medium, _lba * SectorSize, _piece * SectorSize);
    }

    // The host is told of each block that it may write but the first (ATA/ATAPI-6, 9.6).
    private void ReceivePiece()
    {
        _piece = Math.Min(_remaining, PieceSectors);
        var first = _firstPiece;
        _firstPiece = false;
        Move(_mover == Mover.Dma ? AtaDataKind.DmaOut : AtaDataKind.PioOut, _piece * SectorSize, BlockBytes, firstBlockInterrupts: !first);
    }

    // A whole number of blocks.
    private int PieceSectors => _mover == Mover.Multiple ? BufferSectors / Multiple * Multiple : BufferSectors;

    private void Advance()
    {
        _lba += _piece;
        _remaining -= _piece;
    }

    private void EndWrite()
    {
        if (_forced || !IsWriteCacheEnabled)
        {
            EndTransfer();
            BeginFlush();
            return;
        }

        EndTransfer();
        Succeed();
    }

    // The registers hold the last sector's address, and no sectors are left.
    private void EndTransfer()
    {
        _step = Step.None;
        Registers.SectorCount = 0;
        ShowAddress(_lba - 1);
    }

    private void FailTransfer(byte error)
    {
        if (_step is Step.Read or Step.Write or Step.Verify && _lba >= 0)
        {
            ShowAddress(_lba);
        }

        _step = Step.None;
        Fail(error);
    }

    private void ShowAddress(long lba)
    {
        if (_extended)
        {
            Registers.Lba48 = lba;
        }
        else if (Registers.IsLba)
        {
            Registers.Lba28 = lba;
        }
        else
        {
            var track = lba / Geometry.Sectors;
            Registers.LbaLow = (byte)((lba % Geometry.Sectors) + 1);
            Registers.Device = (byte)((Registers.Device & 0xf0) | (int)(track % Geometry.Heads));
            Registers.LbaMid = (byte)(track / Geometry.Heads);
            Registers.LbaHigh = (byte)(track / Geometry.Heads >> 8);
        }
    }

    private void SendPage(int length)
    {
        _step = Step.Page;
        Move(AtaDataKind.PioIn, length, SectorSize, firstBlockInterrupts: true);
    }

    private void BeginFlush()
    {
        _step = Step.Flush;
        Request.Flush(_medium);
    }

    private void BeginTrim()
    {
        var blocks = Registers.SectorCountExt;
        if ((Registers.Features & 1) == 0 || blocks is 0 or > MostTrimBlocks || _medium.IsReadOnly)
        {
            Fail(AtaError.Abrt);
            return;
        }

        _step = Step.Trim;
        Move(AtaDataKind.DmaOut, blocks * SectorSize, SectorSize, firstBlockInterrupts: false);
    }

    // Each range is an address of 48 bits and a count of 16; a count of zero is padding (ATA8-ACS, 7.10.3.2).
    private void TrimNext()
    {
        while (++_range < DataLength / RangeLength)
        {
            var entry = BinaryPrimitives.ReadUInt64LittleEndian(Data[(_range * RangeLength)..]);
            var lba = (long)(entry & 0xffff_ffff_ffff);
            var count = (long)(entry >> 48);
            if (count == 0)
            {
                continue;
            }

            if (lba + count > Sectors)
            {
                FailTransfer(AtaError.Idnf);
                return;
            }

            Request.Discard(_medium, lba * SectorSize, count * SectorSize);
            return;
        }

        _step = Step.None;
        Succeed();
    }

    private void SaveTransfer(StateWriter writer)
    {
        writer.Write((byte)_step);
        writer.Write((byte)_mover);
        writer.Write(_extended);
        writer.Write(_forced);
        writer.Write(_lba);
        writer.Write(_remaining);
        writer.Write(_piece);
        writer.Write(_firstPiece);
        writer.Write(_range);
    }

    private void LoadTransfer(StateReader reader)
    {
        _step = (Step)reader.ReadByte();
        _mover = (Mover)reader.ReadByte();
        _extended = reader.ReadBoolean();
        _forced = reader.ReadBoolean();
        _lba = reader.ReadInt64();
        _remaining = reader.ReadInt32();
        _piece = reader.ReadInt32();
        _firstPiece = reader.ReadBoolean();
        _range = reader.ReadInt32();
    }
}
