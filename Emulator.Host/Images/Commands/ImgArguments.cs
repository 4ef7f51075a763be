using Emulator.Host.Cli;

namespace Emulator.Host.Images.Commands;

/// <summary>The arguments of <c>emulator img COMMAND</c>: one-letter options, together or apart from their values, and long ones.</summary>
internal sealed class ImgArguments
{
    private readonly Dictionary<string, List<string>> _options = new(StringComparer.Ordinal);

    private ImgArguments(string command) => Command = command;

    /// <summary>The command's name.</summary>
    public string Command { get; }

    /// <summary>What is no option.</summary>
    public List<string> Operands { get; } = [];

    /// <summary>Takes the arguments apart.</summary>
    /// <param name="command">The command's name.</param>
    /// <param name="arguments">What follows it.</param>
    /// <param name="flags">Options without a value: <c>q</c>, <c>shrink</c>.</param>
    /// <param name="valued">Options with one: <c>f</c>, <c>output</c>.</param>
    public static ImgArguments Parse(string command, IReadOnlyList<string> arguments, string[] flags, string[] valued)
    {
        var parsed = new ImgArguments(command);
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument == "--")
            {
                parsed.Operands.AddRange(arguments.Skip(i + 1));
                break;
            }

            // A size to take away is no option: resize FILE -1G.
            if (argument.Length < 2 || argument[0] != '-' || char.IsAsciiDigit(argument[1]))
            {
                parsed.Operands.Add(argument);
            }
            else if (argument.StartsWith("--", StringComparison.Ordinal))
            {
                parsed.TakeLong(argument, arguments, ref i, flags, valued);
            }
            else
            {
                parsed.TakeShort(argument, arguments, ref i, flags, valued);
            }
        }

        return parsed;
    }

    /// <summary>Whether an option was given.</summary>
    public bool Has(string name) => _options.ContainsKey(name);

    /// <summary>The last value of an option; null when it was not given.</summary>
    public string? Last(string name) => _options.TryGetValue(name, out var values) ? values[^1] : null;

    /// <summary>All values of an option.</summary>
    public IReadOnlyList<string> All(string name) => _options.TryGetValue(name, out var values) ? values : [];

    /// <summary>Checks how many operands there are.</summary>
    public void RequireOperands(int least, int most, string syntax)
    {
        if (Operands.Count < least || Operands.Count > most)
        {
            throw new UserErrorException($"img {Command}", $"{Operands.Count} operands", $"write img {Command} {syntax}");
        }
    }

    private void TakeLong(string argument, IReadOnlyList<string> arguments, ref int i, string[] flags, string[] valued)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? argument[2..] : argument[2..equals];
        if (equals >= 0 && valued.Contains(name, StringComparer.Ordinal))
        {
            Add(name, argument[(equals + 1)..]);
        }
        else if (name.Length > 1 && equals < 0)
        {
            TakeNamed(argument, name, arguments, ref i, flags, valued);
        }
        else
        {
            throw Unknown(argument, flags, valued);
        }
    }

    private void TakeNamed(string argument, string name, IReadOnlyList<string> arguments, ref int i, string[] flags, string[] valued)
    {
        if (flags.Contains(name, StringComparer.Ordinal))
        {
            Add(name, "");
        }
        else if (valued.Contains(name, StringComparer.Ordinal))
        {
            Add(name, i + 1 < arguments.Count ? arguments[++i] : throw new UserErrorException($"img {Command} {argument}", "its value is missing", $"write {argument} VALUE"));
        }
        else
        {
            throw Unknown(argument, flags, valued);
        }
    }

    private void TakeShort(string argument, IReadOnlyList<string> arguments, ref int i, string[] flags, string[] valued)
    {
        for (var at = 1; at < argument.Length; at++)
        {
            var name = argument[at..(at + 1)];
            if (valued.Contains(name, StringComparer.Ordinal) && at + 1 < argument.Length)
            {
                Add(name, argument[(at + 1)..]);
                return;
            }

            TakeNamed("-" + name, name, arguments, ref i, flags, valued);
        }
    }

    private void Add(string name, string value)
    {
        if (!_options.TryGetValue(name, out var values))
        {
            _options.Add(name, values = []);
        }

        values.Add(value);
    }

    private UserErrorException Unknown(string argument, string[] flags, string[] valued)
        => new($"img {Command} {argument}", "unknown option", "it has " + string.Join(" ", flags.Concat(valued).Select(name => (name.Length == 1 ? "-" : "--") + name)));
}
