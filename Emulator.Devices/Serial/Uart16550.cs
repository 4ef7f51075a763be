using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;
using static Emulator.Devices.Serial.UartRegister;

namespace Emulator.Devices.Serial;

/// <summary>
/// 16550A UART (National PC16550D data sheet, TL/C/8652). A transmitted character leaves at once, so the holding register is empty
/// again when the write ends, and the transmitter-empty interrupt follows each write; the host gets characters in batches.
/// Received characters come one by one, at 115200 baud or the programmed speed if that is faster, and wait at the host's side of the wire while the receiver is full.
/// They wait there, too, until the guest's driver has opened the port.
/// The INTR pin is wired straight to its line; OUT2 does not gate it.
/// </summary>
public sealed partial class Uart16550 : IDevice, IPortHandler
{
    /// <summary>Characters that may wait before the receiver.</summary>
    public const int QueueCapacity = 4096;

    private const int FifoSize = 16;
    private const int BatchSize = 1024;
    private const long FlushDelay = 500_000;
    private const long BaseRate = 115_200;

    // Input comes at 115200 baud at least, whatever the divisor: it never overruns, so nothing is gained by waiting longer.
    private const long FastestArrival = 87_000;

    private const int OpeningPolls = 256;
    private const int PollWeight = 8;

    private readonly EventScheduler _scheduler;
    private readonly InterruptLine _irq;
    private readonly ISerialBackend _backend;
    private readonly ScheduledEvent _flush;
    private readonly ScheduledEvent _arrival;
    private readonly ScheduledEvent _timeout;
    private readonly ReceiveFifo _fifo = new(FifoSize);
    private readonly ReceiveFifo _queue = new(QueueCapacity);
    private readonly byte[] _batch = new byte[BatchSize];
    private int _batched;
    private byte _ier;
    private byte _fcr;
    private byte _lcr;
    private byte _mcr;
    private byte _scratch;
    private byte _msrDelta;
    private byte _inputs = MsrCts | MsrDsr | MsrDcd;
    private ushort _divisor = 12;
    private bool _overrun;
    private bool _transmitterEmpty;
    private bool _timedOut;
    private bool _refused;
    private int _polls;
    private int _pollsInARow;

    /// <summary>Claims eight ports.</summary>
    public Uart16550(string name, ushort port, IoPortBus ports, EventScheduler scheduler, InterruptLine irq, ISerialBackend backend)
    {
        StateName = name;
        _scheduler = scheduler;
        _irq = irq;
        _backend = backend;
        _flush = scheduler.Create(name + ".flush", Flush);
        _arrival = scheduler.Create(name + ".arrival", OnArrival);
        _timeout = scheduler.Create(name + ".timeout", OnTimeout);
        ports.Claim(name, port, 8, this);
    }

    /// <inheritdoc/>
    public string StateName { get; }

    /// <inheritdoc/>
    public int StateVersion => 2;

    /// <summary>Whether <see cref="Receive"/> takes another character.</summary>
    public bool CanReceive => !_queue.IsFull;

    private bool FifosEnabled => (_fcr & FcrEnable) != 0;

    private bool Loop => (_mcr & McrLoop) != 0;

    /// <summary>A character arrives from the host; it is lost if <see cref="CanReceive"/> is false. Machine's thread.</summary>
    public void Receive(byte character) => Enqueue(character);

    /// <summary>A break arrives from the host.</summary>
    public void ReceiveBreak() => Enqueue((LsrBreak | LsrFraming) << 8);

    /// <summary>Drives the modem status inputs (MSR bits 7:4). They are CTS, DSR and DCD at first.</summary>
    public void SetModemInputs(bool cts, bool dsr, bool ring, bool dcd)
    {
        var before = ModemLines();
        _inputs = (byte)((cts ? MsrCts : 0) | (dsr ? MsrDsr : 0) | (ring ? MsrRing : 0) | (dcd ? MsrDcd : 0));
        NoteModemChange(before);
        UpdateInterrupt();
    }

    /// <summary>Hands the host what was transmitted so far.</summary>
    public void Flush()
    {
        _flush.Cancel();
        if (_batched > 0)
        {
            var count = _batched;
            _batched = 0;
            _backend.Transmit(_batch.AsSpan(0, count));
        }
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size)
    {
        var value = 0u;
        for (var i = 0; i < size; i++)
        {
            value |= (uint)ReadRegister((offset + i) & 7) << (8 * i);
        }

        return value;
    }

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        for (var i = 0; i < size; i++)
        {
            WriteRegister((offset + i) & 7, (byte)(value >> (8 * i)));
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        Flush();
        _fifo.Clear();
        _ier = _fcr = _lcr = _mcr = _scratch = _msrDelta = 0;
        _divisor = 12;
        _overrun = _timedOut = _refused = false;
        _transmitterEmpty = false;
        _polls = _pollsInARow = 0;
        _timeout.Cancel();
        _irq.Set(false);
        ArmArrival();
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        _fifo.Save(writer);
        _queue.Save(writer);
        writer.Write(_batch.AsSpan(0, _batched));
        writer.Write(_ier);
        writer.Write(_fcr);
        writer.Write(_lcr);
        writer.Write(_mcr);
        writer.Write(_scratch);
        writer.Write(_msrDelta);
        writer.Write(_inputs);
        writer.Write(_divisor);
        writer.Write(_overrun);
        writer.Write(_transmitterEmpty);
        writer.Write(_timedOut);
        writer.Write(_refused);
        writer.Write(_polls);
        writer.Write(_pollsInARow);
        writer.Write(_flush);
        writer.Write(_arrival);
        writer.Write(_timeout);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        _fifo.Load(reader);
        _queue.Load(reader);
        var batch = reader.ReadBytes(BatchSize);
        batch.CopyTo(_batch, 0);
        _batched = batch.Length;
        _ier = reader.ReadByte();
        _fcr = reader.ReadByte();
        _lcr = reader.ReadByte();
        _mcr = reader.ReadByte();
        _scratch = reader.ReadByte();
        _msrDelta = reader.ReadByte();
        _inputs = reader.ReadByte();
        _divisor = reader.ReadUInt16();
        _overrun = reader.ReadBoolean();
        _transmitterEmpty = reader.ReadBoolean();
        _timedOut = reader.ReadBoolean();
        _refused = reader.ReadBoolean();
        _polls = reader.ReadInt32();
        _pollsInARow = reader.ReadInt32();
        reader.ReadEvent(_flush);
        reader.ReadEvent(_arrival);
        reader.ReadEvent(_timeout);
    }

    private byte ReadRegister(int register)
    {
        if (register == LineStatus)
        {
            NotePoll();
        }
        else
        {
            _pollsInARow = 0;
        }

        switch (register)
        {
            case Data:
                return (_lcr & LcrDivisorLatch) != 0 ? (byte)_divisor : ReadReceiver();
            case InterruptEnable:
                return (_lcr & LcrDivisorLatch) != 0 ? (byte)(_divisor >> 8) : _ier;
            case InterruptIdentity:
                return ReadIdentity();
            case LineControl:
                return _lcr;
            case ModemControl:
                return _mcr;
            case LineStatus:
                return ReadLineStatus();
            case ModemStatus:
                var status = (byte)(ModemLines() | _msrDelta);
                _msrDelta = 0;
                UpdateInterrupt();
                return status;
            default:
                return _scratch;
        }
    }

    private void WriteRegister(int register, byte value)
    {
        _pollsInARow = 0;
        switch (register)
        {
            case Data when (_lcr & LcrDivisorLatch) != 0:
                _divisor = (ushort)((_divisor & 0xff00) | value);
                break;
            case Data:
                Transmit(value);
                break;
            case InterruptEnable when (_lcr & LcrDivisorLatch) != 0:
                _divisor = (ushort)((_divisor & 0x00ff) | (value << 8));
                break;
            case InterruptEnable:
                WriteInterruptEnable(value);
                break;
            case FifoControl:
                WriteFifoControl(value);
                break;
            case LineControl:
                WriteLineControl(value);
                break;
            case ModemControl:
                var before = ModemLines();
                _mcr = (byte)(value & McrMask);
                NoteModemChange(before);
                ArmArrival();
                break;
            case Scratch:
                _scratch = value;
                break;
            default:
                // LSR is for factory tests and MSR's inputs are pins.
                return;
        }

        UpdateInterrupt();
    }

    private byte ReadReceiver()
    {
        var character = (byte)_fifo.Take();
        _timedOut = false;
        RestartTimeout();
        ArmArrival();
        UpdateInterrupt();
        return character;
    }

    private byte ReadIdentity()
    {
        var identity = Identity();
        if (identity == IirTransmitterEmpty)
        {
            _transmitterEmpty = false;
            UpdateInterrupt();
        }

        return (byte)(identity | (FifosEnabled ? IirFifosEnabled : 0));
    }

    private byte LineErrors() => (byte)((_overrun ? LsrOverrun : 0) | ((_fifo.Peek() >> 8) & LsrCharacterErrors));

    private byte ReadLineStatus()
    {
        var status = LsrHoldingEmpty | LsrTransmitterEmpty | LineErrors();
        if (_fifo.Count > 0)
        {
            status |= LsrDataReady;
        }

        if (FifosEnabled && _fifo.AnyError())
        {
            status |= LsrFifoError;
        }

        if ((status & (LsrOverrun | LsrCharacterErrors)) != 0)
        {
            _overrun = false;
            _fifo.ClearError();
            UpdateInterrupt();
        }

        return (byte)status;
    }

    private void Transmit(byte value)
    {
        // Writing the holding register withdraws the interrupt; the character's departure raises it again: an edge.
        _transmitterEmpty = false;
        NoteTransmission();
        UpdateInterrupt();
        if (Loop)
        {
            Arrive(value);
        }
        else
        {
            _batch[_batched++] = value;
            if (_batched == BatchSize)
            {
                Flush();
            }
            else if (!_flush.IsArmed)
            {
                _flush.Arm(_scheduler.Now + FlushDelay);
            }
        }

        _transmitterEmpty = true;
    }

    private void WriteInterruptEnable(byte value)
    {
        var enabled = value & ~_ier;
        _ier = (byte)(value & IerMask);
        if ((enabled & IerTransmitterEmpty) != 0)
        {
            _transmitterEmpty = true;
        }

        ArmArrival();
    }

    private void WriteFifoControl(byte value)
    {
        // A change of the enable bit clears the FIFOs; without it the other bits are not programmed.
        var toggled = ((value ^ _fcr) & FcrEnable) != 0;
        if (toggled || ((value & FcrEnable) != 0 && (value & FcrResetReceiver) != 0))
        {
            _fifo.Clear();
            _timedOut = false;
            _timeout.Cancel();
        }

        _fcr = (value & FcrEnable) != 0 ? (byte)(value & 0xc9) : (byte)0;
        ArmArrival();
    }

    private void WriteLineControl(byte value)
    {
        var changed = value ^ _lcr;
        _lcr = value;
        if ((changed & LcrBreak) == 0)
        {
            return;
        }

        if (!Loop)
        {
            Flush();
            _backend.SetBreak((value & LcrBreak) != 0);
        }
        else if ((value & LcrBreak) != 0)
        {
            Arrive((LsrBreak | LsrFraming) << 8);
        }
    }

    // In loopback the four outputs drive the four inputs: RTS to CTS, DTR to DSR, OUT1 to RI, OUT2 to DCD.
    private byte ModemLines()
    {
        if (!Loop)
        {
            return _inputs;
        }

        return (byte)(((_mcr & McrRts) != 0 ? MsrCts : 0) | ((_mcr & McrDtr) != 0 ? MsrDsr : 0)
            | ((_mcr & McrOut1) != 0 ? MsrRing : 0) | ((_mcr & McrOut2) != 0 ? MsrDcd : 0));
    }

    private void NoteModemChange(byte before)
    {
        var after = ModemLines();
        var changed = before ^ after;
        _msrDelta |= (byte)((changed & (MsrCts | MsrDsr | MsrDcd)) >> 4);

        // TERI: the trailing edge of the ring indicator only.
        if ((before & ~after & MsrRing) != 0)
        {
            _msrDelta |= MsrDeltaRing;
        }
    }

    private int TriggerLevel() => !FifosEnabled ? 1 : (_fcr >> 6) switch
    {
        0 => 1,
        1 => 4,
        2 => 8,
        _ => 14,
    };

    private byte Identity()
    {
        if ((_ier & IerLineStatus) != 0 && LineErrors() != 0)
        {
            return IirLineStatus;
        }

        if ((_ier & IerReceivedData) != 0 && _fifo.Count >= TriggerLevel())
        {
            return IirReceivedData;
        }

        if ((_ier & IerReceivedData) != 0 && _timedOut)
        {
            return IirCharacterTimeout;
        }

        if ((_ier & IerTransmitterEmpty) != 0 && _transmitterEmpty)
        {
            return IirTransmitterEmpty;
        }

        return (_ier & IerModemStatus) != 0 && _msrDelta != 0 ? IirModemStatus : IirNone;
    }

    private void UpdateInterrupt() => _irq.Set(Identity() != IirNone);
}
