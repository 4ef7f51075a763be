using System.Collections.Immutable;
using Emulator.Core.Cpu;
using Emulator.Devices.Acpi;

namespace Emulator.Host.Cli;

/// <summary>Everything the command line says about the machine, checked and immutable.</summary>
public sealed record MachineOptions
{
    /// <summary>The guest's name (<c>-name</c>).</summary>
    public string? Name { get; init; }

    /// <summary>RAM in bytes (<c>-m</c>), a multiple of 4 KiB.</summary>
    public long MemoryBytes { get; init; } = 128L << 20;

    /// <summary>The processors' count and topology (<c>-smp</c>).</summary>
    public Topology Smp { get; init; } = new(1, 1, 1, 1);

    /// <summary>The CPU model and its features (<c>-cpu</c>).</summary>
    public CpuChoice Cpu { get; init; } = new("max", []);

    /// <summary>The machine's type and properties (<c>-machine</c>).</summary>
    public MachineChoice Machine { get; init; } = new("pc");

    /// <summary>The engine (<c>-accel</c>).</summary>
    public AccelChoice Accel { get; init; } = new("jit", null);

    /// <summary>The kernel to boot (<c>-kernel</c>).</summary>
    public string? Kernel { get; init; }

    /// <summary>The initial RAM disk, or Multiboot modules (<c>-initrd</c>).</summary>
    public string? Initrd { get; init; }

    /// <summary>The kernel's command line (<c>-append</c>).</summary>
    public string? Append { get; init; }

    /// <summary>The firmware ROM (<c>-bios</c>).</summary>
    public string? Bios { get; init; }

    /// <summary>Option ROMs that firmware finds in <c>fw_cfg</c> (<c>-option-rom</c>).</summary>
    public ImmutableArray<string> OptionRoms { get; init; } = [];

    /// <summary>What SMBIOS says (<c>-smbios</c>, <c>-uuid</c>).</summary>
    public SmbiosChoice Smbios { get; init; } = new();

    /// <summary>Firmware is told to use the serial port for want of a display (<c>-nographic</c>).</summary>
    public bool IsNographic { get; init; }

    /// <summary>Where each serial port's bytes go; at most four (<c>-serial</c>, <c>-nographic</c>).</summary>
    public ImmutableArray<ChannelTarget> Serial { get; init; } = [];

    /// <summary>Where the monitor listens (<c>-monitor</c>); null for nowhere.</summary>
    public ChannelTarget? Monitor { get; init; }

    /// <summary>VNC, the web console, QMP.</summary>
    public ConsoleChoices Consoles { get; init; } = new();

    /// <summary>Named character devices (<c>-chardev</c>).</summary>
    public IReadOnlyDictionary<string, ChannelTarget> Chardevs { get; init; } = new Dictionary<string, ChannelTarget>();

    /// <summary>Devices beyond the board's own (<c>-device</c>).</summary>
    public ImmutableArray<DeviceChoice> Devices { get; init; } = [];

    /// <summary>Files and strings for the guest's <c>fw_cfg</c> (<c>-fw_cfg</c>).</summary>
    public ImmutableArray<FirmwareEntry> FirmwareEntries { get; init; } = [];

    /// <summary>Whether there is a display adapter (<c>-vga</c>).</summary>
    public bool HasVga { get; init; } = true;

    /// <summary>The real-time clock (<c>-rtc</c>).</summary>
    public RtcChoice Rtc { get; init; } = new(RtcBase.Utc, null);

    /// <summary>A guest's reset ends the process with status 0 (<c>-no-reboot</c>).</summary>
    public bool NoReboot { get; init; }

    /// <summary>A guest's power-off stops the machine and keeps the process (<c>-no-shutdown</c>).</summary>
    public bool NoShutdown { get; init; }

    /// <summary>The machine starts stopped (<c>-S</c>).</summary>
    public bool StartStopped { get; init; }

    /// <summary>The snapshot to start as (<c>-loadvm</c>); null for none.</summary>
    public string? LoadSnapshot { get; init; }

    /// <summary>Where the state to start as comes from (<c>-incoming</c>); null for nowhere.</summary>
    public string? Incoming { get; init; }

    /// <summary>Where the log goes (<c>-D</c>); null for stderr.</summary>
    public string? LogFile { get; init; }

    /// <summary>What is logged (<c>-d</c>).</summary>
    public LogItems LogItems { get; init; }

    /// <summary>Of which guest addresses (<c>-dfilter</c>).</summary>
    public AddressFilter LogFilter { get; init; } = AddressFilter.All;

    /// <summary>The drives, those that every machine has among them (<c>-drive</c>, <c>-hda</c>, <c>-cdrom</c>, <c>-fda</c>, <c>-pflash</c>).</summary>
    public ImmutableArray<DriveChoice> Drives { get; init; } = [];

    /// <summary>What firmware boots from (<c>-boot</c>).</summary>
    public BootChoice Boot { get; init; } = new();

    /// <summary>A file that gets the process id (<c>-pidfile</c>).</summary>
    public string? PidFile { get; init; }
}

/// <summary>The processors: <see cref="Count"/> is the product of the others.</summary>
public sealed record Topology(int Count, int Sockets, int Cores, int Threads);

/// <summary>A CPU model and what is added or taken away, in the order given.</summary>
public sealed record CpuChoice(string Model, ImmutableArray<CpuFeatureChoice> Features)
{
    /// <summary>What <c>vendor=</c>, <c>family=</c>, <c>model=</c>, <c>stepping=</c>, <c>level=</c> and <c>model-id=</c> say.</summary>
    public CpuIdentity Identity { get; init; } = new();
}

/// <summary>One <c>+feature</c>, <c>-feature</c> or <c>feature=value</c>.</summary>
public sealed record CpuFeatureChoice(string Name, bool Enabled);

/// <summary>A machine type with its switches.</summary>
public sealed record MachineChoice(string Type, bool Acpi = true, bool Hpet = true);

/// <summary>An engine: <c>interpreter</c>, or <c>jit</c> with a strategy (null for the default one).</summary>
public sealed record AccelChoice(string Kind, string? Strategy)
{
    /// <summary>Whether compiled code is run beside the interpreter and compared.</summary>
    public bool Verify { get; init; }

    /// <summary>Entries after which a block is hot; null: as the strategy says.</summary>
    public uint? Threshold { get; init; }

    /// <summary>Threads that compile; null: as many as suit the host.</summary>
    public int? Threads { get; init; }

    /// <summary>The most MiB of compiled code; null: the default.</summary>
    public int? CodeMegabytes { get; init; }
}

/// <summary>A device by its QEMU name, with the properties given.</summary>
public sealed record DeviceChoice(string Driver, ImmutableDictionary<string, string> Properties)
{
    /// <summary>The name that other devices call it by (<c>id=</c>); null for none.</summary>
    public string? Id { get; init; }
}

/// <summary>A named <c>fw_cfg</c> entry.</summary>
public sealed record FirmwareEntry(string Name, ImmutableArray<byte> Content);

/// <summary>What the RTC shows at power-on.</summary>
public enum RtcBase
{
    /// <summary>Coordinated universal time.</summary>
    Utc,

    /// <summary>The host's local time.</summary>
    LocalTime,

    /// <summary>A given date.</summary>
    Date,
}

/// <summary>The RTC's start.</summary>
public sealed record RtcChoice(RtcBase Base, DateTime? Date);

/// <summary>What a serial port, a monitor or a character device is joined to.</summary>
public abstract record ChannelTarget
{
    /// <summary>Nowhere: output is dropped, nothing is ever received.</summary>
    public sealed record Null : ChannelTarget;

    /// <summary>No device at all (<c>-serial none</c>).</summary>
    public sealed record None : ChannelTarget;

    /// <summary>The terminal. With <paramref name="WithMonitor"/>, Ctrl-A c switches to the monitor and Ctrl-C goes to the guest.</summary>
    public sealed record Stdio(bool WithMonitor) : ChannelTarget;

    /// <summary>A file that gets the output.</summary>
    public sealed record ToFile(string Path, bool Append) : ChannelTarget;

    /// <summary>A TCP connection, made or awaited.</summary>
    public sealed record Tcp(string Host, int Port, bool Server, bool Wait, bool NoDelay) : ChannelTarget;

    /// <summary>A Unix-domain connection, made or awaited.</summary>
    public sealed record Unix(string Path, bool Server, bool Wait) : ChannelTarget;

    /// <summary>A pseudo-terminal whose name is printed.</summary>
    public sealed record Pty : ChannelTarget;

    /// <summary>Another channel by its <c>-chardev</c> id.</summary>
    public sealed record Reference(string Id) : ChannelTarget;
}
