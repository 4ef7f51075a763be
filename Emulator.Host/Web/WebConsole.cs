using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using Emulator.Host.Cli;
using Emulator.Host.Display;
using Emulator.Host.Vnc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Emulator.Host.Web;

/// <summary>
/// The web console: Kestrel serves one page with the screen (RFB over a WebSocket), the serial ports, and the machine's buttons. Only who
/// has the address with its token gets in.
/// </summary>
internal sealed class WebConsole : IDisposable
{
    private const int TokenBytes = 16;

    private readonly WebApplication _server;
    private readonly CancellationTokenSource _end = new();
    private readonly WebMachine _machine;
    private readonly VncDesktop _desktop;
    private readonly IReadOnlyList<SerialTap> _serial;
    private readonly WebGate _gate;

    /// <summary>Listens; it fails with one line.</summary>
    public WebConsole(WebChoice choice, VncDesktop desktop, WebMachine machine, IReadOnlyList<SerialTap> serial)
    {
        _desktop = desktop;
        _machine = machine;
        _serial = serial;
        var port = choice.Port != 0 ? choice.Port : FreePort(choice.Address);
        var token = choice.Token ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes));
        _gate = new WebGate(choice.Address, port, token);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Listen(choice.Address, port);
        });
        _server = builder.Build();
        _server.UseWebSockets();
        _server.Run(HandleAsync);
        try
        {
            _server.StartAsync().GetAwaiter().GetResult();
        }
        catch (Exception failure) when (failure is IOException or SocketException or AddressInUseException)
        {
            throw new UserErrorException(choice.Subject, $"cannot listen on {choice.Address}:{port} ({failure.Message})", "give another port=, or leave it out");
        }

        var host = choice.Address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{choice.Address}]" : choice.Address.ToString();
        Url = $"http://{host}:{port}/{token}/";
    }

    /// <summary>The page's address.</summary>
    public string Url { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Cancel();
        _server.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(2));
    }

    private static int FreePort(IPAddress address)
    {
        using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(address, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private async Task HandleAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; frame-ancestors 'none'";
        if (_gate.Admit(context.Request) is not { } path)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            await context.Response.WriteAsync("Use the address that the emulator printed.\n").ConfigureAwait(false);
            return;
        }

        try
        {
            await ServeAsync(context, path).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or WebSocketException)
        {
            // The page went away in the middle: nobody is left to answer.
            context.Abort();
        }
    }

    private Task ServeAsync(HttpContext context, string path) => (context.Request.Method, path.Split('/')) switch
    {
        ("GET", ["vnc"]) when context.WebSockets.IsWebSocketRequest => ServeScreenAsync(context),
        ("GET", ["serial", var number]) when context.WebSockets.IsWebSocketRequest && int.TryParse(number, out var port) && port < _serial.Count && port >= 0
            => ServeSerialAsync(context, _serial[port]),
        ("GET", ["screen.png"]) => ServePictureAsync(context),
        ("GET", ["api", "status"]) => ServeTextAsync(context, "application/json", _machine.StatusAsync(_serial.Count)),
        ("POST", ["api", var action]) => ServeActionAsync(context, action),
        ("GET", _) when WebFiles.Find(path.Length == 0 ? "index.html" : path) is { } file => ServeFileAsync(context, file),
        _ => NotFoundAsync(context),
    };

    private async Task ServeActionAsync(HttpContext context, string action)
    {
        var query = context.Request.Query;
        if (await _machine.ActAsync(action, query["drive"].ToString(), query["file"].ToString()).ConfigureAwait(false) is { } answer)
        {
            await ServeTextAsync(context, "text/plain; charset=utf-8", Task.FromResult(answer)).ConfigureAwait(false);
            return;
        }

        await NotFoundAsync(context).ConfigureAwait(false);
    }

    private async Task ServeScreenAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync().ConfigureAwait(false);
        await using var stream = WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true);
        await new VncConnection(stream, _desktop).RunAsync(null, _end.Token).ConfigureAwait(false);
    }

    private async Task ServeSerialAsync(HttpContext context, SerialTap tap)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync().ConfigureAwait(false);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        var page = tap.Join();
        try
        {
            var sending = SendSerialAsync(socket, page.Reader, end.Token);
            var buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer.AsMemory(), end.Token).ConfigureAwait(false) is { MessageType: not WebSocketMessageType.Close } part)
            {
                foreach (var typed in buffer.AsSpan(0, part.Count))
                {
                    tap.Input.TryAdd(typed);
                }
            }

            await end.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            tap.Leave(page);
        }
    }

    private static async Task SendSerialAsync(WebSocket socket, System.Threading.Channels.ChannelReader<byte[]> page, CancellationToken cancellation)
    {
        await foreach (var part in page.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            await socket.SendAsync(part, WebSocketMessageType.Binary, endOfMessage: true, cancellation).ConfigureAwait(false);
        }
    }

    private async Task ServePictureAsync(HttpContext context)
    {
        var view = _desktop.Display.Open();
        await view.LookAsync(null, context.RequestAborted).ConfigureAwait(false);
        await ServeFileAsync(context, (PngImage.Encode(view.Picture), "image/png")).ConfigureAwait(false);
    }

    private static async Task ServeFileAsync(HttpContext context, (byte[] Content, string Type) file)
    {
        context.Response.ContentType = file.Type;
        await context.Response.Body.WriteAsync(file.Content, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task ServeTextAsync(HttpContext context, string type, Task<string> text)
    {
        context.Response.ContentType = type;
        await context.Response.WriteAsync(await text.ConfigureAwait(false), context.RequestAborted).ConfigureAwait(false);
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("There is no such thing here.\n");
    }
}
