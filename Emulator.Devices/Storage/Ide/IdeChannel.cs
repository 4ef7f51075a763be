using System.Buffers.Binary;
using Emulator.Core.Bus;
using Emulator.Core.Snapshots;
using Emulator.Devices.Storage.Ata;

namespace Emulator.Devices.Storage.Ide;

/// <summary>
/// A parallel ATA channel with up to two devices (ATA/ATAPI-6, 7 and 9): command and control block, interrupt, programmed I/O, and
/// DMA by the channel's bus master. Where no device answers, status reads as zero.
/// </summary>
public sealed class IdeChannel : IAtaTransport, IPortHandler
{
    private const byte HighOrderByte = 0x80;
    private const byte SoftwareReset = 0x04;
    private const byte InterruptDisable = 0x02;
    private const int DataRegister = 0;
    private const int ErrorRegister = 1;
    private const int DeviceRegister = 6;
    private const int StatusRegister = 7;
    private const byte Device1 = 0x10;

    private readonly AtaDevice?[] _devices = new AtaDevice?[2];
    private readonly BusMasterChannel _busMaster;
    private readonly Func<bool> _mayMaster;
    private readonly InterruptLine _irq;
    private byte _control;
    private int _selected;
    private bool _interrupt;
    private int _position;
    private int _blockEnd;

    /// <summary>Claims the ports of a channel.</summary>
    /// <param name="ports">The port bus.</param>
    /// <param name="place">Its ports and name.</param>
    /// <param name="irq">Its interrupt.</param>
    /// <param name="busMaster">Its DMA engine.</param>
    /// <param name="mayMaster">Whether PCI lets the engine run.</param>
    public IdeChannel(IoPortBus ports, IdePlace place, InterruptLine irq, BusMasterChannel busMaster, Func<bool> mayMaster)
    {
        _irq = irq;
        _busMaster = busMaster;
        _mayMaster = mayMaster;
        busMaster.Started = TryDma;
        ports.Claim(place.Name, place.CommandPort, 8, this);
        ports.Claim(place.Name + ".control", place.ControlPort, 1, new ControlBlock(this));
    }

    /// <summary>The devices 0 and 1.</summary>
    public IReadOnlyList<AtaDevice?> Devices => _devices;

    private AtaDevice? Selected => _devices[_selected];

    /// <summary>Attaches a device, before the machine runs.</summary>
    public void Attach(int unit, AtaDevice device)
    {
        if (_devices[unit] is { } other)
        {
            throw new InvalidOperationException($"Unit {unit} of '{device.Name}' is taken by '{other.Name}'.");
        }

        _devices[unit] = device;
        device.Transport = this;
        device.SoftReset();
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size)
    {
        if (offset == DataRegister)
        {
            return ReadData(size);
        }

        var value = 0u;
        for (var i = 0; i < size; i++)
        {
            value |= (uint)ReadRegister(offset + i) << (8 * i);
        }

        return value;
    }

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        if (offset == DataRegister)
        {
            WriteData(size, value);
            return;
        }

        for (var i = 0; i < size; i++)
        {
            WriteRegister(offset + i, (byte)(value >> (8 * i)));
        }
    }

    /// <inheritdoc/>
    public void BeginData(AtaDevice device)
    {
        _position = 0;
        if (device.DataKind is AtaDataKind.DmaIn or AtaDataKind.DmaOut)
        {
            TryDma();
        }
        else
        {
            BeginBlock(device, device.FirstBlockInterrupts);
        }
    }

    /// <inheritdoc/>
    public void EndCommand(AtaDevice device, bool interrupt)
    {
        if (interrupt)
        {
            Interrupt();
        }
    }

    /// <summary>Power-on: the channel, and its devices.</summary>
    public void Reset()
    {
        _control = 0;
        _selected = 0;
        _interrupt = false;
        (_position, _blockEnd) = (0, 0);
        _irq.Set(false);
        foreach (var device in _devices)
        {
            device?.HardReset();
        }
    }

    /// <summary>Writes the state of the channel and its devices.</summary>
    public void Save(StateWriter writer)
    {
        writer.Write(_control);
        writer.Write(_selected);
        writer.Write(_interrupt);
        writer.Write(_position);
        writer.Write(_blockEnd);
        foreach (var device in _devices)
        {
            device?.Save(writer);
        }
    }

    /// <summary>Reads back what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader)
    {
        _control = reader.ReadByte();
        _selected = reader.ReadInt32() & 1;
        _interrupt = reader.ReadBoolean();
        _position = reader.ReadInt32();
        _blockEnd = reader.ReadInt32();
        foreach (var device in _devices)
        {
            device?.Load(reader);
        }
    }

    private byte ReadRegister(int offset)
    {
        if (offset == StatusRegister)
        {
            SetInterrupt(false);
            return Selected?.Registers.Status ?? 0;
        }

        // Device 0 answers for a device 1 that is not there.
        if ((Selected ?? _devices[0]) is not { } device)
        {
            return 0;
        }

        return offset switch
        {
            ErrorRegister => (_control & HighOrderByte) != 0 ? device.Registers.Read(0, previous: true) : device.Registers.Error,
            DeviceRegister => (byte)((device.Registers.Device & ~Device1) | (_selected != 0 ? Device1 : 0) | 0xa0),
            _ => device.Registers.Read(offset - 1, (_control & HighOrderByte) != 0),
        };
    }

    private void WriteRegister(int offset, byte value)
    {
        _control &= unchecked((byte)~HighOrderByte);
        if (offset == StatusRegister)
        {
            WriteCommand(value);
            return;
        }

        if (Selected is { IsBusy: true })
        {
            return;
        }

        if (offset == DeviceRegister)
        {
            _selected = (value & Device1) != 0 ? 1 : 0;
        }

        foreach (var device in _devices)
        {
            if (device is null)
            {
                continue;
            }

            if (offset == DeviceRegister)
            {
                device.Registers.Device = value;
            }
            else
            {
                device.Registers.Write(offset - 1, value);
            }
        }
    }

    private void WriteCommand(byte command)
    {
        SetInterrupt(false);
        if (command == AtaCommand.ExecuteDeviceDiagnostic && _devices.All(device => device is not { IsBusy: true }))
        {
            Diagnose();
            return;
        }

        if (Selected is not { } device)
        {
            return;
        }

        if (command == AtaCommand.DeviceReset && device.IsPacketDevice)
        {
            device.SoftReset();
            device.Registers.Device = (byte)(_selected != 0 ? Device1 : 0);
        }
        else if (!device.IsBusy)
        {
            device.Start(command);
        }
    }

    // Both devices carry it out; device 0 reports (8.11).
    private void Diagnose()
    {
        _selected = 0;
        foreach (var device in _devices)
        {
            device?.SoftReset();
        }

        if (_devices[0] is not null || _devices[1] is not null)
        {
            Interrupt();
        }
    }

    private void WriteControl(byte value)
    {
        var changed = _control ^ value;
        _control = value;
        if ((changed & SoftwareReset) != 0)
        {
            _interrupt = false;
            _selected = 0;
            foreach (var device in _devices)
            {
                if ((value & SoftwareReset) != 0)
                {
                    device?.HoldInReset();
                }
                else
                {
                    device?.SoftReset();
                }
            }
        }

        DriveLine();
    }

    private uint ReadData(int size)
    {
        if (Selected is not { DataKind: AtaDataKind.PioIn } device)
        {
            return 0;
        }

        var data = device.Data[_position.._blockEnd];
        var value = size switch
        {
            2 when data.Length >= 2 => BinaryPrimitives.ReadUInt16LittleEndian(data),
            4 when data.Length >= 4 => BinaryPrimitives.ReadUInt32LittleEndian(data),
            _ => Bytes(data, size),
        };
        Advance(device, size);
        return value;
    }

    private void WriteData(int size, uint value)
    {
        if (Selected is not { DataKind: AtaDataKind.PioOut or AtaDataKind.Packet } device)
        {
            return;
        }

        var data = device.Data[_position.._blockEnd];
        for (var i = 0; i < size && i < data.Length; i++)
        {
            data[i] = (byte)(value >> (8 * i));
        }

        Advance(device, size);
    }

    private static uint Bytes(ReadOnlySpan<byte> data, int size)
    {
        var value = 0u;
        for (var i = 0; i < size && i < data.Length; i++)
        {
            value |= (uint)data[i] << (8 * i);
        }

        return value;
    }

    private void Advance(AtaDevice device, int size)
    {
        _position += size;
        if (_position < _blockEnd)
        {
            return;
        }

        _position = _blockEnd;
        if (_position < device.DataLength)
        {
            BeginBlock(device, interrupt: true);
        }
        else
        {
            (_position, _blockEnd) = (0, 0);
            device.DataDone();
        }
    }

    private void BeginBlock(AtaDevice device, bool interrupt)
    {
        _blockEnd = Math.Min(_position + device.BlockLength, device.DataLength);
        device.BeginBlock(_blockEnd - _position);
        if (interrupt)
        {
            Interrupt();
        }
    }

    // Runs as soon as both the device has or wants data and the guest has started the engine.
    private void TryDma()
    {
        foreach (var device in _devices)
        {
            if (device is { DataKind: AtaDataKind.DmaIn or AtaDataKind.DmaOut } && _busMaster.IsStarted && _mayMaster()
                && _busMaster.Transfer(device.Data, device.DataKind == AtaDataKind.DmaIn))
            {
                device.DataDone();
            }
        }
    }

    private void Interrupt()
    {
        _busMaster.NoteInterrupt();
        SetInterrupt(true);
    }

    private void SetInterrupt(bool pending)
    {
        _interrupt = pending;
        DriveLine();
    }

    private void DriveLine() => _irq.Set(_interrupt && (_control & InterruptDisable) == 0);

    /// <summary>The control block: device control and alternate status.</summary>
    private sealed class ControlBlock(IdeChannel channel) : IPortHandler
    {
        public uint ReadPort(ushort offset, int size) => channel.Selected?.Registers.Status ?? 0;

        public void WritePort(ushort offset, int size, uint value) => channel.WriteControl((byte)value);
    }
}

/// <summary>Where an IDE channel lies.</summary>
/// <param name="Name">Its name.</param>
/// <param name="CommandPort">The first of eight ports.</param>
/// <param name="ControlPort">The port of device control and alternate status.</param>
/// <param name="Irq">The ISA interrupt line.</param>
public sealed record IdePlace(string Name, ushort CommandPort, ushort ControlPort, int Irq);
