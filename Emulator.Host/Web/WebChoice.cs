using System.Net;
using Emulator.Host.Cli;

namespace Emulator.Host.Web;

/// <summary>Where the web console listens (<c>-display web</c>).</summary>
/// <param name="Subject">The option as typed.</param>
/// <param name="Address">The address.</param>
/// <param name="Port">The port; 0 for any that is free.</param>
/// <param name="Token">What its address must contain; null for a random one.</param>
public sealed record WebChoice(string Subject, IPAddress Address, int Port, string? Token)
{
    private const int ShortestToken = 8;

    /// <summary>The console of a run without a terminal.</summary>
    public static WebChoice Default => new("-display web", IPAddress.Loopback, 0, null);

    /// <summary>Reads what follows <c>web</c>.</summary>
    public static WebChoice Read(PropertyList list)
    {
        var address = HostAddress.Read(list, list.Take("addr") ?? "");
        var port = (int)list.TakeNumber("port", 0, 0, 65535);
        var token = list.Take("token");
        list.RefuseRest("addr", "port", "token");
        if (token is not null && (token.Length < ShortestToken || !token.All(item => char.IsAsciiLetterOrDigit(item) || item is '-' or '_')))
        {
            throw list.Error("the token is too easy to guess or has other characters than letters, digits, - and _", $"give at least {ShortestToken} of them");
        }

        return IPAddress.IsLoopback(address) || token is not null
            ? new WebChoice(list.Subject, address, port, token)
            : throw list.Error("others than this machine could see and type without a password", "add token=PASSWORD, or leave addr= out");
    }
}
