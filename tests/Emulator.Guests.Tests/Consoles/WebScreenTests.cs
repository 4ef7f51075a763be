using System.Net.WebSockets;
using Emulator.Guests.Tests.Video;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>The guest's screen on the web console's page, pixel by pixel beside what <c>screendump</c> saves.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class WebScreenTests(Chromium chromium) : IDisposable
{
    private readonly EmulatorRun _run = WebRun.Start(TextScreen.Program());

    [Fact]
    public async Task Screen_OfTextThenGraphics_IsThatOfScreendump()
    {
        await using var page = await chromium.OpenAsync(WebRun.UrlOf(_run));
        await using var other = await chromium.OpenAsync(WebRun.UrlOf(_run));
        using var qmp = _run.Negotiate();
        foreach (var (width, height) in new[] { (720, 400), (InputEcho.Width, InputEcho.Height) })
        {
            if (width == InputEcho.Width)
            {
                await page.Page.ClickAsync("#serial");
                await page.Page.Keyboard.TypeAsync($"{InputEcho.Graphics}");
                _run.WaitForLine($"{InputEcho.Graphics}");
            }
            else
            {
                _run.WaitForLine(VideoProgram.Done.TrimEnd());
            }

            var picture = TextScreen.Dump(_run, qmp);
            Assert.Equal((width, height), (picture.Width, picture.Height));
            await page.WaitForPictureAsync(picture);
            await other.WaitForPictureAsync(picture);
            Assert.Equal(WebPage.SumOf(picture), await page.ScreenshotAsync());
            await page.WaitForTextAsync("size", $"{width} × {height}");
        }

        var download = await page.Page.RunAndWaitForDownloadAsync(() => page.Page.ClickAsync("#screenshot"));
        Assert.Equal("screen.png", download.SuggestedFilename);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Screen_BesideAViewerThatDoesNotRead_IsShown()
    {
        var url = WebRun.UrlOf(_run);
        _run.WaitForLine(VideoProgram.Done.TrimEnd());
        using var slow = new ClientWebSocket();
        await slow.ConnectAsync(new UriBuilder(url + "vnc") { Scheme = "ws" }.Uri, TestContext.Current.CancellationToken);

        // Version, no security, shared; then requests whose answers nobody takes.
        byte[] requests = [.. "RFB 003.008\n"u8, 1, 1, .. Enumerable.Repeat<byte[]>([3, 0, 0, 0, 0, 0, 4, 0, 3, 0], 500).SelectMany(item => item)];
        await slow.SendAsync(requests, WebSocketMessageType.Binary, endOfMessage: true, TestContext.Current.CancellationToken);
        await using var page = await chromium.OpenAsync(url);
        using var qmp = _run.Negotiate();
        await page.WaitForPictureAsync(TextScreen.Dump(_run, qmp));
        await page.Page.ClickAsync("#serial");
        await page.Page.Keyboard.TypeAsync("answer");
        await page.WaitForTextAsync("serial", "answer");
    }

    public void Dispose() => _run.Dispose();
}
