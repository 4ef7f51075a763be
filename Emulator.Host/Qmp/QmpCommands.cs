using System.Text.Json;
using System.Text.Json.Nodes;
using Emulator.Devices.Input;
using Emulator.Host.Cli;
using Emulator.Host.Display;
using Emulator.Host.Machines;
using Emulator.Host.Monitors;
using static Emulator.Host.Qmp.QmpQueries;

namespace Emulator.Host.Qmp;

/// <summary>The commands of QMP, each by its name in QEMU's schema, carried out by the parts of the monitor.</summary>
internal sealed class QmpCommands(PcMachine pc, MachineOptions options, MonitorSet monitor, IMonitorTarget target)
{
    private const int HoldMilliseconds = 100;

    private string? _button;

    /// <summary>The table.</summary>
    public IReadOnlyDictionary<string, QmpCommand> Table()
    {
        var table = new Dictionary<string, QmpCommand>(StringComparer.Ordinal);
        foreach (var command in All())
        {
            // Arguments are checked before anything is done.
            table.Add(command.Name, command);
        }

        Add("query-commands", _ => List(table.Keys.Append("qmp_capabilities").Order(StringComparer.Ordinal).Select(name => new JsonObject { ["name"] = name })));
        return table;

        void Add(string name, Func<QmpArguments, JsonNode?> run) => table.Add(name, Plain(name, () => run(new QmpArguments(null))));
    }

    private static QmpCommand Plain(string name, Func<JsonNode?> run) => new(name, arguments =>
    {
        arguments.RefuseRest();
        return run();
    });

    private static QmpCommand Act(string name, Action act) => Plain(name, () =>
    {
        act();
        return null;
    });

    private IEnumerable<QmpCommand> All() =>
    [
        Plain("query-status", () => Status(target.RunState)),
        Plain("query-version", Version),
        Plain("query-name", () => options.Name is { } name ? new JsonObject { ["name"] = name } : new JsonObject()),
        Plain("query-kvm", () => new JsonObject { ["enabled"] = false, ["present"] = false }),
        Plain("query-cpus-fast", QueryProcessors),
        Plain("query-block", () => List(pc.Storage.Devices.Select(Drive))),
        Plain("query-chardev", QueryChannels),
        Plain("query-vnc", QueryVnc),
        Plain("query-machines", () => List(Catalog.Machines.Select(machine => new JsonObject
        {
            ["hotpluggable-cpus"] = false, ["name"] = machine.Name, ["numa-mem-supported"] = false, ["cpu-max"] = 255, ["deprecated"] = false,
            ["is-default"] = machine.Name == "pc",
        }))),
        Act("stop", target.Stop),
        Act("cont", target.Continue),
        Act("system_reset", target.Reset),
        Act("system_powerdown", target.PressPowerButton),
        Act("inject-nmi", target.RaiseNmi),
        Act("quit", target.Quit),
        new("human-monitor-command", HumanCommand),
        new("send-key", SendKey),
        new("input-send-event", SendEvents),
        new("screendump", ScreenDump),
        new("memsave", arguments => Save("memsave", arguments)),
        new("pmemsave", arguments => Save("pmemsave", arguments)),
        new("set_password", SetPassword),
        new("eject", Eject),
        new("blockdev-change-medium", ChangeMedium),
        new("device_add", arguments =>
        {
            arguments.IgnoreRest();
            throw new QmpException($"Device '{arguments.Text("driver")}' can't be plugged in while the machine runs; start with -device {arguments.Text("driver")}");
        }),
    ];

    private JsonNode? HumanCommand(QmpArguments arguments)
    {
        var line = arguments.Text("command-line");
        arguments.OptionalNumber("cpu-index");
        arguments.RefuseRest();
        return JsonValue.Create(monitor.Human.Execute(line).ReplaceLineEndings("\r\n"));
    }

    private JsonNode QueryProcessors() => List(pc.Machine.Processors.Select(processor => new JsonObject
    {
        ["thread-id"] = Environment.ProcessId,
        ["props"] = new JsonObject { ["core-id"] = processor.Index, ["thread-id"] = 0, ["socket-id"] = 0 },
        ["qom-path"] = $"/machine/unattached/device[{processor.Index}]",
        ["cpu-index"] = processor.Index,
        ["target"] = "x86_64",
    }));

    private JsonNode QueryChannels() => List(options.Serial.Select((channel, i) => new JsonObject
    {
        ["frontend-open"] = true,
        ["filename"] = channel.GetType().Name.ToLowerInvariant(),
        ["label"] = $"serial{i}",
    }));

    private JsonNode QueryVnc() => monitor.Vnc is not { } server
        ? new JsonObject { ["enabled"] = false }
        : new JsonObject
        {
            ["enabled"] = true,
            ["auth"] = server.Password is null ? "none" : "vnc",
            ["host"] = server.Port == 0 ? server.Address : server.Address[..server.Address.LastIndexOf(':')],
            ["service"] = server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["family"] = server.Port == 0 ? "unix" : "ipv4",
            ["clients"] = List(server.Viewers.Select(viewer => new JsonObject
            {
                ["host"] = viewer,
                ["service"] = viewer[(viewer.LastIndexOf(':') + 1)..],
                ["family"] = "ipv4",
                ["websocket"] = false,
            })),
        };

    private JsonNode? SendKey(QmpArguments arguments)
    {
        var keys = arguments.List("keys").Select(KeyOf).ToArray();
        var hold = arguments.OptionalNumber("hold-time") ?? HoldMilliseconds;
        arguments.RefuseRest();
        return ScreenCommands.Press(monitor.Input, keys, (int)Math.Clamp(hold, 0, 60_000)) is { } wrong
            ? throw new QmpException($"Invalid parameter '{wrong}'")
            : null;
    }

    // A KeyValue: {"type": "qcode", "data": NAME} or {"type": "number", "data": CODE}.
    private static string KeyOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("type", out var type) || !value.TryGetProperty("data", out var data))
        {
            throw QmpException.WrongType("keys", "KeyValue");
        }

        return (type.ValueKind, data.ValueKind) switch
        {
            (JsonValueKind.String, JsonValueKind.String) when type.ValueEquals("qcode") => data.GetString()!,
            (JsonValueKind.String, JsonValueKind.Number) when type.ValueEquals("number") && data.TryGetInt32(out var code) => $"0x{code:x}",
            _ => throw QmpException.WrongType("keys", "KeyValue"),
        };
    }

    private JsonNode? SendEvents(QmpArguments arguments)
    {
        var events = arguments.List("events").ToArray();
        arguments.OptionalText("device");
        arguments.OptionalNumber("head");
        arguments.RefuseRest();
        Array.ForEach(events, SendEvent);
        return null;
    }

    private void SendEvent(JsonElement item)
    {
        var type = Member(item, "type", JsonValueKind.String).GetString();
        var data = Member(item, "data", JsonValueKind.Object);
        switch (type)
        {
            case "key":
                var key = KeyNames.Find(KeyOf(Member(data, "key", JsonValueKind.Object)));
                if (key == PcKey.None)
                {
                    throw new QmpException("Invalid parameter 'key'");
                }

                monitor.Input.Key(key, IsDown(data));
                break;
            case "btn":
                PressButton(Member(data, "button", JsonValueKind.String).GetString(), IsDown(data));
                break;
            case "rel":
                if (!Member(data, "value", JsonValueKind.Number).TryGetInt32(out var value))
                {
                    throw QmpException.WrongType("value", "integer");
                }

                var isX = Member(data, "axis", JsonValueKind.String).ValueEquals("x");
                monitor.Input.Mouse(isX ? value : 0, isX ? 0 : value, 0, Buttons());
                break;
            default:
                throw new QmpException($"Input handler not found for event type {type}");
        }
    }

    private void PressButton(string? button, bool down)
    {
        _button = down ? button : null;
        var wheel = down ? button switch { "wheel-up" => -1, "wheel-down" => 1, _ => 0 } : 0;
        monitor.Input.Mouse(0, 0, wheel, Buttons());
    }

    private byte Buttons() => _button switch { "left" => 1, "right" => 2, "middle" => 4, _ => 0 };

    private static bool IsDown(JsonElement data)
        => data.TryGetProperty("down", out var down) && down.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? data.GetProperty("down").GetBoolean()
            : throw QmpException.Missing("down");

    private static JsonElement Member(JsonElement item, string name, JsonValueKind kind)
        => item.ValueKind != JsonValueKind.Object || !item.TryGetProperty(name, out var value) ? throw QmpException.Missing(name)
            : value.ValueKind == kind ? value
            : throw QmpException.WrongType(name, kind.ToString());

    private JsonNode? ScreenDump(QmpArguments arguments)
    {
        var path = arguments.Text("filename");
        arguments.OptionalText("device");
        arguments.OptionalNumber("head");
        arguments.OptionalText("format");
        arguments.RefuseRest();
        return monitor.Screen.Save(path) is { } problem ? throw new QmpException(problem) : null;
    }

    private JsonNode? Save(string command, QmpArguments arguments)
    {
        var (address, size, path) = (arguments.Number("val"), arguments.Number("size"), arguments.Text("filename"));
        arguments.OptionalNumber("cpu-index");
        arguments.RefuseRest();
        return monitor.Human.Execute($"{command} 0x{address:x} 0x{size:x} {path}") is { Length: > 0 } problem ? throw new QmpException(problem.TrimEnd()) : null;
    }

    private JsonNode? SetPassword(QmpArguments arguments)
    {
        var (protocol, password) = (arguments.Text("protocol"), arguments.Text("password"));
        arguments.OptionalText("connected");
        arguments.RefuseRest();
        return protocol != "vnc" ? throw new QmpException($"Invalid parameter '{protocol}'")
            : monitor.VncCommands.Set(password) is { Length: > 0 } problem ? throw new QmpException(problem.TrimEnd())
            : null;
    }

    private JsonNode? Eject(QmpArguments arguments)
    {
        var drive = arguments.OptionalText("id") ?? arguments.OptionalText("device") ?? throw QmpException.Missing("id");
        var force = arguments.Flag("force");
        arguments.OptionalText("device");
        arguments.RefuseRest();
        return DriveAnswer(drive, monitor.Drives.Eject(drive, force));
    }

    private JsonNode? ChangeMedium(QmpArguments arguments)
    {
        var drive = arguments.OptionalText("id") ?? arguments.OptionalText("device") ?? throw QmpException.Missing("id");
        var path = arguments.Text("filename");
        arguments.OptionalText("device");
        var format = arguments.OptionalText("format");
        var force = arguments.Flag("force");
        arguments.RefuseRest();
        return DriveAnswer(drive, monitor.Drives.Insert(drive, path, format, force));
    }

    private JsonNode? DriveAnswer(string drive, string? problem)
        => problem is null ? null
            : throw new QmpException(problem, pc.Storage.Devices.Any(item => item.Name == drive) ? "GenericError" : "DeviceNotFound");
}
