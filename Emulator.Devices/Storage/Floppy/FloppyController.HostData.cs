namespace Emulator.Devices.Storage.Floppy;

/// <summary>
/// The host's side of a run (82078 data sheet, 5.1): its bytes go by DMA until the terminal count, or by reads and writes of the FIFO up to the last
/// sector.
/// </summary>
public sealed partial class FloppyController
{
    /// <inheritdoc/>
    public int Give(Span<byte> destination)
    {
        if (_stage != Stage.Host || IsNonDma || !HostReads)
        {
            return 0;
        }

        var count = Math.Min(destination.Length, _length - _position);
        _request.Buffer.AsSpan(_position, count).CopyTo(destination);
        Move(count);
        return count;
    }

    /// <inheritdoc/>
    public int Take(ReadOnlySpan<byte> source)
    {
        if (_stage != Stage.Host || IsNonDma || HostReads)
        {
            return 0;
        }

        var count = Math.Min(source.Length, _length - _position);
        Store(source[..count]);
        Move(count);
        return count;
    }

    /// <inheritdoc/>
    public void EndOfProcess()
    {
        if (_stage == Stage.Host)
        {
            _terminal = true;
            EndRun();
        }
    }

    // The channel asks again after a run's last byte, unless the terminal count came with it: then there is more to do.
    private void Move(int count)
    {
        if (count == 0 || _hit)
        {
            EndRun();
        }
        else
        {
            _position += count;
        }
    }

    private byte ReadDataByte()
    {
        if (_stage != Stage.Host || !IsNonDma || !HostReads)
        {
            return 0;
        }

        var value = _request.Buffer[_position];
        MoveByte();
        return value;
    }

    private void WriteDataByte(byte value)
    {
        if (_stage == Stage.Host && IsNonDma && !HostReads)
        {
            Store([value]);
            MoveByte();
        }
    }

    private void MoveByte()
    {
        _position++;
        if (_position >= _length || _hit)
        {
            SetInterrupt(false);
            EndRun();
        }
    }

    private void Store(ReadOnlySpan<byte> source)
    {
        var place = _request.Buffer.AsSpan(_position, source.Length);
        if (_operation == Operation.Scan)
        {
            Compare(source, place);
        }
        else
        {
            source.CopyTo(place);
        }
    }

    // The host's turn.
    private void Offer()
    {
        _stage = Stage.Host;
        if (IsNonDma)
        {
            SetInterrupt(true);
        }
        else
        {
            _dma.Request(PcPlatform.FloppyDmaChannel, true);
        }
    }

    // A byte of 0xff matches anything (5.1.9). The first sector that satisfies the condition ends the scan.
    private void Compare(ReadOnlySpan<byte> host, ReadOnlySpan<byte> disk)
    {
        for (var i = 0; i < host.Length && !_hit; i++)
        {
            if (host[i] != disk[i] && host[i] != 0xff && disk[i] != 0xff)
            {
                _differs = true;
                _fails |= Code switch
                {
                    FloppyCommand.ScanLowOrEqual => disk[i] > host[i],
                    FloppyCommand.ScanHighOrEqual => disk[i] < host[i],
                    _ => true,
                };
            }

            if ((_position + i + 1) % FloppyGeometry.SectorSize == 0)
            {
                _hit = !_fails;
                _differs &= _hit;
                _fails = false;
            }
        }
    }
}
