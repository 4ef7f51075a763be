using System.Buffers.Binary;

namespace Emulator.Devices.Video;

/// <summary>
/// What the monitor says of itself (VESA E-EDID 1.4): a base block with the preferred mode and the usual ones, and a CTA-861 extension
/// block without further modes.
/// </summary>
internal static class Edid
{
    /// <summary>Bytes in a block.</summary>
    public const int BlockLength = 128;

    private const int DescriptorLength = 18;
    private const int FirstDescriptor = 54;
    private const int RefreshRate = 75;

    // Blanking in pixels and lines, and where in it the sync pulses lie: shares of a flat panel's reduced blanking.
    private const int HorizontalBlank = 160;
    private const int HorizontalFront = 48;
    private const int HorizontalSync = 32;
    private const int VerticalBlank = 32;
    private const int VerticalFront = 3;
    private const int VerticalSync = 6;
    private const int DotsPerInch = 96;
    private const double MillimetresPerInch = 25.4;

    // Standard timings: width, and the aspect ratio's code (1 for 4:3, 2 for 5:4, 3 for 16:9, 0 for 16:10), at 60 Hz.
    private static ReadOnlySpan<short> StandardModes => [2048, 1, 1920, 3, 1920, 0, 1600, 1, 1280, 2, 1440, 0, 1280, 0, 1024, 1];

    private static ReadOnlySpan<byte> Header => [0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00];

    // sRGB, as chromaticity coordinates of 10 bits.
    private static ReadOnlySpan<byte> Chromaticity => [0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54];

    /// <summary>Describes a monitor that prefers a mode.</summary>
    public static byte[] Describe(int width, int height)
    {
        var edid = new byte[2 * BlockLength];
        WriteBase(edid.AsSpan(0, BlockLength), width, height);
        WriteExtension(edid.AsSpan(BlockLength));
        Seal(edid.AsSpan(0, BlockLength));
        Seal(edid.AsSpan(BlockLength));
        return edid;
    }

    private static void WriteBase(Span<byte> block, int width, int height)
    {
        Header.CopyTo(block);
        BinaryPrimitives.WriteUInt16BigEndian(block[8..], Manufacturer("EMU"));
        BinaryPrimitives.WriteUInt16LittleEndian(block[10..], 0x1111);
        block[16] = 1;
        block[17] = 2026 - 1990;
        block[18] = 1;
        block[19] = 4;

        // A digital input of 8 bits a colour; sizes in centimetres; gamma 2.2; RGB, and the first detailed timing is the preferred one.
        block[20] = 0xa5;
        block[21] = (byte)Math.Min(255, Millimetres(width) / 10);
        block[22] = (byte)Math.Min(255, Millimetres(height) / 10);
        block[23] = 120;
        block[24] = 0x06;
        Chromaticity.CopyTo(block[25..]);

        // Established timings: 640x480, 800x600 and 1024x768 at 60 Hz.
        block[35] = 0x21;
        block[36] = 0x08;
        for (var i = 0; i < StandardModes.Length; i += 2)
        {
            block[38 + i] = (byte)((StandardModes[i] / 8) - 31);
            block[39 + i] = (byte)(StandardModes[i + 1] << 6);
        }

        WriteTiming(block.Slice(FirstDescriptor, DescriptorLength), width, height);
        WriteLimits(block.Slice(FirstDescriptor + DescriptorLength, DescriptorLength));
        WriteText(block.Slice(FirstDescriptor + (2 * DescriptorLength), DescriptorLength), 0xfc, "emulator");
        WriteText(block.Slice(FirstDescriptor + (3 * DescriptorLength), DescriptorLength), 0xfe, "std VGA");
        block[126] = 1;
    }

    // CTA-861 revision 3, without data blocks: detailed timings would begin, and end, at byte 4.
    private static void WriteExtension(Span<byte> block)
    {
        block[0] = 0x02;
        block[1] = 0x03;
        block[2] = 0x04;
    }

    private static void WriteTiming(Span<byte> at, int width, int height)
    {
        // The field holds 10 kHz in 16 bits: the largest screens are refreshed more slowly.
        var total = (long)(width + HorizontalBlank) * (height + VerticalBlank);
        var clock = Math.Min(total * RefreshRate / 10_000, ushort.MaxValue);
        BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)clock);
        at[2] = (byte)width;
        at[3] = HorizontalBlank;
        at[4] = (byte)((width >> 8) << 4);
        at[5] = (byte)height;
        at[6] = VerticalBlank;
        at[7] = (byte)((height >> 8) << 4);
        at[8] = HorizontalFront;
        at[9] = HorizontalSync;
        at[10] = (VerticalFront << 4) | VerticalSync;
        var (wide, high) = (Millimetres(width), Millimetres(height));
        at[12] = (byte)wide;
        at[13] = (byte)high;
        at[14] = (byte)(((wide >> 8) << 4) | (high >> 8));
        at[17] = 0x18;
    }

    // Vertical 50-125 Hz, horizontal 30-160 kHz, a dot clock of at most 2550 MHz; no formula for others.
    private static void WriteLimits(Span<byte> at)
    {
        ReadOnlySpan<byte> limits = [0, 0, 0, 0xfd, 0, 50, 125, 30, 160, 255, 1, 0x0a, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20];
        limits.CopyTo(at);
    }

    private static void WriteText(Span<byte> at, byte tag, string text)
    {
        (at[3], at[4]) = (tag, 0);
        for (var i = 0; i < at.Length - 5; i++)
        {
            at[5 + i] = (byte)(i < text.Length ? text[i] : i == text.Length ? '\n' : ' ');
        }
    }

    // Three letters of five bits.
    private static ushort Manufacturer(string letters) => (ushort)(((letters[0] - '@') << 10) | ((letters[1] - '@') << 5) | (letters[2] - '@'));

    private static int Millimetres(int pixels) => (int)(pixels * MillimetresPerInch / DotsPerInch);

    private static void Seal(Span<byte> block)
    {
        var sum = 0;
        foreach (var value in block)
        {
            sum += value;
        }

        block[BlockLength - 1] = (byte)-sum;
    }
}
