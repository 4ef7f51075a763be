using Microsoft.Playwright;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>Debian's headless Chromium with one page open.</summary>
internal sealed class PageBrowser : IAsyncDisposable
{
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly List<string> _errors = [];

    private PageBrowser(IPlaywright playwright, IBrowser browser, IPage page)
    {
        _playwright = playwright;
        _browser = browser;
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

    /// <summary>Opens an address. The test is skipped where there is no Chromium and none can be fetched.</summary>
    public static async Task<PageBrowser> OpenAsync(string url)
    {
        var chromium = StockProgram.Require("chromium-headless-shell", "usr/lib/chromium/chromium-headless-shell");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = chromium.Path,
            Args = ["--no-sandbox", "--disable-gpu"],
            Env = new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = chromium.Libraries },
        });
        var page = new PageBrowser(playwright, browser, await browser.NewPageAsync());
        await page.Page.GotoAsync(url);
        return page;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private void Keep(string error)
    {
        lock (_errors)
        {
            _errors.Add(error);
        }
    }
}
