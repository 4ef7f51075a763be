using System.Globalization;

namespace Emulator.Bench;

/// <summary>A command line that cannot be followed; the message is for the user.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The options of <c>workloads</c> and <c>peers</c>: each is <c>--name value</c>, lists are separated by commas.</summary>
internal sealed class BenchOptions
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Reads them; only these names are known.</summary>
    /// <exception cref="UsageException">An unknown option, or one without a value.</exception>
    public BenchOptions(IReadOnlyList<string> arguments, params IReadOnlyList<string> known)
    {
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (!known.Contains(arguments[i], StringComparer.Ordinal))
            {
                throw new UsageException($"{arguments[i]}: unknown; the options are {string.Join(", ", known)}");
            }

            if (i + 1 == arguments.Count)
            {
                throw new UsageException($"{arguments[i]}: the value is missing");
            }

            _values[arguments[i]] = arguments[i + 1];
        }
    }

    /// <summary>A text, or null.</summary>
    public string? Text(string name) => _values.GetValueOrDefault(name);

    /// <summary>A positive number.</summary>
    public int Number(string name, int absent)
        => !_values.TryGetValue(name, out var text) ? absent
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
            : throw new UsageException($"{name} {text}: a number above 0 is needed");

    /// <summary>Those of the items that a list names, all of them when there is no list.</summary>
    public IReadOnlyList<T> Choose<T>(string name, IReadOnlyList<T> items, Func<T, string> nameOf)
    {
        if (!_values.TryGetValue(name, out var text))
        {
            return items;
        }

        var wanted = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var unknown = wanted.Except(items.Select(nameOf), StringComparer.OrdinalIgnoreCase).ToArray();
        return unknown.Length == 0
            ? [.. items.Where(item => wanted.Contains(nameOf(item), StringComparer.OrdinalIgnoreCase))]
            : throw new UsageException($"{name} {unknown[0]}: unknown; there are {string.Join(", ", items.Select(nameOf))}");
    }
}
