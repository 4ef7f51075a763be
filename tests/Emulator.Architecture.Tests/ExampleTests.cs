using System.Runtime.InteropServices;
using Emulator.Core.Bus;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;
using Emulator.Examples;

namespace Emulator.Architecture.Tests;

/// <summary>The documents' examples compile and do what the documents say.</summary>
public sealed unsafe class ExampleTests
{
    private const ushort Port = 0x300;

    [Fact]
    public void AlarmClock_WhenItsTimeHasCome_RaisesItsLineUntilRead()
    {
        var machine = new AlarmMachine();
        machine.Ports.Write(Port, 4, 5);
        machine.AdvanceTo(4_999);
        Assert.False(machine.Level);
        machine.AdvanceTo(5_000);
        Assert.True(machine.Level);
        Assert.Equal(1u, machine.Ports.Read(Port, 4));
        Assert.False(machine.Level);
        Assert.Equal(0u, machine.Ports.Read(Port, 4));
    }

    [Fact]
    public void AlarmClock_SavedAndRestored_RingsAtTheSameTime()
    {
        using var snapshot = new MemoryStream();
        var first = new AlarmMachine();
        first.Ports.Write(Port, 4, 5);
        using (var writer = new StateWriter(snapshot))
        {
            writer.WriteRecord(first.Device);
        }

        snapshot.Position = 0;
        var second = new AlarmMachine();
        using var reader = new StateReader(snapshot);
        reader.ReadRecord(second.Device);
        second.AdvanceTo(4_999);
        Assert.False(second.Level);
        second.AdvanceTo(5_000);
        Assert.True(second.Level);
    }

    [Fact]
    public void AlarmClock_ReadInTheWrongSize_GivesAllOnes()
        => Assert.Equal(0xffu, new AlarmMachine().Ports.Read(Port + 1, 1));

    [Theory]
    [InlineData(true, 0x12ff)]
    [InlineData(false, 0x1200)]
    public void Salc_ByCarry_SetsAlAlone(bool carry, ulong expected)
    {
        var state = (CpuState*)NativeMemory.AllocZeroed((nuint)sizeof(CpuState));
        try
        {
            state->Rax = 0x1234;
            state->Flags.SetCarry(carry);
            var op = stackalloc Op[2];
            Assert.True(op + 1 == ExampleInstructions.SetAlFromCarry(state, op));
            Assert.Equal(expected, state->Rax);
        }
        finally
        {
            NativeMemory.Free(state);
        }
    }

    private sealed class AlarmMachine : IInterruptSink
    {
        private readonly ManualClock _clock = new();
        private readonly EventScheduler _scheduler;

        public AlarmMachine()
        {
            _scheduler = new EventScheduler(_clock);
            Device = new AlarmClock(Ports, Port, _scheduler, new InterruptLine(this, 5));
        }

        public IoPortBus Ports { get; } = new();

        public AlarmClock Device { get; }

        public bool Level { get; private set; }

        public void SetLine(int line, bool level) => Level = level;

        public void AdvanceTo(long now)
        {
            _clock.Set(now);
            _scheduler.RunDue();
        }
    }
}
