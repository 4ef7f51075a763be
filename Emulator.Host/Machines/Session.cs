using System.Globalization;
using System.Runtime.InteropServices;
using Emulator.Core.Machine;
using Emulator.Core.Time;
using Emulator.Host.Cli;
using Emulator.Host.Logging;
using Emulator.Host.Serial;
using Emulator.Host.Terminal;

namespace Emulator.Host.Machines;

/// <summary>One run of a machine in this process: its channels, the signals, the terminal, and how it ends.</summary>
internal sealed class Session(MachineOptions options, HeadStart headStart, TextWriter error) : IDisposable
{
    private const int GraceMilliseconds = 3000;

    private readonly ChannelFactory _channels = new(error);
    private readonly List<PosixSignalRegistration> _signals = [];
    private PcMachine? _pc;
    private EngineViews? _views;
    private LiveCounters? _counters;
    private Consoles? _consoles;

    /// <summary>Builds the machine, runs it to its end, and returns the process's exit status.</summary>
    public int Run()
    {
        var boot = BootSource.From(options);
        var serial = options.Serial.Select((target, i) => _channels.Create("-serial", $"serial{i}", target)).ToArray();
        var monitor = options.Monitor is { } where ? _channels.Create("-monitor", "monitor", where) : null;
        var chardevs = OpenChardevs();
        var log = new GuestLog(message => error.WriteLine($"emulator: guest: {message}"));
        using var progress = new ProgressLine(error, !Console.IsErrorRedirected);
        if (CpuSelection.Resolve(options.Cpu).Warning is { } warning)
        {
            error.WriteLine($"emulator: {warning}");
        }

        var taps = serial.Select(channel => channel is null || options.Consoles.Web is null ? null : new Web.SerialTap(channel)).ToArray();
        _pc = new PcMachine(options, boot, options.Consoles.Web is null ? serial : taps, chardevs, new HostClock(), log, headStart.Instructions);
        _views = new EngineViews(_pc.Machine, options, error);
        _pc.Machine.Reset();
        Snapshots.SnapshotCommands.Begin(_pc, options);
        _consoles = new Consoles(_pc, options, [.. taps.OfType<Web.SerialTap>()], _channels, error);
        JoinMonitor(monitor);
        WritePidFile();
        RegisterSignals();
        if (_channels.Terminal is { } terminal)
        {
            terminal.BeforeFirstOutput = progress.Clear;
            progress.ShowSoon($"starting {_pc.Loaded?.Description} ...");
        }

        foreach (var channel in _channels.Open)
        {
            channel.Start();
        }

        _consoles.Begin();
        if (options.StartStopped)
        {
            _pc.Machine.Pause();
        }

        _counters = new LiveCounters(_pc.Machine);
        var end = _pc.Machine.Run();
        if (Application.IsDebugging)
        {
            error.WriteLine($"emulator: {end.Cause}; {Place()}");
        }

        _consoles.End(end.Cause);
        return end.ExitStatus;
    }

    /// <summary>The guest's place, for a report of an internal error.</summary>
    public unsafe string Place()
    {
        if (_pc is null)
        {
            return "before the first instruction";
        }

        var processor = _pc.Machine.Current ?? _pc.Machine.Processors[0];
        return string.Create(
            CultureInfo.InvariantCulture, $"processor {processor.Index}, guest RIP 0x{processor.State->Rip:x}, instruction {processor.State->Retired}");
    }

    /// <summary>Puts the terminal back. Any thread, any time.</summary>
    public void RestoreTerminal() => _channels.Terminal?.RestoreTerminal();

    /// <inheritdoc/>
    public void Dispose()
    {
        FlushDevices();
        _consoles?.Dispose();
        foreach (var channel in _channels.Open)
        {
            channel.Dispose();
        }

        _signals.ForEach(signal => signal.Dispose());
        _counters?.Dispose();
        _views?.Dispose();
        _pc?.Dispose();
    }

    // What the guest sent last still waits in the ports' batches.
    private void FlushDevices()
    {
        if (_pc is null)
        {
            return;
        }

        foreach (var uart in _pc.Legacy.Uarts)
        {
            uart?.Flush();
        }

        foreach (var console in _pc.Machine.Devices.OfType<Devices.Debug.IsaDebugConsole>())
        {
            console.Flush();
        }
    }

    private Dictionary<string, IHostChannel> OpenChardevs()
    {
        var opened = new Dictionary<string, IHostChannel>(StringComparer.Ordinal);
        foreach (var device in options.Devices)
        {
            if (device.Properties.TryGetValue("chardev", out var id) && options.Chardevs.TryGetValue(id, out var target) && !opened.ContainsKey(id)
                && _channels.Create($"-chardev id={id}", id, target) is { } channel)
            {
                opened.Add(id, channel);
            }
        }

        return opened;
    }

    private void JoinMonitor(IHostChannel? monitor)
    {
        var consoles = _consoles!;
        var human = () => consoles.Monitor.Human;
        var scheduler = _pc!.Machine.Scheduler;
        if (_channels.Terminal is { } terminal)
        {
            terminal.QuitRequested = consoles.Target.Quit;
            if (!ReferenceEquals(terminal, monitor))
            {
                MonitorConsole.Attach(terminal, human, scheduler);
            }
        }

        if (monitor is not null)
        {
            MonitorConsole.Attach(monitor, human, scheduler);
        }
    }

    private void WritePidFile()
    {
        if (options.PidFile is not { } path)
        {
            return;
        }

        try
        {
            File.WriteAllText(path, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"-pidfile {path}", "cannot be written (" + failure.Message + ")", "give a path that can");
        }
    }

    private void RegisterSignals()
    {
        PosixSignal[] ends = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
        foreach (var signal in ends)
        {
            _signals.Add(PosixSignalRegistration.Create(signal, EndBySignal));
        }

        if (!OperatingSystem.IsWindows())
        {
            _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => _channels.Terminal?.ReenterRaw()));
        }
    }

    // The machine ends at its next instruction boundary; a host thread that hangs does not keep the process.
    private void EndBySignal(PosixSignalContext context)
    {
        context.Cancel = true;
        _pc!.Machine.End(new MachineEnd(ExitStatus.Success, $"ended by {context.Signal}"));
        new Thread(() =>
        {
            Thread.Sleep(GraceMilliseconds);
            RestoreTerminal();
            Environment.Exit(ExitStatus.Success);
        })
        { IsBackground = true, Name = "signal grace" }.Start();
    }
}
