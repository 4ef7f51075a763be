using System.Globalization;
using System.Net;
using Emulator.Host.Cli;

namespace Emulator.Host.Vnc;

/// <summary>What happens to a viewer that wants the display for itself.</summary>
public enum VncShare
{
    /// <summary>It gets it, and the others are sent away.</summary>
    AllowExclusive,

    /// <summary>It is refused.</summary>
    ForceShared,

    /// <summary>It shares like everybody.</summary>
    Ignore,
}

/// <summary>Where and for whom the VNC server listens (<c>-vnc</c>).</summary>
/// <param name="Subject">The option as typed.</param>
/// <param name="Address">The address; unused with a path.</param>
/// <param name="Port">The first port to try.</param>
/// <param name="LastPort">The last port to try.</param>
/// <param name="UnixPath">A Unix-domain socket instead.</param>
/// <param name="Share">Sharing.</param>
/// <param name="AsksPassword">Whether viewers prove a password.</param>
/// <param name="Secret">The id of the <c>-object secret</c> that is the password; null: the monitor sets it.</param>
public sealed record VncChoice(
    string Subject, IPAddress Address, int Port, int LastPort, string? UnixPath, VncShare Share, bool AsksPassword, string? Secret)
{
    /// <summary>The port of display 0.</summary>
    public const int FirstPort = 5900;

    private const int MostDisplays = 65535 - FirstPort;

    private static readonly string[] Properties = ["password=on|off", "password-secret=ID", "share=allow-exclusive|force-shared|ignore", "to=N"];

    /// <summary>Reads the option's value; null for <c>none</c>.</summary>
    public static VncChoice? Read(string option, string text)
    {
        var list = PropertyList.Parse(option, text, "vnc");
        if (list.Head is not { Length: > 0 } head)
        {
            throw list.Error("has no display", "write :0 for port 5900 on this machine, ADDRESS:N, unix:PATH, or none");
        }

        if (head == "none")
        {
            list.RefuseRest();
            return null;
        }

        var secret = list.Take("password-secret");
        var password = list.TakeSwitch("password", false) || secret is not null;
        var share = ReadShare(list);
        var to = (int)list.TakeNumber("to", -1, 0, MostDisplays);
        list.RefuseRest(Properties);
        if (head.StartsWith("unix:", StringComparison.Ordinal))
        {
            return head.Length > 5
                ? new VncChoice(list.Subject, IPAddress.None, 0, 0, head[5..], share, password, secret)
                : throw list.Error("has no path", "write unix:PATH, such as unix:/tmp/vnc");
        }

        var (address, display) = ReadAddress(list, head);
        if (!IPAddress.IsLoopback(address) && !password)
        {
            throw list.Error(
                "others than this machine could see and type without a password",
                "add password=on and set one at the monitor (set_password vnc PASSWORD), or use :N for this machine alone");
        }

        var last = to < 0 ? display : to;
        return last >= display
            ? new VncChoice(list.Subject, address, FirstPort + display, FirstPort + last, null, share, password, secret)
            : throw list.Error($"to={to} is below the display {display}", "give a higher one");
    }

    private static VncShare ReadShare(PropertyList list) => list.Take("share") switch
    {
        null or "allow-exclusive" => VncShare.AllowExclusive,
        "force-shared" => VncShare.ForceShared,
        "ignore" => VncShare.Ignore,
        var other => throw list.Error($"share={other} is not known", "use allow-exclusive, force-shared or ignore"),
    };

    // Without an address it is this machine's own: unlike QEMU's, a bare :N is not open to the network.
    private static (IPAddress Address, int Display) ReadAddress(PropertyList list, string head)
    {
        var colon = head.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(head.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var display) || display > MostDisplays)
        {
            throw list.Error("has no display number", $"write ADDRESS:N with N from 0 to {MostDisplays}, such as :0");
        }

        return (HostAddress.Read(list, head[..colon]), display);
    }
}
