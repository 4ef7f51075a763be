using Emulator.Core.Bus;
using Emulator.Devices;

namespace Emulator.Host.Bios.Video;

/// <summary>A VGA's registers through its ports (IBM VGA Technical Reference).</summary>
internal sealed class VgaPorts(IoPortBus ports)
{
    private const ushort Attribute = 0x3c0;
    private const ushort AttributeRead = 0x3c1;
    private const ushort MiscellaneousWrite = 0x3c2;
    private const ushort SequencerIndex = 0x3c4;
    private const ushort DacMask = 0x3c6;
    private const ushort DacRead = 0x3c7;
    private const ushort DacWrite = 0x3c8;
    private const ushort DacData = 0x3c9;
    private const ushort MiscellaneousRead = 0x3cc;
    private const ushort GraphicsIndex = 0x3ce;
    private const byte PaletteOn = 0x20;

    /// <summary>The miscellaneous output register.</summary>
    public byte Miscellaneous
    {
        get => In(MiscellaneousRead);
        set => Out(MiscellaneousWrite, value);
    }

    /// <summary>The CRT controller's index port: 3b4h or 3d4h.</summary>
    public ushort CrtcPort => (Miscellaneous & 1) != 0 ? (ushort)0x3d4 : (ushort)0x3b4;

    public byte Sequencer(int index) => Indexed(SequencerIndex, index);

    public void Sequencer(int index, int value) => Indexed(SequencerIndex, index, value);

    public byte Graphics(int index) => Indexed(GraphicsIndex, index);

    public void Graphics(int index, int value) => Indexed(GraphicsIndex, index, value);

    public byte Crtc(int index) => Indexed(CrtcPort, index);

    public void Crtc(int index, int value) => Indexed(CrtcPort, index, value);

    /// <summary>Reads an attribute register; the screen stays on.</summary>
    public byte AttributeOf(int index)
    {
        ResetFlipFlop();
        Out(Attribute, index);
        var value = In(AttributeRead);
        ScreenOn();
        return value;
    }

    /// <summary>Writes an attribute register; the screen stays on.</summary>
    public void AttributeOf(int index, int value)
    {
        ResetFlipFlop();
        Out(Attribute, index);
        Out(Attribute, value);
        ScreenOn();
    }

    /// <summary>Lets the attribute controller show pixels.</summary>
    public void ScreenOn()
    {
        ResetFlipFlop();
        Out(Attribute, PaletteOn);
    }

    /// <summary>Reads the pixel mask.</summary>
    public byte PixelMask
    {
        get => In(DacMask);
        set => Out(DacMask, value);
    }

    /// <summary>Reads colours from the DAC.</summary>
    public void ReadDac(int first, Span<byte> colours)
    {
        Out(DacRead, first);
        foreach (ref var value in colours)
        {
            value = In(DacData);
        }
    }

    /// <summary>Writes colours to the DAC.</summary>
    public void WriteDac(int first, ReadOnlySpan<byte> colours)
    {
        Out(DacWrite, first);
        foreach (var value in colours)
        {
            Out(DacData, value);
        }
    }

    /// <summary>Makes the speaker sound: counter 2 of the 8254 in mode 3, its gate and its way to the speaker open.</summary>
    public void StartSpeaker(ushort divisor)
    {
        Out(PcPlatform.PitPort + 3, 0xb6);
        Out(PcPlatform.PitPort + 2, divisor);
        Out(PcPlatform.PitPort + 2, divisor >> 8);
        Out(PcPlatform.SystemControlPortB, In(PcPlatform.SystemControlPortB) | 3);
    }

    private void ResetFlipFlop() => In((ushort)(CrtcPort + 6));

    private byte Indexed(ushort port, int index)
    {
        Out(port, index);
        return In((ushort)(port + 1));
    }

    private void Indexed(ushort port, int index, int value)
    {
        Out(port, index);
        Out((ushort)(port + 1), value);
    }

    private byte In(ushort port) => (byte)ports.Read(port, 1);

    private void Out(ushort port, int value) => ports.Write(port, 1, (byte)value);
}
