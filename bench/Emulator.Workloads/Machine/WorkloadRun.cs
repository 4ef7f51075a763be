using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Machine;

namespace Emulator.Workloads.Machine;

/// <summary>A workload on a machine of its own, run as often as wanted; a wrong checksum is an error, never a number.</summary>
public sealed unsafe class WorkloadRun : IDisposable
{
    // The turn of a processor in VirtualMachine: engines return that often.
    private const ulong Slice = 20_000;
    private const ulong MostInstructions = 20_000_000_000;

    private readonly Workload _workload;
    private readonly BareMachine _machine;

    /// <summary>Builds the machine and assembles the program.</summary>
    public WorkloadRun(Workload workload, Func<CpuModel, BlockCache, ICpuEngine> createEngine)
    {
        _workload = workload;
        _machine = new BareMachine(createEngine);
        _machine.LoadProgram(a =>
        {
            workload.Emit(a);
            a.hlt();
        });
        workload.Load(_machine.Ram);
    }

    /// <summary>Instructions that the machine has retired in all its runs.</summary>
    public ulong Retired => _machine.Processor.State->Retired;

    /// <summary>Runs that many units; returns the checksum.</summary>
    /// <exception cref="InvalidOperationException">The program did not come to its end.</exception>
    public ulong Execute(int units)
    {
        var s = _machine.Processor.State;
        _machine.Restart();
        s->Rdi = (uint)units;
        var limit = s->Retired + MostInstructions;
        while (s->Activity == ActivityState.Active && s->Retired < limit)
        {
            _machine.Run(Slice);
        }

        if (s->Activity != ActivityState.Halted)
        {
            throw new InvalidOperationException(
                $"{_workload.Name} did not end: {s->Activity}, RIP {s->Rip:x}, CR2 {s->Cr2:x}, {s->Retired} instructions retired.");
        }

        return s->Rax;
    }

    /// <summary>Like <see cref="Execute"/>, and compares the checksum.</summary>
    /// <exception cref="InvalidOperationException">The checksum is not the reference's.</exception>
    public void ExecuteChecked(int units, ulong expected)
    {
        var actual = Execute(units);
        if (actual != expected)
        {
            throw new InvalidOperationException($"{_workload.Name}, {units} units: checksum {actual:x16}, expected {expected:x16}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _machine.Dispose();
}
