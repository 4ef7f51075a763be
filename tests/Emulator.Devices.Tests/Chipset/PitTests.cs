using Emulator.Devices.Chipset;

namespace Emulator.Devices.Tests.Chipset;

public sealed class PitTests : IDisposable
{
    private readonly MachineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    private void AtTick(long tick) => _rig.Advance(Pit8254.TimeOf(tick) - _rig.Clock.Now);

    private void Program(int channel, int mode, int count, bool bcd = false)
    {
        _rig.Out(0x43, (channel << 6) | 0x30 | (mode << 1) | (bcd ? 1 : 0));
        _rig.Out(0x40 + channel, count & 0xff);
        _rig.Out(0x40 + channel, count >> 8);
    }

    private int Count(int channel)
    {
        _rig.Out(0x43, channel << 6);
        return _rig.In(0x40 + channel) | (_rig.In(0x40 + channel) << 8);
    }

    private int Status(int channel)
    {
        _rig.Out(0x43, 0xe0 | (2 << channel));
        return _rig.In(0x40 + channel);
    }

    private bool Out(int channel) => (Status(channel) & 0x80) != 0;

    [Fact]
    public void TickAt_AndTimeOf_AreInverseForYears()
    {
        foreach (var tick in new[] { 0L, 1, 2, 1193181, 1193182, 1193183, 123_456_789_012, 37_000_000_000_000 })
        {
            Assert.Equal(tick, Pit8254.TickAt(Pit8254.TimeOf(tick)));
            Assert.True(tick == 0 || Pit8254.TickAt(Pit8254.TimeOf(tick) - 1) == tick - 1);
        }
    }

    // The count is loaded at the CLK pulse after it was written; each later pulse decrements.
    [Theory]
    [InlineData(0, 100, 1, 100)]
    [InlineData(0, 100, 11, 90)]
    [InlineData(0, 100, 101, 0)]
    [InlineData(0, 100, 102, 0xffff)]
    [InlineData(2, 100, 1, 100)]
    [InlineData(2, 100, 100, 1)]
    [InlineData(2, 100, 101, 100)]
    [InlineData(3, 100, 1, 100)]
    [InlineData(3, 100, 2, 98)]
    [InlineData(3, 100, 50, 2)]
    [InlineData(3, 100, 51, 100)]
    [InlineData(3, 101, 1, 100)]
    [InlineData(3, 101, 51, 0)]
    [InlineData(3, 101, 52, 100)]
    [InlineData(3, 101, 101, 2)]
    [InlineData(3, 101, 102, 100)]
    [InlineData(4, 100, 101, 0)]
    [InlineData(4, 100, 102, 0xffff)]
    [InlineData(0, 0, 1, 0)]
    [InlineData(0, 0, 2, 0xffff)]
    public void Count_AfterTicks_IsTheDataSheets(int mode, int count, int ticks, int expected)
    {
        Program(0, mode, count);
        AtTick(ticks);
        Assert.Equal(expected, Count(0));
    }

    [Theory]
    [InlineData(0, 10, 10, false)]
    [InlineData(0, 10, 11, true)]
    [InlineData(0, 10, 1000, true)]
    [InlineData(2, 10, 9, true)]
    [InlineData(2, 10, 10, false)]
    [InlineData(2, 10, 11, true)]
    [InlineData(2, 10, 20, false)]
    [InlineData(3, 10, 5, true)]
    [InlineData(3, 10, 6, false)]
    [InlineData(3, 10, 10, false)]
    [InlineData(3, 10, 11, true)]
    [InlineData(3, 11, 6, true)]
    [InlineData(3, 11, 7, false)]
    [InlineData(4, 10, 10, true)]
    [InlineData(4, 10, 11, false)]
    [InlineData(4, 10, 12, true)]
    public void Out_AfterTicks_IsTheDataSheets(int mode, int count, int ticks, bool expected)
    {
        Program(0, mode, count);
        AtTick(ticks);
        Assert.Equal(expected, Out(0));
    }

    [Theory]
    [InlineData(1, false, true)]
    [InlineData(5, true, true)]
    public void Out_OfTriggeredModes_FollowsTheGatesRise(int mode, bool during, bool after)
    {
        Program(2, mode, 10);
        AtTick(50);
        Assert.True(Out(2));
        _rig.Out(0x61, 1);
        AtTick(55);
        Assert.Equal(during, Out(2));
        AtTick(61);
        Assert.Equal(mode != 5, Out(2));
        AtTick(62);
        Assert.Equal(after, Out(2));
    }

    [Fact]
    public void Gate_Low_StopsMode0AndRiseGoesOn()
    {
        _rig.Out(0x61, 1);
        Program(2, 0, 100);
        AtTick(11);
        _rig.Out(0x61, 0);
        AtTick(500);
        Assert.Equal(90, Count(2));
        _rig.Out(0x61, 1);
        AtTick(510);
        Assert.Equal(80, Count(2));
        Assert.Equal(0, _rig.In(0x61) & 0x20);
        AtTick(590);
        Assert.Equal(0x20, _rig.In(0x61) & 0x20);
    }

    [Fact]
    public void Gate_LowInMode2_HoldsOutHighAndRiseReloads()
    {
        _rig.Out(0x61, 1);
        Program(2, 2, 100);
        AtTick(40);
        _rig.Out(0x61, 0);
        AtTick(100);
        Assert.True(Out(2));
        _rig.Out(0x61, 1);
        AtTick(101);
        Assert.Equal(100, Count(2));
    }

    [Fact]
    public void NewCount_InMode2_TakesEffectAtTheCyclesEnd()
    {
        Program(0, 2, 100);
        AtTick(50);
        _rig.Out(0x40, 10);
        _rig.Out(0x40, 0);
        Assert.Equal(0x40, Status(0) & 0x40);
        AtTick(100);
        Assert.Equal(1, Count(0));
        AtTick(101);
        Assert.Equal(10, Count(0));
        Assert.Equal(0, Status(0) & 0x40);
    }

    [Fact]
    public void Counter_InBcd_CountsInDecimal()
    {
        Program(0, 0, 0x1000, bcd: true);
        AtTick(2);
        Assert.Equal(0x0999, Count(0));
        Program(0, 0, 0, bcd: true);
        AtTick(4);
        Assert.Equal(0x9999, Count(0));
    }

    [Fact]
    public void Latch_OnceTaken_HoldsUntilReadAndIgnoresFurtherOnes()
    {
        Program(0, 0, 1000);
        AtTick(101);
        _rig.Out(0x43, 0x00);
        AtTick(201);
        _rig.Out(0x43, 0x00);
        Assert.Equal(900, _rig.In(0x40) | (_rig.In(0x40) << 8));
        Assert.Equal(800, _rig.In(0x40) | (_rig.In(0x40) << 8));
    }

    [Fact]
    public void ReadBack_OfStatusAndCount_GivesStatusFirst()
    {
        Program(0, 2, 1000);
        AtTick(1);
        _rig.Out(0x43, 0xc2);
        Assert.Equal(0xb4, _rig.In(0x40));
        Assert.Equal(1000, _rig.In(0x40) | (_rig.In(0x40) << 8));
    }

    [Fact]
    public void ReadBack_BeforeTheLoad_ShowsNullCount()
    {
        Program(0, 3, 1000);
        Assert.Equal(0x40, Status(0) & 0x40);
        AtTick(1);
        Assert.Equal(0, Status(0) & 0x40);
    }

    [Theory]
    [InlineData(1, 0x34, 0x34)]
    [InlineData(2, 0x12, 0x1200)]
    public void Access_OfOneByte_LoadsTheOtherAsZero(int access, int value, int expected)
    {
        _rig.Out(0x43, access << 4);
        _rig.Out(0x40, value);
        AtTick(1);
        Assert.Equal(access == 1 ? expected & 0xff : expected >> 8, _rig.In(0x40));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Irq0_InPeriodicModes_ComesOncePerPeriod(int mode)
    {
        _rig.InitialisePics();
        Program(0, mode, 1193);
        _rig.Legacy.Pic.Acknowledge();
        _rig.Out(0x20, 0x20);
        var interrupts = 0;
        for (var i = 0; i < 1000; i++)
        {
            _rig.Advance(100_000);
            if (_rig.Legacy.Pic.Intr)
            {
                Assert.Equal(0x20, _rig.Legacy.Pic.Acknowledge());
                _rig.Out(0x20, 0x20);
                interrupts++;
            }
        }

        Assert.InRange(interrupts, 99, 101);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Irq0_InOneShotModes_ComesOnce(int mode)
    {
        _rig.InitialisePics();
        Program(0, mode, 1193);
        _rig.Legacy.Pic.Acknowledge();
        _rig.Out(0x20, 0x20);
        _rig.Advance(990_000);
        Assert.False(_rig.Legacy.Pic.Intr);
        _rig.Advance(20_000);
        Assert.True(_rig.Legacy.Pic.Intr);
        _rig.Legacy.Pic.Acknowledge();
        _rig.Out(0x20, 0x20);
        _rig.Advance(MachineRig.Second);
        Assert.False(_rig.Legacy.Pic.Intr);
    }

    [Fact]
    public void Irq0_AfterALongStop_CatchesUpAFewTicksOnly()
    {
        _rig.InitialisePics();
        Program(0, 2, 1193);
        _rig.Clock.Set(MachineRig.Second);
        _rig.Scheduler.RunDue();
        var interrupts = 0;
        for (var i = 0; i < 100; i++)
        {
            if (_rig.Legacy.Pic.Intr)
            {
                _rig.Legacy.Pic.Acknowledge();
                _rig.Out(0x20, 0x20);
                interrupts++;
            }

            _rig.Advance(100_000);
        }

        Assert.InRange(interrupts, 11, 20);
    }

    [Fact]
    public void RefreshToggle_AsTimePasses_Changes()
    {
        var first = _rig.In(0x61) & 0x10;
        _rig.Advance(15_100);
        Assert.NotEqual(first, _rig.In(0x61) & 0x10);
    }
}
