namespace Emulator.Guests.Tests.Consoles;

/// <summary>A run with the web console, for tests that look at the same guest.</summary>
internal static class WebRun
{
    /// <summary>The token in the page's address.</summary>
    public const string Token = "token-of-the-test";

    /// <summary>Starts it; without a kernel it runs the demo guest.</summary>
    public static EmulatorRun Start(byte[]? kernel, string more = "") => EmulatorRun.Start(kernel, "-serial", "stdio", "-display", $"web,token={Token}{more}");

    /// <summary>The page's address.</summary>
    public static string UrlOf(EmulatorRun run) => run.WaitForLine("emulator: the screen is at ");
}

/// <summary>A run of <see cref="TextScreen"/>, and a page of it that stays open.</summary>
public sealed class TextScreenRun : IAsyncDisposable
{
    private WebPage? _page;

    /// <summary>The run.</summary>
    internal EmulatorRun Run { get; } = WebRun.Start(TextScreen.Program());

    /// <summary>The page, with nothing pressed and the keys for the guest.</summary>
    internal async Task<WebPage> PageAsync(Chromium chromium)
    {
        _page ??= await chromium.OpenAsync(WebRun.UrlOf(Run));
        Run.WaitForLine(InputEcho.Ready);
        await _page.Page.FocusAsync("#screen");
        return _page;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_page is not null)
        {
            await _page.DisposeAsync();
        }

        Run.Dispose();
    }
}

/// <summary>A run of the demo guest.</summary>
public sealed class DemoGuestRun : IDisposable
{
    /// <summary>The run.</summary>
    internal EmulatorRun Run { get; } = WebRun.Start(null);

    /// <inheritdoc/>
    public void Dispose() => Run.Dispose();
}
