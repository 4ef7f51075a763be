using System.Buffers.Binary;
using Emulator.Core.Bus;
using Emulator.Core.Snapshots;
using Emulator.Devices.Pci;

namespace Emulator.Devices.Debug;

/// <summary>
/// QEMU's pci-testdev, 1b36:0005 (QEMU's docs/specs/pci-testdev): BAR 0 is memory, BAR 1 is I/O. Each begins with a header that
/// describes the test last chosen by writing its number to byte 0; writes that match the test are counted in the header.
/// Tests without an event count; those that QEMU serves with an event descriptor do not.
/// </summary>
public sealed class PciTestDevice : PciDevice, IMmioHandler, IPortHandler, IByteRegisters
{
    private const int IoArea = 128;
    private const int MemoryArea = 2048;
    private const int TestsPerBar = 3;
    private const byte MatchData = 0xfa;
    private const byte AnyData = 0xce;
    private const int HeaderLength = 16;

    private int _current = -1;
    private uint _count;

    /// <summary>Attaches to the bus.</summary>
    public PciTestDevice(PciBus bus, int devfn)
        : base(bus, devfn, "pci-testdev", new PciIdentity(0x1b36, 0x0005, 0x00ff00) { SubsystemVendorId = 0x1af4, SubsystemId = 0x1100 })
    {
        AddMemoryBar(0, PciBarKind.Memory32, MemoryArea * 2, this);
        AddIoBar(1, IoArea * 2, this);
    }

    /// <inheritdoc/>
    public ulong ReadMmio(ulong offset, int size) => ByteRegisters.Read(this, offset, size);

    /// <inheritdoc/>
    public void WriteMmio(ulong offset, int size, ulong value)
    {
        for (var i = 0; i < size; i++)
        {
            WriteByte((int)offset + i, (byte)(value >> (8 * i)), firstTest: 0);
        }
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size) => (uint)ReadMmio(offset, size);

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        for (var i = 0; i < size; i++)
        {
            WriteByte(offset + i, (byte)(value >> (8 * i)), firstTest: TestsPerBar);
        }
    }

    /// <inheritdoc/>
    protected override void ResetDevice()
    {
        _current = -1;
        _count = 0;
    }

    /// <inheritdoc/>
    protected override void SaveDevice(StateWriter writer)
    {
        writer.Write(_current);
        writer.Write(_count);
    }

    /// <inheritdoc/>
    protected override void LoadDevice(StateReader reader)
    {
        _current = Math.Clamp(reader.ReadInt32(), -1, (2 * TestsPerBar) - 1);
        _count = reader.ReadUInt32();
    }

    private static bool MatchesData(int test) => test % TestsPerBar != 1;

    private static bool HasEvent(int test) => test % TestsPerBar != 0;

    private static int OffsetOf(int test) => test + (test < TestsPerBar ? MemoryArea : IoArea);

    private static string NameOf(int test) => test switch
    {
        0 => "mmio-no-eventfd",
        1 => "mmio-wildcard-eventfd",
        2 => "mmio-datamatch-eventfd",
        3 => "portio-no-eventfd",
        4 => "portio-wildcard-eventfd",
        _ => "portio-datamatch-eventfd",
    };

    byte IByteRegisters.ReadByte(int offset)
    {
        if (_current < 0)
        {
            return 0;
        }

        if (offset >= HeaderLength)
        {
            var name = NameOf(_current);
            return offset - HeaderLength < name.Length ? (byte)name[offset - HeaderLength] : (byte)0;
        }

        Span<byte> header = stackalloc byte[HeaderLength];
        header.Clear();
        header[0] = (byte)_current;
        header[1] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], OffsetOf(_current));
        header[8] = MatchesData(_current) ? MatchData : AnyData;
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], _count);
        return header[offset];
    }

    private void WriteByte(int offset, byte value, int firstTest)
    {
        if (offset == 0)
        {
            _current = value < TestsPerBar ? firstTest + value : -1;
            _count = 0;
            return;
        }

        if (_current < 0 || offset != OffsetOf(_current) || HasEvent(_current))
        {
            return;
        }

        if (!MatchesData(_current) || value == MatchData)
        {
            _count++;
        }
    }
}
