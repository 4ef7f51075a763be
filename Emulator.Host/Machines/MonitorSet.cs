using Emulator.Devices.Video;
using Emulator.Host.Display;
using Emulator.Host.Monitors;
using Emulator.Host.Snapshots;
using Emulator.Host.Vnc;

namespace Emulator.Host.Machines;

/// <summary>The monitor's groups over one machine, and the monitor that people type at.</summary>
internal sealed class MonitorSet
{
    /// <summary>Puts them together.</summary>
    public MonitorSet(PcMachine pc, IMonitorTarget target, IGuestInput input, VncServer? vnc)
    {
        Input = input;
        Vnc = vnc;
        VncCommands = new VncCommands(vnc);
        Screen = new ScreenCommands(pc.Machine.Devices.OfType<IDisplaySource>().FirstOrDefault(), input);
        Drives = new DriveCommands(pc.Storage, VncCommands);
        Human = new HumanMonitor([.. HumanMonitor.BasicGroups(target), Screen, Drives, VncCommands, new SnapshotCommands(pc)]);
    }

    /// <summary>Keyboard and mouse.</summary>
    public IGuestInput Input { get; }

    /// <summary>The VNC server.</summary>
    public VncServer? Vnc { get; }

    /// <summary>Its commands.</summary>
    public VncCommands VncCommands { get; }

    /// <summary>Keys and pictures.</summary>
    public ScreenCommands Screen { get; }

    /// <summary>The drives.</summary>
    public DriveCommands Drives { get; }

    /// <summary>All of them.</summary>
    public HumanMonitor Human { get; }
}
