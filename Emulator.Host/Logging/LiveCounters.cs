using Emulator.Core.Interpreter;
using Emulator.Core.Machine;
using Emulator.Jit.Runtime;

namespace Emulator.Host.Logging;

/// <summary>
/// A machine's engine as .NET tools see it: events for <c>dotnet-trace</c>, metrics for <c>dotnet-counters</c>. They are put up when the guest has
/// begun, whose first instructions would wait for them longer than for anything else of the emulator.
/// </summary>
internal sealed class LiveCounters : IDisposable
{
    private const int DelayMilliseconds = 100;

    private readonly VirtualMachine _machine;
    private readonly ManualResetEventSlim _ended = new();
    private readonly Thread _thread;
    private TranslationEventSource? _events;
    private EngineMeter? _meter;

    /// <summary>Begins to put them up.</summary>
    public LiveCounters(VirtualMachine machine)
    {
        _machine = machine;
        _thread = new Thread(PutUp) { IsBackground = true, Name = "live counters" };
        _thread.Start();
    }

    /// <summary>Ends them. Before the machine's own end.</summary>
    public void Dispose()
    {
        _ended.Set();
        _thread.Join();
        _meter?.Dispose();
        _events?.Dispose();
        _ended.Dispose();
    }

    private void PutUp()
    {
        if (_ended.Wait(DelayMilliseconds))
        {
            return;
        }

        _events = new TranslationEventSource();
        if (_machine.Engine is InterpreterEngine { Translator: Translator translator })
        {
            translator.Observe(_events);
        }

        _meter = new EngineMeter(_machine);
    }
}
