using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Devices.Input;

/// <summary>
/// A PS/2 mouse with three buttons (IBM PS/2 Hardware Interface Technical Reference, "Mouse"), which becomes an IntelliMouse with a
/// wheel (ID 3) or five buttons (ID 4) by Microsoft's sample-rate sequences. It reports movement once a sample, and a button at once, so that
/// none is missed. The resolution is kept for the status and changes nothing: what moves the mouse gives counts, not millimetres.
/// </summary>
public sealed class Ps2Mouse : Ps2Device
{
    private const int BufferBytes = 32;
    private const int Limit = 255;
    private const int Backlog = 4096;
    private const byte WrongAgain = 0xfc;

    private readonly EventScheduler _scheduler;
    private readonly ScheduledEvent _sample;
    private byte _command;
    private byte _id;
    private byte _rate = 100;
    private byte _resolution = 2;
    private bool _scaling2;
    private bool _reporting;
    private bool _remote;
    private bool _wrap;
    private bool _wrong;
    private byte _buttons;
    private byte _sentButtons;
    private bool _overflowX;
    private bool _overflowY;
    private int _x;
    private int _y;
    private int _z;
    private byte _rateBefore;
    private byte _rateBeforeThat;

    internal Ps2Mouse(EventScheduler scheduler)
        : base(BufferBytes)
    {
        _scheduler = scheduler;
        _sample = scheduler.Create("mouse.sample", SendPending);
    }

    /// <summary>The device ID: 0, 3 or 4.</summary>
    public byte Id => _id;

    /// <summary>Samples a second.</summary>
    public int SampleRate => _rate;

    /// <summary>The resolution that was set: 0 to 3 for 1, 2, 4 and 8 counts a millimetre.</summary>
    public int Resolution => _resolution;

    /// <summary>Whether scaling is 2:1.</summary>
    public bool IsScaled => _scaling2;

    /// <summary>How it reports.</summary>
    public string Mode => _wrap ? "wrap mode" : _remote ? "remote mode" : _reporting ? "stream mode" : "stream mode, disabled";

    /// <summary>Moves the mouse (y grows upwards), turns its wheel and sets its buttons (bit 0 left, 1 right, 2 middle, 3-4 side).</summary>
    public void Move(int dx, int dy, int dz, byte buttons)
    {
        Add(ref _x, dx, ref _overflowX);
        Add(ref _y, dy, ref _overflowY);
        var ignored = false;
        Add(ref _z, dz, ref ignored);
        _buttons = (byte)(buttons & 0x1f);
        if (!_sample.IsArmed || _buttons != _sentButtons)
        {
            SendPending();
        }
    }

    /// <inheritdoc/>
    internal override void Write(byte value)
    {
        if (_wrap && value is not (0xec or 0xff))
        {
            Respond(value);
            return;
        }

        Events.Clear();
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
        _wrong = false;
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
        writer.Write(_wrong);
        writer.Write(_overflowX);
        writer.Write(_overflowY);
        writer.Write(_buttons);
        writer.Write(_sentButtons);
        writer.Write(_x);
        writer.Write(_y);
        writer.Write(_z);
        writer.Write(_rateBefore);
        writer.Write(_rateBeforeThat);
        writer.Write(_sample);
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
        _wrong = reader.ReadBoolean();
        _overflowX = reader.ReadBoolean();
        _overflowY = reader.ReadBoolean();
        _buttons = reader.ReadByte();
        _sentButtons = reader.ReadByte();
        _x = reader.ReadInt32();
        _y = reader.ReadInt32();
        _z = reader.ReadInt32();
        _rateBefore = reader.ReadByte();
        _rateBeforeThat = reader.ReadByte();
        reader.ReadEvent(_sample);
    }

    private void WriteCommand(byte value)
    {
        switch (value)
        {
            case 0xe6 or 0xe7:
                _scaling2 = value == 0xe7;
                Respond(Ack);
                break;
            case 0xe8 or 0xf3:
                _command = value;
                Respond(Ack);
                break;
            case 0xe9:
                Respond(Ack, Status(), _resolution, _rate);
                break;
            case 0xea:
                _remote = false;
                Respond(Ack);
                break;
            case 0xeb:
                RespondWithPacket();
                break;
            case 0xec:
                _wrap = false;
                Respond(Ack);
                break;
            case 0xee:
                _wrap = true;
                Respond(Ack);
                break;
            case 0xf0:
                _remote = true;
                Respond(Ack);
                break;
            case 0xf2:
                Respond(Ack, _id);
                break;
            case 0xf4:
                ForgetMovement();
                _reporting = true;
                Respond(Ack);
                break;
            case 0xf5:
                _reporting = false;
                Respond(Ack);
                break;
            case 0xf6:
                SetDefaults();
                Respond(Ack);
                break;
            case 0xfe:
                Repeat();
                break;
            case 0xff:
                Reset();
                Respond(Ack, SelfTestPassed, 0x00);
                break;
            default:
                Refuse();
                return;
        }

        _wrong = false;
    }

    private void WriteParameter(byte value)
    {
        var command = _command;
        _command = 0;
        switch (command)
        {
            case 0xe8 when value <= 3:
                _resolution = value;
                break;
            case 0xf3 when value is 10 or 20 or 40 or 60 or 80 or 100 or 200:
                SetRate(value);
                break;
            default:
                Refuse();
                return;
        }

        _wrong = false;
        Respond(Ack);
    }

    // The second wrong byte on end is an error, which asks for no third.
    private void Refuse()
    {
        Respond(_wrong ? WrongAgain : Resend);
        _wrong = !_wrong;
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

    private void ForgetMovement()
    {
        _x = _y = _z = 0;
        _overflowX = _overflowY = false;
        _sentButtons = _buttons;
        _sample.Cancel();
    }

    private byte Status() => (byte)((_remote ? 0x40 : 0) | (_reporting ? 0x20 : 0) | (_scaling2 ? 0x10 : 0)
        | ((_buttons & 1) != 0 ? 4 : 0) | ((_buttons & 4) != 0 ? 2 : 0) | ((_buttons & 2) != 0 ? 1 : 0));

    private static void Add(ref int sum, int delta, ref bool overflow)
    {
        var wide = (long)sum + delta;
        sum = (int)Math.Clamp(wide, -Backlog, Backlog);
        overflow |= sum != wide;
    }

    // Stream mode: a packet now, and the next one not before a sample has passed.
    private void SendPending()
    {
        if (!_reporting || _remote || _wrap || ((_x | _y | _z) == 0 && _buttons == _sentButtons))
        {
            return;
        }

        Span<byte> packet = stackalloc byte[4];
        var length = PacketLength;
        if (Events.Room >= length)
        {
            WritePacket(packet, scaled: _scaling2);
            Events.TryAdd(packet[..length]);
        }

        _sample.Arm(_scheduler.Now + (VirtualClock.TicksPerSecond / _rate));
        DataReady?.Invoke();
    }

    private void RespondWithPacket()
    {
        Span<byte> answer = stackalloc byte[5];
        answer[0] = Ack;
        WritePacket(answer[1..], scaled: false);
        Respond(answer[..(1 + PacketLength)]);
    }

    private int PacketLength => _id == 0 ? 3 : 4;

    private void WritePacket(Span<byte> packet, bool scaled)
    {
        var (x, overflowX) = Report(ref _x, ref _overflowX, scaled);
        var (y, overflowY) = Report(ref _y, ref _overflowY, scaled);
        var z = _id == 0 ? _z : Math.Clamp(_z, -8, 7);
        _z -= z;
        _sentButtons = _buttons;
        packet[0] = (byte)(0x08 | (_buttons & 7) | (x < 0 ? 0x10 : 0) | (y < 0 ? 0x20 : 0) | (overflowX ? 0x40 : 0) | (overflowY ? 0x80 : 0));
        packet[1] = (byte)x;
        packet[2] = (byte)y;
        packet[3] = (byte)(_id == 4 ? (z & 15) | ((_buttons & 0x18) << 1) : z);
    }

    // What of a movement one packet tells; the rest is for the next.
    private static (int Value, bool Overflow) Report(ref int sum, ref bool lost, bool scaled)
    {
        var value = Math.Clamp(sum, -Limit - 1, Limit);
        sum -= value;
        var told = scaled ? Scale(value) : value;
        var overflow = lost || told is < -Limit - 1 or > Limit;
        lost = false;
        return (Math.Clamp(told, -Limit - 1, Limit), overflow);
    }

    // Scaling 2:1.
    private static int Scale(int value) => Math.Abs(value) switch
    {
        <= 1 => value,
        2 => Math.Sign(value),
        3 => 3 * Math.Sign(value),
        4 => 6 * Math.Sign(value),
        5 => 9 * Math.Sign(value),
        _ => 2 * value,
    };
}
