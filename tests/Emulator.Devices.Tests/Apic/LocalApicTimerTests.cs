using static Emulator.Devices.Tests.Apic.ApicMachine;

namespace Emulator.Devices.Tests.Apic;

/// <summary>The local APIC's timer (SDM Vol. 3A, 11.5.4).</summary>
public class LocalApicTimerTests
{
    [Theory]
    [InlineData(0x0u, 2)]
    [InlineData(0x1u, 4)]
    [InlineData(0x2u, 8)]
    [InlineData(0x3u, 16)]
    [InlineData(0x8u, 32)]
    [InlineData(0x9u, 64)]
    [InlineData(0xau, 128)]
    [InlineData(0xbu, 1)]
    public void Timer_OneShot_FiresOnceAfterCountTimesDivisor(uint divide, int divisor)
    {
        using var m = new ApicMachine();
        m.Write(Divide, divide);
        m.Write(LvtTimer, 0xee);
        m.Write(InitialCount, 1000);
        m.Advance(400 * divisor);
        Assert.Equal(600u, m.Read(CurrentCount));
        m.Advance(600 * divisor - 1);
        Assert.False(m.Cpu.InterruptRequest);
        m.Advance(1);
        Assert.Equal(0xee, m.Local.Acknowledge());
        Assert.Equal(0u, m.Read(CurrentCount));
        Assert.Equal(1000u, m.Read(InitialCount));
        m.Write(Eoi, 0);
        m.Advance(10000 * divisor);
        Assert.False(m.Cpu.InterruptRequest);
    }

    [Fact]
    public void Periodic_ReloadsInPhase_EvenWhenLate()
    {
        using var m = new ApicMachine();
        m.Write(Divide, 0xb);
        m.Write(LvtTimer, 0x200ee);
        m.Write(InitialCount, 100);
        for (var i = 0; i < 3; i++)
        {
            m.Advance(100);
            Assert.Equal(0xee, m.Local.Acknowledge());
            m.Write(Eoi, 0);
        }

        m.Advance(250); // two and a half periods late
        Assert.Equal(0xee, m.Local.Acknowledge());
        m.Write(Eoi, 0);
        Assert.Equal(50u, m.Read(CurrentCount));
        m.Advance(50);
        Assert.True(m.Cpu.InterruptRequest);
    }

    [Fact]
    public void Periodic_ShortestPeriod_DoesNotStarveTheMachine()
    {
        using var m = new ApicMachine();
        m.Write(Divide, 0xb);
        m.Write(LvtTimer, 0x200ee);
        m.Write(InitialCount, 1);
        m.Advance(1_000_000_000);
        Assert.True(m.Scheduler.NextDue > m.Clock.Now);
    }

    [Fact]
    public void ModeChange_BetweenOneShotAndPeriodic_KeepsCounting()
    {
        using var m = new ApicMachine();
        m.Write(Divide, 0xb);
        m.Write(LvtTimer, 0x000ee);
        m.Write(InitialCount, 1000);
        m.Advance(700);
        m.Write(LvtTimer, 0x200ee);
        Assert.Equal(300u, m.Read(CurrentCount));
        m.Advance(400);
        Assert.Equal(900u, m.Read(CurrentCount));
        m.Write(LvtTimer, 0x000ee);
        m.Advance(900);
        Assert.Equal(0u, m.Read(CurrentCount));
        m.Write(LvtTimer, 0x200ee);
        m.Advance(5000);
        Assert.Equal(0u, m.Read(CurrentCount)); // starts again only with a new count
    }

    [Fact]
    public void DivideChange_WhileCounting_GoesOnFromTheCount()
    {
        using var m = new ApicMachine();
        m.Write(Divide, 0xb);
        m.Write(InitialCount, 1000);
        m.Advance(500);
        m.Write(Divide, 0x0);
        m.Advance(500);
        Assert.Equal(250u, m.Read(CurrentCount));
    }

    [Fact]
    public void Timer_WithInitialCountZero_Stops()
    {
        using var m = new ApicMachine();
        m.Write(LvtTimer, 0x200ee);
        m.Write(InitialCount, 10);
        m.Write(InitialCount, 0);
        m.Advance(1000);
        Assert.False(m.Cpu.InterruptRequest);
        Assert.Equal(0u, m.Read(CurrentCount));
    }

    [Fact]
    public void Timer_WhenMasked_CountsWithoutInterrupting()
    {
        using var m = new ApicMachine();
        m.Write(LvtTimer, 0x100ee);
        m.Write(InitialCount, 10);
        m.Advance(1000);
        Assert.False(m.Cpu.InterruptRequest);
    }

    [Fact]
    public void Timer_WithTscDeadline_FiresOnceAndClearsTheMsr()
    {
        using var m = new ApicMachine();
        m.Write(LvtTimer, 0x400ef);
        m.WriteMsr(0x6e0, 5000);
        m.Advance(4999);
        Assert.False(m.Cpu.InterruptRequest);
        Assert.Equal(5000ul, m.ReadMsr(0x6e0));
        m.Advance(1);
        Assert.Equal(0xef, m.Local.Acknowledge());
        Assert.Equal(0ul, m.ReadMsr(0x6e0));
    }

    [Theory]
    [InlineData(1ul, true)]
    [InlineData(0ul, false)]
    [InlineData(ulong.MaxValue, false)]
    public void TscDeadline_PastFiresAtOnce_ZeroAndNeverDoNot(ulong deadline, bool fires)
    {
        using var m = new ApicMachine();
        m.Advance(1000);
        m.Write(LvtTimer, 0x400ef);
        m.WriteMsr(0x6e0, deadline);
        m.Scheduler.RunDue();
        Assert.Equal(fires, m.Cpu.InterruptRequest);
    }

    [Fact]
    public void TscDeadline_OtherModes_IgnoreTheMsrAndItIgnoresTheCount()
    {
        using var m = new ApicMachine();
        m.Write(LvtTimer, 0xef);
        m.WriteMsr(0x6e0, 10);
        Assert.Equal(0ul, m.ReadMsr(0x6e0));
        m.Write(LvtTimer, 0x400ef);
        m.Write(InitialCount, 10);
        Assert.Equal(0u, m.Read(InitialCount));
        m.WriteMsr(0x6e0, 100);
        m.Write(LvtTimer, 0xef); // leaving disarms
        m.Advance(1000);
        Assert.False(m.Cpu.InterruptRequest);
    }

    [Fact]
    public void TscDeadline_TscWritten_MovesTheExpiry()
    {
        var offset = 0L;
        using var m = new ApicMachine(timestampOffset: () => offset);
        m.Write(LvtTimer, 0x400ef);
        m.WriteMsr(0x6e0, 5000);
        offset = 4000;
        m.Local.TimestampChanged();
        m.Advance(999);
        Assert.False(m.Cpu.InterruptRequest);
        m.Advance(1);
        Assert.True(m.Cpu.InterruptRequest);
    }
}
