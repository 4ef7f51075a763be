using System.Net.Sockets;
using System.Text.Json;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>A client of QMP over a Unix-domain socket.</summary>
internal sealed class QmpClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly StreamReader _reader;

    /// <summary>Connects and takes the greeting.</summary>
    public QmpClient(string path)
    {
        _socket.Connect(new UnixDomainSocketEndPoint(path));
        _socket.ReceiveTimeout = (int)GuestMachine.AnswerLimit.TotalMilliseconds;
        _reader = new StreamReader(new NetworkStream(_socket));
        Greeting = ReadLine();
    }

    /// <summary>The server's first line.</summary>
    public JsonElement Greeting { get; }

    /// <summary>The events so far, without their time.</summary>
    public List<string> Events { get; } = [];

    /// <summary>Sends one message; returns the answer, whole.</summary>
    public JsonElement Send(string message)
    {
        _socket.Send(System.Text.Encoding.UTF8.GetBytes(message + "\n"));
        return Next(item => !IsEvent(item));
    }

    /// <summary>Does a command without arguments; returns what it returns.</summary>
    public JsonElement Execute(string command) => Send($$"""{"execute": "{{command}}"}""").GetProperty("return");

    /// <summary>Does a command of the monitor that people type at; returns what it says.</summary>
    public string Monitor(string line)
        => Send($$"""{"execute": "human-monitor-command", "arguments": {"command-line": "{{line}}"} }""").GetProperty("return").GetString()!;

    /// <summary>Waits until an event has come.</summary>
    public void WaitForEvent(string name)
    {
        while (!Events.Exists(item => item.StartsWith(name, StringComparison.Ordinal)))
        {
            Next(IsEvent);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _socket.Dispose();
    }

    private static bool IsEvent(JsonElement item) => item.TryGetProperty("event", out _);

    private JsonElement Next(Func<JsonElement, bool> isWanted)
    {
        while (true)
        {
            var item = ReadLine();
            if (IsEvent(item))
            {
                Events.Add(item.GetProperty("event").GetString() + (item.TryGetProperty("data", out var data) ? " " + Shapes.Sorted(data) : ""));
            }

            if (isWanted(item))
            {
                return item;
            }
        }
    }

    private JsonElement ReadLine()
    {
        using var document = JsonDocument.Parse(_reader.ReadLine() ?? throw new EndOfStreamException("QMP was closed."));
        return document.RootElement.Clone();
    }
}
