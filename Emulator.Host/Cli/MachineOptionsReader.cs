using System.Collections.Immutable;

namespace Emulator.Host.Cli;

/// <summary>Makes <see cref="MachineOptions"/> of parsed arguments, and refuses combinations that make no sense.</summary>
public static class MachineOptionsReader
{
    private const int SerialPorts = 4;

    /// <summary>Reads and checks everything.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="catalog">What this build offers by name.</param>
    /// <param name="hostMemory">How much guest RAM the host can give.</param>
    /// <param name="hasTerminal">Whether somebody is at the terminal; without one and without a word about displays, there is the web console.</param>
    public static MachineOptions Read(ParsedArguments parsed, Catalog catalog, long hostMemory, bool hasTerminal = true)
    {
        RefuseOperands(parsed);
        var options = new MachineOptions();
        string? accel = null;
        if (parsed.Last("machine") is { } machine)
        {
            options = options with { Machine = ModelSyntax.ReadMachine(machine, out accel) };
        }

        accel = parsed.Last("accel") ?? accel;
        options = options with
        {
            Name = parsed.Last("name") is { } name ? ReadName(name) : null,
            MemoryBytes = parsed.Last("m") is { } memory ? TopologySyntax.ReadMemory(memory, hostMemory) : options.MemoryBytes,
            Smp = parsed.Last("smp") is { } smp ? TopologySyntax.ReadSmp(smp) : options.Smp,
            Cpu = parsed.Last("cpu") is { } cpu ? ModelSyntax.ReadCpu(cpu, catalog) : options.Cpu,
            Accel = accel is null ? options.Accel : ModelSyntax.ReadAccel(accel, catalog),
            Kernel = parsed.Last("kernel"),
            Initrd = parsed.Last("initrd"),
            Append = parsed.Last("append"),
            Bios = parsed.Last("bios"),
            OptionRoms = [.. parsed.All("option-rom").Select(OptionRomPath)],
            Smbios = SmbiosSyntax.Read(parsed),
            IsNographic = parsed.Has("nographic"),
            Devices = ReadDevices(parsed, catalog),
            FirmwareEntries = [.. parsed.All("fw_cfg").Select(DeviceSyntax.ReadFirmwareEntry)],
            HasVga = parsed.Last("vga") is not { } vga || Machines.VideoSelection.ReadKind(vga),
            Rtc = parsed.Last("rtc") is { } rtc ? DeviceSyntax.ReadRtc(rtc) : options.Rtc,
            NoReboot = parsed.Has("no-reboot"),
            NoShutdown = parsed.Has("no-shutdown"),
            StartStopped = parsed.Has("S"),
            LoadSnapshot = parsed.Last("loadvm"),
            Incoming = parsed.Last("incoming"),
            PidFile = parsed.Last("pidfile"),
            LogItems = parsed.All("d").Aggregate(LogItems.None, (items, text) => items | LogSyntax.Read(text)),
            LogFilter = parsed.Last("dfilter") is { } filter ? AddressFilter.Read(filter) : options.LogFilter,
            LogFile = parsed.Last("D"),
            Drives = DriveSyntax.Read(parsed, UnitsPerBus(options.Machine)),
            Boot = parsed.All("boot").Aggregate(options.Boot, BootSyntax.Read),
            Machine = options.Machine with
            {
                Acpi = options.Machine.Acpi && !parsed.Has("no-acpi"),
                Hpet = options.Machine.Hpet && !parsed.Has("no-hpet"),
            },
        };
        CheckBoot(options);
        return WithChannels(options, parsed, hasTerminal);
    }

    // The PIIX's IDE controller has two drives on a channel, the ICH9's AHCI controller one at a port.
    private static int UnitsPerBus(MachineChoice machine) => machine.Type == "q35" ? 1 : 2;

    private static void RefuseOperands(ParsedArguments parsed)
    {
        if (parsed.Operands.Count > 0)
        {
            throw new UserErrorException(
                parsed.Operands[0], "stands where an option is expected",
                "give a kernel by -kernel FILE; emulator -help lists the options");
        }
    }

    private static string ReadName(string text)
    {
        var list = PropertyList.Parse("-name", text, "guest");
        list.Take("process");
        list.TakeSwitch("debug-threads", false);
        list.RefuseRest("guest");
        return list.Head ?? "";
    }

    private static ImmutableArray<DeviceChoice> ReadDevices(ParsedArguments parsed, Catalog catalog)
    {
        ImmutableArray<DeviceChoice> devices = [.. parsed.All("device").Select(text => DeviceSyntax.ReadDevice(text, catalog))];
        foreach (var global in parsed.All("global"))
        {
            devices = DeviceSyntax.ApplyGlobal(global, devices, catalog);
        }

        return devices;
    }

    private static void CheckBoot(MachineOptions options)
    {
        if (options.Kernel is null && options.Initrd is not null)
        {
            throw new UserErrorException($"-initrd {options.Initrd}", "stands without a kernel", "add -kernel FILE");
        }

        if (options.Kernel is null && options.Append is not null)
        {
            throw new UserErrorException($"-append {options.Append}", "stands without a kernel", "add -kernel FILE");
        }
    }

    private static string OptionRomPath(string text)
    {
        var list = PropertyList.Parse("-option-rom", text, "romfile");
        list.RefuseRest("romfile");
        return list.Head ?? throw list.Error("an empty path", "give the path of an option ROM");
    }

    private static MachineOptions WithChannels(MachineOptions options, ParsedArguments parsed, bool hasTerminal)
    {
        var chardevs = new Dictionary<string, ChannelTarget>(StringComparer.Ordinal);
        foreach (var text in parsed.All("chardev"))
        {
            var (id, target) = ChannelSyntax.ReadChardev(text);
            if (!chardevs.TryAdd(id, target))
            {
                throw new UserErrorException($"-chardev {text}", $"the id '{id}' is taken", "give each chardev its own id");
            }
        }

        var serial = parsed.All("serial").Select(text => Resolve("-serial", text, chardevs)).ToList();
        var monitor = parsed.Last("monitor") is { } where ? Resolve("-monitor", where, chardevs) : null;
        var serialTaken = serial.Any(target => target is ChannelTarget.Stdio) || monitor is ChannelTarget.Stdio;
        var consoles = ConsoleSyntax.Read(parsed, (option, text) => Resolve(option, text, chardevs), hasTerminal || serialTaken);
        var stdioTaken = serialTaken || consoles.Qmp.Any(qmp => qmp.Target is ChannelTarget.Stdio);

        // Without a display of any kind, a line that asks for none gets the terminal, as with -nographic.
        var terminal = parsed.Has("nographic") || (consoles.Web is null && consoles.Vnc is null && !parsed.Has("display") && !parsed.Has("nodefaults"));
        if (serial.Count == 0)
        {
            serial.Add(DefaultSerial(terminal && !stdioTaken, monitor is not null, parsed.Has("nodefaults") && !parsed.Has("nographic")));
        }

        CheckSerial(serial, [monitor, .. consoles.Qmp.Select(qmp => qmp.Target)]);
        return options with
        {
            Serial = [.. serial],
            Consoles = consoles,
            Monitor = monitor is ChannelTarget.None or ChannelTarget.Null ? null : monitor,
            Chardevs = chardevs,
        };
    }

    private static ChannelTarget DefaultSerial(bool terminal, bool monitorGiven, bool bare) => (terminal, bare) switch
    {
        (true, _) => new ChannelTarget.Stdio(WithMonitor: !monitorGiven),
        (false, true) => new ChannelTarget.None(),
        _ => new ChannelTarget.Null(),
    };

    private static ChannelTarget Resolve(string option, string text, Dictionary<string, ChannelTarget> chardevs)
    {
        var target = ChannelSyntax.Read(option, text);
        if (target is not ChannelTarget.Reference reference)
        {
            return target;
        }

        return chardevs.TryGetValue(reference.Id, out var named)
            ? named
            : throw new UserErrorException(
                $"{option} {text}", $"no chardev '{reference.Id}'",
                Suggestion.Mend(reference.Id, chardevs.Keys, $"add -chardev KIND,id={reference.Id}"));
    }

    private static void CheckSerial(List<ChannelTarget> serial, IReadOnlyList<ChannelTarget?> others)
    {
        if (serial.Count > SerialPorts)
        {
            throw new UserErrorException("-serial", $"{serial.Count} serial ports are more than the {SerialPorts} of a PC", "leave some out");
        }

        var terminals = serial.Concat(others).Count(target => target is ChannelTarget.Stdio);
        if (terminals > 1)
        {
            throw new UserErrorException(
                "-serial", "the terminal can be joined to one thing", "use mon:stdio for a serial port and the monitor together");
        }
    }
}
