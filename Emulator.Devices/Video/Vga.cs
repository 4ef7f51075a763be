using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Devices.Video;

/// <summary>
/// A VGA as ISA software sees it (IBM VGA Technical Reference): registers at 0x3b4-0x3da and memory at 0xa0000-0xbffff, and the Bochs
/// display interface at 0x1ce. The beam's position and blinking follow from virtual time.
/// </summary>
public sealed class Vga : IDevice, IPortHandler, IDisplaySource
{
    private const byte NotDisplaying = 0x01;
    private const byte VerticalRetrace = 0x08;
    private const int DispiPorts = 3;

    private readonly EventScheduler _scheduler;
    private byte _sequencerIndex;
    private byte _graphicsIndex;
    private byte _crtcIndex;
    private byte _featureControl;
    private byte _enable = 1;
    private bool _attributeData;

    private readonly VgaRenderer _renderer;

    /// <summary>Claims the ports and the window.</summary>
    public Vga(IoPortBus ports, MemoryMap memory, EventScheduler scheduler, VideoMemory video)
    {
        _scheduler = scheduler;
        Video = video;
        Dispi = new BochsDispi(video);
        Memory = new VgaMemory(video, Registers, Dispi);
        _renderer = new VgaRenderer(Registers, video, Memory, Dispi);
        Claim(ports, 0x3b4, 2);
        Claim(ports, 0x3ba, 1);
        Claim(ports, 0x3c0, 16);
        Claim(ports, 0x3d4, 2);
        Claim(ports, 0x3da, 1);
        ports.Claim("vga.dispi", PcPlatform.BochsDispiPort, DispiPorts, new DispiPort(this));
        memory.MapMmio("vga", PcPlatform.VgaWindow, PcPlatform.VgaWindowLength, Memory, PcPlatform.VgaPriority);
    }

    /// <inheritdoc/>
    public string StateName => "vga";

    /// <inheritdoc/>
    public int StateVersion => 2;

    /// <summary>The memory behind the planes and the frame buffer.</summary>
    public VideoMemory Video { get; }

    /// <summary>The registers of modes with a linear frame buffer.</summary>
    public BochsDispi Dispi { get; }

    /// <summary>The register files.</summary>
    public VgaRegisters Registers { get; } = new();

    /// <summary>The planes.</summary>
    public VgaMemory Memory { get; }

    /// <summary>The visible text page.</summary>
    public VgaTextPage Text => new(this);

    /// <inheritdoc/>
    public void Render(Frame frame) => _renderer.Render(frame, _scheduler.Now / new VgaBeam(Registers).Frame);

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
        Dispi.Reset();
        Memory.Clear();
        _sequencerIndex = _graphicsIndex = _crtcIndex = _featureControl = 0;
        _enable = 1;
        _attributeData = false;
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        Registers.Save(writer);
        Dispi.Save(writer);
        Memory.Save(writer);
        writer.Write(_sequencerIndex);
        writer.Write(_graphicsIndex);
        writer.Write(_crtcIndex);
        writer.Write(_featureControl);
        writer.Write(_enable);
        writer.Write(_attributeData);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        Registers.Load(reader);
        Dispi.Load(reader);
        Memory.Load(reader);
        _sequencerIndex = reader.ReadByte();
        _graphicsIndex = reader.ReadByte();
        _crtcIndex = reader.ReadByte();
        _featureControl = reader.ReadByte();
        _enable = reader.ReadByte();
        _attributeData = reader.ReadBoolean();
    }

    /// <summary>Writes a register of the display interface.</summary>
    internal void WriteDispi(int index, ushort value)
    {
        Dispi.Write(index, value);
        Memory.Touch();
        if (Registers.Dac.IsWide != Dispi.HasWideDac)
        {
            Registers.Dac.IsWide = Dispi.HasWideDac;
        }
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
                return Registers.AttributeIndex;
            case 0x3c1:
                return Registers.Attribute(Registers.AttributeIndex & 0x1f);
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
            Registers.AttributeIndex = (byte)(value & 0x3f);
        }
        else if ((Registers.AttributeIndex & 0x1f) >= 0x10 || (Registers.AttributeIndex & 0x20) == 0)
        {
            Registers.WriteAttribute(Registers.AttributeIndex & 0x1f, value);
        }

        _attributeData = !_attributeData;
    }

    private byte Status()
    {
        var beam = new VgaBeam(Registers);
        var now = _scheduler.Now;
        return (byte)((beam.IsBlank(now) ? NotDisplaying : 0) | (beam.IsRetrace(now) ? VerticalRetrace : 0));
    }

    private sealed class Window(Vga vga, ushort start) : IPortHandler
    {
        public uint ReadPort(ushort offset, int size) => vga.ReadPort((ushort)(start + offset), size);

        public void WritePort(ushort offset, int size, uint value) => vga.WritePort((ushort)(start + offset), size, value);
    }
    // The index register is the first port; the data register, a word, is the second and, on other machines' wiring, the third.
    private sealed class DispiPort(Vga vga) : IPortHandler
    {
        public uint ReadPort(ushort offset, int size) => offset == 0 ? vga.Dispi.Index : vga.Dispi.Read(vga.Dispi.Index);

        public void WritePort(ushort offset, int size, uint value)
        {
            if (offset == 0)
            {
                vga.Dispi.Index = (ushort)value;
            }
            else
            {
                vga.WriteDispi(vga.Dispi.Index, (ushort)value);
            }
        }
    }
}
