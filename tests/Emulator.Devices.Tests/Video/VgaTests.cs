namespace Emulator.Devices.Tests.Video;

public sealed class VgaTests : IDisposable
{
    private readonly MachineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    private Devices.Video.Vga Vga => _rig.Legacy.Vga!;

    private void Print(int row, int column, string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            _rig.Memory.Write(0xb8000 + (ulong)(((row * 80) + column + i) * 2), (ushort)(0x0700 | text[i]));
        }
    }

    private void Index(int port, int index, int value) => _rig.Out16(port, (uint)(index | (value << 8)));

    // Planar access of all four planes at 0xa0000, as mode 12h has it.
    private void EnterPlanar()
    {
        Index(0x3c4, 2, 0x0f);
        Index(0x3c4, 4, 0x06);
        Index(0x3ce, 5, 0x00);
        Index(0x3ce, 6, 0x05);
    }

    [Fact]
    public void Text_Written_IsReadBackAndShown()
    {
        Print(0, 0, "Hello");
        Print(24, 75, "World");
        Assert.Equal(0x0748, _rig.Memory.Read<ushort>(0xb8000));
        Assert.Equal("Hello", Vga.Text.Row(0));
        Assert.Equal(new string(' ', 75) + "World", Vga.Text.Row(24));
        Assert.Equal((80, 25), (Vga.Text.Columns, Vga.Text.Rows));
        Assert.Equal((0x48, 0x07), Vga.Text.Cell(0, 0));
        Assert.Equal(0xff, _rig.Memory.Read<byte>(0xa0000));
    }

    [Fact]
    public void StartAddress_Moved_ScrollsTheVisiblePage()
    {
        Print(3, 0, "third");
        Index(0x3d4, 0x0c, 240 >> 8);
        Index(0x3d4, 0x0d, 240 & 0xff);
        Assert.Equal("third", Vga.Text.Row(0));
    }

    [Fact]
    public void Cursor_Moved_FollowsItsRegisters()
    {
        Index(0x3d4, 0x0e, 0);
        Index(0x3d4, 0x0f, 162);
        Assert.Equal((2, 2), Vga.Text.Cursor);
        Index(0x3d4, 0x0a, 0x20);
        Assert.Null(Vga.Text.Cursor);
    }

    [Fact]
    public void CodePage437_OfEachByte_HasACharacter()
    {
        for (var i = 0; i < 256; i++)
        {
            _rig.Memory.Write(0xb8000 + ((ulong)i * 2), (byte)i);
        }

        Assert.Equal("ÇüéâäàåçêëèïîìÄÅ", Vga.Text.Row(1).Substring(48, 16));
        Assert.Equal("Σ", Vga.Text.Row(2).Substring(0xe4 - 160, 1));
    }

    [Theory]
    [InlineData(0x3c4, 1, 0x3d, 0xff)]
    [InlineData(0x3c4, 4, 0x0e, 0xff)]
    [InlineData(0x3ce, 5, 0x7b, 0xff)]
    [InlineData(0x3ce, 8, 0xa5, 0xa5)]
    [InlineData(0x3d4, 0x0f, 0x5a, 0x5a)]
    public void Registers_Written_ReadBackTheBitsThatExist(int port, int index, int expected, int written)
    {
        Index(port, index, written);
        _rig.Out(port, index);
        Assert.Equal(expected, _rig.In(port + 1));
    }

    [Fact]
    public void CrtcProtect_WhenOn_KeepsTimingButNotLineCompare()
    {
        Index(0x3d4, 0x00, 0x12);
        _rig.Out(0x3d4, 0x00);
        Assert.Equal(0x5f, _rig.In(0x3d5));
        Index(0x3d4, 0x07, 0x00);
        Assert.Equal(0x0f, _rig.In(0x3d5));
        Index(0x3d4, 0x11, 0x0e);
        Index(0x3d4, 0x00, 0x12);
        Assert.Equal(0x12, _rig.In(0x3d5));
    }

    [Fact]
    public void Attribute_FlipFlop_IsResetByStatus()
    {
        _rig.In(0x3da);
        _rig.Out(0x3c0, 0x11);
        _rig.Out(0x3c0, 0x3f);
        _rig.In(0x3da);
        _rig.Out(0x3c0, 0x11);
        Assert.Equal(0x3f, _rig.In(0x3c1));
        _rig.In(0x3da);
        _rig.Out(0x3c0, 0x20);
    }

    [Fact]
    public void Dac_ReadAndWritten_HasSixBitComponentsAndAdvancingIndices()
    {
        _rig.Out(0x3c8, 10);
        foreach (var value in new[] { 0xff, 0x12, 0x34, 1, 2, 3 })
        {
            _rig.Out(0x3c9, value);
        }

        _rig.Out(0x3c7, 10);
        Assert.Equal(3, _rig.In(0x3c7));
        Assert.Equal([0x3f, 0x12, 0x34, 1, 2, 3], Enumerable.Range(0, 6).Select(_ => (int)_rig.In(0x3c9)));
        Assert.Equal((1, 2, 3), Vga.Registers.Dac.Colour(11));
    }

    [Fact]
    public void Monochrome_Selected_MovesTheCrtc()
    {
        Assert.Equal(0xff, _rig.In(0x3b4));
        _rig.Out(0x3c2, _rig.In(0x3cc) & ~1);
        _rig.Out(0x3b4, 0x0f);
        Assert.Equal(0x0f, _rig.In(0x3b4));
        Assert.Equal(0xff, _rig.In(0x3d4));
    }

    [Fact]
    public void Retrace_OverASecond_ComesSeventyTimes()
    {
        var edges = 0;
        var before = 0;
        for (var i = 0; i < 100_000; i++)
        {
            _rig.Clock.Set(_rig.Clock.Now + 10_000);
            var now = _rig.In(0x3da) & 8;
            edges += now != 0 && before == 0 ? 1 : 0;
            before = now;
        }

        Assert.InRange(edges, 69, 71);
    }

    // Write modes of the graphics controller: mode, set/reset, enable, rotate and function, bit mask, value; the planes then.
    [Theory]
    [InlineData(0, 0, 0, 0, 0xff, 0xa5, 0xa5a5a5a5u)]
    [InlineData(0, 0x5, 0xf, 0, 0xff, 0x00, 0x00ff00ffu)]
    [InlineData(0, 0, 0, 4, 0xff, 0xa5, 0x5a5a5a5au)]
    [InlineData(0, 0, 0, 0, 0x0f, 0xff, 0x4f3f2f1fu)]
    [InlineData(0, 0, 0, 0x08, 0xff, 0x0f, 0x00000000u)]
    [InlineData(0, 0, 0, 0x10, 0xff, 0x0f, 0x4f3f2f1fu)]
    [InlineData(0, 0, 0, 0x18, 0xff, 0xff, 0xbfcfdfefu)]
    [InlineData(1, 0, 0, 0, 0x00, 0x99, 0x40302010u)]
    [InlineData(2, 0, 0, 0, 0xff, 0x0a, 0xff00ff00u)]
    [InlineData(3, 0x3, 0, 0, 0xf0, 0xff, 0x0000f0f0u)]
    public void WriteMode_Planar_IsTheManuals(int mode, int setReset, int enable, int function, int bitMask, int value, uint expected)
    {
        EnterPlanar();
        for (var plane = 0; plane < 4; plane++)
        {
            Index(0x3c4, 2, 1 << plane);
            _rig.Memory.Write(0xa0000, (byte)(0x10 * (plane + 1)));
        }

        Index(0x3c4, 2, 0x0f);
        Index(0x3ce, 0, setReset);
        Index(0x3ce, 1, enable);
        Index(0x3ce, 3, function);
        Index(0x3ce, 5, mode);
        Index(0x3ce, 8, bitMask);
        _rig.Memory.Read<byte>(0xa0000);
        _rig.Memory.Write(0xa0000, (byte)value);
        var planes = 0u;
        for (var plane = 0; plane < 4; plane++)
        {
            planes |= (uint)Vga.Memory.Plane(plane, 0) << (8 * plane);
        }

        Assert.Equal(expected, planes);
    }

    [Fact]
    public void Memory_InReadMode1_ComparesColours()
    {
        EnterPlanar();
        Index(0x3c4, 2, 0x05);
        _rig.Memory.Write(0xa0000, (byte)0xf0);
        Index(0x3c4, 2, 0x0a);
        _rig.Memory.Write(0xa0000, (byte)0x00);
        Index(0x3ce, 2, 0x05);
        Index(0x3ce, 5, 0x08);
        Assert.Equal(0xf0, _rig.Memory.Read<byte>(0xa0000));
        Index(0x3ce, 7, 0x00);
        Assert.Equal(0xff, _rig.Memory.Read<byte>(0xa0000));
    }

    [Fact]
    public void Memory_InChain4_IsLinear()
    {
        EnterPlanar();
        Index(0x3c4, 4, 0x0e);
        _rig.Memory.Write(0xa0000, 0x44332211u);
        Assert.Equal(0x44332211u, _rig.Memory.Read<uint>(0xa0000));
        Assert.Equal(0x33, Vga.Memory.Plane(2, 0));
    }
}
