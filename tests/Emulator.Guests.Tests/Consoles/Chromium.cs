using Microsoft.Playwright;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>Debian's headless Chromium, driven by Playwright; started by the first test that opens a page, ended behind the last one.</summary>
public sealed class Chromium : IAsyncDisposable
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Opens an address. The test is skipped where there is no Chromium and none can be fetched.</summary>
    internal async Task<WebPage> OpenAsync(string url)
    {
        if (_browser is null)
        {
            var program = StockProgram.Require("chromium-headless-shell", "usr/lib/chromium/chromium-headless-shell");
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = program.Path,
                // Without root's sandbox it runs for root too; it sees pages of this machine only.
                Args = ["--no-sandbox", "--disable-gpu"],
                Env = new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = program.Libraries },
            });
        }

        var page = new WebPage(await _browser.NewPageAsync(new() { ViewportSize = new() { Width = 1500, Height = 1000 } }));
        await page.Page.GotoAsync(url);
        await page.WaitAsync("() => document.getElementById('screen').dataset.state === 'connected'");
        return page;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}

/// <summary>The tests that share <see cref="Chromium"/>.</summary>
[CollectionDefinition(Name)]
public sealed class ChromiumCollection : ICollectionFixture<Chromium>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "Chromium";
}
