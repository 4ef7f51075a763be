using System.Net;
using System.Net.WebSockets;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>Who gets in at the web console.</summary>
public sealed class WebGateTests(DemoGuestRun guest) : IClassFixture<DemoGuestRun>
{
    private readonly Uri _url = new(WebRun.UrlOf(guest.Run));

    [Theory]
    [InlineData(null, null, WebRun.Token, HttpStatusCode.OK)]
    [InlineData("localhost", null, WebRun.Token, HttpStatusCode.OK)]
    [InlineData(null, "own", WebRun.Token, HttpStatusCode.OK)]
    [InlineData(null, null, "token-of-another", HttpStatusCode.Forbidden)]
    [InlineData(null, null, "", HttpStatusCode.Forbidden)]
    [InlineData("rebound.example", null, WebRun.Token, HttpStatusCode.Forbidden)]
    [InlineData(null, "http://evil.example", WebRun.Token, HttpStatusCode.Forbidden)]
    [InlineData(null, "null", WebRun.Token, HttpStatusCode.Forbidden)]
    public async Task Request_ByItsHostOriginAndToken_GetsInOrNot(string? host, string? origin, string token, HttpStatusCode expected)
    {
        using var client = new HttpClient();
        foreach (var path in (string[])["", "api/status", "screen.png", "screen.js"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{_url.Authority}/{token}/{path}"));
            request.Headers.Host = host is null ? null : $"{host}:{_url.Port}";
            if (origin is not null)
            {
                request.Headers.Add("Origin", origin == "own" ? $"http://{_url.Authority}" : origin);
            }

            using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(expected, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("vnc")]
    [InlineData("serial/0")]
    public async Task Socket_FromAForeignPage_IsRefused(string path)
    {
        var url = new UriBuilder($"{_url}{path}") { Scheme = "ws" }.Uri;
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", "http://evil.example");
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(url, TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Theory]
    [InlineData("vnc")]
    [InlineData("serial/0")]
    public async Task Socket_ThatSendsNoise_LeavesTheConsoleServing(string path)
    {
        var random = new Random(4711);
        for (var round = 0; round < 20; round++)
        {
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(new UriBuilder($"{_url}{path}") { Scheme = "ws" }.Uri, TestContext.Current.CancellationToken);
            var noise = new byte[random.Next(1, 600)];
            random.NextBytes(noise);
            await socket.SendAsync(noise, (WebSocketMessageType)(round % 2), endOfMessage: round % 3 != 0, TestContext.Current.CancellationToken);
        }

        using var client = new HttpClient();
        Assert.Contains("\"running\":true", await client.GetStringAsync(new Uri(_url, "api/status"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public void Console_BeyondThisMachine_NeedsItsAddressAndAPassword()
    {
        using var run = WebRun.Start(null, ",addr=0.0.0.0");
        Assert.StartsWith("http://0.0.0.0:", WebRun.UrlOf(run), StringComparison.Ordinal);
    }
}
