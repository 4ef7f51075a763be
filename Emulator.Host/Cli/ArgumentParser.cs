namespace Emulator.Host.Cli;

/// <summary>The command line taken apart: which options stand there, with which values.</summary>
public sealed class ParsedArguments
{
    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);
    private readonly List<string> _operands = [];

    /// <summary>What is no option.</summary>
    public IReadOnlyList<string> Operands => _operands;

    /// <summary>Whether the option was given.</summary>
    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>All values of an option in the order given; an option without value has one empty string each time.</summary>
    public IReadOnlyList<string> All(string name) => _values.TryGetValue(name, out var values) ? values : [];

    /// <summary>The last value of an option, which is the one that counts; null when it was not given.</summary>
    public string? Last(string name) => _values.TryGetValue(name, out var values) ? values[^1] : null;

    /// <summary>Forgets an option, once somebody else has dealt with it.</summary>
    public void Remove(string name) => _values.Remove(name);

    internal void Add(string name, string value)
    {
        if (!_values.TryGetValue(name, out var values))
        {
            _values.Add(name, values = []);
        }

        values.Add(value);
    }

    internal void AddOperand(string operand) => _operands.Add(operand);
}

/// <summary>
/// Takes a command line apart by <see cref="OptionTable"/> as QEMU does: one dash or two, a value in the next argument whatever it looks
/// like, or behind an equals sign; typos named. A library for this would take a third of the program's start (docs/decisions/0010-start-up.md).
/// </summary>
public static class ArgumentParser
{
    /// <summary>Parses; refuses unknown options, options that lack their value, and options that this version does not support.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="extra">Options beyond the table's, of a subcommand.</param>
    public static ParsedArguments Parse(IReadOnlyList<string> arguments, params IReadOnlyList<OptionDeclaration> extra)
    {
        var parsed = new ParsedArguments();
        for (var i = 0; i < arguments.Count; i++)
        {
            var (name, value) = Split(arguments[i]);
            if (name.Length == 0)
            {
                parsed.AddOperand(arguments[i]);
                continue;
            }

            var declaration = Find(name, extra);
            if (declaration is null || (declaration.Syntax is null && value is not null))
            {
                throw Unknown(arguments[i], name, extra);
            }

            if (declaration.Syntax is null)
            {
                value = "";
            }
            else if (value is null)
            {
                i++;
                value = i < arguments.Count
                    ? arguments[i]
                    : throw new UserErrorException(declaration.Spelling, "its value is missing", $"write {declaration.Spelling} {declaration.Syntax}");
            }

            CheckSupport(declaration, value);
            parsed.Add(declaration.Name, value);
        }

        return parsed;
    }

    // The name without dashes, empty for what is no option, and the value if one stands behind it.
    private static (string Name, string? Value) Split(string argument)
    {
        var dashes = argument.StartsWith("--", StringComparison.Ordinal) ? 2 : argument.StartsWith('-') ? 1 : argument.Length;
        var equals = argument.IndexOf('=', dashes);
        return equals < 0 ? (argument[dashes..], null) : (argument[dashes..equals], argument[(equals + 1)..]);
    }

    private static OptionDeclaration? Find(string name, IReadOnlyList<OptionDeclaration> extra)
    {
        foreach (var option in extra)
        {
            if (option.IsSpelled(name))
            {
                return option;
            }
        }

        return OptionTable.Find(name);
    }

    private static void CheckSupport(OptionDeclaration declaration, string value)
    {
        if (declaration.Support == OptionSupport.Refused
            || (declaration.Support == OptionSupport.SatisfiedOnly && declaration.Syntax is not null && !declaration.Satisfied.Contains(value, StringComparer.Ordinal)))
        {
            throw new UserErrorException($"{declaration.Spelling} {value}".TrimEnd(), $"not supported ({declaration.Summary})", declaration.Advice);
        }
    }

    private static UserErrorException Unknown(string argument, string name, IReadOnlyList<OptionDeclaration> extra)
    {
        var near = Suggestion.Nearest(name, OptionTable.All.Concat(extra).Select(option => option.Name));
        return new UserErrorException(argument, "unknown option", near is null ? "emulator -help lists the options" : $"did you mean -{near}?");
    }
}
