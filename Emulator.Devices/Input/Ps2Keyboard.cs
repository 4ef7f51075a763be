using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Devices.Input;

/// <summary>
/// A 101/102-key PS/2 keyboard (IBM PS/2 Hardware Interface Technical Reference, "101- and 102-key keyboard"): scan code sets 1 to 3 with
/// set 3's key types, LEDs, typematic repeat in virtual time, a buffer of 16 bytes with overrun, identification AB 83.
/// </summary>
public sealed class Ps2Keyboard : Ps2Device
{
    private const int BufferBytes = 16;
    private const byte PowerOnTypematic = 0x2b;
    private const long DelayUnit = 250_000_000;
    private const long PeriodUnit = 4_170_000;

    private readonly EventScheduler _scheduler;
    private readonly ScheduledEvent _repeat;
    private readonly byte[] _types = new byte[ScanCodeSet3.Count];
    private readonly byte[] _held = new byte[0x200];
    private byte _command;
    private byte _set = 2;
    private byte _typematic = PowerOnTypematic;
    private bool _scanning = true;
    private PcKey _repeating;

    // One byte more than the buffer: the overrun code stands in it.
    internal Ps2Keyboard(EventScheduler scheduler)
        : base(BufferBytes + 1)
    {
        _scheduler = scheduler;
        _repeat = scheduler.Create("keyboard.typematic", Typematic);
    }

    /// <summary>Bit 0 Scroll Lock, 1 Num Lock, 2 Caps Lock.</summary>
    public byte Leds { get; private set; }

    /// <summary>The scan code set in use, before the controller's translation.</summary>
    public int ScanCodeSet => _set;

    /// <summary>Whether the keyboard looks for keys.</summary>
    public bool IsScanning => _scanning;

    /// <summary>Nanoseconds from a key's make code to its first repetition.</summary>
    public long TypematicDelay => ((_typematic >> 5) + 1) * DelayUnit;

    /// <summary>Nanoseconds from one repetition to the next: (8 + A) * 2^B * 4.17 ms.</summary>
    public long TypematicPeriod => (8L + (_typematic & 7)) * (1 << ((_typematic >> 3) & 3)) * PeriodUnit;

    /// <summary>Whether half of the buffer waits for the system to read it.</summary>
    public bool IsBehind => Events.Count > BufferBytes / 2;

    /// <summary>A key goes down or up. A key that is down already does not go down again: repetition is the keyboard's own.</summary>
    public void Key(PcKey key, bool pressed)
    {
        ref var held = ref _held[Place(key)];
        if (key == PcKey.None || held != 0 == pressed)
        {
            return;
        }

        held = pressed ? (byte)1 : (byte)0;
        if (!pressed && key == _repeating)
        {
            StopRepeat();
        }

        if (!_scanning)
        {
            return;
        }

        var type = TypeOf(key);
        if (pressed)
        {
            Send(key, KeyPhase.Down);
            if ((type & KeyType.Typematic) != 0)
            {
                _repeating = key;
                _repeat.Arm(_scheduler.Now + TypematicDelay);
            }
            else
            {
                StopRepeat();
            }
        }
        else if ((type & KeyType.Break) != 0)
        {
            Send(key, KeyPhase.Up);
        }
    }

    /// <inheritdoc/>
    internal override void Write(byte value)
    {
        if (_command != 0 && value < 0xed)
        {
            WriteParameter(value);
            return;
        }

        _command = 0;
        WriteCommand(value);
    }

    /// <inheritdoc/>
    internal override void Reset()
    {
        base.Reset();
        Array.Clear(_held);
        _scanning = true;
        SetDefaults();
    }

    /// <inheritdoc/>
    internal override void Save(StateWriter writer)
    {
        base.Save(writer);
        writer.Write(_types.AsSpan());
        writer.Write(_held.AsSpan());
        writer.Write(_command);
        writer.Write(_set);
        writer.Write(_typematic);
        writer.Write(_scanning);
        writer.Write(Leds);
        writer.Write((ushort)_repeating);
        writer.Write(_repeat);
    }

    /// <inheritdoc/>
    internal override void Load(StateReader reader)
    {
        base.Load(reader);
        reader.ReadBytes(_types);
        reader.ReadBytes(_held);
        _command = reader.ReadByte();
        _set = reader.ReadByte();
        _typematic = reader.ReadByte();
        _scanning = reader.ReadBoolean();
        Leds = reader.ReadByte();
        _repeating = (PcKey)reader.ReadUInt16();
        reader.ReadEvent(_repeat);
    }

    // A key's place among those held: its code, and bit 8 for the prefix E0.
    private static int Place(PcKey key) => key == PcKey.Pause ? 0x100 : ((int)key & 0xff) | ((int)key >> 8 == 0 ? 0 : 0x100);

    private void WriteCommand(byte value)
    {
        switch (value)
        {
            case 0xed or 0xf3:
                _command = value;
                Respond(Ack);
                break;
            case 0xf0 or 0xfb or 0xfc or 0xfd:
                _command = value;
                Forget();
                Respond(Ack);
                break;
            case 0xee:
                Respond(0xee);
                break;
            case 0xf2:
                Respond(Ack, 0xab, 0x83);
                break;
            case 0xf4:
                _scanning = true;
                Forget();
                Respond(Ack);
                break;
            case 0xf5:
                SetDefaults();
                _scanning = false;
                Respond(Ack);
                break;
            case 0xf6:
                SetDefaults();
                Respond(Ack);
                break;
            case >= 0xf7 and <= 0xfa:
                SetAllTypes(value);
                Respond(Ack);
                break;
            case 0xfe:
                Repeat();
                break;
            case 0xff:
                Reset();
                Respond(Ack, SelfTestPassed);
                break;
            default:
                Respond(Resend);
                break;
        }
    }

    private void WriteParameter(byte value)
    {
        var command = _command;
        _command = 0;
        switch (command)
        {
            case 0xed:
                Leds = (byte)(value & 7);
                Respond(Ack);
                break;
            case 0xf0 when value == 0:
                Respond(Ack, _set);
                break;
            case 0xf0 when value <= 3:
                _set = value;
                Respond(Ack);
                break;
            case 0xf3 when value < 0x80:
                _typematic = value;
                Respond(Ack);
                break;
            case 0xfb or 0xfc or 0xfd when value < ScanCodeSet3.Count:
                // A list of keys, which the next command ends.
                _command = command;
                _types[value] = (byte)(command switch
                {
                    0xfb => KeyType.Typematic,
                    0xfc => KeyType.Break,
                    _ => KeyType.Make,
                });
                Respond(Ack);
                break;
            default:
                Respond(Resend);
                break;
        }
    }

    private void SetDefaults()
    {
        _command = 0;
        _set = 2;
        _typematic = PowerOnTypematic;
        Leds = 0;
        for (var code = 0; code < _types.Length; code++)
        {
            _types[code] = (byte)ScanCodeSet3.DefaultType((byte)code);
        }

        Forget();
    }

    private void SetAllTypes(byte command)
    {
        Forget();
        Array.Fill(_types, (byte)(command switch
        {
            0xf7 => KeyType.Typematic,
            0xf8 => KeyType.Break,
            0xf9 => KeyType.Make,
            _ => KeyType.Typematic | KeyType.Break,
        }));
    }

    // In sets 1 and 2 all keys repeat and have a break code, but for Pause, which does neither.
    private KeyType TypeOf(PcKey key) => _set == 3
        ? (KeyType)_types[ScanCodeSet3.Of(key)]
        : key == PcKey.Pause ? KeyType.Break : KeyType.Break | KeyType.Typematic;

    private KeyModifiers Modifiers()
    {
        bool Held(PcKey left, PcKey right) => (_held[Place(left)] | _held[Place(right)]) != 0;
        return (Held(PcKey.ShiftLeft, PcKey.ShiftRight) ? KeyModifiers.Shift : 0)
            | (Held(PcKey.ControlLeft, PcKey.ControlRight) ? KeyModifiers.Control : 0)
            | (Held(PcKey.AltLeft, PcKey.AltRight) ? KeyModifiers.Alt : 0);
    }

    // A sequence that does not fit is lost as a whole; the code of an overrun takes the place behind the last.
    private void Send(PcKey key, KeyPhase phase)
    {
        Span<byte> bytes = stackalloc byte[KeySequence.Longest];
        var length = KeySequence.Write(bytes, _set, key, phase, Modifiers());
        if (length > 0 && Events.Room > 0)
        {
            _ = length < Events.Room ? Events.TryAdd(bytes[..length]) : Overrun();
            DataReady?.Invoke();
        }
    }

    // No sequence ends with either code.
    private bool Overrun()
    {
        var code = _set == 1 ? (byte)0xff : (byte)0x00;
        return Events.Newest != code && Events.TryAdd(code);
    }

    private void Typematic()
    {
        Send(_repeating, KeyPhase.Repeat);
        _repeat.Arm(_scheduler.Now + TypematicPeriod);
    }

    private void StopRepeat()
    {
        _repeating = PcKey.None;
        _repeat.Cancel();
    }

    private void Forget()
    {
        Events.Clear();
        StopRepeat();
    }
}
