using Emulator.Core.Snapshots;

namespace Emulator.Devices.Video;

/// <summary>The VGA's palette DAC (IBM VGA Technical Reference, "Video digital-to-analog converter"; INMOS IMSG171): ports 0x3c6-0x3c9.</summary>
public sealed class VgaDac
{
    private readonly byte[] _palette = new byte[256 * 3];
    private byte _writeIndex;
    private byte _readIndex;
    private byte _component;
    private bool _reading;

    /// <summary>The pixel mask register.</summary>
    public byte PixelMask
    {
        get;
        internal set
        {
            field = value;
            Generation++;
        }
    } = 0xff;

    /// <summary>Whether components have 8 bits rather than 6, as the display interface may ask for.</summary>
    internal bool IsWide
    {
        get;
        set
        {
            field = value;
            Generation++;
        }
    }

    /// <summary>Grows with every change.</summary>
    internal long Generation { get; private set; }

    /// <summary>The DAC state register: 3 while reading, 0 while writing.</summary>
    public byte State => _reading ? (byte)3 : (byte)0;

    /// <summary>The write index register.</summary>
    public byte WriteIndex => _writeIndex;

    /// <summary>A colour's 6-bit components.</summary>
    public (byte Red, byte Green, byte Blue) Colour(int index)
    {
        var at = (index & 0xff) * 3;
        return (_palette[at], _palette[at + 1], _palette[at + 2]);
    }

    /// <summary>The colour that a pixel's byte stands for: 0x00RRGGBB.</summary>
    internal uint Shown(int pixel)
    {
        var (red, green, blue) = Colour(pixel & PixelMask);
        return ((uint)Scale(red) << 16) | ((uint)Scale(green) << 8) | (uint)Scale(blue);
    }

    internal void SetWriteIndex(byte index)
    {
        _writeIndex = index;
        _component = 0;
        _reading = false;
    }

    internal void SetReadIndex(byte index)
    {
        _readIndex = index;
        _component = 0;
        _reading = true;
    }

    internal byte ReadData()
    {
        var value = _palette[(_readIndex * 3) + _component];
        Advance(ref _readIndex);
        return value;
    }

    internal void WriteData(byte value)
    {
        _palette[(_writeIndex * 3) + _component] = IsWide ? value : (byte)(value & 0x3f);
        Generation++;
        Advance(ref _writeIndex);
    }

    // The 16 EGA colours at the places to which text mode 3's attribute palette points, by their rgbRGB bits.
    internal void Reset()
    {
        Array.Clear(_palette);
        for (var i = 0; i < 64; i++)
        {
            _palette[i * 3] = Level(i, 2);
            _palette[(i * 3) + 1] = Level(i, 1);
            _palette[(i * 3) + 2] = Level(i, 0);
        }

        PixelMask = 0xff;
        IsWide = false;
        _writeIndex = _readIndex = _component = 0;
        _reading = false;
    }

    internal void Save(StateWriter writer)
    {
        writer.Write(_palette.AsSpan());
        writer.Write(_writeIndex);
        writer.Write(_readIndex);
        writer.Write(_component);
        writer.Write(_reading);
        writer.Write(PixelMask);
        writer.Write(IsWide);
    }

    internal void Load(StateReader reader)
    {
        reader.ReadBytes(_palette);
        _writeIndex = reader.ReadByte();
        _readIndex = reader.ReadByte();
        _component = (byte)(reader.ReadByte() % 3);
        _reading = reader.ReadBoolean();
        PixelMask = reader.ReadByte();
        IsWide = reader.ReadBoolean();
    }

    private int Scale(byte component)
    {
        var six = component & 0x3f;
        return IsWide ? component : (six << 2) | (six >> 4);
    }

    private static byte Level(int colour, int bit)
        => (byte)(((colour >> bit & 1) != 0 ? 0x2a : 0) + ((colour >> (bit + 3) & 1) != 0 ? 0x15 : 0));

    private void Advance(ref byte index)
    {
        if (++_component == 3)
        {
            _component = 0;
            index++;
        }
    }
}
