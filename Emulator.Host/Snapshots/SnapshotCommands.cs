using Emulator.Host.Cli;
using Emulator.Host.Machines;
using Emulator.Host.Monitors;

namespace Emulator.Host.Snapshots;

/// <summary>The monitor's commands that keep a machine and put it back. The guest's time stands still meanwhile.</summary>
internal sealed class SnapshotCommands(PcMachine pc) : IMonitorGroup
{
    private readonly DiskSnapshots _snapshots = new(pc);

    /// <inheritdoc/>
    public IEnumerable<MonitorCommand> Commands =>
    [
        new("savevm", "[NAME]", "keep the machine and its disks inside the qcow2 disks", line => Do(() => _snapshots.Save(NameOf(line)))),
        new("loadvm", "NAME", "put the machine and its disks back", line => line[0].Length == 0 ? "write loadvm NAME\n" : Do(() => _snapshots.Load(line.From(0)))),
        new("delvm", "NAME", "forget a snapshot", line => line[0].Length == 0 ? "write delvm NAME\n" : Do(() => _snapshots.Delete(line.From(0)))),
        new("migrate", "file:PATH", "write the machine's state without its disks to a file, and stop", line => Do(() => Migrate(line))),
    ];

    /// <inheritdoc/>
    public IEnumerable<InfoPart> Parts => [new("snapshots", "the snapshots inside the disks", () => Answer(_snapshots.Describe))];

    /// <summary>Starts a machine from <c>-loadvm</c> or <c>-incoming</c>, before it runs.</summary>
    public static void Begin(PcMachine pc, MachineOptions options)
    {
        if (options.LoadSnapshot is { } name)
        {
            new DiskSnapshots(pc).Load(name);
        }

        if (options.Incoming is { } target)
        {
            var subject = "-incoming " + target;
            StateFiles.Load(pc, subject, StateFiles.PathOf(subject, target));
        }
    }

    private static string NameOf(MonitorLine line) => line[0].Length == 0 ? DiskSnapshots.NameOfNow() : line.From(0);

    private void Migrate(MonitorLine line)
    {
        var target = line.From(line[0] == "-d" ? 1 : 0).Trim('"');
        var subject = "migrate " + target;
        StateFiles.Save(pc, subject, StateFiles.PathOf(subject, target));
        pc.Machine.Pause();
    }

    private string Do(Action action) => Answer(() =>
    {
        action();
        return "";
    });

    private string Answer(Func<string> action)
    {
        var clock = pc.Machine.Clock;
        clock.Pause();
        try
        {
            return action();
        }
        catch (UserErrorException error)
        {
            return $"Error: {error.Message}\n";
        }
        finally
        {
            if (!pc.Machine.IsPaused)
            {
                clock.Resume();
            }
        }
    }
}
