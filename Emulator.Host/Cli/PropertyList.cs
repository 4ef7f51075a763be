using System.Collections.Immutable;

namespace Emulator.Host.Cli;

/// <summary>One <c>name=value</c> of an option's value; <see cref="HasValue"/> is false for a bare word.</summary>
public sealed record Property(string Name, string Value, bool HasValue);

/// <summary>
/// QEMU's syntax for an option's value: <c>first,name=value,flag</c>, where <c>,,</c> stands for one comma.
/// Reading a property takes it out, so that whatever nobody took is refused by <see cref="RefuseRest"/>.
/// </summary>
public sealed class PropertyList
{
    private readonly List<Property> _rest;

    private PropertyList(string option, string text, string? head, List<Property> properties)
    {
        Option = option;
        Text = text;
        Head = head;
        _rest = properties;
    }

    /// <summary>The option as typed, with its value.</summary>
    public string Subject => $"{Option} {Text}";

    /// <summary>The option's name.</summary>
    public string Option { get; }

    /// <summary>The whole value.</summary>
    public string Text { get; }

    /// <summary>The leading bare word (a driver, a model, a size); null when the value begins with <c>name=</c>.</summary>
    public string? Head { get; }

    /// <summary>What has not been taken yet.</summary>
    public IReadOnlyList<Property> Rest => _rest;

    /// <summary>Splits a value.</summary>
    /// <param name="option">The option's name, for messages.</param>
    /// <param name="text">The value.</param>
    /// <param name="impliedName">The name that a leading bare word stands for; <c>name=word</c> then gives the head too.</param>
    public static PropertyList Parse(string option, string text, string? impliedName = null)
    {
        string? head = null;
        var properties = new List<Property>();
        var parts = Split(text);
        for (var i = 0; i < parts.Length; i++)
        {
            var equals = parts[i].IndexOf('=', StringComparison.Ordinal);
            if (i == 0 && equals < 0)
            {
                head = parts[i];
            }
            else if (equals < 0)
            {
                properties.Add(new Property(parts[i], "", HasValue: false));
            }
            else if (parts[i][..equals] == impliedName)
            {
                head = parts[i][(equals + 1)..];
            }
            else
            {
                properties.Add(new Property(parts[i][..equals], parts[i][(equals + 1)..], HasValue: true));
            }
        }

        return new PropertyList(option, text, head, properties);
    }

    /// <summary>Splits at single commas; a double comma is a comma of the part.</summary>
    public static ImmutableArray<string> Split(string text)
    {
        var parts = ImmutableArray.CreateBuilder<string>();
        var part = new System.Text.StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != ',')
            {
                part.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == ',')
            {
                part.Append(',');
                i++;
            }
            else
            {
                parts.Add(part.ToString());
                part.Clear();
            }
        }

        parts.Add(part.ToString());
        return parts.ToImmutable();
    }

    /// <summary>Takes the value of a property; the last of several counts. Null when it is not there.</summary>
    public string? Take(string name)
    {
        string? value = null;
        for (var i = 0; i < _rest.Count; i++)
        {
            if (_rest[i].Name == name)
            {
                value = _rest[i].HasValue ? _rest[i].Value : "on";
                _rest.RemoveAt(i--);
            }
        }

        return value;
    }

    /// <summary>Takes a switch: <c>on|off|yes|no|true|false|1|0</c>, a bare word for on, <c>noname</c> for off.</summary>
    public bool TakeSwitch(string name, bool otherwise)
    {
        if (Take("no" + name) is { } negated)
        {
            return !ParseSwitch(name, negated);
        }

        return Take(name) is { } value ? ParseSwitch(name, value) : otherwise;
    }

    /// <summary>Takes a whole number in C's notation, within bounds.</summary>
    public long TakeNumber(string name, long otherwise, long minimum, long maximum)
    {
        if (Take(name) is not { } text)
        {
            return otherwise;
        }

        if (!Quantity.TryNumber(text, out var value) || value < minimum || value > maximum)
        {
            throw Error($"{name}={text} is no number from {minimum} to {maximum}", "give a decimal or 0x... number in that range");
        }

        return value;
    }

    /// <summary>Refuses properties that nobody took, by name.</summary>
    public void RefuseRest(params IEnumerable<string> known)
    {
        if (_rest.Count == 0)
        {
            return;
        }

        var name = _rest[0].Name;
        var list = string.Join(", ", known);
        throw Error(
            name.Length == 0 ? "has an empty property" : $"'{name}' is not a property that {Option} supports here",
            Suggestion.Mend(name, known, list.Length == 0 ? "leave it out" : $"it supports {list}"));
    }

    /// <summary>An error about this option.</summary>
    public UserErrorException Error(string problem, string mend) => new(Subject, problem, mend);

    private bool ParseSwitch(string name, string value) => value switch
    {
        "on" or "yes" or "true" or "1" or "y" => true,
        "off" or "no" or "false" or "0" or "n" => false,
        _ => throw Error($"{name}={value} is neither on nor off", $"write {name}=on or {name}=off"),
    };
}
