using Emulator.Core.Bus;
using Emulator.Core.Time;
using Emulator.Devices.Acpi;
using Emulator.Devices.Tests.Apic;

namespace Emulator.Devices.Tests.Acpi;

/// <summary>The PM registers (ACPI 6.5, 4.8; 82371AB data sheet, 7.1).</summary>
public class AcpiFixedHardwareTests
{
    private const ushort Pm = 0x600, Status = Pm, Enable = Pm + 2, Control = Pm + 4, Timer = Pm + 8, Gpe = 0xafe0;
    private const long HalfPeriod = 2_343_484_438; // the first nanosecond of count 0x800000

    private readonly ManualClock _clock = new();
    private readonly EventScheduler _scheduler;
    private readonly IoPortBus _bus = new();
    private readonly SciLine _sci = new();
    private readonly AcpiFixedHardware _hardware;
    private readonly AcpiPorts _ports;
    private int _powerOffs;

    public AcpiFixedHardwareTests()
    {
        _scheduler = new EventScheduler(_clock);
        _hardware = new AcpiFixedHardware(_scheduler, new InterruptLine(_sci, 9), () => _powerOffs++);
        _hardware.Reset();
        _ports = new AcpiPorts(_bus, _hardware);
        _ports.PlacePm(Pm, enabled: true);
    }

    [Theory]
    [InlineData(0L, 0u)]
    [InlineData(1_000_000_000L, 3579545u)]
    [InlineData(279L, 0u)]
    [InlineData(280L, 1u)]
    [InlineData(3_600_000_000_000L, 1460112u)] // 3600 s * 3579545 modulo 2^24
    public void Timer_CountsAt3579545Hz_In24Bits(long now, uint expected)
    {
        _clock.Set(now);
        Assert.Equal(expected, _bus.Read(Timer, 4));
        _bus.Write(Timer, 4, 0x123456);
        Assert.Equal(expected, _bus.Read(Timer, 4));
        Assert.Equal(expected >> 8 & 0xff, _bus.Read(Timer + 1, 1));
    }

    [Fact]
    public void Timer_TopBitChanges_SetsStatusAndRaisesTheSci()
    {
        _hardware.EnterAcpiMode();
        _bus.Write(Enable, 2, 1);
        Advance(HalfPeriod - 1);
        Assert.Equal(0u, _bus.Read(Status, 2));
        Assert.False(_sci.Level);
        Advance(1);
        Assert.True(_sci.Level);
        Assert.Equal(1u, _bus.Read(Status, 2));
        _bus.Write(Status, 2, 1);
        Assert.False(_sci.Level);
        Assert.Equal(0u, _bus.Read(Status, 2));
        Advance(HalfPeriod);
        Assert.True(_sci.Level);
    }

    [Fact]
    public void Timer_CarryWithoutEnable_SetsStatusOnly()
    {
        _hardware.EnterAcpiMode();
        Advance(HalfPeriod * 3);
        Assert.False(_sci.Level);
        Assert.Equal(1u, _bus.Read(Status, 2));
        _bus.Write(Enable, 2, 1);
        Assert.True(_sci.Level);
    }

    [Fact]
    public void SmiCommand_OnAndOff_SwitchesSciEnable()
    {
        _bus.Write(0xb2, 1, 0xf1);
        Assert.Equal(1u, _bus.Read(Control, 2));
        Assert.Equal(0xf1u, _bus.Read(0xb2, 1));
        _bus.Write(0xb2, 1, 0xf0);
        Assert.Equal(0u, _bus.Read(Control, 2));
        _bus.Write(0xb3, 1, 0x5a);
        Assert.Equal(0x5au, _bus.Read(0xb3, 1));
        Assert.Equal(0u, _bus.Read(Control, 2));
    }

    [Fact]
    public void PowerButton_Pressed_WaitsForItsEnableAndForSciEnable()
    {
        _hardware.PressPowerButton();
        Assert.Equal(0x100u, _bus.Read(Status, 2));
        _bus.Write(Enable, 2, 0x100);
        Assert.False(_sci.Level);
        _bus.Write(0xb2, 1, 0xf1);
        Assert.True(_sci.Level);
        _bus.Write(Status + 1, 1, 1);
        Assert.False(_sci.Level);
    }

    [Theory]
    [InlineData(0x2000u, 1)] // S5
    [InlineData(0x2801u, 1)] // type 2
    [InlineData(0x2401u, 0)] // suspend to RAM is not offered
    [InlineData(0x0001u, 0)]
    [InlineData(0x1c01u, 0)]
    public void Control_SleepEnableWithOffType_PowersOff(uint value, int powerOffs)
    {
        _bus.Write(Control, 2, value);
        Assert.Equal(powerOffs, _powerOffs);
        Assert.Equal(value & 0x1c03, _bus.Read(Control, 2)); // SLP_EN reads as zero
    }

    [Fact]
    public void GeneralPurposeEvent_StatusAndEnable_DriveTheSci()
    {
        _hardware.EnterAcpiMode();
        _bus.Write(Gpe + 2, 2, 0x0004);
        _hardware.RaiseGeneralPurposeEvent(2);
        Assert.True(_sci.Level);
        Assert.Equal(0x0004_0004u, _bus.Read(Gpe, 4));
        _bus.Write(Gpe, 1, 4);
        Assert.False(_sci.Level);
    }

    [Fact]
    public void EnableRegister_ReservedBits_StayZero()
    {
        _bus.Write(Enable, 2, 0xffff);
        Assert.Equal(0x0521u, _bus.Read(Enable, 2));
        Assert.Equal(0x0521_0000u, _bus.Read(Status, 4));
    }

    [Fact]
    public void PmBlock_Moved_AnswersAtItsNewPlaceOnly()
    {
        _ports.PlacePm(0xb000, enabled: true);
        _clock.Set(1_000_000_000);
        Assert.Equal(3579545u, _bus.Read(0xb008, 4));
        Assert.Equal(uint.MaxValue, _bus.Read(Timer, 4));
        _ports.PlacePm(0xb000, enabled: false);
        Assert.Equal(uint.MaxValue, _bus.Read(0xb008, 4));
    }

    [Fact]
    public void PmBlock_PlacedOverAnotherDevice_LeavesThatDevice()
    {
        _ports.PlacePm(0x80, enabled: true); // the SMI command port lies in there
        _bus.Write(0xb2, 1, 0x77);
        Assert.Equal(0x77u, _bus.Read(0xb2, 1));
        Assert.Null(_bus.ClaimAt(0x80));
    }

    [Fact]
    public void State_SavedMutatedRestored_IsTheSameAndMakesNoEdges()
    {
        _hardware.EnterAcpiMode();
        _bus.Write(Enable, 2, 0x101);
        _bus.Write(Gpe + 2, 2, 4);
        Advance(1000);
        var saved = SavedState.Of(_hardware);
        _hardware.PressPowerButton();
        _hardware.RaiseGeneralPurposeEvent(2);
        _bus.Write(Enable, 2, 0);
        _bus.Write(0xb2, 2, 0x55f0);
        Advance(HalfPeriod);
        _bus.Write(Status, 2, 1);
        Assert.NotEqual(saved, SavedState.Of(_hardware));
        var calls = _sci.Calls;
        SavedState.Restore(saved, _hardware);
        Assert.Equal(calls, _sci.Calls);
        Assert.Equal(saved, SavedState.Of(_hardware));
    }

    [Fact]
    public void Fuzz_AnyAccess_NeverThrowsOrHangs()
    {
        var random = new Random(7);
        int[] bases = [0x600, 0xafe0, 0xb2];
        for (var i = 0; i < 20_000; i++)
        {
            var port = (ushort)(bases[random.Next(3)] + random.Next(66) - 1);
            var size = 1 << random.Next(3);
            switch (random.Next(8))
            {
                case 0:
                    Advance(random.NextInt64(HalfPeriod));
                    break;
                case 1:
                    _ports.PlacePm((ushort)random.Next(0x10000), random.Next(2) != 0);
                    break;
                case 2:
                    _ports.PlacePm(Pm, enabled: true);
                    break;
                case 3:
                    _ = _bus.Read(port, size);
                    break;
                default:
                    _bus.Write(port, size, (uint)random.Next());
                    break;
            }
        }

        Assert.True(_scheduler.NextDue > _clock.Now);
    }

    private void Advance(long nanoseconds)
    {
        _clock.Set(_clock.Now + nanoseconds);
        _scheduler.RunDue();
    }

    private sealed class SciLine : IInterruptSink
    {
        public bool Level { get; private set; }

        public int Calls { get; private set; }

        public void SetLine(int line, bool level)
        {
            Assert.Equal(9, line);
            Level = level;
            Calls++;
        }
    }
}
