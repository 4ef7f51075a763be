using Emulator.Core.Snapshots;

namespace Emulator.Devices.Input;

/// <summary>
/// A PS/2 mouse with three buttons (IBM PS/2 Hardware Interface Technical Reference, "Mouse"), which becomes an IntelliMouse with a
/// wheel (ID 3) or five buttons (ID 4) by Microsoft's sample-rate sequences. Movement that does not fit the queue is added up.
/// </summary>
public sealed class Ps2Mouse : Ps2Device
{
    private const int Limit = 255;
    private const int Backlog = 4096;

    private byte _command;
    private byte _id;
    private byte _rate = 100;
    private byte _resolution = 2;
    private bool _scaling2;
    private bool _reporting;
    private bool _remote;
    private bool _wrap;
    private byte _buttons;
    private byte _sentButtons;
    private int _x;
    private int _y;
    private int _z;
    private byte _rateBefore;
    private byte _rateBeforeThat;

    /// <summary>The device ID: 0, 3 or 4.</summary>
    public byte Id => _id;

    /// <summary>Moves the mouse (y grows upwards), turns its wheel and sets its buttons (bit 0 left, 1 right, 2 middle, 3-4 side).</summary>
    public void Move(int dx, int dy, int dz, byte buttons)
    {
        _x = Math.Clamp(_x + dx, -Backlog, Backlog);
        _y = Math.Clamp(_y + dy, -Backlog, Backlog);
        _z = Math.Clamp(_z + dz, -Backlog, Backlog);
        _buttons = (byte)(buttons & 0x1f);
        if (_reporting && !_remote && !_wrap)
        {
            SendPending();
        }
    }

    /// <inheritdoc/>
    internal override void Write(byte value)
    {
        if (_wrap && value is not (0xec or 0xff))
        {
            TrySend(value);
            return;
        }

        ClearQueue();
        if (_command != 0)
        {
            WriteParameter(value);
            return;
        }

        WriteCommand(value);
    }

    /// <inheritdoc/>
    internal override void Reset()
    {
        base.Reset();
        SetDefaults();
        _id = 0;
        _wrap = false;
        _buttons = _sentButtons = 0;
        _rateBefore = _rateBeforeThat = 0;
    }

    /// <inheritdoc/>
    internal override void Save(StateWriter writer)
    {
        base.Save(writer);
        writer.Write(_command);
        writer.Write(_id);
        writer.Write(_rate);
        writer.Write(_resolution);
        writer.Write(_scaling2);
        writer.Write(_reporting);
        writer.Write(_remote);
        writer.Write(_wrap);
        writer.Write(_buttons);
        writer.Write(_sentButtons);
        writer.Write(_x);
        writer.Write(_y);
        writer.Write(_z);
        writer.Write(_rateBefore);
        writer.Write(_rateBeforeThat);
    }

    /// <inheritdoc/>
    internal override void Load(StateReader reader)
    {
        base.Load(reader);
        _command = reader.ReadByte();
        _id = reader.ReadByte();
        _rate = reader.ReadByte();
        _resolution = reader.ReadByte();
        _scaling2 = reader.ReadBoolean();
        _reporting = reader.ReadBoolean();
        _remote = reader.ReadBoolean();
        _wrap = reader.ReadBoolean();
        _buttons = reader.ReadByte();
        _sentButtons = reader.ReadByte();
        _x = reader.ReadInt32();
        _y = reader.ReadInt32();
        _z = reader.ReadInt32();
        _rateBefore = reader.ReadByte();
        _rateBeforeThat = reader.ReadByte();
    }

    private void WriteCommand(byte value)
    {
        switch (value)
        {
            case 0xe6 or 0xe7:
                _scaling2 = value == 0xe7;
                TrySend(Ack);
                break;
            case 0xe8 or 0xf3:
                _command = value;
                TrySend(Ack);
                break;
            case 0xe9:
                TrySend(Ack, Status(), _resolution, _rate);
                break;
            case 0xea:
                _remote = false;
                TrySend(Ack);
                break;
            case 0xeb:
                TrySend(Ack);
                SendPacket();
                break;
            case 0xec:
                _wrap = false;
                TrySend(Ack);
                break;
            case 0xee:
                _wrap = true;
                TrySend(Ack);
                break;
            case 0xf0:
                _remote = true;
                TrySend(Ack);
                break;
            case 0xf2:
                TrySend(Ack, _id);
                break;
            case 0xf4:
                ForgetMovement();
                _reporting = true;
                TrySend(Ack);
                break;
            case 0xf5:
                _reporting = false;
                TrySend(Ack);
                break;
            case 0xf6:
                SetDefaults();
                TrySend(Ack);
                break;
            case 0xfe:
                Repeat();
                break;
            case 0xff:
                Reset();
                TrySend(Ack, SelfTestPassed, 0x00);
                break;
            default:
                TrySend(Resend);
                break;
        }
    }

    private void WriteParameter(byte value)
    {
        if (_command == 0xe8)
        {
            _resolution = (byte)(value & 3);
        }
        else
        {
            SetRate(value);
        }

        _command = 0;
        TrySend(Ack);
    }

    // 200, 100, 80 asks for the wheel; 200, 200, 80 for five buttons.
    private void SetRate(byte rate)
    {
        _rate = rate;
        if (_rateBeforeThat == 200 && rate == 80)
        {
            _id = _rateBefore switch
            {
                100 => 3,
                200 => 4,
                _ => _id,
            };
        }

        _rateBeforeThat = _rateBefore;
        _rateBefore = rate;
    }

    private void SetDefaults()
    {
        _command = 0;
        _rate = 100;
        _resolution = 2;
        _scaling2 = false;
        _reporting = false;
        _remote = false;
        ForgetMovement();
    }

    private void ForgetMovement() => _x = _y = _z = 0;

    private byte Status() => (byte)((_remote ? 0x40 : 0) | (_reporting ? 0x20 : 0) | (_scaling2 ? 0x10 : 0)
        | ((_buttons & 1) != 0 ? 4 : 0) | ((_buttons & 4) != 0 ? 2 : 0) | ((_buttons & 2) != 0 ? 1 : 0));

    private void SendPending()
    {
        while ((_x | _y | _z) != 0 || _buttons != _sentButtons)
        {
            // Keep room for the answer to a command.
            if (Room < 16 || !SendPacket())
            {
                return;
            }
        }
    }

    private bool SendPacket()
    {
        var x = Math.Clamp(_x, -Limit - 1, Limit);
        var y = Math.Clamp(_y, -Limit - 1, Limit);
        var z = _id == 0 ? 0 : Math.Clamp(_z, -8, 7);
        var first = (byte)(0x08 | (_buttons & 7) | (x < 0 ? 0x10 : 0) | (y < 0 ? 0x20 : 0));
        var fourth = (byte)(_id == 4 ? (z & 15) | ((_buttons & 0x18) << 1) : z);
        var sent = _id == 0 ? TrySend(first, (byte)x, (byte)y) : TrySend(first, (byte)x, (byte)y, fourth);
        if (sent)
        {
            _x -= x;
            _y -= y;
            _z = _id == 0 ? 0 : _z - z;
            _sentButtons = _buttons;
        }

        return sent;
    }
}
