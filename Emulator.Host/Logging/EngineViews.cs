using Emulator.Core.Interpreter;
using Emulator.Core.Machine;
using Emulator.Host.Cli;
using Emulator.Jit.Runtime;

namespace Emulator.Host.Logging;

/// <summary>The log of <c>-d</c>: everything that it looks at in a machine's engine while it runs. Attached before it runs.</summary>
internal sealed class EngineViews : IDisposable
{
    private readonly VirtualMachine _machine;
    private readonly LogItems _items;
    private readonly LogOutput? _output;
    private readonly TranslationLog? _translation;

    /// <summary>Attaches what the options ask for.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="options">What is logged, and where.</param>
    /// <param name="error">Where the log goes if to no file.</param>
    public EngineViews(VirtualMachine machine, MachineOptions options, TextWriter error)
    {
        _machine = machine;
        _items = options.LogItems;
        if (_items != LogItems.None)
        {
            _output = LogOutput.Open(options.LogFile, error);
            new GuestCodeLog(_output, options.LogFilter).Attach(machine.Observers, _items);
            new EventLog(_output).Attach(machine.Observers, _items);
            if ((_items & TranslationLog.Items) != 0)
            {
                _translation = new TranslationLog(_output, _items, options.LogFilter);
                if (machine.Engine is InterpreterEngine { Translator: Translator translator })
                {
                    translator.Observe(_translation);
                }
            }
        }
    }

    /// <summary>Writes what is due at the end. Before the machine's own end.</summary>
    public void Dispose()
    {
        _translation?.Dispose();
        if ((_items & LogItems.Stats) != 0)
        {
            _output?.Write(EngineReport.Of(_machine));
        }

        _output?.Dispose();
    }
}
