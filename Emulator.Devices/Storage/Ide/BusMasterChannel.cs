using Emulator.Core.Memory;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Storage.Ide;

/// <summary>
/// The bus master of one IDE channel (Programming Interface for Bus Master IDE Controller 1.0; 82371SB data sheet, 2.7): command,
/// status and descriptor table pointer, and the walk through the physical region descriptors.
/// </summary>
public sealed class BusMasterChannel(MemoryMap memory)
{
    /// <summary>Ports of a channel.</summary>
    public const int Ports = 8;

    private const byte Start = 0x01;
    private const byte ToMemory = 0x08;
    private const byte Active = 0x01;
    private const byte Error = 0x02;
    private const byte Interrupt = 0x04;
    private const byte DriveCapable = 0x60;
    private const uint EndOfTable = 0x8000_0000;

    private byte _command;
    private byte _status;
    private uint _table;
    private uint _next;
    private uint _address;
    private uint _left;
    private bool _last;

    /// <summary>Called when the guest has started the engine.</summary>
    public Action? Started { get; set; }

    /// <summary>Whether the guest has started the engine, and it has descriptors left.</summary>
    public bool IsStarted => (_command & Start) != 0 && (_status & Active) != 0;

    /// <summary>Reads a register's byte.</summary>
    public byte Read(int offset) => offset switch
    {
        0 => _command,
        2 => _status,
        >= 4 and < 8 => (byte)(_table >> (8 * (offset - 4))),
        _ => 0,
    };

    /// <summary>Writes a register's byte.</summary>
    public void Write(int offset, byte value)
    {
        switch (offset)
        {
            case 0:
                WriteCommand(value);
                break;
            case 2:
                _status = (byte)((_status & ~DriveCapable & ~(value & (Error | Interrupt))) | (value & DriveCapable));
                break;
            case >= 4 and < 8:
                var shift = 8 * (offset - 4);
                _table = (_table & ~(0xffu << shift)) | ((uint)value << shift);
                _table &= ~3u;
                break;
            default:
                break;
        }
    }

    /// <summary>The device's interrupt has come: every byte is in memory.</summary>
    public void NoteInterrupt() => _status |= Interrupt;

    /// <summary>Moves data between the device and the regions that come next; false when the table has no room for all of it.</summary>
    public bool Transfer(Span<byte> data, bool toMemory)
    {
        while (data.Length > 0)
        {
            if (_left == 0 && !NextRegion())
            {
                return false;
            }

            var count = (int)Math.Min((uint)data.Length, _left);
            if (toMemory)
            {
                memory.Write(_address, data[..count]);
            }
            else
            {
                memory.Read(_address, data[..count]);
            }

            data = data[count..];
            _address += (uint)count;
            _left -= (uint)count;
        }

        if (_left == 0 && _last)
        {
            _status &= unchecked((byte)~Active);
        }

        return true;
    }

    /// <summary>Power-on.</summary>
    public void Reset() => (_command, _status, _table, _next, _address, _left, _last) = (0, 0, 0, 0, 0, 0, false);

    /// <summary>Writes the state.</summary>
    public void Save(StateWriter writer)
    {
        writer.Write(_command);
        writer.Write(_status);
        writer.Write(_table);
        writer.Write(_next);
        writer.Write(_address);
        writer.Write(_left);
        writer.Write(_last);
    }

    /// <summary>Reads back what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader)
    {
        _command = reader.ReadByte();
        _status = reader.ReadByte();
        _table = reader.ReadUInt32();
        _next = reader.ReadUInt32();
        _address = reader.ReadUInt32();
        _left = reader.ReadUInt32();
        _last = reader.ReadBoolean();
    }

    private void WriteCommand(byte value)
    {
        var before = _command;
        _command = (byte)(value & (Start | ToMemory));
        if ((value & Start) == 0)
        {
            _status &= unchecked((byte)~Active);
        }
        else if ((before & Start) == 0)
        {
            _status |= Active;
            (_next, _left, _last) = (_table, 0, false);
            Started?.Invoke();
        }
    }

    // A count of zero is 64 KiB; addresses and counts are even. Behind the last region, the engine is idle.
    private bool NextRegion()
    {
        if (_last)
        {
            _status &= unchecked((byte)~Active);
            return false;
        }

        _address = memory.Read<uint>(_next) & ~1u;
        var control = memory.Read<uint>(_next + 4);
        _left = control & 0xfffe;
        _left = _left == 0 ? 0x1_0000 : _left;
        _last = (control & EndOfTable) != 0;
        _next += 8;
        return true;
    }
}
