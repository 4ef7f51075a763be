using Emulator.Core.Machine;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;
using Emulator.Host.Cli;
using Emulator.Host.Machines;
using Emulator.Host.Serial;
using Emulator.Host.Snapshots;

namespace Emulator.Guests.Tests.Snapshots;

/// <summary>
/// A machine of one processor whose time a test makes: an instruction is a nanosecond, and a halted processor skips to the next event. All
/// that it does follows from its state alone.
/// </summary>
internal sealed unsafe class SteppedMachine : IDisposable
{
    private const long HostMemory = 1L << 40;
    private const ulong Slice = 1000;

    private readonly ManualClock _clock = new();
    private readonly GuestConsole _console = new();

    public SteppedMachine(params IReadOnlyList<string> arguments)
    {
        var options = MachineOptionsReader.Read(ArgumentParser.Parse(["-nographic", .. arguments]), PcCatalog.Create(), HostMemory);
        Pc = new PcMachine(
            options, BootSource.From(options), [_console], new Dictionary<string, IHostChannel>(StringComparer.Ordinal), _clock, new GuestLog(_ => { }));
        Pc.Machine.Reset();
    }

    public PcMachine Pc { get; }

    public string Output => _console.Text;

    public void Type(string line) => _console.Input.Add(System.Text.Encoding.Latin1.GetBytes(line + "\n"));

    public void Run(ulong instructions)
    {
        var processor = Pc.Machine.Processors[0];
        var end = processor.State->Retired + instructions;
        while (processor.State->Retired < end)
        {
            Pc.Machine.Scheduler.RunDue();
            if (processor.HasWork)
            {
                var before = processor.State->Retired;
                Pc.Machine.Engine.Run(processor, Math.Min(before + Slice, end), exact: true);
                _clock.Set(_clock.Now + (long)(processor.State->Retired - before));
            }
            else
            {
                Assert.NotEqual(long.MaxValue, Pc.Machine.Scheduler.NextDue);
                _clock.Set(Pc.Machine.Scheduler.NextDue);
            }
        }
    }

    /// <summary>All of its state as bytes: processors, devices, events, time and RAM.</summary>
    public byte[] Everything()
    {
        using var bytes = new MemoryStream();
        MachineSnapshot.Save(Pc.Machine, bytes);
        return bytes.ToArray();
    }

    public byte[] Save()
    {
        using var bytes = new MemoryStream();
        MachineState.Write(Pc, bytes);
        return bytes.ToArray();
    }

    public void Load(byte[] state)
    {
        using var bytes = new MemoryStream(state);
        MachineState.Read(Pc, bytes);
    }

    public void Dispose()
    {
        Pc.Dispose();
        _console.Dispose();
    }
}
