using System.Runtime.CompilerServices;
using Emulator.Core.Bus;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Video;

/// <summary>
/// What lies behind 0xa0000-0xbffff (IBM VGA Technical Reference, "Video memory organization" and "Graphics controller"): chain 4,
/// odd/even and planar access, write modes 0-3, read modes 0 and 1; in the modes of <see cref="BochsDispi"/>, a bank of the frame buffer.
/// </summary>
public sealed unsafe class VgaMemory : IMmioHandler
{
    private const int WindowLength = 0x10000;

    private readonly VideoMemory _video;
    private readonly VgaRegisters _registers;
    private readonly BochsDispi _dispi;
    private uint _latches;

    internal VgaMemory(VideoMemory video, VgaRegisters registers, BochsDispi dispi)
    {
        _video = video;
        _registers = registers;
        _dispi = dispi;
    }

    /// <summary>Counts writes, so that a display knows whether to draw again.</summary>
    public long Generation { get; private set; }

    /// <summary>A byte of a plane, as the CRT controller fetches it.</summary>
    public byte Plane(int plane, int offset) => (byte)(_video.Planes(offset & (VideoMemory.PlaneLength - 1)) >> (8 * plane));

    /// <summary>
    /// Puts a font into plane 2, as firmware does when it sets a text mode: 256 characters, one after the other.
    /// </summary>
    /// <param name="glyphs">Their rows.</param>
    /// <param name="height">Rows in a character, at most 32.</param>
    public void LoadFont(ReadOnlySpan<byte> glyphs, int height)
    {
        Generation++;
        for (var i = 0; i < glyphs.Length; i++)
        {
            _video.Pointer[(((i / height * VgaRegisters.FontRows) + (i % height)) * 4) + 2] = glyphs[i];
        }
    }

    /// <inheritdoc/>
    public ulong ReadMmio(ulong offset, int size)
    {
        if (TryLinear((int)offset, size, out var bytes))
        {
            _latches = Unsafe.ReadUnaligned<uint>(_video.Pointer + ((bytes - _video.Pointer) & ~3));
            return size switch
            {
                1 => *bytes,
                2 => Unsafe.ReadUnaligned<ushort>(bytes),
                4 => Unsafe.ReadUnaligned<uint>(bytes),
                _ => Unsafe.ReadUnaligned<ulong>(bytes),
            };
        }

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
        if (TryLinear((int)offset, size, out var bytes) && (_registers.MapMask == 0xf || _dispi.IsLinear))
        {
            new ReadOnlySpan<byte>(&value, size).CopyTo(new Span<byte>(bytes, size));
            return;
        }

        for (var i = 0; i < size; i++)
        {
            WriteByte((int)offset + i, (byte)(value >> (8 * i)));
        }
    }

    /// <summary>Blank text: spaces in grey on black.</summary>
    internal void Clear()
    {
        _video.Clear();
        for (var cell = 0; cell < VideoMemory.PlaneLength / 2; cell += 2)
        {
            _video.Planes(cell) = ' ' | 0x0700u;
        }

        _latches = 0;
        Generation++;
    }

    internal void Save(StateWriter writer)
    {
        _video.Save(writer);
        writer.Write(_latches);
    }

    internal void Load(StateReader reader)
    {
        _video.Load(reader);
        _latches = reader.ReadUInt32();
        Generation++;
    }

    /// <summary>The memory changed in another way.</summary>
    internal void Touch() => Generation++;

    // Whole accesses of chain-4 memory and of a bank of the frame buffer are plain ones.
    private bool TryLinear(int offset, int size, out byte* bytes)
    {
        bytes = null;
        if (_dispi.IsLinear)
        {
            if (offset + size > WindowLength)
            {
                return false;
            }

            bytes = _video.Pointer + ((_dispi.BankOffset + offset) & (_video.Length - 1));
            return true;
        }

        if (!_registers.Chain4 || !TryDecode(offset, out var address) || !TryDecode(offset + size - 1, out var last) || last < address)
        {
            return false;
        }

        bytes = _video.Pointer + address;
        return true;
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
        address = (offset - start) & (WindowLength - 1);
        return offset >= start && offset < start + length;
    }

    private byte ReadByte(int offset)
    {
        if (_dispi.IsLinear || !TryDecode(offset, out var address))
        {
            return 0xff;
        }

        if (_registers.Chain4)
        {
            _latches = _video.Planes(address >> 2);
            return (byte)(_latches >> (8 * (address & 3)));
        }

        _latches = Cell(address, _registers.OddEvenReads);
        if (_registers.OddEvenReads)
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
        if (_dispi.IsLinear || !TryDecode(offset, out var address))
        {
            return;
        }

        if (_registers.Chain4)
        {
            if ((_registers.MapMask >> (address & 3) & 1) != 0)
            {
                _video.Pointer[address] = value;
            }

            return;
        }

        ref var cell = ref Cell(address, _registers.OddEvenWrites);
        if (_registers.OddEvenWrites)
        {
            // Even addresses are planes 0 and 2, odd ones 1 and 3.
            var planes = Spread(_registers.MapMask & ((address & 1) != 0 ? 0xa : 0x5));
            cell = (cell & ~planes) | (Replicate(value) & planes);
        }
        else
        {
            var planes = Spread(_registers.MapMask);
            cell = (cell & ~planes) | (Planar(value) & planes);
        }
    }

    // GR6 bit 1 takes the lowest address bit for choosing planes. A bank shifts planar modes of the frame buffer.
    private ref uint Cell(int address, bool oddEven)
        => ref _video.Planes((oddEven && _registers.ChainsOddEven ? address & ~1 : address) + _dispi.BankOffset);

    private uint Planar(byte value)
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
                data = Combine(Spread(value & 0xf));
                break;
            default:
                bitMask &= Replicate(Rotate(value));
                data = Combine(Spread(_registers.SetReset));
                break;
        }

        return (data & bitMask) | (_latches & ~bitMask);
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
    private static uint Spread(int planes) => (((uint)planes * 0x00204081) & 0x01010101) * 0xff;
}
