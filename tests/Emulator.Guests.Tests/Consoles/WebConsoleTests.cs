using System.Net;
using System.Net.WebSockets;
using Emulator.Guests.Tests.Video;
using Microsoft.Playwright;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>The web console in headless Chromium, and who gets in.</summary>
public sealed class WebConsoleTests
{
    private const string Token = "token-of-the-test";
    private const string UrlLine = "emulator: the screen is at ";

    private static readonly float _limit = (float)GuestMachine.AnswerLimit.TotalMilliseconds;

    [Fact]
    public async Task Screen_OfATextMode_IsThatOfScreendump()
    {
        using var run = Start(TextScreen.Program());
        await using var browser = await PageBrowser.OpenAsync(run.WaitForLine(UrlLine));
        run.WaitForLine(VideoProgram.Done.TrimEnd());
        using var qmp = run.Connect();
        qmp.Execute("qmp_capabilities");
        var expected = TextScreen.Dump(run, qmp);
        var pixels = expected.Pixels.AsSpan(0, expected.Width * expected.Height).ToArray();

        await browser.Page.WaitForSelectorAsync("#screen[data-state=connected]", new() { Timeout = _limit });
        await browser.Page.WaitForFunctionAsync(
            "want => { const c = document.getElementById('screen'); return c.width === want[0] && c.height === want[1]"
            + " && new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size === 4; }",
            new[] { expected.Width, expected.Height }, new() { Timeout = _limit });
        var seen = await browser.Page.EvaluateAsync<int[]>(
            "() => { const c = document.getElementById('screen'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
            + " return Array.from({ length: d.length / 4 }, (_, i) => d[4 * i] << 16 | d[4 * i + 1] << 8 | d[4 * i + 2]); }");
        Assert.Equal(pixels, seen.Select(pixel => (uint)pixel));

        // The screenshot is a PNG that the browser reads, with the same pixels.
        var download = await browser.Page.RunAndWaitForDownloadAsync(() => browser.Page.ClickAsync("#screenshot"));
        await download.SaveAsAsync(run.File("screen.png"));
        var saved = await browser.Page.EvaluateAsync<int[]>(
            "async () => { const p = await createImageBitmap(await (await fetch('screen.png')).blob()); const c = new OffscreenCanvas(p.width, p.height);"
            + " const t = c.getContext('2d'); t.drawImage(p, 0, 0); const d = t.getImageData(0, 0, c.width, c.height).data;"
            + " return Array.from({ length: d.length / 4 }, (_, i) => d[4 * i] << 16 | d[4 * i + 1] << 8 | d[4 * i + 2]); }");
        Assert.Equal(pixels, saved.Select(pixel => (uint)pixel));
        Assert.Equal((byte[])[0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(run.File("screen.png"))[..4]);
    }

    [Fact]
    public async Task Serial_TypedAt_ShowsTheGuestsAnswer()
    {
        using var run = Start(null);
        await using var browser = await PageBrowser.OpenAsync(run.WaitForLine(UrlLine));
        await WaitForSerialAsync(browser.Page, "demo> ");
        await browser.Page.ClickAsync("#serial");
        await browser.Page.Keyboard.TypeAsync("primes 1000");
        await browser.Page.Keyboard.PressAsync("Enter");
        await WaitForSerialAsync(browser.Page, "168 primes up to 1000");
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task Pause_Pressed_StopsTheMachineUntilItIsPressedAgain()
    {
        using var run = Start(null);
        await using var browser = await PageBrowser.OpenAsync(run.WaitForLine(UrlLine));
        using var qmp = run.Connect();
        qmp.Execute("qmp_capabilities");
        foreach (var (running, status) in new[] { ("false", "paused"), ("true", "running") })
        {
            await browser.Page.ClickAsync("#pause");
            await browser.Page.WaitForSelectorAsync($"body[data-running={running}]", new() { Timeout = _limit });
            Assert.Equal(status, qmp.Execute("query-status").GetProperty("status").GetString());
        }

        await browser.Page.ClickAsync("button[data-action=system_reset]");
        qmp.WaitForEvent("RESET");
        Assert.Equal(["STOP", "RESUME"], qmp.Events.Take(2));
    }

    [Theory]
    [InlineData(null, null, Token, HttpStatusCode.OK)]
    [InlineData("localhost", null, Token, HttpStatusCode.OK)]
    [InlineData(null, "own", Token, HttpStatusCode.OK)]
    [InlineData(null, null, "token-of-another", HttpStatusCode.Forbidden)]
    [InlineData(null, null, "", HttpStatusCode.Forbidden)]
    [InlineData("rebound.example", null, Token, HttpStatusCode.Forbidden)]
    [InlineData(null, "http://evil.example", Token, HttpStatusCode.Forbidden)]
    [InlineData(null, "null", Token, HttpStatusCode.Forbidden)]
    public async Task Request_ByItsHostOriginAndToken_GetsInOrNot(string? host, string? origin, string token, HttpStatusCode expected)
    {
        using var run = Start(null);
        var url = new Uri(run.WaitForLine(UrlLine));
        using var client = new HttpClient();
        foreach (var path in (string[])["", "api/status", "screen.png", "screen.js"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{url.Authority}/{token}/{path}"));
            request.Headers.Host = host is null ? null : $"{host}:{url.Port}";
            if (origin is not null)
            {
                request.Headers.Add("Origin", origin == "own" ? $"http://{url.Authority}" : origin);
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
        using var run = Start(null);
        var url = new UriBuilder(run.WaitForLine(UrlLine) + path) { Scheme = "ws" }.Uri;
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", "http://evil.example");
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(url, TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    private static EmulatorRun Start(byte[]? kernel) => EmulatorRun.Start(kernel, "-serial", "stdio", "-display", $"web,token={Token}");

    private static async Task WaitForSerialAsync(IPage page, string text)
        => await page.WaitForFunctionAsync("text => document.getElementById('serial').innerText.includes(text)", text, new() { Timeout = _limit });
}
