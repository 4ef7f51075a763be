using System.Buffers.Binary;
using Emulator.Core.Snapshots;
using Emulator.Devices.Storage.Ata;

namespace Emulator.Devices.Storage.Ahci;

/// <summary>The command list: fetching, running and ending commands, and the frames that the device sends (AHCI 1.0, 4.2 and 5.5).</summary>
internal sealed partial class AhciPort
{
    private const int HeaderLength = 32;
    private const int CommandFisLength = 20;
    private const int PacketOffset = 0x40;
    private const int TableOffset = 0x80;

    private const byte HostToDevice = 0x27;
    private const byte DeviceToHost = 0x34;
    private const byte PioSetup = 0x5f;
    private const byte SetDeviceBits = 0xa1;
    private const byte IsCommand = 0x80;
    private const byte InterruptBit = 0x40;
    private const byte ToHostBit = 0x20;
    private const byte SoftwareReset = 0x04;

    // Places in the received FIS structure (4.2.1).
    private const int PioSetupPlace = 0x20;
    private const int DeviceToHostPlace = 0x40;
    private const int SetDeviceBitsPlace = 0x58;

    private readonly QueuedCommand[] _queue = new QueuedCommand[AtaDisk.QueueDepth];
    private int _current = -1;
    private ulong _currentTable;
    private PrdTable _regions;
    private bool _overflow;
    private bool _held;
    private int _lastLength;

    /// <inheritdoc/>
    public void BeginData(AtaDevice device)
    {
        switch (device.DataKind)
        {
            case AtaDataKind.Packet:
                _adapter.ReadMemory(_currentTable + PacketOffset, device.Data);
                break;
            default:
                var toHost = device.DataKind is AtaDataKind.PioIn or AtaDataKind.DmaIn;
                _overflow |= !_regions.Transfer(_adapter, device.Data, toHost);
                _lastLength = device.DataLength;
                break;
        }

        device.DataDone();
    }

    /// <inheritdoc/>
    public void EndCommand(AtaDevice device, bool interrupt)
    {
        if (_current < 0)
        {
            return;
        }

        var slot = _current;
        _current = -1;
        WriteMoved(slot, _regions.Moved);
        if ((device.Registers.Status & AtaStatus.Err) != 0)
        {
            _halted = true;
            PostDeviceToHost(interrupt: true);
            Raise(AhciInterrupts.TaskFileError | AhciInterrupts.DeviceToHostFis);
            return;
        }

        _issued &= ~(1u << slot);
        if (_overflow)
        {
            _status |= AhciInterrupts.Overflow;
        }

        if (interrupt)
        {
            PostDeviceToHost(interrupt: true);
            Raise(AhciInterrupts.DeviceToHostFis);
        }
        else
        {
            PostPioSetup();
            Raise(AhciInterrupts.PioSetupFis);
        }

        RunCommands();
    }

    /// <summary>A queued command has ended.</summary>
    public void EndQueued(QueuedCommand command, byte error)
    {
        var device = (AtaDisk)Device!;
        WriteMoved(command.Slot, command.Moved);
        if (error != 0)
        {
            FailQueue(device, command, error);
            return;
        }

        _active &= ~(1u << command.Slot);
        PostSetDeviceBits(1u << command.Slot, AtaStatus.Ready, 0);
        Raise(AhciInterrupts.SetDeviceBitsFis);
        RunCommands();
    }

    /// <summary>A command of an earlier life has let go of its slot.</summary>
    public void SlotReleased() => RunCommands();

    private void RunCommands()
    {
        while (IsStarted && !_halted && _current < 0 && IsLinkUp && Device is { IsBusy: false } && NextSlot() is >= 0 and var slot)
        {
            Start(slot);
        }
    }

    private int NextSlot()
    {
        for (var slot = 0; slot < _queue.Length; slot++)
        {
            if ((_issued >> slot & 1) != 0 && !_queue[slot].IsBusy)
            {
                return slot;
            }
        }

        return -1;
    }

    private void Start(int slot)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        Span<byte> fis = stackalloc byte[CommandFisLength];
        _adapter.ReadMemory(_commandList + (ulong)(slot * HeaderLength), header);
        var table = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]) & ~0x7ful;
        _adapter.ReadMemory(table, fis);
        if (fis[0] != HostToDevice)
        {
            // No frame that a device takes.
            _issued &= ~(1u << slot);
            return;
        }

        if ((fis[1] & IsCommand) == 0)
        {
            _issued &= ~(1u << slot);
            WriteControl(fis[15]);
            return;
        }

        var regions = new PrdTable(table + TableOffset, BinaryPrimitives.ReadUInt16LittleEndian(header[2..]));
        LoadRegisters(Device!.Registers, fis);
        Device.Registers.Command = fis[2];
        if (fis[2] is AtaCommand.ReadFpdmaQueued or AtaCommand.WriteFpdmaQueued && Device is AtaDisk disk)
        {
            StartQueued(slot, disk, regions);
            return;
        }

        (_current, _currentTable, _regions, _overflow) = (slot, table, regions, false);
        Device.Start(fis[2]);
    }

    // A device control register with SRST set, then cleared, resets the device (9.3.9 of Serial ATA 2.6).
    private void WriteControl(byte control)
    {
        if ((control & SoftwareReset) != 0)
        {
            _held = true;
            StopQueue();

            // The second frame must get through: the device is not shown busy meanwhile.
            Device!.Stop();
            Device.Registers.Status = 0;
        }
        else if (_held)
        {
            _held = false;
            Device!.SoftReset();
            PostSignature();
        }
    }

    private static void LoadRegisters(AtaRegisters registers, ReadOnlySpan<byte> fis)
    {
        registers.Set(0, fis[3], fis[11]);
        registers.Set(1, fis[12], fis[13]);
        registers.Set(2, fis[4], fis[8]);
        registers.Set(3, fis[5], fis[9]);
        registers.Set(4, fis[6], fis[10]);
        registers.Device = fis[7];
    }

    // The frame holds the sector count in Features and the tag in Sector Count (ATA8-ACS, 7.24).
    private void StartQueued(int slot, AtaDisk disk, PrdTable regions)
    {
        var registers = disk.Registers;
        _issued &= ~(1u << slot);
        var count = registers.FeaturesExt == 0 ? 0x10000 : registers.FeaturesExt;
        if (registers.SectorCount >> 3 != slot || (_active >> slot & 1) == 0)
        {
            // The tag is not the slot's, or the host does not wait for it: a broken queue.
            FailQueue(disk, _queue[slot], AtaError.Abrt);
            return;
        }

        _queue[slot].Start(disk, count, regions);
    }

    private void FailQueue(AtaDisk disk, QueuedCommand command, byte error)
    {
        const byte Status = AtaStatus.Ready | AtaStatus.Err;
        StopQueue();
        var log = disk.QueuedErrorLog;
        Array.Clear(log);
        (log[0], log[2], log[3]) = ((byte)command.Slot, Status, error);
        (log[4], log[5], log[6]) = ((byte)command.Lba, (byte)(command.Lba >> 8), (byte)(command.Lba >> 16));
        (log[8], log[9], log[10]) = ((byte)(command.Lba >> 24), (byte)(command.Lba >> 32), (byte)(command.Lba >> 40));
        log[7] = 0x40;
        disk.Registers.Status = Status;
        disk.Registers.Error = error;
        _halted = true;
        PostSetDeviceBits(0, Status, error);
        Raise(AhciInterrupts.TaskFileError | AhciInterrupts.SetDeviceBitsFis);
    }

    private void StopCommands()
    {
        _current = -1;
        _active = 0;
        _issued = 0;
        _halted = false;
        StopQueue();
        if (Device is { IsBusy: true } device && !_held)
        {
            device.Stop();
            device.Registers.Status = AtaStatus.Ready;
        }
    }

    private void StopQueue()
    {
        foreach (var command in _queue)
        {
            command.Cancel();
        }
    }

    private void WriteMoved(int slot, uint moved)
    {
        Span<byte> count = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(count, moved);
        _adapter.WriteMemory(_commandList + (ulong)(slot * HeaderLength) + 4, count);
    }

    private void PostDeviceToHost(bool interrupt)
    {
        Span<byte> fis = stackalloc byte[CommandFisLength];
        fis.Clear();
        fis[0] = DeviceToHost;
        fis[1] = interrupt ? InterruptBit : (byte)0;
        PutRegisters(fis);
        Post(DeviceToHostPlace, fis);
    }

    private void PostPioSetup()
    {
        Span<byte> fis = stackalloc byte[CommandFisLength];
        fis.Clear();
        fis[0] = PioSetup;
        fis[1] = InterruptBit | ToHostBit;
        PutRegisters(fis);
        fis[15] = Device!.Registers.Status; // E_STATUS
        BinaryPrimitives.WriteUInt16LittleEndian(fis[16..], (ushort)_lastLength);
        Post(PioSetupPlace, fis);
    }

    private void PostSetDeviceBits(uint completed, byte status, byte error)
    {
        Span<byte> fis = stackalloc byte[8];
        fis[0] = SetDeviceBits;
        fis[1] = InterruptBit;
        fis[2] = (byte)(status & 0x77);
        fis[3] = error;
        BinaryPrimitives.WriteUInt32LittleEndian(fis[4..], completed);
        Post(SetDeviceBitsPlace, fis);
    }

    private void PutRegisters(Span<byte> fis)
    {
        var registers = Device!.Registers;
        (fis[2], fis[3], fis[7]) = (registers.Status, registers.Error, registers.Device);
        ReadOnlySpan<int> places = [12, 4, 5, 6];
        ReadOnlySpan<int> previous = [13, 8, 9, 10];
        for (var i = 0; i < places.Length; i++)
        {
            fis[places[i]] = registers.Read(i + 1, previous: false);
            fis[previous[i]] = registers.Read(i + 1, previous: true);
        }
    }

    private void Post(int place, ReadOnlySpan<byte> fis)
    {
        if ((_command & AhciPortCommand.FisReceiveEnable) != 0)
        {
            _adapter.WriteMemory(_fisBase + (ulong)place, fis);
        }
    }

    private void SaveCommands(StateWriter writer)
    {
        writer.Write(_current);
        writer.Write(_currentTable);
        _regions.Save(writer);
        writer.Write(_overflow);
        writer.Write(_held);
        writer.Write(_lastLength);
    }

    private void LoadCommands(StateReader reader)
    {
        _current = reader.ReadInt32();
        _currentTable = reader.ReadUInt64();
        _regions.Load(reader);
        _overflow = reader.ReadBoolean();
        _held = reader.ReadBoolean();
        _lastLength = reader.ReadInt32();
        StopQueue();
    }
}
