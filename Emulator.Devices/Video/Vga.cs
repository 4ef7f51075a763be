using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Devices.Video;

/// <summary>
/// A VGA as ISA software sees it (IBM VGA Technical Reference): registers at 0x3b4-0x3da and memory at 0xa0000-0xbffff. The beam's
/// position is computed from virtual time: 31.469 kHz lines, 449 of them a frame (70 Hz).
/// </summary>
public sealed class Vga : IDevice, IPortHandler
{
    private const long LineTime = 31_778;
    private const long VisibleLineTime = 25_422;
    private const int LinesPerFrame = 449;
    private const int VisibleLines = 400;
    private const int RetraceLine = 412;
    private const int RetraceLines = 2;
    private const byte NotDisplaying = 0x01;
    private const byte VerticalRetrace = 0x08;

    private readonly EventScheduler _scheduler;
    private byte _sequencerIndex;
    private byte _graphicsIndex;
    private byte _crtcIndex;
    private byte _attributeIndex;
    private byte _featureControl;
    private byte _enable = 1;
    private bool _attributeData;

    /// <summary>Claims the ports and the window.</summary>
    public Vga(IoPortBus ports, MemoryMap memory, EventScheduler scheduler)
    {
        _scheduler = scheduler;
        Memory = new VgaMemory(Registers);
        Claim(ports, 0x3b4, 2);
        Claim(ports, 0x3ba, 1);
        Claim(ports, 0x3c0, 16);
        Claim(ports, 0x3d4, 2);
        Claim(ports, 0x3da, 1);
        memory.MapMmio("vga", PcPlatform.VgaWindow, PcPlatform.VgaWindowLength, Memory, PcPlatform.VgaPriority);
    }

    /// <inheritdoc/>
    public string StateName => "vga";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>The register files.</summary>
    public VgaRegisters Registers { get; } = new();

    /// <summary>The planes.</summary>
    public VgaMemory Memory { get; }

    /// <summary>The visible text page.</summary>
    public VgaTextPage Text => new(Registers, Memory);

    /// <summary>Reads the port at an offset from 0x3b0.</summary>
    public uint ReadPort(ushort offset, int size)
    {
        var value = 0u;
        for (var i = 0; i < size; i++)
        {
            value |= (uint)ReadByte(0x3b0 + offset + i) << (8 * i);
        }

        return value;
    }

    /// <summary>Writes the port at an offset from 0x3b0.</summary>
    public void WritePort(ushort offset, int size, uint value)
    {
        for (var i = 0; i < size; i++)
        {
            WriteByte(0x3b0 + offset + i, (byte)(value >> (8 * i)));
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        Registers.Reset();
        Memory.Clear();
        _sequencerIndex = _graphicsIndex = _crtcIndex = _featureControl = 0;
        _attributeIndex = 0x20;
        _enable = 1;
        _attributeData = false;
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        Registers.Save(writer);
        Memory.Save(writer);
        writer.Write(_sequencerIndex);
        writer.Write(_graphicsIndex);
        writer.Write(_crtcIndex);
        writer.Write(_attributeIndex);
        writer.Write(_featureControl);
        writer.Write(_enable);
        writer.Write(_attributeData);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        Registers.Load(reader);
        Memory.Load(reader);
        _sequencerIndex = reader.ReadByte();
        _graphicsIndex = reader.ReadByte();
        _crtcIndex = reader.ReadByte();
        _attributeIndex = reader.ReadByte();
        _featureControl = reader.ReadByte();
        _enable = reader.ReadByte();
        _attributeData = reader.ReadBoolean();
    }

    private void Claim(IoPortBus ports, ushort first, int count)
        => ports.Claim("vga", first, count, new Window(this, (ushort)(first - 0x3b0)));

    // The CRTC and status ports of the other adapter kind (monochrome or colour) do not answer.
    private bool IsHidden(int port)
    {
        var colour = (Registers.MiscellaneousOutput & 1) != 0;
        return port < 0x3c0 ? colour : port >= 0x3d0 && !colour;
    }

    private byte ReadByte(int port)
    {
        if (IsHidden(port))
        {
            return 0xff;
        }

        switch (port)
        {
            case 0x3c0:
                return _attributeIndex;
            case 0x3c1:
                return Registers.Attribute(_attributeIndex & 0x1f);
            case 0x3c3:
                return _enable;
            case 0x3c4:
                return _sequencerIndex;
            case 0x3c5:
                return Registers.Sequencer(_sequencerIndex);
            case 0x3c6:
                return Registers.Dac.PixelMask;
            case 0x3c7:
                return Registers.Dac.State;
            case 0x3c8:
                return Registers.Dac.WriteIndex;
            case 0x3c9:
                return Registers.Dac.ReadData();
            case 0x3ca:
                return _featureControl;
            case 0x3cc:
                return Registers.MiscellaneousOutput;
            case 0x3ce:
                return _graphicsIndex;
            case 0x3cf:
                return Registers.Graphics(_graphicsIndex);
            case 0x3b4 or 0x3d4:
                return _crtcIndex;
            case 0x3b5 or 0x3d5:
                return Registers.Crtc(_crtcIndex);
            case 0x3ba or 0x3da:
                _attributeData = false;
                return Status();
            default:
                // 0x3c2 is input status 0: no interrupt, and a sense comparator that sees no monitor change.
                return 0;
        }
    }

    private void WriteByte(int port, byte value)
    {
        if (IsHidden(port))
        {
            return;
        }

        switch (port)
        {
            case 0x3c0:
                WriteAttribute(value);
                break;
            case 0x3c2:
                Registers.MiscellaneousOutput = value;
                break;
            case 0x3c3:
                _enable = (byte)(value & 1);
                break;
            case 0x3c4:
                _sequencerIndex = (byte)(value & 7);
                break;
            case 0x3c5:
                Registers.WriteSequencer(_sequencerIndex, value);
                break;
            case 0x3c6:
                Registers.Dac.PixelMask = value;
                break;
            case 0x3c7:
                Registers.Dac.SetReadIndex(value);
                break;
            case 0x3c8:
                Registers.Dac.SetWriteIndex(value);
                break;
            case 0x3c9:
                Registers.Dac.WriteData(value);
                break;
            case 0x3ce:
                _graphicsIndex = (byte)(value & 15);
                break;
            case 0x3cf:
                Registers.WriteGraphics(_graphicsIndex, value);
                break;
            case 0x3b4 or 0x3d4:
                _crtcIndex = (byte)(value & 0x3f);
                break;
            case 0x3b5 or 0x3d5:
                Registers.WriteCrtc(_crtcIndex, value);
                break;
            case 0x3ba or 0x3da:
                _featureControl = value;
                break;
            default:
                break;
        }
    }

    // One port takes index and data in turn. The palette is writable only while the index's bit 5 blanks the screen.
    private void WriteAttribute(byte value)
    {
        if (!_attributeData)
        {
            _attributeIndex = (byte)(value & 0x3f);
        }
        else if ((_attributeIndex & 0x1f) >= 0x10 || (_attributeIndex & 0x20) == 0)
        {
            Registers.WriteAttribute(_attributeIndex & 0x1f, value);
        }

        _attributeData = !_attributeData;
    }

    private byte Status()
    {
        var (line, inLine) = Math.DivRem(_scheduler.Now % (LineTime * LinesPerFrame), LineTime);
        var status = line >= VisibleLines || inLine >= VisibleLineTime ? NotDisplaying : (byte)0;
        return line is >= RetraceLine and < RetraceLine + RetraceLines ? (byte)(status | VerticalRetrace) : status;
    }

    private sealed class Window(Vga vga, ushort start) : IPortHandler
    {
        public uint ReadPort(ushort offset, int size) => vga.ReadPort((ushort)(start + offset), size);

        public void WritePort(ushort offset, int size, uint value) => vga.WritePort((ushort)(start + offset), size, value);
    }
}
