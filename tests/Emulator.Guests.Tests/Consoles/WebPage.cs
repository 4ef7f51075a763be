using System.Security.Cryptography;
using Emulator.Devices.Video;
using Microsoft.Playwright;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>The web console's page in a browser.</summary>
internal sealed class WebPage : IAsyncDisposable
{
    // SHA-256 of what a canvas, or a picture drawn on one, holds: red, green, blue, alpha.
    private const string Sum = "async context => [...new Uint8Array(await crypto.subtle.digest('SHA-256', "
        + "context.getImageData(0, 0, context.canvas.width, context.canvas.height).data))].map(item => item.toString(16).padStart(2, '0')).join('')";

    private static readonly float _limit = (float)GuestMachine.AnswerLimit.TotalMilliseconds;

    private readonly List<string> _errors = [];

    /// <summary>Watches a page for errors.</summary>
    public WebPage(IPage page)
    {
        Page = page;
        page.PageError += (_, error) => Keep(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                Keep(message.Text);
            }
        };
    }

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>What went wrong on it.</summary>
    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (_errors)
            {
                return [.. _errors];
            }
        }
    }

    /// <summary>The checksum of a picture as <see cref="WaitForPictureAsync"/> and <see cref="ScreenshotAsync"/> make it.</summary>
    public static string SumOf(Frame frame)
    {
        var bytes = new byte[frame.Width * frame.Height * 4];
        for (var i = 0; i < bytes.Length; i += 4)
        {
            var pixel = frame.Pixels[i / 4];
            (bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]) = ((byte)(pixel >> 16), (byte)(pixel >> 8), (byte)pixel, 0xff);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    /// <summary>Waits until a function of the page's is true.</summary>
    public Task WaitAsync(string function, object? argument = null) => Page.WaitForFunctionAsync(function, argument, new() { Timeout = _limit, PollingInterval = 100 });

    /// <summary>Waits until the canvas shows a picture, pixel by pixel.</summary>
    public Task WaitForPictureAsync(Frame picture)
        => WaitAsync($"async want => await ({Sum})(document.getElementById('screen').getContext('2d')) === want", SumOf(picture));

    /// <summary>The checksum of the PNG that the page offers.</summary>
    public Task<string> ScreenshotAsync()
        => Page.EvaluateAsync<string>(
            "async () => { const picture = await createImageBitmap(await (await fetch(document.getElementById('screenshot').href)).blob());"
            + " const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d'); context.drawImage(picture, 0, 0);"
            + $" return await ({Sum})(context); }}");

    /// <summary>Waits until an element's text has some text in it.</summary>
    public Task WaitForTextAsync(string id, string text)
        => WaitAsync("want => document.getElementById(want[0]).innerText.includes(want[1])", new[] { id, text });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Page.CloseAsync();

    private void Keep(string error)
    {
        lock (_errors)
        {
            _errors.Add(error);
        }
    }
}
