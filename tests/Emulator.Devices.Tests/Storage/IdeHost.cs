using System.Buffers.Binary;
using Emulator.Devices.Storage.Ata;
using Emulator.Devices.Storage.Ide;

namespace Emulator.Devices.Tests.Storage;

/// <summary>A driver of one IDE channel.</summary>
internal sealed class IdeHost
{
    public const uint Table = 0x8000;
    private const int BusMasterPort = 0xc000;

    private readonly MachineRig _rig;
    private readonly IdePlace _place;
    private readonly int _busMaster;

    public IdeHost(MachineRig rig, int channel)
    {
        _rig = rig;
        _place = channel == 0 ? PcPlatform.PrimaryIde : PcPlatform.SecondaryIde;
        _busMaster = BusMasterPort + (8 * channel);
        rig.WritePci(PcPlatform.IdeDevfn, 0x20, 4, BusMasterPort);
        rig.WritePci(PcPlatform.IdeDevfn, 4, 2, 5);
    }

    public byte Status => _rig.In(_place.ControlPort);

    public byte Error => Register(1);

    public int BusMasterStatus => _rig.In(_busMaster + 2);

    public byte Register(int index) => _rig.In(_place.CommandPort + index);

    public void Control(int value) => _rig.Out(_place.ControlPort, value);

    /// <summary>Whether the device has interrupted since it was last asked.</summary>
    public bool TakeInterrupt()
    {
        var taken = (BusMasterStatus & 4) != 0;
        _rig.Out(_busMaster + 2, 4);
        return taken;
    }

    public void Set(int index, int value) => _rig.Out(_place.CommandPort + index, value);

    public void Address(long lba, int count, int device = 0x40)
    {
        Set(2, count & 0xff);
        Set(3, (int)lba & 0xff);
        Set(4, (int)(lba >> 8) & 0xff);
        Set(5, (int)(lba >> 16) & 0xff);
        Set(6, device | ((int)(lba >> 24) & 0x0f));
    }

    public void ExtendedAddress(long lba, int count)
    {
        Set(6, 0x40);
        Set(2, count >> 8);
        Set(3, (int)(lba >> 24) & 0xff);
        Set(4, (int)(lba >> 32) & 0xff);
        Set(5, (int)(lba >> 40) & 0xff);
        Set(2, count & 0xff);
        Set(3, (int)lba & 0xff);
        Set(4, (int)(lba >> 8) & 0xff);
        Set(5, (int)(lba >> 16) & 0xff);
    }

    /// <summary>Issues a command, and lets the backend work.</summary>
    public void Command(int command)
    {
        Set(7, command);
        _rig.Scheduler.RunDue();
    }

    public byte[] Receive(int length)
    {
        var data = new byte[length];
        for (var i = 0; i < length; i += 2)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(i), (ushort)_rig.Ports.Read(_place.CommandPort, 2));
            _rig.Scheduler.RunDue();
        }

        return data;
    }

    public void Send(ReadOnlySpan<byte> data)
    {
        for (var i = 0; i < data.Length; i += 2)
        {
            _rig.Ports.Write(_place.CommandPort, 2, BinaryPrimitives.ReadUInt16LittleEndian(data[i..]));
            _rig.Scheduler.RunDue();
        }
    }

    /// <summary>Writes descriptors for regions of memory and starts the engine.</summary>
    public void StartDma(bool toMemory, params IReadOnlyList<(uint Address, int Length)> regions)
    {
        for (var i = 0; i < regions.Count; i++)
        {
            _rig.Memory.Write(Table + (ulong)(8 * i), regions[i].Address);
            _rig.Memory.Write(Table + (ulong)(8 * i) + 4, (uint)(regions[i].Length & 0xffff) | (i == regions.Count - 1 ? 0x8000_0000 : 0));
        }

        _rig.Out(_busMaster, 0);
        _rig.Out(_busMaster + 2, 6);
        _rig.Out32(_busMaster + 4, Table);
        _rig.Out(_busMaster, toMemory ? 9 : 1);
        _rig.Scheduler.RunDue();
    }

    /// <summary>Sends a command packet; data of the answer is still to be moved.</summary>
    public void Packet(ReadOnlySpan<byte> packet, int limit = 0xfffe, bool dma = false)
    {
        Set(6, 0);
        Set(1, dma ? 1 : 0);
        Set(4, limit & 0xff);
        Set(5, limit >> 8);
        Command(AtaCommand.Packet);
        Assert.Equal(AtaStatus.Ready | AtaStatus.Drq, Status);
        Assert.Equal(1, Register(2) & 3);
        var bytes = new byte[12];
        packet.CopyTo(bytes);
        Send(bytes);
    }

    /// <summary>Sends a packet and takes its answer in the blocks that the device makes.</summary>
    public byte[] Ask(ReadOnlySpan<byte> packet, int limit = 0xfffe)
    {
        Packet(packet, limit);
        var data = new List<byte>();
        while ((Status & AtaStatus.Drq) != 0)
        {
            var count = Register(4) | (Register(5) << 8);
            Assert.InRange(count, 1, limit);
            data.AddRange(Receive((count + 1) & ~1).AsSpan(0, count));
        }

        return [.. data];
    }

    /// <summary>What REQUEST SENSE says: key, code, qualifier.</summary>
    public (int Key, int Code, int Qualifier) Sense()
    {
        var data = Ask([0x03, 0, 0, 0, 18]);
        Assert.Equal(18, data.Length);
        return (data[2], data[12], data[13]);
    }
}
