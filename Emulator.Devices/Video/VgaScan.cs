namespace Emulator.Devices.Video;

/// <summary>How pixels are made of what the CRT controller fetches.</summary>
internal enum VgaPixels
{
    /// <summary>Characters and attributes (GR6 bit 0 clear).</summary>
    Text,

    /// <summary>A bit from each plane.</summary>
    Planar,

    /// <summary>Pairs of bits, from planes 0 and 2, then 1 and 3 (GR5 bit 5): the CGA's four colours.</summary>
    Interleaved,

    /// <summary>Bytes (GR5 bit 6).</summary>
    Packed,
}

/// <summary>
/// What the CRT controller, the sequencer and the attribute controller say about the picture, read from their registers (IBM VGA
/// Technical Reference, "CRT controller registers"); no mode is known by number.
/// </summary>
internal readonly struct VgaScan(VgaRegisters registers)
{
    private const int AddressMask = 0xffff;

    /// <summary>How pixels are made.</summary>
    public VgaPixels Pixels { get; } = !registers.GraphicsMode ? VgaPixels.Text
        : (registers.Graphics(5) & 0x40) != 0 ? VgaPixels.Packed
        : (registers.Graphics(5) & 0x20) != 0 ? VgaPixels.Interleaved
        : VgaPixels.Planar;

    /// <summary>Character clocks in a row (CR1).</summary>
    public int Columns { get; } = registers.Crtc(0x01) + 1;

    /// <summary>Dots in a character clock (SR1 bit 0); graphics have eight.</summary>
    public int Dots { get; } = registers.GraphicsMode || (registers.Sequencer(1) & 0x01) != 0 ? 8 : 9;

    /// <summary>Whether dots are twice as wide (SR1 bit 3).</summary>
    public bool HalfClock { get; init; } = (registers.Sequencer(1) & 0x08) != 0;

    /// <summary>Rows of dots on the screen (CR12, CR7).</summary>
    public int Lines { get; } = (registers.Crtc(0x12) | ((registers.Crtc(0x07) & 0x02) << 7) | ((registers.Crtc(0x07) & 0x40) << 3)) + 1;

    /// <summary>The last row scan of a character row (CR9 bits 4:0).</summary>
    public int LastRowScan { get; } = registers.Crtc(0x09) & 0x1f;

    /// <summary>Whether each row scan is shown twice (CR9 bit 7).</summary>
    public bool DoubleScan { get; } = (registers.Crtc(0x09) & 0x80) != 0;

    /// <summary>The address counter at the top (CRC, CRD), with the byte panning of CR8.</summary>
    public int Start { get; } = (registers.Crtc(0x0c) << 8) + registers.Crtc(0x0d) + ((registers.Crtc(0x08) >> 5) & 3);

    /// <summary>The row scan at the top (CR8 bits 4:0).</summary>
    public int FirstRowScan { get; } = registers.Crtc(0x08) & 0x1f;

    /// <summary>What the address counter's start grows by from a character row to the next (CR13).</summary>
    public int Pitch { get; } = registers.Crtc(0x13) * 2;

    /// <summary>The row of dots after which the address counter begins at 0 (CR18, CR7, CR9).</summary>
    public int LineCompare { get; } = registers.Crtc(0x18) | ((registers.Crtc(0x07) & 0x10) << 4) | ((registers.Crtc(0x09) & 0x40) << 3);

    /// <summary>Dots by which the picture is moved left (AR13).</summary>
    public int Panning { get; } = PanningOf(registers);

    /// <summary>Whether the part below <see cref="LineCompare"/> is not panned (AR10 bit 5).</summary>
    public bool PansTopOnly { get; } = (registers.Attribute(0x10) & 0x20) != 0;

    /// <summary>The picture's width in pixels.</summary>
    public int Width => Columns * Dots * (HalfClock ? 2 : 1);

    /// <summary>Whether the two row scans show the same in graphics: CR17 bits 0 and 1 put the row scan into addresses.</summary>
    public bool SameLine(int rowScan, int otherRowScan) => Pixels != VgaPixels.Text && Substituted(0, rowScan) == Substituted(0, otherRowScan);

    /// <summary>
    /// The offset in the planes for a value of the address counter: byte, word and double-word mode (CR17 bit 6, CR14 bit 6), then the
    /// row scan in bits 13 and 14. Chain 4 keeps every fourth offset together, so its addresses are turned by two bits.
    /// </summary>
    public int Offset(int counter, int rowScan)
    {
        counter &= AddressMask;
        var address = counter;
        if ((registers.Crtc(0x14) & 0x40) != 0)
        {
            address = (counter << 2) | ((counter >> 12) & 3);
            if (registers.Chain4)
            {
                // Turned back: the double-word address of a counter is its own.
                return counter;
            }
        }
        else if ((registers.Crtc(0x17) & 0x40) == 0)
        {
            address = (counter << 1) | ((counter >> ((registers.Crtc(0x17) & 0x20) != 0 ? 15 : 13)) & 1);
        }

        address = Substituted(address & AddressMask, rowScan);
        return registers.Chain4 ? (address >> 2) | ((address & 3) << 14) : address;
    }

    private int Substituted(int address, int rowScan)
    {
        var mode = registers.Crtc(0x17);
        address = (mode & 1) == 0 ? (address & ~0x2000) | ((rowScan & 1) << 13) : address;
        return (mode & 2) == 0 ? (address & ~0x4000) | ((rowScan & 2) << 13) : address;
    }

    // With nine dots, 8 stands for none and 0 for one; pixels of two dots are panned by whole pixels.
    private static int PanningOf(VgaRegisters registers)
    {
        var value = registers.Attribute(0x13) & 0x0f;
        var packed = registers.GraphicsMode && (registers.Attribute(0x10) & 0x40) != 0;
        var nine = !registers.GraphicsMode && (registers.Sequencer(1) & 0x01) == 0;
        return nine ? (value + 1) % 9 : packed ? value & 6 : value & 7;
    }
}
