using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Emulator.Host.Web;

/// <summary>
/// Who may in. Each request names the token as the first part of its path; its Host is the one that the console listens on, so that no
/// other site's name leads here; a page of another origin gets nothing.
/// </summary>
internal sealed class WebGate(IPAddress address, int port, string token)
{
    private readonly byte[] _token = Encoding.ASCII.GetBytes(token);

    /// <summary>The path behind the token; null when the request is refused.</summary>
    public string? Admit(HttpRequest request)
    {
        var path = request.Path.Value ?? "";
        var end = path.IndexOf('/', Math.Min(1, path.Length));
        if (end < 0 || !IsOurHost(request.Host) || !IsOurOrigin(request))
        {
            return null;
        }

        var given = Encoding.UTF8.GetBytes(path[1..end]);
        return CryptographicOperations.FixedTimeEquals(given, _token) ? path[(end + 1)..] : null;
    }

    // Beyond loopback the console cannot know its names; the token stands in for them.
    private bool IsOurHost(HostString host)
        => !IPAddress.IsLoopback(address)
            || (host.Port == port && (host.Host is "localhost" || (IPAddress.TryParse(host.Host.Trim('[', ']'), out var named) && IPAddress.IsLoopback(named))));

    private static bool IsOurOrigin(HttpRequest request)
        => !request.Headers.TryGetValue("Origin", out var origin) || origin == $"http://{request.Host.Value}";
}
