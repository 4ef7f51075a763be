namespace Emulator.Devices.Tests.Debug;

public sealed class DebugDeviceTests : IDisposable
{
    private readonly MachineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(1, 0x31, 0x63)]
    [InlineData(2, 0x10, 0x21)]
    public void DebugExit_Write_GivesTwiceTheValuePlusOne(int size, int value, int status)
    {
        _rig.Ports.Write(0x501, size, (uint)value);
        Assert.Equal([status], _rig.ExitStatuses);
    }

    [Fact]
    public void DebugConsole_WrittenAndRead_CollectsBytesAndReadsE9()
    {
        Assert.Equal(0xe9, _rig.In(0xe9));
        foreach (var c in "hello\n")
        {
            _rig.Out(0xe9, c);
        }

        _rig.Advance(1_000_000);
        Assert.Equal("hello\n"u8.ToArray(), _rig.DebugOutput.Bytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Latch_OfAnySize_ReadsBack(int size)
    {
        var value = 0x11223344u & (uint)((1ul << (8 * size)) - 1);
        _rig.Out32(0xe0, 0xffffffff);
        _rig.Ports.Write(0xe0, size, value);
        Assert.Equal(value, _rig.Ports.Read(0xe0, size));
        Assert.Equal(size == 4 ? value : 0xffffffff >> (8 * size), _rig.In32(0xe0) >> (size == 4 ? 0 : 8 * size));
    }

    [Fact]
    public void ByteLatch_ReadAndWritten_SharesTheLatch()
    {
        _rig.Out32(0xe0, 0x44332211);
        Assert.Equal(0x11, _rig.In(0xe8));
        Assert.Equal(0x4433u, _rig.Ports.Read(0xea, 2));
        _rig.Ports.Write(0xea, 2, 0xbbaa);
        Assert.Equal(0xbbaa2211, _rig.In32(0xe0));
    }

    [Fact]
    public void Flush_OfADoubleWord_NamesThePage()
    {
        _rig.Out32(0xe4, 0x00123456);
        _rig.Out(0xe4, 0x12);
        Assert.Equal([0x00123000ul], _rig.FlushedPages);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(14)]
    [InlineData(23)]
    public void IrqPort_Written_SetsItsLine(int line)
    {
        _rig.Out(0x2000 + line, 1);
        Assert.True(_rig.Legacy.Router.Level(line));
        _rig.Out(0x2000 + line, 0);
        Assert.False(_rig.Legacy.Router.Level(line));
    }

    [Fact]
    public void TestMemory_OfAnySize_KeepsWhatIsWritten()
    {
        _rig.Memory.Write(0xff000ffe, 0x8877665544332211ul);
        Assert.Equal(0x8877665544332211ul, _rig.Memory.Read<ulong>(0xff000ffe));
        Assert.Equal(0x44332211u, _rig.Memory.Read<uint>(0xff000ffe));
        _rig.Memory.Write(0xff00ffff, (byte)0x5a);
        Assert.Equal(0x5a, _rig.Memory.Read<byte>(0xff00ffff));
    }

    [Theory]
    [InlineData(false, 0, 0x800, 0xfa, "mmio-no-eventfd")]
    [InlineData(false, 1, 0x801, 0xce, "mmio-wildcard-eventfd")]
    [InlineData(true, 0, 0x83, 0xfa, "portio-no-eventfd")]
    [InlineData(true, 2, 0x85, 0xfa, "portio-datamatch-eventfd")]
    public void PciTest_Header_DescribesTheTest(bool io, int test, int offset, int data, string name)
    {
        Enable();
        Write(io, 0, (byte)test);
        Assert.Equal(1, Read(io, 1));
        Assert.Equal(offset, Read(io, 4) | (Read(io, 5) << 8) | (Read(io, 6) << 16));
        Assert.Equal(data, Read(io, 8));
        Assert.Equal(name, string.Concat(Enumerable.Range(0, name.Length).Select(i => (char)Read(io, 16 + i))));
        Assert.Equal(0, Read(io, 16 + name.Length));
    }

    [Theory]
    [InlineData(false, 0x800)]
    [InlineData(true, 0x83)]
    public void PciTest_MatchingWrites_AreCounted(bool io, int offset)
    {
        Enable();
        Write(io, 0, 0);
        for (var i = 0; i < 5; i++)
        {
            Write(io, offset, 0xfa);
            Write(io, offset, 0xfb);
            Write(io, offset + 1, 0xfa);
        }

        Assert.Equal(5, Read(io, 12));
        Write(io, 0, 3);
        Assert.Equal(0, Read(io, 1));
    }

    private void Enable()
    {
        _rig.WritePci(3 << 3, 0x10, 4, 0xe0000000);
        _rig.WritePci(3 << 3, 0x14, 4, 0xc000);
        _rig.WritePci(3 << 3, 4, 2, 3);
    }

    private int Read(bool io, int offset) => io ? _rig.In(0xc000 + offset) : _rig.Memory.Read<byte>(0xe0000000 + (ulong)offset);

    private void Write(bool io, int offset, byte value)
    {
        if (io)
        {
            _rig.Out(0xc000 + offset, value);
        }
        else
        {
            _rig.Memory.Write(0xe0000000 + (ulong)offset, value);
        }
    }
}
