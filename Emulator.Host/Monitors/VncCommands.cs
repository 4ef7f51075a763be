using System.Globalization;
using Emulator.Host.Vnc;

namespace Emulator.Host.Monitors;

/// <summary>The VNC server and its password.</summary>
internal sealed class VncCommands(VncServer? server) : IMonitorGroup
{
    private const string NoPassword = "no VNC server asks for a password; start with -vnc ...,password=on\n";

    /// <inheritdoc/>
    public IEnumerable<MonitorCommand> Commands =>
    [
        new("set_password", "vnc PASSWORD", "set the password of the VNC server", line => line[0] == "vnc" ? Set(line.From(1)) : "write vnc PASSWORD\n"),
        new("expire_password", "vnc TIME", "until when it holds: now, never, +SECONDS or seconds since 1970", Expire),
    ];

    /// <inheritdoc/>
    public IEnumerable<InfoPart> Parts => [new("vnc", "the VNC server and its viewers", Describe)];

    /// <summary>Sets the password; the answer is what went wrong.</summary>
    public string Set(string password)
    {
        if (server?.Password is not { } secret)
        {
            return NoPassword;
        }

        if (password.Length > 0 && !VncPassword.IsUsable(password))
        {
            return "the password has characters that VNC cannot carry; use printable ASCII, of which eight count\n";
        }

        secret.Set(password);
        return "";
    }

    private string Expire(MonitorLine line)
    {
        if (server?.Password is not { } secret)
        {
            return NoPassword;
        }

        if (line[0] != "vnc" || ReadTime(line[1]) is not { } end)
        {
            return "write vnc and now, never, +SECONDS or seconds since 1970\n";
        }

        secret.ExpireAt(end);
        return "";
    }

    private static DateTime? ReadTime(string text) => text switch
    {
        "now" => DateTime.MinValue,
        "never" => DateTime.MaxValue,
        _ when uint.TryParse(text.TrimStart('+'), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            => (text[0] == '+' ? DateTime.UtcNow : DateTime.UnixEpoch).AddSeconds(seconds),
        _ => null,
    };

    private string Describe() => server is null
        ? "the VNC server is off; start with -vnc :0\n"
        : $"default:\n  Server: {server.Address}\n    Auth: {(server.Password is null ? "none" : "vnc")}\n"
            + string.Concat(server.Viewers.Select(viewer => $"  Client: {viewer}\n"));
}
