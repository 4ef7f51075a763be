using System.Text;
using Emulator.Core.Time;
using Emulator.Host.Monitors;
using Emulator.Host.Serial;
using Emulator.Host.Terminal;

namespace Emulator.Host.Machines;

/// <summary>Joins the monitor to a channel: lines typed are carried out on the machine's thread, answers go back.</summary>
internal sealed class MonitorConsole
{
    private readonly Func<HumanMonitor> _monitor;
    private readonly EventScheduler _scheduler;
    private readonly Action<string> _write;
    private readonly LineEditor _editor;

    private MonitorConsole(Func<HumanMonitor> monitor, EventScheduler scheduler, Action<string> write)
    {
        _monitor = monitor;
        _scheduler = scheduler;
        _write = write;
        _editor = new LineEditor(write);
    }

    /// <summary>Joins it to the terminal, behind the escape key.</summary>
    public static void Attach(TerminalChannel terminal, Func<HumanMonitor> monitor, EventScheduler scheduler)
    {
        var console = new MonitorConsole(monitor, scheduler, terminal.Write);
        terminal.MonitorEntered = () => terminal.Write("\n" + HumanMonitor.Prompt);
        terminal.MonitorByte = console.Feed;
    }

    /// <summary>Joins it to a channel of its own.</summary>
    public static void Attach(IHostChannel channel, Func<HumanMonitor> monitor, EventScheduler scheduler)
    {
        var console = new MonitorConsole(monitor, scheduler, text => channel.Write(Encoding.UTF8.GetBytes(text)));
        console._write(HumanMonitor.Prompt);
        channel.Input.Arrived = () => scheduler.Post(() =>
        {
            while (channel.Input.TryTake(out var typed))
            {
                console.Feed(typed);
            }
        });
    }

    private void Feed(byte typed)
    {
        if (_editor.Feed(typed) is { } line)
        {
            _scheduler.Post(() => _write(_monitor().Execute(line) + HumanMonitor.Prompt));
        }
    }
}
