using System.Text.Json;

namespace Emulator.Host.Qmp;

/// <summary>The arguments of a command. What the command did not read is refused, as QEMU does.</summary>
internal sealed class QmpArguments(JsonElement? arguments)
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <summary>A string that must be there.</summary>
    public string Text(string name) => OptionalText(name) ?? throw QmpException.Missing(name);

    /// <summary>A string that may be there.</summary>
    public string? OptionalText(string name)
        => Take(name) is not { } value ? null : value.ValueKind == JsonValueKind.String ? value.GetString() : throw QmpException.WrongType(name, "string");

    /// <summary>A whole number; null when it is not there.</summary>
    public long? OptionalNumber(string name)
        => Take(name) is not { } value ? null
            : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number
            : value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out var large) ? (long)large
            : throw QmpException.WrongType(name, "integer");

    /// <summary>A whole number that must be there.</summary>
    public long Number(string name) => OptionalNumber(name) ?? throw QmpException.Missing(name);

    /// <summary>A truth; false when it is not there.</summary>
    public bool Flag(string name)
        => Take(name) is { } value && (value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw QmpException.WrongType(name, "boolean"));

    /// <summary>An array that must be there.</summary>
    public IEnumerable<JsonElement> List(string name)
        => Take(name) is not { } value ? throw QmpException.Missing(name)
            : value.ValueKind == JsonValueKind.Array ? value.EnumerateArray()
            : throw QmpException.WrongType(name, "array");

    /// <summary>Refuses what nobody read.</summary>
    public void RefuseRest()
    {
        if (arguments is { } all && all.EnumerateObject().FirstOrDefault(item => !_read.Contains(item.Name)) is { Value.ValueKind: not JsonValueKind.Undefined } rest)
        {
            throw new QmpException($"Parameter '{rest.Name}' is unexpected");
        }
    }

    /// <summary>Says that any other argument is fine.</summary>
    public void IgnoreRest()
    {
        if (arguments is { } all)
        {
            _read.UnionWith(all.EnumerateObject().Select(item => item.Name));
        }
    }

    private JsonElement? Take(string name)
    {
        _read.Add(name);
        return arguments is { } all && all.TryGetProperty(name, out var value) ? value : null;
    }
}

/// <summary>A command: what it takes and gives as JSON. Runs on the machine's thread.</summary>
internal sealed record QmpCommand(string Name, Func<QmpArguments, System.Text.Json.Nodes.JsonNode?> Run);
