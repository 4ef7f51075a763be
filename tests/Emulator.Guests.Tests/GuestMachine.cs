using System.Text;
using Emulator.Core.Machine;
using Emulator.Core.Time;
using Emulator.Host.Cli;
using Emulator.Host.Machines;
using Emulator.Host.Serial;

namespace Emulator.Guests.Tests;

/// <summary>
/// A machine in this process, described by a command line, that runs on a thread of its own, and whose first serial port a test
/// reads and types at. All limits are for a slow, busy host: only a guest that hangs meets them.
/// </summary>
internal sealed class GuestMachine : IDisposable
{
    private const long HostMemory = 1L << 40;
    private const int TailLength = 3000;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(30);

    private readonly GuestConsole _console = new();
    private readonly StringBuilder _log = new();
    private readonly Thread _thread;
    private Exception? _failure;
    private MachineEnd? _end;
    private int _read;

    /// <summary>Builds the machine of a command line and resets it; <see cref="Start"/> lets it run.</summary>
    public GuestMachine(params IReadOnlyList<string> arguments)
    {
        var options = MachineOptionsReader.Read(ArgumentParser.Parse(arguments), PcCatalog.Create(), HostMemory);
        Pc = new PcMachine(
            options, BootSource.From(options), [_console], new Dictionary<string, IHostChannel>(StringComparer.Ordinal), new HostClock(), new GuestLog(Log));
        Pc.Machine.Reset();
        _thread = new Thread(Run) { IsBackground = true, Name = "guest" };
    }

    /// <summary>How long a guest may take to answer.</summary>
    public static TimeSpan AnswerLimit { get; } = TimeSpan.FromSeconds(420);

    /// <summary>The machine.</summary>
    public PcMachine Pc { get; }

    /// <summary>All that the guest wrote to its serial port, without carriage returns.</summary>
    public string Output => _console.Text;

    /// <summary>What the emulator said about the guest.</summary>
    public string Messages
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Lets the machine run.</summary>
    public GuestMachine Start()
    {
        _thread.Start();
        return this;
    }

    /// <summary>Waits for text behind what was waited for before; returns what stands between, without the text itself.</summary>
    public string WaitFor(string text)
    {
        var start = _read;
        var end = _console.WaitFor(text, start, AnswerLimit, out var failure);
        if (end < 0)
        {
            Assert.Fail($"Waiting for \"{text}\": {_failure?.ToString() ?? failure}\n{Report()}");
        }

        _read = end;
        return _console.Text[start..(end - text.Length)];
    }

    /// <summary>Types a line.</summary>
    public void Type(string line) => _console.Input.Add(Encoding.Latin1.GetBytes(line + "\n"));

    /// <summary>Waits for the machine's end; returns the exit status that it asks for.</summary>
    public int WaitForEnd()
    {
        if (!_thread.Join(EndLimit))
        {
            Assert.Fail($"The machine did not end.\n{Report()}");
        }

        return _end?.ExitStatus ?? throw new InvalidOperationException("The machine's thread failed.\n" + Report(), _failure);
    }

    /// <summary>Has the machine's thread do something between two instructions, and waits until it is done.</summary>
    public void Between(Action action)
    {
        using var done = new ManualResetEventSlim();
        Pc.Machine.Scheduler.Post(() =>
        {
            action();
            done.Set();
        });
        Assert.True(done.Wait(AnswerLimit), "The machine's thread did not come by.\n" + Report());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Pc.Machine.End(new MachineEnd(0, "by the test"));
        if (!_thread.IsAlive || _thread.Join(KillLimit))
        {
            Pc.Dispose();
        }
    }

    /// <summary>What a person needs to see of a guest that failed: the console's end, the emulator's messages, the processors.</summary>
    public string Report()
    {
        var text = _console.Text;
        var monitor = new MachineMonitor(Pc);
        return $"--- console ---\n{text[Math.Max(0, text.Length - TailLength)..]}\n--- messages ---\n{Messages}\n--- processors ---\n"
            + monitor.Describe("cpus") + monitor.Describe("registers");
    }

    private void Log(string message)
    {
        lock (_log)
        {
            _log.Append(message).Append('\n');
        }
    }

    private void Run()
    {
        try
        {
            _end = Pc.Machine.Run();
            foreach (var uart in Pc.Legacy.Uarts)
            {
                uart?.Flush();
            }

            _console.End($"the machine has ended: {_end.Cause}");
        }
        catch (Exception failure)
        {
            _failure = failure;
            _console.End("the emulator failed");
        }
    }
}
