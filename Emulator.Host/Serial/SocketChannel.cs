using System.Net;
using System.Net.Sockets;
using Emulator.Host.Cli;

namespace Emulator.Host.Serial;

/// <summary>
/// A TCP or Unix-domain connection, made or awaited. A server takes one client at a time and the next one when it leaves; output
/// without a client is dropped, and a client that does not read loses the oldest bytes, so that no client stops the guest.
/// </summary>
public sealed class SocketChannel : IHostChannel
{
    private readonly string _subject;
    private readonly Socket? _listener;
    private readonly string? _unixPath;
    private readonly bool _wait;
    private readonly bool _noDelay;
    private readonly TextWriter _messages;
    private readonly OutboundQueue _output;
    private readonly ManualResetEventSlim _connected = new();
    private volatile Socket? _peer;
    private volatile bool _closed;

    /// <summary>Listens, or connects at once; either fails with one line.</summary>
    /// <param name="option">The option that asks for it.</param>
    /// <param name="target">A TCP or Unix target.</param>
    /// <param name="messages">Where a server says that it waits.</param>
    public SocketChannel(string option, ChannelTarget target, TextWriter messages)
    {
        (_subject, var endPoint, var server, _wait, _noDelay) = target switch
        {
            ChannelTarget.Tcp tcp => ($"{option} tcp:{tcp.Host}:{tcp.Port}", (Func<EndPoint>)(() => Resolve(tcp)), tcp.Server, tcp.Wait, tcp.NoDelay),
            ChannelTarget.Unix unix => ($"{option} unix:{unix.Path}", () => new UnixDomainSocketEndPoint(unix.Path), unix.Server, unix.Wait, false),
            _ => throw new ArgumentException("A socket channel needs a TCP or Unix target.", nameof(target)),
        };
        _messages = messages;
        try
        {
            var address = endPoint();
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            if (server)
            {
                _unixPath = (target as ChannelTarget.Unix)?.Path;
                Listen(socket, address);
                _listener = socket;
            }
            else
            {
                socket.Connect(address);
                SetDelay(socket);
                _peer = socket;
                _connected.Set();
            }
        }
        catch (Exception error) when (error is SocketException or ArgumentException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UserErrorException(
                _subject, (server ? "cannot listen (" : "cannot connect (") + error.Message + ")",
                server ? "give an address that is free" : "start the other end first, or add ,server");
        }

        _output = new OutboundQueue("socket channel", WriteOut, FullQueue.DropOldest);
    }

    /// <summary>The port that a TCP server listens on; 0 for others.</summary>
    public int Port => (_listener?.LocalEndPoint as IPEndPoint)?.Port ?? 0;

    /// <inheritdoc/>
    public InboundQueue Input { get; } = new();

    /// <summary>Called, on the reader's thread, when a client has come and before its first byte.</summary>
    public Action? PeerArrived { get; set; }

    /// <inheritdoc/>
    public Action? BreakReceived { get; set; }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_peer is not null)
        {
            _output.Write(bytes);
        }
    }

    /// <inheritdoc/>
    public void Start()
    {
        new Thread(Serve) { IsBackground = true, Name = "socket channel reader" }.Start();
        if (_listener is not null && _wait)
        {
            _messages.WriteLine($"emulator: {_subject}: waiting for a connection");
            _connected.Wait();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _closed = true;
        if (_peer is not null)
        {
            _output.Flush(500);
        }

        _peer?.Dispose();
        _listener?.Dispose();
        _output.Dispose();
        if (_unixPath is not null)
        {
            File.Delete(_unixPath);
        }
    }

    private static IPEndPoint Resolve(ChannelTarget.Tcp tcp)
    {
        if (tcp.Host.Length == 0)
        {
            return new IPEndPoint(tcp.Server ? IPAddress.Any : IPAddress.Loopback, tcp.Port);
        }

        var addresses = Dns.GetHostAddresses(tcp.Host);
        var address = Array.Find(addresses, item => item.AddressFamily == AddressFamily.InterNetwork) ?? addresses.FirstOrDefault();
        return address is null ? throw new ArgumentException("the host has no address", nameof(tcp)) : new IPEndPoint(address, tcp.Port);
    }

    private static void Listen(Socket socket, EndPoint address)
    {
        if (address is UnixDomainSocketEndPoint unix)
        {
            RemoveStale(unix);
        }

        // Not ReuseAddress, which on Unix lets another process listen on the same port; that of a connection just closed is free without it.
        socket.Bind(address);
        socket.Listen(1);
    }

    /// <summary>Removes the file of a socket that nobody listens on any more.</summary>
    internal static void RemoveStale(UnixDomainSocketEndPoint address)
    {
        if (File.Exists(address.ToString()) && IsStale(address))
        {
            File.Delete(address.ToString()!);
        }
    }

    // A socket file that nobody listens on is left over from a process that was killed; any other file is not ours to delete.
    private static bool IsStale(UnixDomainSocketEndPoint address)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(address);
            return false;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode == SocketError.ConnectionRefused
                && (File.GetAttributes(address.ToString()) & FileAttributes.Directory) == 0
                && new FileInfo(address.ToString()).Length == 0;
        }
    }

    private void Serve()
    {
        while (!_closed)
        {
            if (_peer is { } peer)
            {
                PeerArrived?.Invoke();
                Read(peer);
                _peer = null;
                peer.Dispose();
            }

            if (_listener is null)
            {
                return;
            }

            try
            {
                var client = _listener.Accept();
                SetDelay(client);
                _peer = client;
                _connected.Set();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    // A Unix-domain socket has no such option, not even to be switched off.
    private void SetDelay(Socket socket)
    {
        if (_noDelay)
        {
            socket.NoDelay = true;
        }
    }

    private void Read(Socket peer)
    {
        var buffer = new byte[4096];
        try
        {
            for (int count; (count = peer.Receive(buffer)) > 0;)
            {
                Input.Add(buffer.AsSpan(0, count));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The client went away without a goodbye: the same as its goodbye.
            _connected.Set();
        }
    }

    private void WriteOut(ReadOnlySpan<byte> bytes)
    {
        var peer = _peer;
        try
        {
            while (peer is not null && bytes.Length > 0)
            {
                bytes = bytes[peer.Send(bytes)..];
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The reader sees the end of the connection too, and takes the next client.
            _connected.Set();
        }
    }
}
