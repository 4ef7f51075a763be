using System.Text.Json;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>JSON made comparable.</summary>
internal static class Shapes
{
    /// <summary>The value with its members in the order of their names.</summary>
    public static string Sorted(JsonElement value) => Write(value, leaf => leaf.GetRawText());

    /// <summary>The names and kinds alone: of a list, its first item's.</summary>
    public static string Of(JsonElement value) => Write(value, leaf => leaf.ValueKind is JsonValueKind.True or JsonValueKind.False ? "Boolean" : leaf.ValueKind.ToString());

    private static string Write(JsonElement value, Func<JsonElement, string> leaf) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(", ", value.EnumerateObject()
            .OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => member.Name + ": " + Write(member.Value, leaf))) + "}",
        JsonValueKind.Array => "[" + string.Join(", ", value.EnumerateArray().Take(1).Select(item => Write(item, leaf))) + "]",
        _ => leaf(value),
    };
}
