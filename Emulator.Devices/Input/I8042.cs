using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;
using Emulator.Devices.Chipset;

namespace Emulator.Devices.Input;

/// <summary>
/// The keyboard controller (Intel 8042 with the PS/2 firmware: IBM PS/2 Hardware Interface Technical Reference, "Keyboard and auxiliary
/// device controller"), ports 0x60 and 0x64, with a keyboard and a mouse. A device's next byte follows the read of its last one after
/// a pause shorter than a real cable's, so that a handler that reads the data port twice reads one byte.
/// </summary>
public sealed class I8042 : IDevice, IPortHandler
{
    private const long Pause = 20_000;

    private const byte OutputFull = 0x01;
    private const byte SystemFlag = 0x04;
    private const byte CommandWritten = 0x08;
    private const byte NotLocked = 0x10;
    private const byte AuxiliaryData = 0x20;

    private const byte KeyboardInterrupt = 0x01;
    private const byte MouseInterrupt = 0x02;
    private const byte ConfigSystemFlag = 0x04;
    private const byte KeyboardDisabled = 0x10;
    private const byte MouseDisabled = 0x20;
    private const byte TranslateCodes = 0x40;

    private const byte OutputReset = 0x01;
    private const byte OutputA20 = 0x02;

    private enum Source : byte
    {
        Controller,
        Keyboard,
        Mouse,
    }

    private readonly EventScheduler _scheduler;
    private readonly InterruptLine _keyboardIrq;
    private readonly InterruptLine _mouseIrq;
    private readonly ISystemControl _system;
    private readonly A20Gate _a20;
    private readonly ScheduledEvent _next;
    private readonly byte[] _ram = new byte[32];
    private byte _status;
    private byte _data;
    private byte _command;
    private byte _outputPort;
    private bool _breakPending;

    /// <summary>Claims ports 0x60 and 0x64.</summary>
    public I8042(IoPortBus ports, EventScheduler scheduler, InterruptLine keyboardIrq, InterruptLine mouseIrq, ISystemControl system, A20Gate a20)
    {
        _scheduler = scheduler;
        _keyboardIrq = keyboardIrq;
        _mouseIrq = mouseIrq;
        _system = system;
        _a20 = a20;
        _next = scheduler.Create("i8042.next", Fill);
        Keyboard = new Ps2Keyboard(scheduler);
        Mouse = new Ps2Mouse(scheduler);
        Keyboard.DataReady = OnDataReady;
        Mouse.DataReady = OnDataReady;
        ports.Claim("i8042.data", PcPlatform.KeyboardDataPort, 1, this);
        ports.Claim("i8042.command", PcPlatform.KeyboardCommandPort, 1, new CommandPort(this));
    }

    /// <inheritdoc/>
    public string StateName => "i8042";

    /// <inheritdoc/>
    public int StateVersion => 2;

    /// <summary>The keyboard.</summary>
    public Ps2Keyboard Keyboard { get; }

    /// <summary>The mouse.</summary>
    public Ps2Mouse Mouse { get; }

    private ref byte Config => ref _ram[0];

    /// <summary>A key goes down or up. Machine's thread.</summary>
    public void KeyboardKey(PcKey key, bool pressed) => Keyboard.Key(key, pressed);

    /// <summary>The mouse moves. Machine's thread.</summary>
    public void MouseMove(int dx, int dy, int dz, byte buttons) => Mouse.Move(dx, dy, dz, buttons);

    /// <summary>Reads the output buffer.</summary>
    public uint ReadPort(ushort offset, int size)
    {
        if ((_status & OutputFull) != 0)
        {
            _status &= unchecked((byte)~(OutputFull | AuxiliaryData));
            _keyboardIrq.Set(false);
            _mouseIrq.Set(false);
            if (Keyboard.HasData || Mouse.HasData)
            {
                _next.Arm(_scheduler.Now + Pause);
            }
        }

        return _data;
    }

    /// <summary>Writes the input buffer as data.</summary>
    public void WritePort(ushort offset, int size, uint value)
    {
        _status &= unchecked((byte)~CommandWritten);
        WriteData((byte)value);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        Keyboard.Reset();
        Mouse.Reset();
        Array.Clear(_ram);
        Config = KeyboardInterrupt | MouseInterrupt | TranslateCodes | ConfigSystemFlag;
        _status = SystemFlag | NotLocked;
        _data = _command = 0;
        _outputPort = OutputReset | 0xcc;
        _breakPending = false;
        _next.Cancel();
        _keyboardIrq.Set(false);
        _mouseIrq.Set(false);
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        Keyboard.Save(writer);
        Mouse.Save(writer);
        writer.Write(_ram.AsSpan());
        writer.Write(_status);
        writer.Write(_data);
        writer.Write(_command);
        writer.Write(_outputPort);
        writer.Write(_breakPending);
        writer.Write(_next);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        Keyboard.Load(reader);
        Mouse.Load(reader);
        reader.ReadBytes(_ram);
        _status = reader.ReadByte();
        _data = reader.ReadByte();
        _command = reader.ReadByte();
        _outputPort = reader.ReadByte();
        _breakPending = reader.ReadBoolean();
        reader.ReadEvent(_next);
    }

    private void WriteCommand(byte command)
    {
        _status |= CommandWritten;
        _command = 0;
        switch (command)
        {
            case >= 0x20 and <= 0x3f:
                Respond(_ram[command & 0x1f]);
                break;
            case >= 0x60 and <= 0x7f or 0xd1 or 0xd2 or 0xd3 or 0xd4:
                _command = command;
                break;
            case 0xa7:
                SetConfig((byte)(Config | MouseDisabled));
                break;
            case 0xa8:
                SetConfig((byte)(Config & ~MouseDisabled));
                break;
            case 0xa9 or 0xab:
                Respond(0x00);
                break;
            case 0xaa:
                SetConfig((byte)((Config | KeyboardDisabled | MouseDisabled) & ~(KeyboardInterrupt | MouseInterrupt)));
                _status |= SystemFlag;
                Config |= ConfigSystemFlag;
                Respond(0x55);
                break;
            case 0xad:
                SetConfig((byte)(Config | KeyboardDisabled));
                break;
            case 0xae:
                SetConfig((byte)(Config & ~KeyboardDisabled));
                break;
            case 0xc0:
                // Input port: keyboard not locked, colour display, manufacturing jumper open, 256 KiB.
                Respond(0xb0);
                break;
            case 0xd0:
                Respond(OutputPort());
                break;
            case 0xdd or 0xdf:
                _a20.Set(command == 0xdf);
                break;
            case 0xe0:
                // Test inputs: both clocks idle unless disabled.
                Respond((byte)(((Config & KeyboardDisabled) == 0 ? 1 : 0) | ((Config & MouseDisabled) == 0 ? 2 : 0)));
                break;
            case >= 0xf0 when (command & OutputReset) == 0:
                // The low nibble's zeros pulse output lines low; line 0 is RESET#.
                _system.RequestReset();
                break;
            default:
                break;
        }
    }

    private void WriteData(byte value)
    {
        var command = _command;
        _command = 0;
        switch (command)
        {
            case 0:
                // The keyboard hears the byte before it may speak.
                Keyboard.Write(value);
                SetConfig((byte)(Config & ~KeyboardDisabled));
                break;
            case 0x60:
                SetConfig(value);
                break;
            case > 0x60 and <= 0x7f:
                _ram[command & 0x1f] = value;
                break;
            case 0xd1:
                WriteOutputPort(value);
                break;
            case 0xd2:
                Present(value, Source.Keyboard);
                break;
            case 0xd3:
                Present(value, Source.Mouse);
                break;
            default:
                Mouse.Write(value);
                SetConfig((byte)(Config & ~MouseDisabled));
                break;
        }
    }

    private void SetConfig(byte value)
    {
        Config = value;
        _status = (byte)((_status & ~SystemFlag) | (value & ConfigSystemFlag));
        UpdateInterrupts();
        OnDataReady();
    }

    private byte OutputPort()
    {
        var full = (_status & OutputFull) != 0;
        var mouse = (_status & AuxiliaryData) != 0;
        return (byte)((_outputPort & ~(OutputA20 | 0x30)) | (_a20.Enabled ? OutputA20 : 0)
            | (full && !mouse ? 0x10 : 0) | (full && mouse ? 0x20 : 0));
    }

    private void WriteOutputPort(byte value)
    {
        _outputPort = value;
        _a20.Set((value & OutputA20) != 0);
        if ((value & OutputReset) == 0)
        {
            _system.RequestReset();
        }
    }

    private void Respond(byte value) => Present(value, Source.Controller);

    private void Present(byte value, Source source)
    {
        _data = value;
        _status |= OutputFull;
        _status = (byte)(source == Source.Mouse ? _status | AuxiliaryData : _status & ~AuxiliaryData);
        _next.Cancel();

        // A byte put over an unread one is a new edge.
        _keyboardIrq.Set(false);
        _mouseIrq.Set(false);
        UpdateInterrupts();
    }

    private void UpdateInterrupts()
    {
        var full = (_status & OutputFull) != 0;
        var mouse = (_status & AuxiliaryData) != 0;
        _keyboardIrq.Set(full && !mouse && (Config & KeyboardInterrupt) != 0);
        _mouseIrq.Set(full && mouse && (Config & MouseInterrupt) != 0);
    }

    private void OnDataReady()
    {
        if ((_status & OutputFull) == 0 && !_next.IsArmed)
        {
            Fill();
        }
    }

    // Moves the next byte of an enabled device into the output buffer; the break prefix becomes bit 7 of what follows.
    private void Fill()
    {
        while ((_status & OutputFull) == 0)
        {
            if (Keyboard.HasData && (Config & KeyboardDisabled) == 0)
            {
                var value = Keyboard.Take();
                if ((Config & TranslateCodes) == 0)
                {
                    Present(value, Source.Keyboard);
                }
                else if (value == ScanCodes.BreakPrefix)
                {
                    _breakPending = true;
                }
                else
                {
                    var translated = ScanCodes.Translate(value);
                    Present((byte)(_breakPending ? translated | 0x80 : translated), Source.Keyboard);
                    _breakPending = false;
                }
            }
            else if (Mouse.HasData && (Config & MouseDisabled) == 0)
            {
                Present(Mouse.Take(), Source.Mouse);
            }
            else
            {
                return;
            }
        }
    }

    private sealed class CommandPort(I8042 controller) : IPortHandler
    {
        public uint ReadPort(ushort offset, int size) => controller._status;

        public void WritePort(ushort offset, int size, uint value) => controller.WriteCommand((byte)value);
    }
}
