using Emulator.Core.Snapshots;

namespace Emulator.Devices.Video;

/// <summary>
/// The VGA's register files (IBM VGA Technical Reference, "Registers"): sequencer, CRT controller, graphics and attribute controllers,
/// miscellaneous output and the DAC, with the bits that exist. Reset leaves text mode 3 (80 x 25, colour), as the firmware does.
/// </summary>
public sealed class VgaRegisters
{
    private const int CrtcProtect = 0x11;
    private const int CrtcOverflow = 0x07;
    private const byte LineCompareBit8 = 0x10;
    private const byte PaletteAddressSource = 0x20;

    /// <summary>Rows that a character takes in plane 2.</summary>
    internal const int FontRows = 32;

    private long _changes;
    private readonly byte[] _sequencer = new byte[5];
    private readonly byte[] _crtc = new byte[25];
    private readonly byte[] _graphics = new byte[9];
    private readonly byte[] _attribute = new byte[21];

    private static ReadOnlySpan<byte> SequencerBits => [0x03, 0x3d, 0x0f, 0x3f, 0x0e];

    private static ReadOnlySpan<byte> GraphicsBits => [0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff];

    private static ReadOnlySpan<byte> Mode3Sequencer => [0x03, 0x00, 0x03, 0x00, 0x02];

    private static ReadOnlySpan<byte> Mode3Graphics => [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x0f, 0xff];

    private static ReadOnlySpan<byte> Mode3Crtc =>
    [
        0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
        0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
    ];

    private static ReadOnlySpan<byte> Mode3Attribute =>
    [
        0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f,
        0x0c, 0x00, 0x0f, 0x08, 0x00,
    ];

    /// <summary>Miscellaneous output register; bit 0 puts the CRTC at 0x3d4, else at 0x3b4.</summary>
    public byte MiscellaneousOutput
    {
        get;
        set => Set(ref field, value);
    }

    /// <summary>The attribute controller's index; bit 5 shows the screen and protects the palette.</summary>
    public byte AttributeIndex
    {
        get;
        internal set => Set(ref field, value);
    }

    /// <summary>The palette of 256 colours of three 6-bit components.</summary>
    public VgaDac Dac { get; } = new();

    /// <summary>Grows with every change, of the DAC's too.</summary>
    internal long Generation => _changes + Dac.Generation;

    internal bool IsBlank => (AttributeIndex & PaletteAddressSource) == 0 || (_sequencer[1] & 0x20) != 0;

    internal byte MapMask => _sequencer[2];

    internal bool Chain4 => (_sequencer[4] & 0x08) != 0;

    internal byte SetReset => _graphics[0];

    internal byte EnableSetReset => _graphics[1];

    internal byte ColourCompare => _graphics[2];

    internal int RotateCount => _graphics[3] & 7;

    internal int Function => _graphics[3] >> 3;

    internal int ReadMap => _graphics[4];

    internal int WriteMode => _graphics[5] & 3;

    internal int ReadMode => (_graphics[5] >> 3) & 1;

    internal bool OddEvenReads => (_graphics[5] & 0x10) != 0;

    internal bool OddEvenWrites => (_sequencer[4] & 0x04) == 0;

    internal bool ChainsOddEven => (_graphics[6] & 0x02) != 0;

    internal bool GraphicsMode => (_graphics[6] & 1) != 0;

    internal int MemoryMapSelect => (_graphics[6] >> 2) & 3;

    internal byte ColourDontCare => _graphics[7];

    internal byte BitMask => _graphics[8];

    /// <summary>A sequencer register; 0 when there is none of that index.</summary>
    public byte Sequencer(int index) => index < _sequencer.Length ? _sequencer[index] : (byte)0;

    /// <summary>A CRT controller register.</summary>
    public byte Crtc(int index) => index < _crtc.Length ? _crtc[index] : (byte)0;

    /// <summary>A graphics controller register.</summary>
    public byte Graphics(int index) => index < _graphics.Length ? _graphics[index] : (byte)0;

    /// <summary>An attribute controller register.</summary>
    public byte Attribute(int index) => index < _attribute.Length ? _attribute[index] : (byte)0;

    internal void WriteSequencer(int index, byte value)
    {
        if (index < _sequencer.Length)
        {
            Set(ref _sequencer[index], (byte)(value & SequencerBits[index]));
        }
    }

    internal void WriteGraphics(int index, byte value)
    {
        if (index < _graphics.Length)
        {
            Set(ref _graphics[index], (byte)(value & GraphicsBits[index]));
        }
    }

    internal void WriteAttribute(int index, byte value)
    {
        if (index < _attribute.Length)
        {
            Set(ref _attribute[index], (byte)(value & AttributeBits(index)));
        }
    }

    // CR11 bit 7 protects CR0 to CR7, but for the line compare bit in CR7.
    internal void WriteCrtc(int index, byte value)
    {
        if (index >= _crtc.Length)
        {
            return;
        }

        if (index <= CrtcOverflow && (_crtc[CrtcProtect] & 0x80) != 0)
        {
            if (index == CrtcOverflow)
            {
                Set(ref _crtc[index], (byte)((_crtc[index] & ~LineCompareBit8) | (value & LineCompareBit8)));
            }

            return;
        }

        Set(ref _crtc[index], value);
    }

    internal void Reset()
    {
        Mode3Sequencer.CopyTo(_sequencer);
        Mode3Crtc.CopyTo(_crtc);
        Mode3Graphics.CopyTo(_graphics);
        Mode3Attribute.CopyTo(_attribute);
        MiscellaneousOutput = 0x67;
        AttributeIndex = PaletteAddressSource;
        Dac.Reset();
        _changes++;
    }

    internal void Save(StateWriter writer)
    {
        writer.Write(_sequencer.AsSpan());
        writer.Write(_crtc.AsSpan());
        writer.Write(_graphics.AsSpan());
        writer.Write(_attribute.AsSpan());
        writer.Write(MiscellaneousOutput);
        writer.Write(AttributeIndex);
        Dac.Save(writer);
    }

    internal void Load(StateReader reader)
    {
        reader.ReadBytes(_sequencer);
        reader.ReadBytes(_crtc);
        reader.ReadBytes(_graphics);
        reader.ReadBytes(_attribute);
        MiscellaneousOutput = reader.ReadByte();
        AttributeIndex = reader.ReadByte();
        Dac.Load(reader);
        _changes++;
    }

    private static int AttributeBits(int index) => index switch
    {
        < 0x10 or 0x12 => 0x3f,
        0x10 => 0xef,
        0x13 or 0x14 => 0x0f,
        _ => 0xff,
    };

    private void Set(ref byte register, byte value)
    {
        if (register != value)
        {
            register = value;
            _changes++;
        }
    }
}
