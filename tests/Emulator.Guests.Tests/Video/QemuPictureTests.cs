using Emulator.Devices.Video;

namespace Emulator.Guests.Tests.Video;

/// <summary>The same program on this emulator and on QEMU: the same picture, pixel by pixel.</summary>
public sealed class QemuPictureTests
{
    private const uint Graphics = 0xa0000;
    private const uint Text = 0xb8000;

    // QEMU widens the DAC's six bits in another way, so that these are what is compared where a palette is shown.
    private const uint DacBits = 0x00fc_fcfc;
    // Nor does it fill the low bits of five.
    private const uint FiveBits = 0x00f8_f8f8;

    private const uint AllBits = 0x00ff_ffff;

    private readonly Random _random = new(4711);

    [Theory]
    [InlineData("80", 0x00)]
    [InlineData("40", 0x00)]
    [InlineData("90", 0x00)]
    [InlineData("132", 0x00)]
    [InlineData("80", 0x12)]
    [InlineData("80", 0x2d)]
    public void TextMode_WithItsOwnFonts_LooksTheSame(string columns, int fonts)
    {
        var mode = columns switch
        {
            "40" => VgaMode.Text40,
            "90" => VgaMode.Text90,
            "132" => VgaMode.Text132,
            _ => VgaMode.Text80,
        };
        var program = new VideoProgram();
        Colours(program);
        Fonts(program);
        mode.WithSequencer(3, fonts).Set(program);

        // From 0xb0 to 0xbf, QEMU joins characters that the VGA does not.
        var cells = new byte[0x8000];
        _random.NextBytes(cells);
        for (var i = 0; i < cells.Length; i += 2)
        {
            cells[i] = (cells[i] & 0xf0) == 0xb0 ? (byte)(cells[i] + 0x10) : cells[i];
        }

        program.Copy(Text, cells);
        Compare(program, DacBits);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x123)]
    public void TextMode_Scrolled_LooksTheSame(int start)
    {
        var mode = VgaMode.Text80.WithCrtc(0x0c, start >> 8).WithCrtc(0x0d, start & 0xff).WithCrtc(0x13, 50);
        var program = new VideoProgram();
        Colours(program);
        Fonts(program);
        mode.Set(program).Copy(Text, [.. Enumerable.Range(0, 0x8000).Select(i => (byte)((i & 1) == 0 ? i / 2 % 0x80 : i / 7))]);
        Compare(program, DacBits);
    }

    [Theory]
    [InlineData("cga4")]
    [InlineData("cga2")]
    [InlineData("ega320")]
    [InlineData("vga640")]
    [InlineData("vga640 masked")]
    [InlineData("vga640 selected")]
    public void GraphicsMode_OfPlanes_LooksTheSame(string name)
    {
        var mode = name switch
        {
            "cga4" => VgaMode.Cga4,
            "cga2" => VgaMode.Cga2,
            "ega320" => VgaMode.Ega320.WithCrtc(0x0d, 0x21),
            "vga640 masked" => VgaMode.Vga640.WithAttribute(0x12, 0x0b),
            "vga640 selected" => VgaMode.Vga640.WithAttribute(0x10, 0x81).WithAttribute(0x14, 0x0d),
            _ => VgaMode.Vga640,
        };
        var program = new VideoProgram();
        Colours(program);
        mode.Set(program);
        if (name.StartsWith("cga", StringComparison.Ordinal))
        {
            program.Copy(Text, Noise(0x4000));
        }
        else
        {
            for (var plane = 0; plane < 4; plane++)
            {
                program.Index(0x3c4, 2, 1 << plane).Copy(Graphics, Noise(0x10000));
            }
        }

        Compare(program, DacBits);
    }

    [Theory]
    [InlineData(0, 0x3ff, 40)]
    [InlineData(0x100, 0x3ff, 40)]
    [InlineData(0x321, 151, 38)]
    public void GraphicsMode_Chained_LooksTheSame(int start, int lineCompare, int pitch)
    {
        var mode = VgaMode.Chained.WithCrtc(0x0c, start >> 8).WithCrtc(0x0d, start & 0xff).WithCrtc(0x18, lineCompare & 0xff)
            .WithCrtc(0x07, 0x0f | ((lineCompare >> 4) & 0x10)).WithCrtc(0x09, 0x01 | ((lineCompare >> 3) & 0x40)).WithCrtc(0x13, pitch);
        var program = new VideoProgram();
        Colours(program);
        mode.Set(program).Copy(Graphics, Noise(0x10000));
        Compare(program, DacBits);
    }

    [Theory]
    [InlineData(320)]
    [InlineData(360)]
    public void GraphicsMode_Unchained_LooksTheSame(int width)
    {
        var program = new VideoProgram();
        Colours(program);
        (width == 360 ? VgaMode.Unchained360 : VgaMode.Unchained.WithCrtc(0x0c, 0x20)).Set(program);
        for (var plane = 0; plane < 4; plane++)
        {
            program.Index(0x3c4, 2, 1 << plane).Copy(Graphics, Noise(0x10000));
        }

        Compare(program, DacBits);
    }

    // Every write mode and function over a known ground: the picture shows what was written.
    [Fact]
    public void WriteModes_OverAGround_LookTheSame()
    {
        var program = new VideoProgram();
        Colours(program);
        VgaMode.Vga640.Set(program);
        for (var plane = 0; plane < 4; plane++)
        {
            program.Index(0x3c4, 2, 1 << plane).Copy(Graphics, Noise(0x9600));
        }

        var at = Graphics;
        for (var mode = 0; mode < 4; mode++)
        {
            for (var function = 0; function < 0x20; function += 3)
            {
                program.Index(0x3c4, 2, _random.Next(16)).Index(0x3ce, 0, _random.Next(16)).Index(0x3ce, 1, _random.Next(16))
                    .Index(0x3ce, 3, function).Index(0x3ce, 5, mode).Index(0x3ce, 8, _random.Next(256)).Load(Graphics + (uint)_random.Next(0x9600))
                    .Copy(at, Noise(300));
                at += 700;
            }
        }

        Compare(program, DacBits);
    }

    [Theory]
    [InlineData(8, 640, 480, 0x41)]
    [InlineData(8, 800, 600, 0x61)]
    [InlineData(15, 640, 480, 0x41)]
    [InlineData(16, 1024, 768, 0x41)]
    [InlineData(24, 800, 600, 0x41)]
    [InlineData(32, 1024, 768, 0x41)]
    [InlineData(32, 1920, 1080, 0xc1)]
    [InlineData(4, 800, 600, 0x01)]
    public void FrameBuffer_OfADepth_LooksTheSame(int depth, int width, int height, int enable)
    {
        var program = new VideoProgram();
        Dispi(program, 4, 0).In(0x3da).Out(0x3c0, 0x20);
        Dispi(program, 1, width);
        Dispi(program, 2, height);
        Dispi(program, 3, depth);
        Dispi(program, 4, enable);
        Dispi(program, 6, width + 64);
        Dispi(program, 8, 16);
        Dispi(program, 9, 3);
        Colours(program);
        program.CopyToFrameBuffer(0, Noise(0x40000));
        if (depth == 32)
        {
            Dispi(program, 5, 5).Copy(Graphics, Noise(0x10000));
        }

        Compare(program, depth == 15 ? FiveBits : depth <= 8 && enable != 0x61 ? DacBits : AllBits);
    }

    private static VideoProgram Dispi(VideoProgram program, int index, int value) => program.Out16(0x1ce, index).Out16(0x1cf, value);

    private static void Compare(VideoProgram program, uint mask)
    {
        var image = program.Image();
        var expected = QemuScreen.Of(image);
        var shown = OwnScreen(image);
        Assert.Equal((expected.Width, expected.Height), (shown.Width, shown.Height));
        for (var i = 0; i < expected.Width * expected.Height; i++)
        {
            if (((expected.Pixels[i] ^ shown.Pixels[i]) & mask) != 0)
            {
                Assert.Fail($"The pixel at {i % expected.Width}, {i / expected.Width} is {shown.Pixels[i]:x6} and not {expected.Pixels[i]:x6}.");
            }
        }
    }

    private static Frame OwnScreen(byte[] image)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, image);
            using var guest = new GuestMachine("-kernel", file, "-nographic").Start();
            guest.WaitFor(VideoProgram.Done);
            var frame = new Frame();
            guest.Between(() => guest.Pc.Legacy.Vga!.Render(frame));
            return frame;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private byte[] Noise(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    // Each index has a colour of its own.
    private static void Colours(VideoProgram program)
    {
        program.Out(0x3c8, 0);
        for (var i = 0; i < 256; i++)
        {
            program.Out(0x3c9, i & 0x3f).Out(0x3c9, (i * 5) & 0x3f).Out(0x3c9, (i >> 2) & 0x3f);
        }
    }

    // Eight fonts of noise, written to plane 2.
    private void Fonts(VideoProgram program)
        => program.Index(0x3c4, 2, 4).Index(0x3c4, 4, 6).Index(0x3ce, 5, 0).Index(0x3ce, 6, 5).Index(0x3ce, 8, 0xff).Index(0x3ce, 1, 0).Index(0x3ce, 3, 0)
            .Copy(Graphics, Noise(0x10000));
}
