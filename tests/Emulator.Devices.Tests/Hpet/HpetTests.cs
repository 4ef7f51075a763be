using Emulator.Core.Bus;
using Emulator.Core.Memory;
using Emulator.Core.Time;
using Emulator.Devices.Hpet;
using Emulator.Devices.Tests.Apic;

namespace Emulator.Devices.Tests.Hpet;

/// <summary>The HPET's registers and interrupts (IA-PC HPET 1.0a, ch. 2).</summary>
public sealed class HpetTests : IDisposable
{
    private const uint Config = 0x10, Status = 0x20, Counter = 0xf0, Timer0 = 0x100, Compare0 = 0x108, Timer1 = 0x120, Compare1 = 0x128,
        Timer2 = 0x140, Compare2 = 0x148, Fsb2 = 0x150;

    private const ulong Edge = 4, Level = 6, Periodic = 8, ValueSet = 0x40, Mode32 = 0x100;

    private readonly ManualClock _clock = new();
    private readonly EventScheduler _scheduler;
    private readonly GuestRam _ram = new(0x10000);
    private readonly MemoryMap _map;
    private readonly RecordingLines _ioApic = new();
    private readonly RecordingLines _legacy = new();
    private readonly RecordingMessages _messages = new();
    private readonly HpetBlock _hpet;
    private bool _replaced;

    public HpetTests()
    {
        _scheduler = new EventScheduler(_clock);
        _map = new MemoryMap(_ram);
        var wiring = new HpetWiring(_ioApic, new InterruptLine(_legacy, 0), new InterruptLine(_legacy, 8), value => _replaced = value, _messages);
        _hpet = new HpetBlock(_map, _scheduler, wiring);
        _hpet.Reset();
    }

    public void Dispose() => _ram.Dispose();

    [Fact]
    public void Capabilities_WhenRead_TellPeriodCountAndVendor()
    {
        Assert.Equal(0x00989680_8086a201ul, Read(0));
        Assert.Equal(0x00989680u, _map.Read<uint>(0xfed00004));
        Write(0, 0);
        Assert.Equal(0x00989680_8086a201ul, Read(0));
        Assert.Equal(0x00ff0000_00008030ul, Read(Timer0));
        Assert.Equal(0u, Read(0x160)); // no fourth timer
    }

    [Fact]
    public void Counter_RunsAt100MHz_OnlyWhileEnabled()
    {
        Advance(1000);
        Assert.Equal(0ul, Read(Counter));
        Write(Config, 1);
        Advance(1000);
        Assert.Equal(100ul, Read(Counter));
        Write(Config, 0);
        Advance(1000);
        Assert.Equal(100ul, Read(Counter));
        Write(Counter, 0x1_0000_0000);
        Write(Config, 1);
        Advance(50);
        Assert.Equal(0x1_0000_0005ul, Read(Counter));
        Assert.Equal(1u, _map.Read<uint>(0xfed000f4));
        Assert.Equal(5u, _map.Read<uint>(0xfed000f0));
    }

    [Fact]
    public void Counter_WrittenInHalves_MergesThem()
    {
        _map.Write(0xfed000f0, 0x11223344u);
        _map.Write(0xfed000f4, 0x55667788u);
        Assert.Equal(0x55667788_11223344ul, Read(Counter));
    }

    [Fact]
    public void EdgeComparator_OneShot_PulsesItsInputOnce()
    {
        Write(Timer2, Edge | 16 << 9);
        Write(Compare2, 50);
        Write(Config, 1);
        Advance(499);
        Assert.Empty(_ioApic.Rises);
        Advance(1);
        Assert.Equal([16], _ioApic.Rises);
        Assert.DoesNotContain(16, _ioApic.High);
        Assert.Equal(0ul, Read(Status));
        Advance(1_000_000);
        Assert.Single(_ioApic.Rises);
    }

    [Fact]
    public void OneShot_ComparatorInThePast_WaitsForTheWrap()
    {
        Write(Timer2, Edge | Mode32 | 16 << 9);
        Write(Counter, 100);
        Write(Compare2, 99);
        Write(Config, 1);
        Advance(((1L << 32) - 1) * 10 - 1);
        Assert.Empty(_ioApic.Rises);
        Advance(1);
        Assert.Single(_ioApic.Rises);
        Advance((1L << 32) * 10 - 1);
        Assert.Single(_ioApic.Rises);
        Advance(1);
        Assert.Equal(2, _ioApic.Rises.Count);
    }

    [Fact]
    public void LevelComparator_OnceFired_HoldsItsInputUntilStatusIsCleared()
    {
        Write(Timer2, Level | 17 << 9);
        Write(Compare2, 10);
        Write(Config, 1);
        Advance(100);
        Assert.Contains(17, _ioApic.High);
        Assert.Equal(4ul, Read(Status));
        Write(Status, 3);
        Assert.Equal(4ul, Read(Status));
        Write(Status, 4);
        Assert.Equal(0ul, Read(Status));
        Assert.Empty(_ioApic.High);
    }

    [Fact]
    public void Level_Rerouted_MovesTheAssertion()
    {
        Write(Timer2, Level | 17 << 9);
        Write(Compare2, 10);
        Write(Config, 1);
        Advance(100);
        Write(Timer2, Level | 18 << 9);
        Assert.Equal([18], _ioApic.High);
        Write(Config, 0); // no interrupts while disabled
        Assert.Empty(_ioApic.High);
    }

    [Fact]
    public void Route_NotAmongTheCapabilities_IsNotStored()
    {
        Write(Timer2, Edge | 17 << 9);
        Write(Timer2, Edge | 5 << 9);
        Assert.Equal(17ul, Read(Timer2) >> 9 & 31);
    }

    [Fact]
    public void PeriodicComparator_OnceSet_AccumulatesFromTheSetValue()
    {
        Write(Timer0, Edge | Periodic | ValueSet | 20 << 9);
        Write(Compare0, 30); // the accumulator, and the period
        Assert.Equal(0ul, Read(Timer0) & ValueSet);
        Write(Compare0, 100); // the period alone
        Assert.Equal(30ul, Read(Compare0));
        Write(Config, 1);
        Advance(300);
        Assert.Single(_ioApic.Rises);
        Assert.Equal(130ul, Read(Compare0));
        Advance(1000);
        Assert.Equal(2, _ioApic.Rises.Count);
        Advance(2500); // late by two and a half periods
        Assert.Equal(3, _ioApic.Rises.Count);
        Assert.Equal(430ul, Read(Compare0));
    }

    [Fact]
    public void Periodic_PeriodOfOne_DoesNotStarveTheMachine()
    {
        Write(Timer0, Edge | Periodic | ValueSet | 20 << 9);
        Write(Compare0, 1);
        Write(Config, 1);
        Advance(1_000_000_000);
        Assert.True(_scheduler.NextDue > _clock.Now);
    }

    [Fact]
    public void LegacyReplacement_WhenOn_RoutesComparators0And1AndCutsTheOldTimersOff()
    {
        Write(Timer0, Edge | 20 << 9);
        Write(Compare0, 10);
        Write(Timer1, Level | 21 << 9);
        Write(Compare1, 20);
        Write(Config, 3);
        Assert.True(_replaced);
        Advance(100);
        Advance(100);
        Assert.Equal([0, 8], _legacy.Rises);
        Assert.Equal([8], _legacy.High);
        Assert.Empty(_ioApic.Rises);
        Write(Config, 1);
        Assert.False(_replaced);
        Assert.Empty(_legacy.High);
        Assert.Equal([21], _ioApic.High);
    }

    [Fact]
    public void Fsb_Enabled_SendsAMessageInstead()
    {
        Write(Timer2, Edge | 1 << 14);
        Write(Fsb2, 0xfee00000_00004041);
        Write(Compare2, 10);
        Write(Config, 1);
        Advance(100);
        Assert.Equal([(0xfee00000ul, 0x4041u)], _messages.Sent);
        Assert.Empty(_ioApic.Rises);
    }

    [Fact]
    public void Comparator_InMode32_IsTruncated()
    {
        Write(Compare2, 0x1_0000_0010);
        Write(Timer2, Edge | Mode32);
        Assert.Equal(0x10ul, Read(Compare2));
    }

    [Fact]
    public void State_SavedMutatedRestored_IsTheSameAndMakesNoEdges()
    {
        Write(Timer0, Edge | Periodic | ValueSet | 20 << 9);
        Write(Compare0, 30);
        Write(Timer2, Level | 17 << 9);
        Write(Compare2, 10);
        Write(Config, 1);
        Advance(100);
        var saved = SavedState.Of(_hpet);
        Write(Status, 4);
        Write(Config, 2);
        Write(Timer0, 0);
        Write(Fsb2, 5);
        Assert.NotEqual(saved, SavedState.Of(_hpet));
        var (lines, legacy) = (_ioApic.Calls, _legacy.Calls);
        SavedState.Restore(saved, _hpet);
        Assert.Equal((lines, legacy), (_ioApic.Calls, _legacy.Calls));
        Assert.Equal(saved, SavedState.Of(_hpet));
        Advance(200);
        Assert.Contains(20, _ioApic.Rises);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Fuzz_AnyAccess_NeverThrowsOrHangs(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 20_000; i++)
        {
            var value = (ulong)random.NextInt64() >> random.Next(64);
            var offset = 0xfed00000ul + (ulong)(random.Next(2) == 0 ? random.Next(0x30) << 3 : random.Next(0x400 - 8));
            switch (random.Next(6))
            {
                case 0:
                    _map.Write(offset, value);
                    break;
                case 1:
                    _map.Write(offset, (uint)value);
                    break;
                case 2:
                    _map.Write(offset, (byte)value);
                    break;
                case 3:
                    _ = _map.Read<ulong>(offset);
                    break;
                case 4:
                    _map.Write(0xfed00010, (uint)random.Next(4));
                    break;
                default:
                    Advance(random.Next(10_000));
                    break;
            }
        }

        Assert.True(_scheduler.NextDue > _clock.Now);
    }

    private ulong Read(uint register) => _map.Read<ulong>(0xfed00000 + register);

    private void Write(uint register, ulong value) => _map.Write(0xfed00000 + register, value);

    private void Advance(long nanoseconds)
    {
        _clock.Set(_clock.Now + nanoseconds);
        _scheduler.RunDue();
    }

    private sealed class RecordingLines : IInterruptSink
    {
        public HashSet<int> High { get; } = [];

        public List<int> Rises { get; } = [];

        public int Calls { get; private set; }

        public void SetLine(int line, bool level)
        {
            Calls++;
            if (!level)
            {
                High.Remove(line);
            }
            else if (High.Add(line))
            {
                Rises.Add(line);
            }
        }
    }

    private sealed class RecordingMessages : IMessageInterrupts
    {
        public List<(ulong Address, uint Data)> Sent { get; } = [];

        public void Deliver(ulong address, uint data) => Sent.Add((address, data));
    }
}
