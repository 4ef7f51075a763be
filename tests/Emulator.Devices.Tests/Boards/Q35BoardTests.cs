using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Devices.Acpi;
using Emulator.Devices.Boards;
using Emulator.Devices.Serial;

namespace Emulator.Devices.Tests.Boards;

public sealed class Q35BoardTests : IDisposable
{
    private const int Lpc = 0x1f << 3;
    private const ulong Ecam = 0xb000_0000;
    private const ulong Rcba = 0xfed1_c000;
    private const ulong TestConfig = Ecam + (3 << 15);
    private readonly MachineRig _rig = new(new LegacyOptions { RamBelow4G = MachineRig.RamSize, Serial = [new NullSerialBackend()], Board = wiring => new Q35Board(wiring) });
    private readonly List<int> _offs = [];
    private readonly List<int> _refused = [];
    private readonly AcpiFixedHardware _acpi;
    private readonly IDevice _power;

    public Q35BoardTests()
    {
        _acpi = _rig.Legacy.Add(new AcpiFixedHardware(_rig.Scheduler, _rig.Legacy.Router.Connect(9), () => _offs.Add(5), _refused.Add));
        _power = _rig.Legacy.Add(_rig.Legacy.Board.JoinPowerManagement(_acpi).Single());
        _rig.Legacy.Reset();
    }

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Identity_OfTheBridges_IsTheirs()
    {
        Assert.Equal(0x29c08086u, _rig.ReadPci(0, 0));
        Assert.Equal(0x29188086u, _rig.ReadPci(Lpc, 0));
        Assert.Equal(0x80u, _rig.ReadPci(Lpc, 0x0e, 1));
    }

    [Fact]
    public void Ecam_Enabled_IsTheSameConfigurationSpace()
    {
        Assert.Equal(uint.MaxValue, _rig.Memory.Read<uint>(TestConfig));
        _rig.WritePci(0, 0x60, 4, (uint)Ecam | 1);
        Assert.Equal(0x00051b36u, _rig.Memory.Read<uint>(TestConfig));
        Assert.Equal(0x0005, _rig.Memory.Read<ushort>(TestConfig + 2));
        _rig.Memory.Write(TestConfig + 0x3c, (byte)0x5a);
        Assert.Equal(0x5au, _rig.ReadPci(3 << 3, 0x3c, 1));
        Assert.Equal(0u, _rig.Memory.Read<uint>(TestConfig + 0x100));
        Assert.Equal(uint.MaxValue, _rig.Memory.Read<uint>(Ecam + (4 << 15)));
        Assert.Equal(uint.MaxValue, _rig.Memory.Read<uint>(TestConfig + (1 << 20)));
        Assert.Equal(0xffff_ffff_0005_1b36ul & 0xffff_ffff, _rig.Memory.Read<ulong>(TestConfig) & 0xffff_ffff);
    }

    [Theory]
    [InlineData(0xe000_0001u, 0xe000_0000u, 0x1000_0000u)]
    [InlineData(0xe800_0003u, 0xe800_0000u, 0x0800_0000u)]
    [InlineData(0xec00_0005u, 0xec00_0000u, 0x0400_0000u)]
    public void Ecam_OfEachLength_LiesWhereItIsPut(uint register, uint start, uint length)
    {
        _rig.WritePci(0, 0x60, 4, register);
        Assert.Equal(0x29c08086u, _rig.Memory.Read<uint>(start));
        var region = _rig.Memory.Find(start, out var remaining);
        Assert.Equal("ecam", region!.Name);
        Assert.True(remaining <= length);
        Assert.Equal(length, region.Length);
        _rig.WritePci(0, 0x60, 4, register & ~1u);
        Assert.Null(_rig.Memory.Find(start, out _));
    }

    [Fact]
    public void Pirq_OfASlot_ReachesItsIsaLineAndItsInput()
    {
        var input = new Recorder();
        _rig.Legacy.Router.IoApic = input;
        Assert.Equal(4 + 3, _rig.Legacy.IsaBridge.PirqOf(3, 0));
        _rig.WritePci(Lpc, 0x6b, 1, 11);
        _rig.Legacy.IsaBridge.SetPirq(7, true);
        Assert.True(_rig.Legacy.Router.Level(11));
        Assert.Contains((23, true), input.Calls);

        // Two PIRQs share the line: it falls with the last.
        _rig.WritePci(Lpc, 0x60, 1, 11);
        _rig.Legacy.IsaBridge.SetPirq(0, true);
        _rig.Legacy.IsaBridge.SetPirq(7, false);
        Assert.True(_rig.Legacy.Router.Level(11));
        _rig.Legacy.IsaBridge.SetPirq(0, false);
        Assert.False(_rig.Legacy.Router.Level(11));
    }

    [Fact]
    public void RouteRegister_OfASlot_ChangesItsPirqs()
    {
        _rig.WritePci(Lpc, 0xf0, 4, (uint)Rcba | 1);
        Assert.Equal(0x3210, _rig.Memory.Read<ushort>(Rcba + 0x3140));
        Assert.Equal(1, _rig.Legacy.IsaBridge.PirqOf(31, 1));
        _rig.Memory.Write(Rcba + 0x3140, (ushort)0x3261);
        Assert.Equal(6, _rig.Legacy.IsaBridge.PirqOf(31, 1));
        _rig.Memory.Write(Rcba + 0x314c, (ushort)0x0007);
        Assert.Equal(7, _rig.Legacy.IsaBridge.PirqOf(26, 0));
        _rig.Memory.Write(Rcba, 0x12345678u);
        Assert.Equal(0u, _rig.Memory.Read<uint>(Rcba));
    }

    [Fact]
    public void PowerBlock_Placed_HasTimerGpeAndSmiControl()
    {
        Assert.Equal(uint.MaxValue, _rig.In32(0x608));
        _rig.WritePci(Lpc, 0x40, 4, 0x601);
        _rig.WritePci(Lpc, 0x44, 1, 0x80);
        _rig.Clock.Set(1_000_000);
        Assert.Equal(3579u, _rig.In32(0x608));
        Assert.Equal(0x20u, _rig.In32(0x630) & 0x20);
        _acpi.RaiseGeneralPurposeEvent(1);
        Assert.Equal(2u, _rig.In32(0x620));
        _rig.Out(0x628, 2);
        _rig.Out16(0x604, 1);
        Assert.True(_rig.Legacy.Router.Level(9));
        _rig.Out(0x620, 2);
        Assert.False(_rig.Legacy.Router.Level(9));
        _rig.Out16(0x604, 0x2001);
        Assert.Equal([5], _offs);
    }

    [Fact]
    public void Sleep_ThatIsNotThere_IsRefusedAndWakesAtOnce()
    {
        _rig.WritePci(Lpc, 0x40, 4, 0x601);
        _rig.WritePci(Lpc, 0x44, 1, 0x80);
        _rig.Out16(0x604, 0x2401);
        Assert.Equal([1], _refused);
        Assert.Empty(_offs);
        Assert.Equal(0x8000u, _rig.In32(0x600) & 0x8000);
    }

    [Fact]
    public void Watchdog_RunOutTwice_ResetsUnlessHarmless()
    {
        _rig.WritePci(Lpc, 0x40, 4, 0x601);
        _rig.WritePci(Lpc, 0x44, 1, 0x80);
        _rig.WritePci(Lpc, 0xf0, 4, (uint)Rcba | 1);
        _rig.Out(0x660, 1);
        _rig.Advance(3 * MachineRig.Second);
        Assert.Equal(8, _rig.In(0x664));
        _rig.Advance(3 * MachineRig.Second);
        Assert.Equal(2, _rig.In(0x666));
        Assert.Equal(0, _rig.Resets);

        _rig.Memory.Write(Rcba + 0x3410, 0u);
        _rig.Out(0x664, 8);
        _rig.Out(0x660, 1);
        _rig.Advance(6 * MachineRig.Second);
        Assert.Equal(1, _rig.Resets);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Noise_OfAnyGuest_NeverThrowsAndStateComesBack(int seed)
    {
        Place();
        var random = new Random(seed);
        new GuestNoise(_rig, seed).Run(3000);
        for (var i = 0; i < 5000; i++)
        {
            var value = (uint)random.NextInt64(1L << 32);
            switch (random.Next(6))
            {
                case 0: _rig.WritePci(Lpc, random.Next(64) * 4, 4, value); break;
                case 1: _rig.WritePci(0, random.Next(64) * 4, 4, value); break;
                case 2: _rig.Memory.Write(Ecam + (ulong)random.Next(1 << 21), value); break;
                case 3: _rig.Memory.Write(Rcba + (ulong)random.Next(0x3ff8), value); break;
                case 4: _rig.Out32(0x600 + random.Next(125), value); break;
                default: Place(); break;
            }
        }

        foreach (var device in new[] { _rig.Legacy.HostBridge, _rig.Legacy.IsaBridge, _power })
        {
            var saved = MachineRig.Save(device);
            new GuestNoise(_rig, seed + 10).Run(500);
            MachineRig.Load(device, saved);
            Assert.Equal(saved, MachineRig.Save(device));
        }
    }

    private void Place()
    {
        _rig.WritePci(0, 0x60, 4, (uint)Ecam | 1);
        _rig.WritePci(Lpc, 0xf0, 4, (uint)Rcba | 1);
        _rig.WritePci(Lpc, 0x40, 4, 0x601);
        _rig.WritePci(Lpc, 0x44, 1, 0x80);
    }

    private sealed class Recorder : IInterruptSink
    {
        public List<(int Line, bool Level)> Calls { get; } = [];

        public void SetLine(int line, bool level) => Calls.Add((line, level));
    }
}
