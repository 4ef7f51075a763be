using Emulator.Core.Bus;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Video;

/// <summary>
/// The VGA's four planes of 64 KiB behind 0xa0000-0xbffff (IBM VGA Technical Reference, "Video memory organization" and "Graphics
/// controller"): chain 4, odd/even and planar access, write modes 0-3, read modes 0 and 1.
/// </summary>
public sealed class VgaMemory : IMmioHandler
{
    /// <summary>Bytes in a plane.</summary>
    public const int PlaneLength = 0x10000;

    private readonly byte[] _planes = new byte[4 * PlaneLength];
    private readonly VgaRegisters _registers;
    private uint _latches;

    /// <summary>Memory that works as the registers say.</summary>
    public VgaMemory(VgaRegisters registers) => _registers = registers;

    /// <summary>Counts writes, so that a display knows whether to draw again.</summary>
    public long Generation { get; private set; }

    /// <summary>A byte of a plane, as the CRT controller fetches it.</summary>
    public byte Plane(int plane, int offset) => _planes[(plane * PlaneLength) + (offset & (PlaneLength - 1))];

    /// <inheritdoc/>
    public ulong ReadMmio(ulong offset, int size)
    {
        var value = 0ul;
        for (var i = 0; i < size; i++)
        {
            value |= (ulong)ReadByte((int)offset + i) << (8 * i);
        }

        return value;
    }

    /// <inheritdoc/>
    public void WriteMmio(ulong offset, int size, ulong value)
    {
        Generation++;
        for (var i = 0; i < size; i++)
        {
            WriteByte((int)offset + i, (byte)(value >> (8 * i)));
        }
    }

    /// <summary>Blank text: spaces in grey on black.</summary>
    internal void Clear()
    {
        Array.Clear(_planes);
        Array.Fill(_planes, (byte)' ', 0, PlaneLength / 2);
        Array.Fill(_planes, (byte)0x07, PlaneLength, PlaneLength / 2);
        _latches = 0;
        Generation++;
    }

    internal void Save(StateWriter writer)
    {
        writer.Write(_planes.AsSpan());
        writer.Write(_latches);
    }

    internal void Load(StateReader reader)
    {
        reader.ReadBytes(_planes);
        _latches = reader.ReadUInt32();
        Generation++;
    }

    // The part of the window that GR6 bits 3:2 select.
    private bool TryDecode(int offset, out int address)
    {
        var (start, length) = _registers.MemoryMapSelect switch
        {
            0 => (0x00000, 0x20000),
            1 => (0x00000, 0x10000),
            2 => (0x10000, 0x08000),
            _ => (0x18000, 0x08000),
        };
        address = (offset - start) & (PlaneLength - 1);
        return offset >= start && offset < start + length;
    }

    private byte ReadByte(int offset)
    {
        if (!TryDecode(offset, out var address))
        {
            return 0xff;
        }

        if (_registers.Chain4)
        {
            return Plane(address & 3, address & ~3);
        }

        var oddEven = _registers.OddEven;
        var cell = oddEven ? address & ~1 : address;
        _latches = Plane(0, cell) | ((uint)Plane(1, cell) << 8) | ((uint)Plane(2, cell) << 16) | ((uint)Plane(3, cell) << 24);
        if (oddEven)
        {
            return (byte)(_latches >> (8 * ((_registers.ReadMap & 2) | (address & 1))));
        }

        return _registers.ReadMode == 0 ? (byte)(_latches >> (8 * _registers.ReadMap)) : Compare();
    }

    // Read mode 1: a bit is set where every plane that is cared for has the compared colour.
    private byte Compare()
    {
        var different = (_latches ^ Spread(_registers.ColourCompare)) & Spread(_registers.ColourDontCare);
        return (byte)~(different | (different >> 8) | (different >> 16) | (different >> 24));
    }

    private void WriteByte(int offset, byte value)
    {
        if (!TryDecode(offset, out var address))
        {
            return;
        }

        if (_registers.Chain4)
        {
            Store(address & 3, address & ~3, value);
        }
        else if (_registers.OddEven)
        {
            var cell = address & ~1;
            Store(address & 1, cell, value);
            Store((address & 1) | 2, cell, value);
        }
        else
        {
            WritePlanar(address, value);
        }
    }

    private void Store(int plane, int offset, byte value)
    {
        if ((_registers.MapMask >> plane & 1) != 0)
        {
            _planes[(plane * PlaneLength) + offset] = value;
        }
    }

    private void WritePlanar(int address, byte value)
    {
        var bitMask = Replicate(_registers.BitMask);
        uint data;
        switch (_registers.WriteMode)
        {
            case 0:
                var enabled = Spread(_registers.EnableSetReset);
                data = (Replicate(Rotate(value)) & ~enabled) | (Spread(_registers.SetReset) & enabled);
                data = Combine(data);
                break;
            case 1:
                data = _latches;
                bitMask = uint.MaxValue;
                break;
            case 2:
                data = Combine(Spread(value));
                break;
            default:
                bitMask &= Replicate(Rotate(value));
                data = Spread(_registers.SetReset);
                break;
        }

        data = (data & bitMask) | (_latches & ~bitMask);
        for (var plane = 0; plane < 4; plane++)
        {
            Store(plane, address, (byte)(data >> (8 * plane)));
        }
    }

    private byte Rotate(byte value) => (byte)((value >> _registers.RotateCount) | (value << (8 - _registers.RotateCount)));

    private uint Combine(uint data) => _registers.Function switch
    {
        1 => data & _latches,
        2 => data | _latches,
        3 => data ^ _latches,
        _ => data,
    };

    private static uint Replicate(byte value) => value * 0x01010101u;

    // A bit for each plane becomes a byte for each plane.
    private static uint Spread(int planes) => ((planes & 1) != 0 ? 0xffu : 0) | ((planes & 2) != 0 ? 0xff00u : 0)
        | ((planes & 4) != 0 ? 0xff0000u : 0) | ((planes & 8) != 0 ? 0xff000000u : 0);
}
