namespace Emulator.Devices.Tests.Chipset;

public sealed class DmaTests : IDisposable
{
    private readonly MachineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(0x00, 0x0c)]
    [InlineData(0x07, 0x0c)]
    [InlineData(0xc4, 0xd8)]
    public void ChannelRegister_LowThenHigh_ReadsBack(int port, int clear)
    {
        _rig.Out(clear, 0);
        _rig.Out(port, 0x34);
        _rig.Out(port, 0x12);
        Assert.Equal(0x34, _rig.In(port));
        _rig.Out(clear, 0);
        Assert.Equal(0x34, _rig.In(port));
        Assert.Equal(0x12, _rig.In(port));
    }

    [Fact]
    public void Mask_ByOneOrByAll_IsSet()
    {
        Assert.Equal(0xff, _rig.In(0x0f));
        _rig.Out(0x0a, 0x02);
        Assert.Equal(0xfb, _rig.In(0x0f));
        _rig.Out(0x0e, 0);
        Assert.Equal(0xf0, _rig.In(0x0f));
        _rig.Out(0xde, 0x05);
        Assert.Equal(0xf5, _rig.In(0xde));
        _rig.Out(0x0d, 0);
        Assert.Equal(0xff, _rig.In(0x0f));
    }

    [Fact]
    public void Request_BySoftware_IsSeenInStatus()
    {
        _rig.Out(0x09, 0x06);
        Assert.Equal(0x40, _rig.In(0x08));
        _rig.Out(0x09, 0x02);
        Assert.Equal(0x00, _rig.In(0x08));
    }

    [Theory]
    [InlineData(0x87, 0)]
    [InlineData(0x81, 2)]
    [InlineData(0x8a, 7)]
    public void PageRegister_Written_BelongsToItsChannel(int port, int channel)
    {
        _rig.Out(port, 0x5a);
        Assert.Equal(0x5a, _rig.In(port));
        Assert.Equal(0x5a, _rig.Legacy.Dma.Page(channel));
    }

    [Fact]
    public void PostCode_Written_IsKept()
    {
        _rig.Out(0x80, 0x42);
        Assert.Equal(0x42, _rig.Legacy.PostCode.Code);
    }
}
