using Emulator.Core.Snapshots;
using Emulator.Devices.Storage.Ata;

namespace Emulator.Devices.Storage.Ahci;

/// <summary>
/// One port of the adapter with its device (AHCI 1.0, 3.3, 5 and 6; Serial ATA 2.6, 10 and 13): registers, link, command list.
/// A command runs alone, or is queued (<see cref="QueuedCommand"/>).
/// </summary>
internal sealed partial class AhciPort : IAtaTransport
{
    private const uint NoSignature = 0xffff_ffff;
    private const byte NoDevice = 0x7f;
    private const uint LinkUp = 0x123;
    private const uint DetectMask = 0x0f;
    private const uint Exchanged = 1u << 26;
    private const AhciPortCommand Settable = AhciPortCommand.Start | AhciPortCommand.SpinUp | AhciPortCommand.PowerOn
        | AhciPortCommand.FisReceiveEnable | AhciPortCommand.IsAtapi | AhciPortCommand.DriveLed | AhciPortCommand.AggressiveLpm
        | AhciPortCommand.AggressiveSlumber;

    private const AhciInterrupts AllInterrupts = (AhciInterrupts)0xfdc0_00ff;

    private readonly AhciController _adapter;
    private ulong _commandList;
    private ulong _fisBase;
    private AhciInterrupts _status;
    private AhciInterrupts _enabled;
    private AhciPortCommand _command;
    private uint _signature;
    private uint _sataStatus;
    private uint _sataControl;
    private uint _sataError;
    private uint _active;
    private uint _issued;
    private bool _halted;
    private bool _signatureWaits;

    /// <summary>A port without a device.</summary>
    public AhciPort(AhciController adapter)
    {
        _adapter = adapter;
        for (var slot = 0; slot < _queue.Length; slot++)
        {
            _queue[slot] = new QueuedCommand(this, slot);
        }
    }

    /// <summary>The device; null for none.</summary>
    public AtaDevice? Device { get; private set; }

    /// <summary>The adapter.</summary>
    public AhciController Adapter => _adapter;

    /// <summary>Whether something is pending that is enabled.</summary>
    public bool HasInterrupt => (_status & _enabled) != 0;

    private bool IsStarted => (_command & AhciPortCommand.Start) != 0;

    /// <summary>Attaches a device.</summary>
    public void Attach(AtaDevice device)
    {
        Device = device;
        device.Transport = this;
        device.IsSerial = true;
        device.HardReset();
    }

    /// <summary>Reads a register.</summary>
    public uint Read(int offset) => offset switch
    {
        AhciPortRegister.CommandList => (uint)_commandList,
        AhciPortRegister.CommandListUpper => (uint)(_commandList >> 32),
        AhciPortRegister.FisBase => (uint)_fisBase,
        AhciPortRegister.FisBaseUpper => (uint)(_fisBase >> 32),
        AhciPortRegister.InterruptStatus => (uint)_status,
        AhciPortRegister.InterruptEnable => (uint)_enabled,
        AhciPortRegister.Command => (uint)CommandAndStatus(),
        AhciPortRegister.TaskFile => Device is { } device && IsLinkUp ? device.Registers.Status | ((uint)device.Registers.Error << 8) : NoDevice,
        AhciPortRegister.Signature => _signature,
        AhciPortRegister.SataStatus => _sataStatus,
        AhciPortRegister.SataControl => _sataControl,
        AhciPortRegister.SataError => _sataError,
        AhciPortRegister.SataActive => _active,
        AhciPortRegister.CommandIssue => _issued,
        _ => 0,
    };

    /// <summary>Writes a register.</summary>
    public void Write(int offset, uint value)
    {
        switch (offset)
        {
            case AhciPortRegister.CommandList:
                _commandList = (_commandList & ~0xffff_fffful) | (value & ~0x3ffu);
                break;
            case AhciPortRegister.CommandListUpper:
                _commandList = (uint)_commandList | ((ulong)value << 32);
                break;
            case AhciPortRegister.FisBase:
                _fisBase = (_fisBase & ~0xffff_fffful) | (value & ~0xffu);
                break;
            case AhciPortRegister.FisBaseUpper:
                _fisBase = (uint)_fisBase | ((ulong)value << 32);
                break;
            case AhciPortRegister.InterruptStatus:
                _status &= ~(AhciInterrupts)value;
                _adapter.UpdateInterrupt(news: false);
                break;
            case AhciPortRegister.InterruptEnable:
                _enabled = (AhciInterrupts)value & AllInterrupts;
                _adapter.UpdateInterrupt(news: true);
                break;
            case AhciPortRegister.Command:
                WriteCommand((AhciPortCommand)value);
                break;
            case AhciPortRegister.SataControl:
                WriteSataControl(value);
                break;
            case AhciPortRegister.SataError:
                _sataError &= ~value;
                if ((_sataError & Exchanged) == 0)
                {
                    _status &= ~AhciInterrupts.PortConnectChange; // PCS shows DIAG.X (3.3.5)
                    _adapter.UpdateInterrupt(news: false);
                }

                break;
            case AhciPortRegister.SataActive when IsStarted:
                _active |= value;
                break;
            case AhciPortRegister.CommandIssue when IsStarted:
                _issued |= value;
                RunCommands();
                break;
            default:
                break;
        }
    }

    /// <summary>Power-on and the adapter's reset: the link comes up, and the device's signature arrives.</summary>
    public void Reset()
    {
        StopCommands();
        _commandList = 0;
        _fisBase = 0;
        _status = 0;
        _enabled = 0;
        _command = AhciPortCommand.SpinUp | AhciPortCommand.PowerOn;
        _sataControl = 0;
        _sataError = 0;
        _held = false;
        ConnectDevice();
        _status = 0;
    }

    /// <summary>Writes the port's state and its device's.</summary>
    public void Save(StateWriter writer)
    {
        writer.Write(_commandList);
        writer.Write(_fisBase);
        writer.Write((uint)_status);
        writer.Write((uint)_enabled);
        writer.Write((uint)_command);
        writer.Write(_signature);
        writer.Write(_sataStatus);
        writer.Write(_sataControl);
        writer.Write(_sataError);
        writer.Write(_active);
        writer.Write(_issued);
        writer.Write(_halted);
        writer.Write(_signatureWaits);
        SaveCommands(writer);
        Device?.Save(writer);
    }

    /// <summary>Reads back what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader)
    {
        _commandList = reader.ReadUInt64();
        _fisBase = reader.ReadUInt64();
        _status = (AhciInterrupts)reader.ReadUInt32();
        _enabled = (AhciInterrupts)reader.ReadUInt32();
        _command = (AhciPortCommand)reader.ReadUInt32();
        _signature = reader.ReadUInt32();
        _sataStatus = reader.ReadUInt32();
        _sataControl = reader.ReadUInt32();
        _sataError = reader.ReadUInt32();
        _active = reader.ReadUInt32();
        _issued = reader.ReadUInt32();
        _halted = reader.ReadBoolean();
        _signatureWaits = reader.ReadBoolean();
        LoadCommands(reader);
        Device?.Load(reader);
    }

    private bool IsLinkUp => _sataStatus != 0;

    private AhciPortCommand CommandAndStatus()
        => _command
            | ((_command & AhciPortCommand.Start) != 0 ? AhciPortCommand.CommandListRunning : 0)
            | ((_command & AhciPortCommand.FisReceiveEnable) != 0 ? AhciPortCommand.FisReceiveRunning : 0);

    private void Raise(AhciInterrupts what)
    {
        var news = (what & ~_status & _enabled) != 0;
        _status |= what;
        _adapter.UpdateInterrupt(news);
    }

    private void WriteCommand(AhciPortCommand value)
    {
        var before = _command;
        _command = value & Settable;
        if ((value & AhciPortCommand.CommandListOverride) != 0 && Device is { } device && (before & AhciPortCommand.Start) == 0)
        {
            device.Stop();
            device.Registers.Status &= unchecked((byte)~(AtaStatus.Bsy | AtaStatus.Drq));
        }

        if (!IsStarted)
        {
            if ((before & AhciPortCommand.Start) != 0)
            {
                StopCommands();
            }

            _active = 0;
            _issued = 0;
            _halted = false;
        }

        // A signature that came while FISes were not received waits for its place (10.1.2).
        if (_signatureWaits && (_command & AhciPortCommand.FisReceiveEnable) != 0)
        {
            PostDeviceToHost(interrupt: false);
            _signatureWaits = false;
        }
    }

    // 10.4.2: DET goes to 1 and back to 0 for COMRESET, to 4 to switch the link off.
    private void WriteSataControl(uint value)
    {
        var before = _sataControl & DetectMask;
        var now = value & DetectMask;
        _sataControl = value & 0xfff;
        if (now == 1 && before != 1)
        {
            StopCommands();
            Device?.HoldInReset();
            (_sataStatus, _signature, _held) = (0, NoSignature, true);
        }
        else if (now == 4)
        {
            StopCommands();
            Device?.HoldInReset();
            (_sataStatus, _held) = (4, true);
        }
        else if (now == 0 && before != 0)
        {
            _held = false;
            ConnectDevice();
        }
    }

    // The device sends its signature when it is ready after a reset.
    private void ConnectDevice()
    {
        _signature = NoSignature;
        _sataStatus = 0;
        _signatureWaits = false;
        if (Device is not { } device)
        {
            return;
        }

        device.HardReset();
        _sataStatus = LinkUp;
        _sataError |= Exchanged;
        PostSignature();
        Raise(AhciInterrupts.PortConnectChange);
    }

    private void PostSignature()
    {
        var registers = Device!.Registers;
        _signature = registers.SectorCount | ((uint)registers.LbaLow << 8) | ((uint)registers.LbaMid << 16) | ((uint)registers.LbaHigh << 24);
        PostDeviceToHost(interrupt: false);
        _signatureWaits = (_command & AhciPortCommand.FisReceiveEnable) == 0;
    }
}
