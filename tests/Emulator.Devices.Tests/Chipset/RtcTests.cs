namespace Emulator.Devices.Tests.Chipset;

public sealed class RtcTests : IDisposable
{
    private readonly MachineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    private int Read(int index)
    {
        _rig.Out(0x70, index);
        return _rig.In(0x71);
    }

    private void Write(int index, int value)
    {
        _rig.Out(0x70, index);
        _rig.Out(0x71, value);
    }

    private int[] Time() => [Read(0x32), Read(9), Read(8), Read(7), Read(4), Read(2), Read(0)];

    [Fact]
    public void Time_AtPowerOn_IsTheStartInBcd()
    {
        Assert.Equal([0x20, 0x24, 0x02, 0x28, 0x23, 0x59, 0x50], Time());
        Assert.Equal(4, Read(6));
    }

    [Fact]
    public void Time_OverMidnightInALeapYear_IsTheCalendars()
    {
        _rig.Advance(12 * MachineRig.Second);
        Assert.Equal([0x20, 0x24, 0x02, 0x29, 0x00, 0x00, 0x02], Time());
        Assert.Equal(5, Read(6));
    }

    [Theory]
    [InlineData(0x06, 23)]
    [InlineData(0x04, 0x80 | 11)]
    [InlineData(0x00, 0x80 | 0x11)]
    public void Hours_ByFormat_AreEncoded(int format, int expected)
    {
        Write(0x0b, format);
        Assert.Equal(expected, Read(4));
    }

    [Fact]
    public void SetBit_WhileOn_FreezesTheTimeAndTakesUpWhatWasWritten()
    {
        Write(0x0b, 0x82);
        Write(9, 0x99);
        Write(0x32, 0x19);
        Write(8, 0x12);
        Write(7, 0x31);
        Write(4, 0x23);
        Write(2, 0x59);
        Write(0, 0x58);
        _rig.Advance(5 * MachineRig.Second);
        Assert.Equal(0x58, Read(0));
        Assert.Equal(0, Read(0x0a) & 0x80);
        Write(0x0b, 0x02);
        _rig.Advance(3 * MachineRig.Second);
        Assert.Equal([0x20, 0x00, 0x01, 0x01, 0x00, 0x00, 0x01], Time());
    }

    [Fact]
    public void Divider_Released_UpdatesHalfASecondLater()
    {
        Write(0x0a, 0x76);
        _rig.Advance(10 * MachineRig.Second);
        Assert.Equal(0x50, Read(0));
        Write(0x0a, 0x26);
        _rig.Advance((MachineRig.Second / 2) - 1000);
        Assert.Equal(0x50, Read(0));
        _rig.Advance(2000);
        Assert.Equal(0x51, Read(0));
    }

    [Fact]
    public void Uip_OverASecond_IsSetBeforeTheUpdateOnly()
    {
        _rig.Advance(MachineRig.Second / 2);
        Assert.Equal(0, Read(0x0a) & 0x80);
        _rig.Advance((MachineRig.Second / 2) - 1_000_000);
        Assert.Equal(0x80, Read(0x0a) & 0x80);
        _rig.Advance(1_000_000);
        Assert.Equal(0, Read(0x0a) & 0x80);
    }

    [Fact]
    public void UpdateInterrupt_WhenEnabled_ComesEachSecondAndReadingCClearsIt()
    {
        Write(0x0b, 0x12);
        Read(0x0c);
        _rig.Advance(MachineRig.Second + 1000);
        Assert.True(_rig.Legacy.Router.Level(8));
        Assert.Equal(0x90, Read(0x0c) & 0x90);
        Assert.False(_rig.Legacy.Router.Level(8));
        _rig.Advance(MachineRig.Second);
        Assert.True(_rig.Legacy.Router.Level(8));
    }

    [Fact]
    public void Flags_WithoutInterrupts_AreSetButNotIrqf()
    {
        Read(0x0c);
        _rig.Advance(2 * MachineRig.Second);
        Assert.Equal(0x50, Read(0x0c));
        Assert.Equal(0, Read(0x0c));
    }

    [Theory]
    [InlineData(0x23, 0x59, 0x55, 5)]
    [InlineData(0xc0, 0xff, 0x53, 3)]
    [InlineData(0x00, 0x00, 0x00, 10)]
    public void Alarm_AtItsTime_Interrupts(int hour, int minute, int second, int after)
    {
        Write(5, hour);
        Write(3, minute);
        Write(1, second);
        Write(0x0b, 0x22);
        Read(0x0c);
        _rig.Advance((after * MachineRig.Second) - 1000);
        Assert.False(_rig.Legacy.Router.Level(8));
        _rig.Advance(2000);
        Assert.True(_rig.Legacy.Router.Level(8));
        Assert.Equal(0xa0, Read(0x0c) & 0xa0);
    }

    [Theory]
    [InlineData(6, 1024)]
    [InlineData(15, 2)]
    [InlineData(1, 256)]
    [InlineData(3, 8192)]
    public void Periodic_AtARate_InterruptsThatOften(int rate, int perSecond)
    {
        Write(0x0a, 0x20 | rate);
        Write(0x0b, 0x42);
        Read(0x0c);
        var count = 0;
        var end = _rig.Clock.Now + MachineRig.Second;
        while (_rig.Scheduler.NextDue <= end)
        {
            _rig.Advance(_rig.Scheduler.NextDue - _rig.Clock.Now);
            count += (Read(0x0c) & 0x40) != 0 ? 1 : 0;
        }

        Assert.InRange(count, perSecond - 1, perSecond + 1);
    }

    [Fact]
    public void Cmos_AfterReset_DescribesMemory()
    {
        Assert.Equal(640, Read(0x15) | (Read(0x16) << 8));
        Assert.Equal(3072, Read(0x17) | (Read(0x18) << 8));
        Assert.Equal(3072, Read(0x30) | (Read(0x31) << 8));
        Assert.Equal(0, Read(0x34) | (Read(0x35) << 8));
        _rig.Legacy.Rtc.DescribeMachine(0xc0000000, 0x1_4000_0000, 4);
        Assert.Equal(0xffff, Read(0x17) | (Read(0x18) << 8));
        Assert.Equal(0xbf00, Read(0x34) | (Read(0x35) << 8));
        Assert.Equal(0x14000, Read(0x5b) | (Read(0x5c) << 8) | (Read(0x5d) << 16));
        Assert.Equal(3, Read(0x5f));
    }

    [Fact]
    public void Cmos_AndTime_SurviveAReset()
    {
        Write(0x40, 0x5a);
        Write(0x0b, 0x72);
        _rig.Advance(3 * MachineRig.Second);
        _rig.Legacy.Reset();
        Assert.Equal(0x5a, Read(0x40));
        Assert.Equal(0x53, Read(0));
        Assert.Equal(0x02, Read(0x0b));
        Assert.Equal(0x80, Read(0x0d));
    }

    [Fact]
    public void NmiMask_ByTheIndexPort_IsBit7()
    {
        _rig.Out(0x70, 0x8f);
        Assert.True(_rig.Legacy.Rtc.NmiMasked);
        _rig.Out(0x70, 0x0f);
        Assert.False(_rig.Legacy.Rtc.NmiMasked);
    }

    [Theory]
    [InlineData(0xff)]
    [InlineData(0x00)]
    [InlineData(0xaa)]
    public void Time_OfNonsense_IsBroughtIntoRange(int value)
    {
        foreach (var index in new[] { 0, 2, 4, 6, 7, 8, 9, 0x32 })
        {
            Write(index, value);
        }

        _rig.Advance(2 * MachineRig.Second);
        Assert.InRange(Read(8), 0x01, 0x12);
    }
}
