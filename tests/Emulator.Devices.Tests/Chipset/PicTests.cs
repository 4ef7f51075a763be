namespace Emulator.Devices.Tests.Chipset;

public sealed class PicTests : IDisposable
{
    private readonly MachineRig _rig = new();

    public PicTests() => _rig.InitialisePics();

    private Devices.Chipset.PicPair Pic => _rig.Legacy.Pic;

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(0, 0x20)]
    [InlineData(7, 0x27)]
    [InlineData(8, 0x28)]
    [InlineData(15, 0x2f)]
    public void Acknowledge_OfALine_GivesItsVector(int line, int vector)
    {
        Pic.SetLine(line, true);
        Assert.True(Pic.Intr);
        Assert.Equal(vector, Pic.Acknowledge());
        Assert.False(Pic.Intr);
    }

    [Fact]
    public void Acknowledge_WithoutRequest_IsSpurious7AndSetsNoIsr()
    {
        Assert.Equal(0x27, Pic.Acknowledge());
        _rig.Out(0x20, 0x0b);
        Assert.Equal(0, _rig.In(0x20));
    }

    [Fact]
    public void Acknowledge_WhenTheSlavesLevelFell_IsSpurious15AndServicesTheCascade()
    {
        _rig.Out(0x4d1, 0x08);
        Pic.SetLine(11, true);
        _rig.Out(0xa1, 0x00);
        Pic.Slave.SetInput(3, false);
        Assert.Equal(0x2f, Pic.Acknowledge());
        _rig.Out(0x20, 0x0b);
        Assert.Equal(0x04, _rig.In(0x20));
        _rig.Out(0xa0, 0x0b);
        Assert.Equal(0, _rig.In(0xa0));
    }

    [Fact]
    public void Edge_HeldHigh_RequestsOnce()
    {
        Pic.SetLine(3, true);
        Pic.Acknowledge();
        _rig.Out(0x20, 0x20);
        Pic.SetLine(3, true);
        Assert.False(Pic.Intr);
        Pic.SetLine(3, false);
        Pic.SetLine(3, true);
        Assert.True(Pic.Intr);
    }

    [Fact]
    public void Level_HeldHigh_RequestsAgainAfterEoi()
    {
        _rig.Out(0x4d0, 0xff);
        Assert.Equal(0xf8, _rig.In(0x4d0));
        Pic.SetLine(5, true);
        Assert.Equal(0x25, Pic.Acknowledge());
        Assert.False(Pic.Intr);
        _rig.Out(0x20, 0x20);
        Assert.True(Pic.Intr);
        Pic.SetLine(5, false);
        Assert.False(Pic.Intr);
    }

    [Fact]
    public void Priority_WithALineInService_LetsOnlyHigherOnesInterrupt()
    {
        Pic.SetLine(5, true);
        Pic.Acknowledge();
        Pic.SetLine(6, true);
        Assert.False(Pic.Intr);
        Pic.SetLine(1, true);
        Assert.Equal(0x21, Pic.Acknowledge());
        _rig.Out(0x20, 0x20);
        Assert.False(Pic.Intr);
        _rig.Out(0x20, 0x20);
        Assert.Equal(0x26, Pic.Acknowledge());
    }

    [Fact]
    public void SlaveRequests_AfterSlaveAcknowledge_ReachTheMasterAgain()
    {
        Pic.SetLine(12, true);
        Pic.SetLine(9, true);
        Assert.Equal(0x29, Pic.Acknowledge());
        _rig.Out(0xa0, 0x20);
        _rig.Out(0x20, 0x20);
        Assert.True(Pic.Intr);
        Assert.Equal(0x2c, Pic.Acknowledge());
    }

    [Fact]
    public void SpecialFullyNested_HigherSlaveLine_InterruptsTheSlaveInService()
    {
        _rig.Out(0x20, 0x11);
        _rig.Out(0x21, 0x20);
        _rig.Out(0x21, 0x04);
        _rig.Out(0x21, 0x11);
        Pic.SetLine(12, true);
        Assert.Equal(0x2c, Pic.Acknowledge());
        Pic.SetLine(8, true);
        Assert.True(Pic.Intr);
        Assert.Equal(0x28, Pic.Acknowledge());
    }

    [Fact]
    public void SpecialMask_MaskedInService_LetsLowerLinesThroughAndKeepsItsIsrBit()
    {
        Pic.SetLine(3, true);
        Pic.Acknowledge();
        _rig.Out(0x21, 0x08);
        _rig.Out(0x20, 0x68);
        Pic.SetLine(6, true);
        Assert.Equal(0x26, Pic.Acknowledge());
        _rig.Out(0x20, 0x20);
        _rig.Out(0x20, 0x20);
        _rig.Out(0x20, 0x0b);
        Assert.Equal(0x08, _rig.In(0x20));
    }

    [Theory]
    [InlineData(0xa0, 4, 5)]
    [InlineData(0xe4, 4, 5)]
    public void Rotate_OnEoi_MakesTheLineLowest(int command, int line, int first)
    {
        Pic.SetLine(line, true);
        Pic.Acknowledge();
        _rig.Out(0x20, command);
        Pic.SetLine(line, false);
        Pic.SetLine(line, true);
        Pic.SetLine(first, true);
        Assert.Equal(0x20 + first, Pic.Acknowledge());
    }

    [Fact]
    public void SetPriority_OfALine_MakesTheNextOneHighest()
    {
        _rig.Out(0x20, 0xc0 | 5);
        Pic.SetLine(0, true);
        Pic.SetLine(6, true);
        Assert.Equal(0x26, Pic.Acknowledge());
    }

    [Fact]
    public void AutoEoi_OnAcknowledge_LeavesNothingInServiceAndRotates()
    {
        _rig.InitialisePics(icw4: 0x03);
        _rig.Out(0x20, 0x80);
        Pic.SetLine(0, true);
        Pic.SetLine(1, true);
        Assert.Equal(0x20, Pic.Acknowledge());
        Pic.SetLine(0, false);
        Pic.SetLine(0, true);
        Assert.Equal(0x21, Pic.Acknowledge());
        _rig.Out(0x20, 0x0b);
        Assert.Equal(0, _rig.In(0x20));
    }

    [Fact]
    public void Poll_WithALineRaised_ReturnsAndAcknowledgesIt()
    {
        Pic.SetLine(4, true);
        _rig.Out(0x20, 0x0c);
        Assert.Equal(0x84, _rig.In(0x20));
        Assert.False(Pic.Intr);
        _rig.Out(0x20, 0x0c);
        Assert.Equal(0, _rig.In(0x20));
    }

    [Fact]
    public void Pic_OnInitialisation_ClearsTheMaskAndForgetsEdges()
    {
        _rig.Out(0x21, 0xff);
        Assert.Equal(0xff, _rig.In(0x21));
        Pic.SetLine(1, true);
        _rig.Out(0x20, 0x11);
        _rig.Out(0x21, 0x40);
        _rig.Out(0x21, 0x04);
        _rig.Out(0x21, 0x01);
        Assert.Equal(0, _rig.In(0x21));
        Assert.Equal(0, _rig.In(0x20));
        Assert.False(Pic.Intr);
    }

    [Fact]
    public void Reset_OfReadSelect_GivesIrr()
    {
        Pic.SetLine(6, true);
        _rig.Out(0x20, 0x0b);
        Assert.Equal(0, _rig.In(0x20));
        _rig.Out(0x20, 0x0a);
        Assert.Equal(0x40, _rig.In(0x20));
    }
}
