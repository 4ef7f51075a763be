using System.Text;
using Emulator.Devices.Video;
using Emulator.Host.Cli;
using Emulator.Host.Display;
using Emulator.Host.Images;
using Emulator.Host.Qmp;
using Emulator.Host.Serial;
using Emulator.Host.Vnc;
using Emulator.Host.Web;

namespace Emulator.Host.Machines;

/// <summary>How people and programs see one machine: monitor, VNC server, web console, QMP channels, joined to it and to each other.</summary>
internal sealed class Consoles : IDisposable
{
    private const string DefaultName = "emulator";

    private readonly PcMachine _pc;
    private readonly TextWriter _messages;
    private readonly Lazy<GuestInput> _input;
    private readonly Lazy<VncDesktop> _desktop;
    private readonly Lazy<MonitorSet> _monitor;
    private readonly VncServer? _vnc;
    private readonly WebConsole? _web;
    private readonly List<QmpSession> _qmp = [];

    /// <summary>Opens those that the options name; each fails with one line. The others are made when somebody asks: a guest starts without.</summary>
    public Consoles(PcMachine pc, MachineOptions options, IReadOnlyList<SerialTap> serial, ChannelFactory channels, TextWriter messages)
    {
        _pc = pc;
        _messages = messages;
        var name = options.Name ?? DefaultName;
        var scheduler = pc.Machine.Scheduler;
        _input = new Lazy<GuestInput>(() => new GuestInput(scheduler, pc.Legacy.Keyboard));
        _desktop = new Lazy<VncDesktop>(() => new VncDesktop(
            new DisplayHub(pc.Machine.Devices.OfType<IDisplaySource>().FirstOrDefault() ?? new NoDisplay(), scheduler.Post), _input.Value, name));
        Target = new MachineMonitor(pc);
        _monitor = new Lazy<MonitorSet>(() => new MonitorSet(pc, Target, _input.Value, _vnc));
        if (options.Consoles.Vnc is { } vnc)
        {
            _vnc = new VncServer(vnc, _desktop.Value, Password(vnc, options.Consoles));
        }

        if (options.Consoles.Web is { } web)
        {
            _web = new WebConsole(web, _desktop.Value, new WebMachine(pc, Target, Monitor, name), serial);
        }

        IReadOnlyDictionary<string, QmpCommand>? commands = null;
        foreach (var qmp in options.Consoles.Qmp)
        {
            if (channels.Create("-qmp", "qmp", qmp.Target) is { } channel)
            {
                commands ??= new QmpCommands(pc, options, Monitor, Target).Table();
                Join(channel, new QmpSession(commands, text => channel.Write(Encoding.UTF8.GetBytes(text)), qmp.Pretty));
            }
        }
    }

    /// <summary>The machine, as the monitor sees it.</summary>
    public MachineMonitor Target { get; }

    /// <summary>The monitor.</summary>
    public MonitorSet Monitor => _monitor.Value;

    /// <summary>Tells where they are, once the channels are open.</summary>
    public void Begin()
    {
        if (_web is not null)
        {
            _messages.WriteLine($"emulator: the screen is at {_web.Url}");
        }

        _pc.Machine.Happened = Tell;
        _pc.Storage.Stopped = TellFailure;
    }

    /// <summary>The machine has ended.</summary>
    public void End(string cause) => Tell("SHUTDOWN", cause);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_desktop.IsValueCreated)
        {
            _desktop.Value.Display.Dispose();
        }

        _vnc?.Dispose();
        _web?.Dispose();
    }

    private static VncPassword? Password(VncChoice choice, ConsoleChoices consoles)
    {
        var password = choice.AsksPassword ? new VncPassword() : null;
        password?.Set(choice.Secret is { } id ? consoles.Secrets[id] : null);
        return password;
    }

    private void Tell(string what, string cause)
    {
        var byGuest = cause != MachineMonitor.ByMonitor;
        var reason = (what, byGuest) switch
        {
            ("RESET", true) => "guest-reset",
            ("RESET", false) => "host-qmp-system-reset",
            ("SHUTDOWN", true) => "guest-shutdown",
            ("SHUTDOWN", false) => "host-qmp-quit",
            _ => null,
        };
        foreach (var session in _qmp)
        {
            session.Event(what, reason is null ? null : new() { ["guest"] = byGuest, ["reason"] = reason });
        }
    }

    private void TellFailure(DriveChoice choice, StoppingFailure failure)
    {
        foreach (var session in _qmp)
        {
            session.Event("BLOCK_IO_ERROR", new()
            {
                ["device"] = choice.Id,
                ["operation"] = failure.IsRead ? "read" : "write",
                ["action"] = "stop",
                ["nospace"] = failure.IsNoSpace,
                ["reason"] = failure.Reason,
            });
        }
    }

    // A client's bytes are commands for the machine's thread; one that comes anew is greeted.
    private void Join(IHostChannel channel, QmpSession session)
    {
        var scheduler = _pc.Machine.Scheduler;
        var posted = 0;
        _qmp.Add(session);
        channel.Input.Arrived = () =>
        {
            if (Interlocked.Exchange(ref posted, 1) == 0)
            {
                scheduler.Post(Feed);
            }
        };
        if (channel is SocketChannel socket)
        {
            socket.PeerArrived = () => scheduler.Post(session.Begin);
        }
        else
        {
            scheduler.Post(session.Begin);
        }

        void Feed()
        {
            Interlocked.Exchange(ref posted, 0);
            while (channel.Input.TryTake(out var item))
            {
                session.Feed(item);
            }
        }
    }

    /// <summary>What a machine without a display shows: nothing, in the smallest usual size.</summary>
    private sealed class NoDisplay : IDisplaySource
    {
        public void Render(Frame frame) => frame.Resize(0, 0);
    }
}
