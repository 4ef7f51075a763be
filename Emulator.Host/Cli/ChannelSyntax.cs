using System.Globalization;

namespace Emulator.Host.Cli;

/// <summary>Reads the targets of <c>-serial</c>, <c>-monitor</c> and <c>-chardev</c>.</summary>
public static class ChannelSyntax
{
    private static readonly string[] Kinds =
        ["stdio", "mon:stdio", "file:PATH", "tcp:HOST:PORT", "unix:PATH", "pty", "null", "none", "chardev:ID"];

    /// <summary>Reads a target.</summary>
    public static ChannelTarget Read(string option, string text)
    {
        var subject = $"{option} {text}";
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var kind = colon < 0 ? text : text[..colon];
        var rest = colon < 0 ? "" : text[(colon + 1)..];
        return kind switch
        {
            "null" when colon < 0 => new ChannelTarget.Null(),
            "none" when colon < 0 => new ChannelTarget.None(),
            "stdio" when colon < 0 => new ChannelTarget.Stdio(WithMonitor: false),
            "pty" when colon < 0 => new ChannelTarget.Pty(),
            "mon" when rest == "stdio" => new ChannelTarget.Stdio(WithMonitor: true),
            "mon" => throw new UserErrorException(
                subject, "the monitor can share the terminal alone", "use mon:stdio, or -monitor for another place"),
            "file" when rest.Length > 0 => new ChannelTarget.ToFile(rest, Append: false),
            "tcp" => ReadTcp(subject, rest),
            "unix" => ReadUnix(subject, rest),
            "chardev" when rest.Length > 0 => new ChannelTarget.Reference(rest),
            "vc" or "msmouse" or "udp" or "telnet" or "websocket" or "pipe" or "con" or "braille" => throw new UserErrorException(
                subject, $"{kind} is not supported", "use one of " + string.Join(", ", Kinds)),
            _ => throw new UserErrorException(
                subject, "unknown target",
                Suggestion.Mend(text, Kinds.Select(name => name.Split(':')[0]), "use one of " + string.Join(", ", Kinds))),
        };
    }

    /// <summary>Reads a <c>-chardev</c>: its id and its target.</summary>
    public static (string Id, ChannelTarget Target) ReadChardev(string text)
    {
        var list = PropertyList.Parse("-chardev", text, "backend");
        var id = list.Take("id") ?? throw list.Error("has no id", "add id=NAME, and join it by -serial chardev:NAME");
        var mux = list.TakeSwitch("mux", false);
        if (mux && list.Head != "stdio")
        {
            throw list.Error("only stdio can be shared", "leave mux out");
        }

        ChannelTarget target = list.Head switch
        {
            "null" => new ChannelTarget.Null(),
            "stdio" => new ChannelTarget.Stdio(mux || !list.TakeSwitch("signal", true)),
            "pty" => new ChannelTarget.Pty(),
            "file" => new ChannelTarget.ToFile(Require(list, "path"), list.TakeSwitch("append", false)),
            "socket" => ReadSocket(list),
            _ => throw list.Error($"unknown kind '{list.Head}'", "use null, stdio, file, socket or pty"),
        };
        list.RefuseRest("id");
        return (id, target);
    }

    private static ChannelTarget ReadSocket(PropertyList list)
    {
        var server = list.TakeSwitch("server", false);
        var wait = list.TakeSwitch("wait", true);
        if (list.Take("path") is { } path)
        {
            return new ChannelTarget.Unix(path, server, wait);
        }

        var host = list.Take("host") ?? "localhost";
        var port = Port(list.Subject, Require(list, "port"));
        return new ChannelTarget.Tcp(host, port, server, wait, list.TakeSwitch("nodelay", false));
    }

    private static string Require(PropertyList list, string name)
        => list.Take(name) is { Length: > 0 } value ? value : throw list.Error($"has no {name}", $"add {name}=...");

    private static ChannelTarget.Tcp ReadTcp(string subject, string rest)
    {
        var comma = rest.IndexOf(',', StringComparison.Ordinal);
        var address = comma < 0 ? rest : rest[..comma];
        var colon = address.LastIndexOf(':');
        if (colon < 0)
        {
            throw new UserErrorException(subject, "has no port", "write tcp:HOST:PORT, such as tcp:localhost:4444,server");
        }

        var host = address[..colon].Trim('[', ']');
        var (server, wait, noDelay) = ReadFlags(subject, comma < 0 ? "" : rest[(comma + 1)..]);
        return new ChannelTarget.Tcp(host, Port(subject, address[(colon + 1)..]), server, wait, noDelay);
    }

    private static ChannelTarget.Unix ReadUnix(string subject, string rest)
    {
        var comma = rest.IndexOf(',', StringComparison.Ordinal);
        var path = comma < 0 ? rest : rest[..comma];
        if (path.Length == 0)
        {
            throw new UserErrorException(subject, "has no path", "write unix:PATH, such as unix:/tmp/serial,server");
        }

        var (server, wait, _) = ReadFlags(subject, comma < 0 ? "" : rest[(comma + 1)..]);
        return new ChannelTarget.Unix(path, server, wait);
    }

    private static (bool Server, bool Wait, bool NoDelay) ReadFlags(string subject, string text)
    {
        var (server, wait, noDelay) = (false, true, false);
        foreach (var flag in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (flag)
            {
                case "server" or "server=on":
                    server = true;
                    break;
                case "nowait" or "wait=off":
                    wait = false;
                    break;
                case "wait" or "wait=on" or "server=off" or "nodelay=off":
                    break;
                case "nodelay" or "nodelay=on":
                    noDelay = true;
                    break;
                default:
                    throw new UserErrorException(subject, $"'{flag}' is not supported", "server, nowait and nodelay are");
            }
        }

        return (server, wait, noDelay);
    }

    private static int Port(string subject, string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535
            ? port
            : throw new UserErrorException(subject, $"'{text}' is no port", "give a number from 0 to 65535");
}
