using System.Net;
using System.Net.Sockets;

namespace Emulator.Host.Cli;

/// <summary>An address of this host to listen on.</summary>
internal static class HostAddress
{
    /// <summary>Reads an address or a name; nothing stands for loopback.</summary>
    public static IPAddress Read(PropertyList list, string text)
    {
        var bare = text.StartsWith('[') && text.EndsWith(']') ? text[1..^1] : text;
        if (bare is "" or "localhost")
        {
            return IPAddress.Loopback;
        }

        if (IPAddress.TryParse(bare, out var address))
        {
            return address;
        }

        try
        {
            var found = Dns.GetHostAddresses(bare);
            return Array.Find(found, item => item.AddressFamily == AddressFamily.InterNetwork) ?? found[0];
        }
        catch (Exception error) when (error is SocketException or ArgumentException or IndexOutOfRangeException)
        {
            throw list.Error($"'{bare}' is no address of a host ({error.Message})", "write an address, such as 127.0.0.1 or 0.0.0.0");
        }
    }
}
