using System.Collections.Immutable;
using Emulator.Host.Vnc;
using Emulator.Host.Web;

namespace Emulator.Host.Cli;

/// <summary>A QMP channel.</summary>
/// <param name="Target">Where clients come from.</param>
/// <param name="Pretty">Whether answers are indented.</param>
public sealed record QmpChoice(ChannelTarget Target, bool Pretty);

/// <summary>How people and programs see the machine, beside its terminal.</summary>
public sealed record ConsoleChoices
{
    /// <summary>The VNC server; null for none.</summary>
    public VncChoice? Vnc { get; init; }

    /// <summary>The web console; null for none.</summary>
    public WebChoice? Web { get; init; }

    /// <summary>The QMP channels.</summary>
    public ImmutableArray<QmpChoice> Qmp { get; init; } = [];

    /// <summary>Passwords by the ids of their <c>-object secret</c>.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>();
}

/// <summary>Reads <c>-display</c>, <c>-vnc</c>, <c>-qmp</c> and <c>-object secret</c>.</summary>
internal static class ConsoleSyntax
{
    private static readonly string[] Displays = ["none", "web", "vnc"];

    /// <summary>Reads them.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="resolve">Reads a channel's target: option and text.</param>
    /// <param name="hasTerminal">Whether the terminal serves somebody; if not, and no display is named, the web console does.</param>
    public static ConsoleChoices Read(ParsedArguments parsed, Func<string, string, ChannelTarget> resolve, bool hasTerminal)
    {
        var choices = new ConsoleChoices
        {
            Secrets = ReadSecrets(parsed),
            Qmp = [.. parsed.All("qmp").Select(text => Qmp("-qmp", text, false)), .. parsed.All("qmp-pretty").Select(text => Qmp("-qmp-pretty", text, true))],
            Vnc = parsed.Last("vnc") is { } vnc ? VncChoice.Read("-vnc", vnc) : null,
        };
        if (parsed.Last("display") is { } display)
        {
            choices = WithDisplay(choices, display);
        }
        else if (!hasTerminal && !parsed.Has("vnc") && !parsed.Has("nographic") && !parsed.Has("nodefaults"))
        {
            choices = choices with { Web = WebChoice.Default };
        }

        if (choices.Vnc?.Secret is { } id && !choices.Secrets.ContainsKey(id))
        {
            throw new UserErrorException(
                choices.Vnc.Subject, $"no secret '{id}'", Suggestion.Mend(id, choices.Secrets.Keys, $"add -object secret,id={id},data=PASSWORD"));
        }

        return choices;

        QmpChoice Qmp(string option, string text, bool pretty) => new(resolve(option, text), pretty);
    }

    private static ConsoleChoices WithDisplay(ConsoleChoices choices, string text)
    {
        if (text.StartsWith("vnc=", StringComparison.Ordinal))
        {
            return choices with { Vnc = VncChoice.Read("-display", text) };
        }

        var list = PropertyList.Parse("-display", text, "type");
        switch (list.Head)
        {
            case "none":
                list.RefuseRest();
                return choices;
            case "web":
                return choices with { Web = WebChoice.Read(list) };
            default:
                throw list.Error("is not supported", Suggestion.Mend(list.Head ?? "", Displays, "use -display web, vnc=:0 or none, or -nographic"));
        }
    }

    private static Dictionary<string, string> ReadSecrets(ParsedArguments parsed)
    {
        var secrets = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in parsed.All("object"))
        {
            var (id, secret) = ReadSecret(text);
            if (!secrets.TryAdd(id, secret))
            {
                throw new UserErrorException($"-object {text}", $"the id '{id}' is taken", "give each secret its own id");
            }
        }

        return secrets;
    }

    private static (string Id, string Text) ReadSecret(string text)
    {
        var list = PropertyList.Parse("-object", text, "qom-type");
        if (list.Head != "secret")
        {
            throw list.Error("is not supported", "secret is, for -vnc ...,password-secret=ID");
        }

        var id = list.Take("id") ?? throw list.Error("has no id", "add id=NAME");
        var (data, file) = (list.Take("data"), list.Take("file"));
        list.RefuseRest("id", "data", "file");
        var secret = data ?? (file is null
            ? throw list.Error("has neither data nor file", "add data=PASSWORD or file=PATH")
            : System.Text.Encoding.UTF8.GetString(InputFile.Read("-object secret", file, "give a file with the password alone", 4096)).TrimEnd('\r', '\n'));
        return VncPassword.IsUsable(secret)
            ? (id, secret)
            : throw list.Error("the password has characters that VNC cannot carry, or none", "use printable ASCII, of which eight count");
    }
}
