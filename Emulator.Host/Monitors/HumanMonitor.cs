namespace Emulator.Host.Monitors;

/// <summary>The monitor that people type at: QEMU's names for its commands, each in the table of a group.</summary>
public sealed class HumanMonitor
{
    /// <summary>What stands before each line.</summary>
    public const string Prompt = "(emulator) ";

    private const int NameColumn = 36;
    private const int PartColumn = 16;

    private readonly MonitorCommand[] _commands;
    private readonly InfoPart[] _parts;

    /// <summary>A monitor with the commands of groups.</summary>
    public HumanMonitor(params IEnumerable<IMonitorGroup> groups)
    {
        var all = groups.ToArray();
        _commands =
        [
            new("help", "[COMMAND]", "this list", Help) { Aliases = ["?"] },
            new("info", "[WHAT]", "show a part of the machine; without a word, list them", Info),
            .. all.SelectMany(group => group.Commands),
        ];
        _parts = [.. all.SelectMany(group => group.Parts)];
    }

    /// <summary>The commands that every machine has.</summary>
    public static IEnumerable<IMonitorGroup> BasicGroups(IMonitorTarget target)
        => [new RunCommands(target), new MemoryCommands(target), new MachineParts(target)];

    /// <summary>Carries out a line and returns the answer, which ends in a newline unless it is empty.</summary>
    public string Execute(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
        {
            return "";
        }

        var slash = words[0].IndexOf('/', StringComparison.Ordinal);
        var (name, format) = slash < 0 ? (words[0], "") : (words[0][..slash], words[0][(slash + 1)..]);
        return Find(name) is { } command
            ? command.Run(new MonitorLine(format, [.. words.Skip(1)]))
            : $"unknown command: {words[0]}; {Cli.Suggestion.Mend(name, _commands.Select(item => item.Name), "help lists the commands")}\n";
    }

    private MonitorCommand? Find(string name) => _commands.FirstOrDefault(command => command.Name == name || command.Aliases.Contains(name));

    private string Help(MonitorLine line)
    {
        var shown = line[0].Length > 0 && Find(line[0]) is { } one ? [one] : _commands;
        return string.Concat(shown.Select(command => $"{Usage(command).PadRight(NameColumn)} {command.Summary}\n"));
    }

    private static string Usage(MonitorCommand command)
        => string.Join('|', [command.Name, .. command.Aliases]) + (command.Arguments.Length > 0 ? " " + command.Arguments : "");

    private string Info(MonitorLine line)
        => _parts.FirstOrDefault(part => part.Name == line[0])?.Describe()
            ?? string.Concat(_parts.Select(part => $"info {part.Name.PadRight(PartColumn)} {part.Summary}\n"));
}
