using Emulator.Core.Bus;
using Emulator.Core.Memory;
using Emulator.Core.Time;
using Emulator.Devices.Acpi;
using Emulator.Devices.Pci;
using Emulator.Devices.Tests.Apic;

namespace Emulator.Devices.Tests.Acpi;

/// <summary>The configuration space of the power management function (82371AB data sheet, 7.0).</summary>
public sealed class Piix4PowerManagementTests : IDisposable
{
    private readonly GuestRam _ram = new(0x10000);
    private readonly IoPortBus _ports = new();
    private readonly ManualClock _clock = new();
    private readonly Piix4PowerManagement _function;

    public Piix4PowerManagementTests()
    {
        var hardware = new AcpiFixedHardware(new EventScheduler(_clock), new InterruptLine(new Unwired(), 9), () => { });
        _function = new Piix4PowerManagement(new PciBus(new MemoryMap(_ram), _ports), new AcpiPorts(_ports, hardware));
        _function.Reset();
        _clock.Set(1_000_000_000);
    }

    public void Dispose() => _ram.Dispose();

    [Fact]
    public void Header_AfterReset_IsThePiix4s()
    {
        Assert.Equal(0x7113_8086u, _function.ReadConfig(0, 4));
        Assert.Equal(0x0680_0003u, _function.ReadConfig(8, 4));
        Assert.Equal(0x0280u, _function.ReadConfig(6, 2));
        Assert.Equal(1u, _function.ReadConfig(0x3d, 1));
    }

    [Fact]
    public void PmBase_WrittenAndEnabled_PlacesTheBlock()
    {
        Assert.Equal(1u, _function.ReadConfig(0x40, 4));
        _function.WriteConfig(0x40, 4, 0xffff_b03f);
        Assert.Equal(0xb001u, _function.ReadConfig(0x40, 4));
        Assert.Null(_ports.ClaimAt(0xb008));
        _function.WriteConfig(0x80, 1, 0xff);
        Assert.Equal(1u, _function.ReadConfig(0x80, 1));
        Assert.Equal(3579545u, _ports.Read(0xb008, 4));
        _function.Reset();
        Assert.Null(_ports.ClaimAt(0xb008));
    }

    [Fact]
    public void Block_PlacedAsByFirmware_AnswersAt600()
    {
        _function.PlaceAsFirmware();
        Assert.Equal(3579545u, _ports.Read(0x608, 4));
    }

    [Fact]
    public void State_SavedMutatedRestored_IsTheSameAndPlacesTheBlock()
    {
        _function.PlaceAsFirmware();
        var saved = SavedState.Of(_function);
        _function.WriteConfig(0x40, 4, 0xb001);
        _function.WriteConfig(0x58, 4, 0x0200_0000);
        Assert.NotEqual(saved, SavedState.Of(_function));
        SavedState.Restore(saved, _function);
        Assert.Equal(saved, SavedState.Of(_function));
        Assert.Equal(3579545u, _ports.Read(0x608, 4));
    }

    private sealed class Unwired : IInterruptSink
    {
        public void SetLine(int line, bool level)
        {
            // Nothing listens.
        }
    }
}
