using Emulator.Core.Snapshots;

namespace Emulator.Devices.Input;

/// <summary>
/// A 101/102-key PS/2 keyboard (IBM PS/2 Hardware Interface Technical Reference, "101- and 102-key keyboard"): scan code sets 1 and 2,
/// LEDs, identification AB 83. Typematic repeat is the host's: it sends the key again.
/// </summary>
public sealed class Ps2Keyboard : Ps2Device
{
    private const int PauseKey = 0xe11d;

    private byte _command;
    private byte _set = 2;
    private byte _typematic = 0x2b;
    private bool _scanning = true;

    /// <summary>Bit 0 Scroll Lock, 1 Num Lock, 2 Caps Lock.</summary>
    public byte Leds { get; private set; }

    /// <summary>A key goes down or up. Lost while scanning is disabled or the queue is full.</summary>
    public void Key(PcKey key, bool pressed)
    {
        if (!_scanning || key == PcKey.None)
        {
            return;
        }

        var code = (ushort)key;
        if (code == PauseKey)
        {
            SendPause(pressed);
            return;
        }

        var extended = code >> 8 == 0xe0;
        if (key == PcKey.PrintScreen)
        {
            SendPrintScreen(pressed);
        }
        else if (_set == 1)
        {
            var set1 = (byte)(code | (pressed ? 0 : 0x80));
            _ = extended ? TrySend(0xe0, set1) : TrySend(set1);
        }
        else if (ScanCodes.ToSet2((byte)code) is var set2 and not 0)
        {
            SendSet2(extended, set2, pressed);
        }
    }

    /// <inheritdoc/>
    internal override void Write(byte value)
    {
        // A byte from the controller discards what the keyboard had to say.
        ClearQueue();
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
        SetDefaults();
        _scanning = true;
        Leds = 0;
    }

    /// <inheritdoc/>
    internal override void Save(StateWriter writer)
    {
        base.Save(writer);
        writer.Write(_command);
        writer.Write(_set);
        writer.Write(_typematic);
        writer.Write(_scanning);
        writer.Write(Leds);
    }

    /// <inheritdoc/>
    internal override void Load(StateReader reader)
    {
        base.Load(reader);
        _command = reader.ReadByte();
        _set = reader.ReadByte();
        _typematic = reader.ReadByte();
        _scanning = reader.ReadBoolean();
        Leds = reader.ReadByte();
    }

    private void WriteCommand(byte value)
    {
        switch (value)
        {
            case 0xed or 0xf0 or 0xf3 or 0xfb or 0xfc or 0xfd:
                _command = value;
                TrySend(Ack);
                break;
            case 0xee:
                TrySend(0xee);
                break;
            case 0xf2:
                TrySend(Ack, 0xab, 0x83);
                break;
            case 0xf4:
                _scanning = true;
                TrySend(Ack);
                break;
            case 0xf5:
                SetDefaults();
                _scanning = false;
                TrySend(Ack);
                break;
            case 0xf6:
                SetDefaults();
                TrySend(Ack);
                break;
            case >= 0xf7 and <= 0xfa:
                // Key types exist in set 3 only.
                TrySend(Ack);
                break;
            case 0xfe:
                Repeat();
                break;
            case 0xff:
                Reset();
                TrySend(Ack, SelfTestPassed);
                break;
            default:
                TrySend(Resend);
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
                TrySend(Ack);
                break;
            case 0xf0 when value == 0:
                TrySend(Ack, _set);
                break;
            case 0xf0 when value is 1 or 2:
                _set = value;
                TrySend(Ack);
                break;
            case 0xf0:
                TrySend(Resend);
                break;
            case 0xf3:
                _typematic = (byte)(value & 0x7f);
                TrySend(Ack);
                break;
            default:
                TrySend(Ack);
                break;
        }
    }

    private void SetDefaults()
    {
        _command = 0;
        _set = 2;
        _typematic = 0x2b;
    }

    private void SendSet2(bool extended, byte code, bool pressed)
    {
        _ = (extended, pressed) switch
        {
            (false, true) => TrySend(code),
            (false, false) => TrySend(ScanCodes.BreakPrefix, code),
            (true, true) => TrySend(0xe0, code),
            (true, false) => TrySend(0xe0, ScanCodes.BreakPrefix, code),
        };
    }

    private void SendPrintScreen(bool pressed)
    {
        _ = (_set, pressed) switch
        {
            (1, true) => TrySend(0xe0, 0x2a, 0xe0, 0x37),
            (1, false) => TrySend(0xe0, 0xb7, 0xe0, 0xaa),
            (_, true) => TrySend(0xe0, 0x12, 0xe0, 0x7c),
            (_, false) => TrySend(0xe0, 0xf0, 0x7c, 0xe0, 0xf0, 0x12),
        };
    }

    private void SendPause(bool pressed)
    {
        if (pressed)
        {
            _ = _set == 1
                ? TrySend(0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5)
                : TrySend(0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77);
        }
    }
}
