using System.Net;
using System.Net.Sockets;
using Emulator.Host.Cli;

namespace Emulator.Host.Vnc;

/// <summary>
/// The server of <c>-vnc</c>: listens on TCP or a Unix-domain socket and gives each viewer a connection of its own. A bounded number of
/// viewers; one that asks for the display alone gets it as <c>share=</c> says.
/// </summary>
internal sealed class VncServer : IDisposable
{
    private const int MostViewers = 32;
    private const int PendingConnections = 8;

    private readonly VncDesktop _desktop;
    private readonly VncChoice _choice;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly List<Viewer> _viewers = [];

    /// <summary>Listens; it fails with one line.</summary>
    public VncServer(VncChoice choice, VncDesktop desktop, VncPassword? password)
    {
        _choice = choice;
        _desktop = desktop;
        Password = password;
        _listener = choice.UnixPath is { } path ? ListenUnix(path) : ListenTcp();
        _ = Task.Run(AcceptAsync);
    }

    /// <summary>What viewers must prove; null when nothing is asked.</summary>
    public VncPassword? Password { get; }

    /// <summary>Where it listens, for people.</summary>
    public string Address => _listener.LocalEndPoint?.ToString() ?? "";

    /// <summary>The TCP port; 0 for a Unix-domain socket.</summary>
    public int Port => (_listener.LocalEndPoint as IPEndPoint)?.Port ?? 0;

    /// <summary>The viewers' addresses.</summary>
    public IReadOnlyList<string> Viewers
    {
        get
        {
            lock (_lock)
            {
                return [.. _viewers.Where(viewer => viewer.Admitted).Select(viewer => viewer.Address)];
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        _end.Cancel();
        if (_choice.UnixPath is { } path)
        {
            File.Delete(path);
        }
    }

    // Not ReuseAddress, which on Unix lets another process listen on the same port; that of a connection just closed is free without it.
    private Socket ListenTcp()
    {
        SocketException? failure = null;
        for (var port = _choice.Port; port <= _choice.LastPort; port++)
        {
            var socket = new Socket(_choice.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(_choice.Address, port));
                socket.Listen(PendingConnections);
                return socket;
            }
            catch (SocketException error)
            {
                failure = error;
                socket.Dispose();
            }
        }

        throw new UserErrorException(_choice.Subject, $"cannot listen ({failure?.Message})", "give another display, or add to=N to try up to display N");
    }

    private Socket ListenUnix(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            var address = new UnixDomainSocketEndPoint(path);
            Serial.SocketChannel.RemoveStale(address);
            socket.Bind(address);
            socket.Listen(PendingConnections);
            return socket;
        }
        catch (Exception error) when (error is SocketException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            throw new UserErrorException(_choice.Subject, $"cannot listen ({error.Message})", "give a path where a socket can be made");
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_end.Token).ConfigureAwait(false);
                _ = Task.Run(() => ServeAsync(socket));
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The server is being closed.
            await _end.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        var viewer = new Viewer(socket.RemoteEndPoint?.ToString() is { Length: > 0 } address ? address : "local", _end.Token);
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        if (!TryAdd(viewer))
        {
            return;
        }

        if (socket.ProtocolType == ProtocolType.Tcp)
        {
            socket.NoDelay = true;
        }

        var connection = new VncConnection(stream, _desktop) { Admit = shared => Admit(viewer, shared) };
        try
        {
            await connection.RunAsync(Password, viewer.End.Token).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _viewers.Remove(viewer);
            }
        }
    }

    private bool TryAdd(Viewer viewer)
    {
        lock (_lock)
        {
            if (_viewers.Count >= MostViewers)
            {
                return false;
            }

            _viewers.Add(viewer);
            return true;
        }
    }

    private bool Admit(Viewer viewer, bool shared)
    {
        lock (_lock)
        {
            if (!shared && _choice.Share == VncShare.ForceShared)
            {
                return false;
            }

            if (_choice.Share == VncShare.AllowExclusive)
            {
                if (shared && _viewers.Any(other => other is { Admitted: true, Exclusive: true }))
                {
                    return false;
                }

                foreach (var other in _viewers.Where(other => !shared && other != viewer && other.Admitted))
                {
                    _ = other.End.CancelAsync();
                }
            }

            (viewer.Admitted, viewer.Exclusive) = (true, !shared);
            return true;
        }
    }

    private sealed class Viewer(string address, CancellationToken serverEnd)
    {
        public string Address => address;

        public CancellationTokenSource End { get; } = CancellationTokenSource.CreateLinkedTokenSource(serverEnd);

        public bool Admitted { get; set; }

        public bool Exclusive { get; set; }
    }
}
