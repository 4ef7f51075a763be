using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;
using Emulator.Devices.Chipset;

namespace Emulator.Devices.Storage.Floppy;

/// <summary>
/// Floppy controller 82078 in AT mode (Intel 82078 data sheet, order 290475): registers, command, execution and result phase, with up to
/// two drives. Data goes by DMA channel 2, or byte by byte when SPECIFY says so. Steps take time; the rest takes the backend's.
/// </summary>
public sealed partial class FloppyController : IDevice, IPortHandler, IDmaClient
{
    /// <summary>Drives that can be attached; four can be named.</summary>
    public const int MostDrives = 2;

    private const int NamedDrives = 4;
    private const long ResetTime = 20_000;
    private const long StepTime = 500_000;

    private const int DigitalOutput = 2;
    private const int TapeDrive = 3;
    private const int MainStatus = 4;
    private const int Fifo = 5;

    private const byte NotReset = 0x04;
    private const byte DmaGate = 0x08;
    private const byte SoftwareReset = 0x80;
    private const byte RequestForMaster = 0x80;
    private const byte ToHost = 0x40;
    private const byte NonDma = 0x20;
    private const byte CommandBusy = 0x10;
    private const byte RateMask = 0x03;

    private readonly FloppyDrive?[] _drives = new FloppyDrive?[NamedDrives];
    private readonly DmaPair _dma;
    private readonly InterruptLine _irq;
    private readonly ScheduledEvent _mechanics;
    private readonly EventScheduler _scheduler;
    private readonly byte[] _command = new byte[17];
    private readonly byte[] _result = new byte[16];
    private Phase _phase;
    private int _commandLength;
    private int _resultLength;
    private int _resultPosition;
    private byte _output;
    private byte _tape;
    private byte _rate;
    private bool _interrupt;

    private enum Phase : byte
    {
        Command,
        Execution,
        Result,
    }

    /// <summary>Claims its ports and its DMA channel.</summary>
    public FloppyController(IoPortBus ports, EventScheduler scheduler, InterruptLine irq, DmaPair dma)
    {
        _irq = irq;
        _dma = dma;
        _scheduler = scheduler;
        _mechanics = scheduler.Create("fdc.mechanics", OnMechanics);
        _request = NewRequest();
        dma.Attach(PcPlatform.FloppyDmaChannel, this);
        ports.Claim("fdc", PcPlatform.FloppyPort, 6, this);
        ports.Claim("fdc.input", PcPlatform.FloppyInputPort, 1, new InputPort(this));
    }

    /// <inheritdoc/>
    public string StateName => "fdc";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>The drives A and B.</summary>
    public IReadOnlyList<FloppyDrive?> Drives => _drives.AsSpan(0, MostDrives).ToArray();

    private bool IsHeldInReset => (_output & NotReset) == 0;

    /// <summary>Attaches a drive, before the machine runs.</summary>
    public void Attach(int unit, FloppyDrive drive)
    {
        if (_drives[unit] is { } other)
        {
            throw new InvalidOperationException($"Floppy unit {unit} of '{drive.Name}' is taken by '{other.Name}'.");
        }

        _drives[unit] = drive;
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size)
    {
        var value = 0u;
        for (var i = 0; i < size; i++)
        {
            value |= (uint)Read(offset + i) << (8 * i);
        }

        return value;
    }

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        for (var i = 0; i < size; i++)
        {
            Write(offset + i, (byte)(value >> (8 * i)));
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _output = 0;
        _tape = 0;
        _rate = 2;
        _lock = false;
        ResetChip(hard: true);
        foreach (var drive in _drives)
        {
            drive?.Reset();
        }
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        writer.Write(_mechanics);
        writer.Write(_command.AsSpan());
        writer.Write(_result.AsSpan());
        writer.Write((byte)_phase);
        writer.Write(_commandLength);
        writer.Write(_resultLength);
        writer.Write(_resultPosition);
        writer.Write(_output);
        writer.Write(_tape);
        writer.Write(_rate);
        writer.Write(_interrupt);
        SaveSettings(writer);
        SaveTransfer(writer);
        foreach (var drive in _drives)
        {
            drive?.Save(writer);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        reader.ReadEvent(_mechanics);
        reader.ReadBytes(_command);
        reader.ReadBytes(_result);
        _phase = (Phase)reader.ReadByte();
        _commandLength = reader.ReadInt32();
        _resultLength = reader.ReadInt32();
        _resultPosition = reader.ReadInt32();
        _output = reader.ReadByte();
        _tape = reader.ReadByte();
        _rate = reader.ReadByte();
        _interrupt = reader.ReadBoolean();
        LoadSettings(reader);
        LoadTransfer(reader);
        foreach (var drive in _drives)
        {
            drive?.Load(reader);
        }
    }

    private byte Read(int offset) => offset switch
    {
        DigitalOutput => _output,
        TapeDrive => _tape,
        MainStatus => ReadMainStatus(),
        Fifo => ReadFifo(),
        _ => 0xff, // status registers A and B drive nothing in AT mode
    };

    private void Write(int offset, byte value)
    {
        switch (offset)
        {
            case DigitalOutput:
                WriteOutput(value);
                break;
            case TapeDrive:
                _tape = (byte)(value & 3);
                break;
            case MainStatus: // written, it is the data rate select register
                _rate = (byte)(value & RateMask);
                if ((value & SoftwareReset) != 0 && !IsHeldInReset)
                {
                    BeginReset();
                }

                break;
            case Fifo:
                WriteFifo(value);
                break;
            default:
                break;
        }
    }

    private void WriteOutput(byte value)
    {
        var before = _output;
        _output = value;
        if ((value & NotReset) == 0)
        {
            ResetChip(hard: false);
        }
        else if ((before & NotReset) == 0)
        {
            BeginReset();
        }

        DriveLine();
    }

    // When it comes out of reset, polling finds all drives ready and interrupts (82078, 4.1.2 and 8).
    private void BeginReset()
    {
        ResetChip(hard: false);
        _polled = 0x0f;
        Schedule(ResetTime);
    }

    private void ResetChip(bool hard)
    {
        _mechanics.Cancel();
        _phase = Phase.Command;
        _commandLength = 0;
        _resultLength = 0;
        _resultPosition = 0;
        ResetSettings(hard);
        StopTransfer();
        SetInterrupt(false);
    }

    private byte ReadMainStatus()
    {
        if (IsHeldInReset || (_polled != 0 && _mechanics.IsArmed))
        {
            return 0;
        }

        return (byte)(_seeking | _phase switch
        {
            Phase.Command => RequestForMaster | (_commandLength > 0 ? CommandBusy : 0),
            Phase.Result => RequestForMaster | ToHost | CommandBusy,
            _ => CommandBusy | ExecutionStatus,
        });
    }

    private byte ReadFifo()
    {
        switch (_phase)
        {
            case Phase.Execution:
                return ReadDataByte();
            case Phase.Result:
                SetInterrupt(false);
                var value = _result[_resultPosition++];
                if (_resultPosition >= _resultLength)
                {
                    _phase = Phase.Command;
                }

                return value;
            default:
                return 0;
        }
    }

    private void WriteFifo(byte value)
    {
        if (IsHeldInReset)
        {
            return;
        }

        switch (_phase)
        {
            case Phase.Execution:
                WriteDataByte(value);
                break;
            case Phase.Command:
                _command[_commandLength++] = value;
                var length = FloppyCommand.Length(_command[0]);
                var isComplete = length >= 0 ? _commandLength >= length : IsEndOfSpecification(value);
                if (isComplete)
                {
                    _commandLength = 0;
                    Execute();
                }

                break;
            default:
                break;
        }
    }

    // DRIVE SPECIFICATION takes one byte for each drive, and one with bit 7 set to end.
    private bool IsEndOfSpecification(byte value) => _commandLength > 1 && ((value & 0x80) != 0 || _commandLength == _command.Length);

    // Enters the result phase; without bytes, the command is over.
    private void Reply(ReadOnlySpan<byte> bytes, bool interrupt = false)
    {
        bytes.CopyTo(_result);
        _resultLength = bytes.Length;
        _resultPosition = 0;
        _phase = bytes.Length > 0 ? Phase.Result : Phase.Command;
        if (interrupt)
        {
            SetInterrupt(true);
        }
    }

    private void Schedule(long delay) => _mechanics.Arm(_scheduler.Now + delay);

    private void SetInterrupt(bool pending)
    {
        _interrupt = pending;
        DriveLine();
    }

    private void DriveLine() => _irq.Set(_interrupt && (_output & DmaGate) != 0);

    /// <summary>Digital input register (bit 7: disk change of the drive selected), and configuration control register.</summary>
    private sealed class InputPort(FloppyController controller) : IPortHandler
    {
        public uint ReadPort(ushort offset, int size)
        {
            var selected = controller._output & 3;
            var hasMotor = (controller._output >> (4 + selected) & 1) != 0;
            return hasMotor && controller._drives[selected] is { IsChanged: true } ? 0x80u : 0;
        }

        public void WritePort(ushort offset, int size, uint value) => controller._rate = (byte)(value & RateMask);
    }
}
