using System.Diagnostics;
using System.Diagnostics.Metrics;
using Emulator.Core.Cpu;
using Emulator.Core.Interpreter;
using Emulator.Core.Machine;
using Emulator.Jit.Runtime;

namespace Emulator.Host.Logging;

/// <summary>The counters of a machine's engine as .NET metrics, for <c>dotnet-counters monitor --counters Emulator</c>. Read by other threads.</summary>
internal sealed unsafe class EngineMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Emulator";

    private readonly Lock _lock = new();
    private readonly Meter _meter = new(Name);
    private readonly VirtualMachine _machine;
    private readonly InterpreterEngine? _engine;
    private readonly Translator? _translator;
    private bool _isDisposed;

    /// <summary>Publishes a machine's counters.</summary>
    public EngineMeter(VirtualMachine machine)
    {
        _machine = machine;
        _engine = machine.Engine as InterpreterEngine;
        _translator = _engine?.Translator as Translator;
        Add("emulator.instructions", "{instruction}", "guest instructions retired", () => machine.Processors.Sum(processor => (long)processor.State->Retired));
        Add("emulator.tlb.misses", "{miss}", "TLB misses", () => machine.Processors.Sum(processor => processor.Mmu.Misses));
        _meter.CreateObservableCounter("emulator.dispatcher.exits", Exits, "{exit}", "returns to the dispatcher, by reason");
        if (_translator is { } translator)
        {
            Add("emulator.jit.regions", "{region}", "regions compiled", () => translator.Counters.Compiled);
            Add("emulator.jit.invalidations", "{region}", "regions dropped because their code changed", () => translator.Counters.Invalidated);
            Add("emulator.jit.evictions", "{region}", "regions dropped to keep the code within its bound", () => translator.Counters.Evicted);
            Add("emulator.jit.time", "us", "time spent compiling", () => (long)Stopwatch.GetElapsedTime(0, translator.Counters.CompileTicks).TotalMicroseconds);
            _meter.CreateObservableUpDownCounter("emulator.jit.code", () => translator.CodeBytes, "By", "host memory of the regions in use, as estimated");
        }
    }

    /// <summary>Ends it. The machine's memory may go then: whoever reads at this moment is waited for.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        _meter.Dispose();
    }

    private void Add(string name, string unit, string description, Func<long> read)
        => _meter.CreateObservableCounter(name, () => Read(read), unit, description);

    private IEnumerable<Measurement<long>> Read(Func<long> read)
    {
        lock (_lock)
        {
            return _isDisposed ? [] : [new Measurement<long>(read())];
        }
    }

    private IEnumerable<Measurement<long>> Exits()
        => _engine?.Exits.Select((count, reason) => new Measurement<long>(count, new KeyValuePair<string, object?>("reason", $"{(ExitReason)reason}"))) ?? [];
}
