using Emulator.Core.Snapshots;

namespace Emulator.Devices.Chipset;

/// <summary>
/// One counter of an 8254 (Intel 8254 data sheet, order 231164). Nothing counts: count and output are computed from the CLK tick at
/// which counting began. All ticks are CLK pulses since power-on; callers pass a tick that never decreases.
/// </summary>
public sealed class PitChannel
{
    private const int Never = -1;

    private int _access = 3;
    private bool _bcd;
    private int _initial = 0x10000;
    private long _start = Never;
    private long _frozen;
    private bool _counting;
    private bool _outLow;
    private int _pendingInitial;
    private long _pendingAt = Never;
    private bool _halfWritten;
    private byte _lowByte;
    private bool _halfRead;
    private int _latchedCount = Never;
    private int _latchedStatus = Never;

    /// <summary>The mode, 0-5.</summary>
    public int Mode { get; private set; } = 3;

    /// <summary>The GATE input.</summary>
    public bool Gate { get; private set; } = true;

    /// <summary>The count that is or will be loaded, 1 to 65536 (or 10000 in BCD).</summary>
    public int InitialCount => _pendingAt != Never ? _pendingInitial : _initial;

    /// <summary>A control word that selects this counter.</summary>
    public void WriteControl(int value, long tick)
    {
        Sync(tick);
        var access = (value >> 4) & 3;
        if (access == 0)
        {
            LatchCount(tick);
            return;
        }

        _access = access;
        Mode = (value >> 1) & 7;
        if (Mode > 5)
        {
            Mode &= 3;
        }

        _bcd = (value & 1) != 0;
        _halfWritten = _halfRead = false;
        _latchedCount = _latchedStatus = Never;
        _counting = false;
        _start = _pendingAt = Never;
        _outLow = Mode == 0;
    }

    /// <summary>A byte of the count.</summary>
    public void WriteCount(byte value, long tick)
    {
        Sync(tick);
        switch (_access)
        {
            case 1:
                Load(value, tick);
                break;
            case 2:
                Load(value << 8, tick);
                break;
            default:
                if (_halfWritten)
                {
                    _halfWritten = false;
                    Load((value << 8) | _lowByte, tick);
                }
                else
                {
                    _halfWritten = true;
                    _lowByte = value;
                    if (Mode == 0)
                    {
                        // The first byte stops the count and sets OUT low at once.
                        _counting = false;
                        _start = Never;
                        _outLow = true;
                    }
                }

                break;
        }
    }

    /// <summary>Reads the latched status, the latched count or the count.</summary>
    public byte Read(long tick)
    {
        Sync(tick);
        if (_latchedStatus != Never)
        {
            var status = (byte)_latchedStatus;
            _latchedStatus = Never;
            return status;
        }

        var count = _latchedCount != Never ? _latchedCount : Encoded(tick);
        switch (_access)
        {
            case 1:
                _latchedCount = Never;
                return (byte)count;
            case 2:
                _latchedCount = Never;
                return (byte)(count >> 8);
            default:
                _halfRead = !_halfRead;
                if (_halfRead)
                {
                    return (byte)count;
                }

                _latchedCount = Never;
                return (byte)(count >> 8);
        }
    }

    /// <summary>The counter latch command; ignored while a latched count waits to be read.</summary>
    public void LatchCount(long tick)
    {
        Sync(tick);
        if (_latchedCount == Never)
        {
            _latchedCount = Encoded(tick);
        }
    }

    /// <summary>The read-back command's status latch.</summary>
    public void LatchStatus(long tick)
    {
        Sync(tick);
        if (_latchedStatus == Never)
        {
            var isNull = _start == Never || _pendingAt != Never || tick < _start;
            _latchedStatus = (Out(tick) ? 0x80 : 0) | (isNull ? 0x40 : 0) | (_access << 4) | (Mode << 1) | (_bcd ? 1 : 0);
        }
    }

    /// <summary>Drives GATE.</summary>
    public void SetGate(bool level, long tick)
    {
        if (level == Gate)
        {
            return;
        }

        Sync(tick);
        Gate = level;
        switch (Mode)
        {
            case 0 or 4 when _start != Never:
                if (level)
                {
                    _start = tick - _frozen;
                }
                else
                {
                    _frozen = tick - _start;
                }

                _counting = level;
                break;
            case 1 or 5 when level && (_start != Never || _pendingAt != Never):
                Trigger(tick);
                break;
            case 2 or 3 when _start != Never || _pendingAt != Never:
                if (level)
                {
                    Trigger(tick);
                }
                else
                {
                    _frozen = Math.Max(0, tick - _start);
                    _counting = false;
                }

                break;
            default:
                break;
        }
    }

    /// <summary>The OUT pin.</summary>
    public bool Out(long tick)
    {
        Sync(tick);
        var elapsed = Elapsed(tick);
        if (elapsed < 0 || (Mode is 1 or 2 or 3 or 5 && !_counting))
        {
            return !_outLow;
        }

        return Mode switch
        {
            0 or 1 => elapsed >= _initial,
            2 => !_counting || elapsed % _initial != _initial - 1,
            3 => !_counting || elapsed % _initial < (_initial + 1) / 2,
            _ => elapsed != _initial,
        };
    }

    /// <summary>
    /// The first tick after <paramref name="tick"/> at which OUT rises; <see cref="long.MaxValue"/> if it will not as things stand.
    /// </summary>
    public long NextRise(long tick)
    {
        Sync(tick);
        if (!_counting || _start == Never)
        {
            return long.MaxValue;
        }

        var expiry = Mode switch
        {
            0 or 1 => _start + _initial,
            4 or 5 => _start + _initial + 1,
            _ => 0,
        };
        if (Mode is not (2 or 3))
        {
            return expiry > tick ? expiry : long.MaxValue;
        }

        var cycles = tick < _start ? 0 : (tick - _start) / _initial;
        return _start + ((cycles + 1) * _initial);
    }

    /// <summary>Power-on.</summary>
    public void Reset()
    {
        _access = 3;
        Mode = 3;
        _bcd = false;
        Gate = true;
        _initial = 0x10000;
        _start = _pendingAt = Never;
        _frozen = 0;
        _counting = _outLow = _halfWritten = _halfRead = false;
        _latchedCount = _latchedStatus = Never;
        _lowByte = 0;
        _pendingInitial = 0;
    }

    /// <summary>Writes the counter's state.</summary>
    public void Save(StateWriter writer)
    {
        writer.Write(_access);
        writer.Write(Mode);
        writer.Write(_bcd);
        writer.Write(Gate);
        writer.Write(_initial);
        writer.Write(_start);
        writer.Write(_frozen);
        writer.Write(_counting);
        writer.Write(_outLow);
        writer.Write(_pendingInitial);
        writer.Write(_pendingAt);
        writer.Write(_halfWritten);
        writer.Write(_lowByte);
        writer.Write(_halfRead);
        writer.Write(_latchedCount);
        writer.Write(_latchedStatus);
    }

    /// <summary>Reads back what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader)
    {
        _access = Math.Clamp(reader.ReadInt32(), 1, 3);
        Mode = Math.Clamp(reader.ReadInt32(), 0, 5);
        _bcd = reader.ReadBoolean();
        Gate = reader.ReadBoolean();
        _initial = Math.Clamp(reader.ReadInt32(), 1, 0x10000);
        _start = reader.ReadInt64();
        _frozen = reader.ReadInt64();
        _counting = reader.ReadBoolean();
        _outLow = reader.ReadBoolean();
        _pendingInitial = reader.ReadInt32();
        _pendingAt = reader.ReadInt64();
        _halfWritten = reader.ReadBoolean();
        _lowByte = reader.ReadByte();
        _halfRead = reader.ReadBoolean();
        _latchedCount = reader.ReadInt32();
        _latchedStatus = reader.ReadInt32();
    }

    // A count written is loaded at the next CLK pulse (modes 0 and 4), at the end of the cycle under way (2 and 3), or at a trigger (1 and 5).
    private void Load(int written, long tick)
    {
        var count = Decoded(written);
        switch (Mode)
        {
            case 0 or 4:
                _initial = count;
                _start = tick + 1;
                _frozen = -1;
                _counting = Gate;
                break;
            case 2 or 3 when _counting:
                _pendingInitial = count;
                _pendingAt = EndOfCycle(tick);
                break;
            case 2 or 3:
                _initial = count;
                _start = tick + 1;
                _frozen = 0;
                _counting = Gate;
                break;
            default:
                _pendingInitial = count;
                _pendingAt = long.MaxValue;
                break;
        }
    }

    private long EndOfCycle(long tick)
    {
        var elapsed = tick - _start;
        if (elapsed < 0)
        {
            return _start;
        }

        var cycle = elapsed / _initial * _initial;
        var half = Mode == 3 ? (_initial + 1) / 2 : _initial;
        return _start + cycle + (elapsed - cycle < half ? half : _initial);
    }

    private void Trigger(long tick)
    {
        if (_pendingAt != Never)
        {
            _initial = _pendingInitial;
            _pendingAt = Never;
        }

        _start = tick + 1;
        _counting = true;
        _outLow = false;
    }

    private void Sync(long tick)
    {
        if (_pendingAt == Never || tick < _pendingAt)
        {
            return;
        }

        // In mode 3 a count taken over at the half cycle begins with its low half.
        var lowHalf = Mode == 3 && _pendingAt > _start && (_pendingAt - _start) % _initial != 0;
        _initial = _pendingInitial;
        _start = lowHalf ? _pendingAt - ((_initial + 1) / 2) : _pendingAt;
        _pendingAt = Never;
    }

    private long Elapsed(long tick) => _start == Never ? Never : _counting ? tick - _start : Math.Min(_frozen, tick - _start);

    private int Encoded(long tick)
    {
        var count = Count(tick) & 0xffff;
        if (!_bcd)
        {
            return count;
        }

        count %= 10000;
        return (count % 10) | (count / 10 % 10 << 4) | (count / 100 % 10 << 8) | (count / 1000 << 12);
    }

    private int Count(long tick)
    {
        var elapsed = Elapsed(tick);
        if (elapsed < 0)
        {
            return _initial;
        }

        var modulus = _bcd ? 10000 : 0x10000;
        switch (Mode)
        {
            case 2:
                return (int)(_initial - (elapsed % _initial));
            case 3:
                var inCycle = elapsed % _initial;
                var high = (_initial + 1) / 2;
                var inHalf = inCycle < high ? inCycle : inCycle - high;
                return (int)((_initial & ~1) - (2 * inHalf));
            default:
                return (int)(((_initial - (elapsed % modulus)) + modulus) % modulus);
        }
    }

    private int Decoded(int written)
    {
        if (_bcd)
        {
            var count = ((written >> 12) * 1000) + ((written >> 8 & 15) * 100) + ((written >> 4 & 15) * 10) + (written & 15);
            return count is 0 or >= 10000 ? 10000 : count;
        }

        return written == 0 ? 0x10000 : written;
    }
}
