using Emulator.Core.Snapshots;

namespace Emulator.Devices.Video;

/// <summary>
/// The registers by which the Bochs display interface ("VBE DISPI", ids B0C0 to B0C5) sets modes with a linear frame buffer: ports
/// 0x1ce and 0x1cf, or words from 0x500 in the PCI adapter's register window.
/// </summary>
public sealed class BochsDispi
{
    /// <summary>The first and oldest id.</summary>
    public const ushort FirstId = 0xb0c0;

    /// <summary>The newest id, which reset leaves.</summary>
    public const ushort LastId = 0xb0c5;

    private const int Id = 0;
    private const int XResolution = 1;
    private const int YResolution = 2;
    private const int BitsPerPixel = 3;
    private const int Enable = 4;
    private const int Bank = 5;
    private const int VirtualWidth = 6;
    private const int VirtualHeight = 7;
    private const int XOffset = 8;
    private const int YOffset = 9;
    private const int MemorySize = 10;

    private const ushort Enabled = 0x01;
    private const ushort GetCapabilities = 0x02;
    private const ushort Dac8 = 0x20;
    private const ushort NoClearMemory = 0x80;

    private const int MaximumWidth = 16000;
    private const int MaximumHeight = 12000;
    private const int MaximumDepth = 32;

    private readonly ushort[] _registers = new ushort[MemorySize];
    private readonly VideoMemory _memory;

    internal BochsDispi(VideoMemory memory) => _memory = memory;

    /// <summary>Number of registers.</summary>
    public const int Count = MemorySize + 1;

    /// <summary>The index register.</summary>
    public ushort Index { get; set; }

    /// <summary>Whether a mode of this interface is on; else the VGA's registers say what is shown.</summary>
    public bool IsEnabled => (_registers[Enable] & Enabled) != 0;

    /// <summary>Whether the mode that is on has packed pixels rather than planes.</summary>
    public bool IsLinear => IsEnabled && Depth != 4;

    /// <summary>Whether colours in the DAC have 8 bits.</summary>
    public bool HasWideDac => (_registers[Enable] & Dac8) != 0;

    /// <summary>Pixels in a row of the screen.</summary>
    public int Width => _registers[XResolution];

    /// <summary>Rows of the screen.</summary>
    public int Height => _registers[YResolution];

    /// <summary>Bits of a pixel: 4, 8, 15, 16, 24 or 32.</summary>
    public int Depth => _registers[BitsPerPixel];

    /// <summary>Bytes from a row to the next.</summary>
    public int Pitch => _registers[VirtualWidth] * StorageBits / 8;

    /// <summary>The byte at which the screen begins.</summary>
    public int Start => (_registers[XOffset] * StorageBits / 8) + (_registers[YOffset] * Pitch);

    /// <summary>Where the 64 KiB window at 0xa0000 begins, in bytes of the frame buffer or, with planes, of a plane.</summary>
    public int BankOffset => IsEnabled ? _registers[Bank] << 16 : 0;

    /// <summary>Grows with every change.</summary>
    internal long Generation { get; private set; }

    private int StorageBits => Depth == 15 ? 16 : Depth;

    /// <summary>Reads a register; 0 where there is none.</summary>
    public ushort Read(int index)
    {
        if (index == MemorySize)
        {
            return (ushort)(_memory.Length >> 16);
        }

        var capabilities = (_registers[Enable] & GetCapabilities) != 0;
        return index switch
        {
            XResolution when capabilities => MaximumWidth,
            YResolution when capabilities => MaximumHeight,
            BitsPerPixel when capabilities => MaximumDepth,
            >= Id and < MemorySize => _registers[index],
            _ => 0,
        };
    }

    /// <summary>Writes a register.</summary>
    public void Write(int index, ushort value)
    {
        Generation++;
        switch (index)
        {
            case Id:
                _registers[Id] = value is >= FirstId and <= LastId ? value : _registers[Id];
                break;
            case Bank:
                _registers[Bank] = (ushort)(value & ((_memory.Length >> 16) - 1));
                break;
            case Enable:
                WriteEnable(value);
                break;
            case XResolution or YResolution or BitsPerPixel or VirtualWidth or XOffset or YOffset:
                _registers[index] = value;
                Settle();
                break;
            default:
                // The virtual height follows from the width; the rest does not exist.
                break;
        }
    }

    internal void Reset()
    {
        Array.Clear(_registers);
        _registers[Id] = LastId;
        Index = 0;
        Generation++;
    }

    internal void Save(StateWriter writer)
    {
        writer.Write(Index);
        foreach (var value in _registers)
        {
            writer.Write(value);
        }
    }

    internal void Load(StateReader reader)
    {
        Index = reader.ReadUInt16();
        for (var i = 0; i < _registers.Length; i++)
        {
            _registers[i] = reader.ReadUInt16();
        }

        _registers[Bank] &= (ushort)((_memory.Length >> 16) - 1);
        Settle();
        Generation++;
    }

    private void WriteEnable(ushort value)
    {
        var turnsOn = (value & Enabled) != 0 && !IsEnabled;
        _registers[Enable] = value;
        if (turnsOn)
        {
            _registers[VirtualWidth] = _registers[XOffset] = _registers[YOffset] = 0;
            Settle();
            if ((value & NoClearMemory) == 0)
            {
                _memory.Clear(0, Pitch * Height);
            }
        }
        else if ((value & Enabled) == 0)
        {
            _registers[Bank] = 0;
        }
    }

    // While a mode is on, its registers always describe a screen within the memory.
    private void Settle()
    {
        if (!IsEnabled)
        {
            return;
        }

        if (Depth is not (4 or 8 or 15 or 16 or 24 or 32))
        {
            _registers[BitsPerPixel] = 8;
        }

        var width = Math.Clamp(Width & ~7, 8, Math.Min(MaximumWidth, (_memory.Length * 8L / StorageBits) & ~7));
        _registers[XResolution] = (ushort)width;
        _registers[VirtualWidth] = (ushort)Math.Clamp(_registers[VirtualWidth] & ~7, width, MaximumWidth);
        var rows = _memory.Length / Pitch;
        _registers[VirtualHeight] = (ushort)Math.Min(rows, ushort.MaxValue);
        _registers[YResolution] = (ushort)Math.Clamp(Height, 1, Math.Min(rows, MaximumHeight));
        _registers[XOffset] = (ushort)Math.Min(_registers[XOffset], _registers[VirtualWidth] - width);
        _registers[YOffset] = (ushort)Math.Min(_registers[YOffset], rows - Height);
    }
}
