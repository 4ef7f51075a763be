using System.Buffers.Binary;
using Emulator.Devices.Storage.Ata;

namespace Emulator.Devices.Tests.Storage;

/// <summary>A driver of one port of the rig's AHCI adapter.</summary>
internal sealed class AhciHost
{
    public const uint Base = 0xc000_0000;
    public const uint Lists = 0x8000;
    public const uint Received = 0xa000;
    public const uint Tables = 0x1_0000;
    public const uint Buffer = 0x10_0000;
    private const int TableLength = 0x400;

    private readonly MachineRig _rig;
    private readonly uint _port;

    public AhciHost(MachineRig rig, int port)
    {
        _rig = rig;
        _port = Base + 0x100 + (0x80 * (uint)port);
        rig.WritePci(RigStorage.AhciDevfn, 0x24, 4, Base);
        rig.WritePci(RigStorage.AhciDevfn, 4, 2, 6);
    }

    public uint this[int register]
    {
        get => _rig.Memory.Read<uint>(_port + (uint)register);
        set
        {
            _rig.Memory.Write(_port + (uint)register, value);
            _rig.Scheduler.RunDue();
        }
    }

    public uint Issued => this[0x38];

    public uint Active => this[0x34];

    public uint Status => this[0x20] & 0xff;

    public uint Error => this[0x20] >> 8 & 0xff;

    public uint GlobalControl
    {
        get => _rig.Memory.Read<uint>(Base + 4);
        set => _rig.Memory.Write(Base + 4, value);
    }

    /// <summary>Gives the port its memory and starts it.</summary>
    public AhciHost Start()
    {
        this[0x00] = Lists;
        this[0x08] = Received;
        this[0x14] = 0xffff_ffff;
        this[0x18] = 0x16;
        this[0x18] = 0x17;
        this[0x30] = 0xffff_ffff;
        this[0x10] = 0xffff_ffff;
        GlobalControl = 0x8000_0002;
        return this;
    }

    public byte[] ReceivedFis(int place, int length)
    {
        var data = new byte[length];
        _rig.Memory.Read(Received + (ulong)place, data);
        return data;
    }

    public uint Moved(int slot) => _rig.Memory.Read<uint>(Lists + (ulong)(32 * slot) + 4);

    public byte[] Memory(uint address, int length)
    {
        var data = new byte[length];
        _rig.Memory.Read(address, data);
        return data;
    }

    /// <summary>Writes the header, the frame and the regions of a slot.</summary>
    public void Prepare(int slot, ReadOnlySpan<byte> fis, params ReadOnlySpan<(ulong Address, int Length)> regions)
    {
        var table = Tables + (uint)(slot * TableLength);
        _rig.Memory.Write(Lists + (ulong)(32 * slot), 5u | ((uint)regions.Length << 16));
        _rig.Memory.Write(Lists + (ulong)(32 * slot) + 4, 0u);
        _rig.Memory.Write(Lists + (ulong)(32 * slot) + 8, (ulong)table);
        var frame = new byte[64];
        fis.CopyTo(frame);
        _rig.Memory.Write(table, frame);
        for (var i = 0; i < regions.Length; i++)
        {
            _rig.Memory.Write(table + 0x80 + (ulong)(16 * i), regions[i].Address);
            _rig.Memory.Write(table + 0x88 + (ulong)(16 * i), (ulong)(uint)(regions[i].Length - 1) << 32);
        }
    }

    public void Packet(int slot, ReadOnlySpan<byte> packet, params ReadOnlySpan<(ulong Address, int Length)> regions)
    {
        Prepare(slot, Command(AtaCommand.Packet, 0, 0, features: 1), regions);
        _rig.Memory.Write(Tables + (ulong)(slot * TableLength) + 0x40, packet);
        Issue(slot);
    }

    public void Issue(int slot) => this[0x38] = 1u << slot;

    /// <summary>Issues a queued command whose slot has been prepared.</summary>
    public void Queue(int slot)
    {
        this[0x34] = 1u << slot;
        this[0x38] = 1u << slot;
    }

    /// <summary>A host-to-device register frame.</summary>
    public static byte[] Command(byte command, long lba, int count, int features = 0, byte device = 0x40)
    {
        var fis = new byte[20];
        (fis[0], fis[1], fis[2], fis[3], fis[7], fis[11]) = (0x27, 0x80, command, (byte)features, device, (byte)(features >> 8));
        (fis[4], fis[5], fis[6]) = ((byte)lba, (byte)(lba >> 8), (byte)(lba >> 16));
        (fis[8], fis[9], fis[10]) = ((byte)(lba >> 24), (byte)(lba >> 32), (byte)(lba >> 40));
        BinaryPrimitives.WriteUInt16LittleEndian(fis.AsSpan(12), (ushort)count);
        return fis;
    }

    /// <summary>A frame of a queued read or write.</summary>
    public static byte[] Queued(byte command, int tag, long lba, int count) => Command(command, lba, tag << 3, features: count);

    /// <summary>A frame that writes the device control register.</summary>
    public static byte[] Control(byte value)
    {
        var fis = new byte[20];
        (fis[0], fis[15]) = (0x27, value);
        return fis;
    }
}
