namespace Emulator.Guests.Tests.Consoles;

/// <summary>The web console's serial terminal, buttons, drives and counters.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class WebMachineTests(Chromium chromium, DemoGuestRun guest) : IClassFixture<DemoGuestRun>
{
    private readonly EmulatorRun _run = guest.Run;

    [Fact]
    public async Task Serial_TypedAt_ShowsTheGuestsAnswer()
    {
        await using var page = await OpenAsync();
        await page.WaitForTextAsync("serial", "demo> ");
        await page.Page.ClickAsync("#serial");
        await page.Page.Keyboard.TypeAsync("primes 1000");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.WaitForTextAsync("serial", "168 primes up to 1000");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Buttons_Pressed_StopContinueResetAndAskForPowerDown()
    {
        await using var page = await OpenAsync();
        using var qmp = _run.Negotiate();
        foreach (var (state, status) in new[] { ("paused", "paused"), ("running", "running") })
        {
            await page.Page.ClickAsync("#pause");
            await page.WaitForTextAsync("state", state);
            Assert.Equal(status, qmp.Execute("query-status").GetProperty("status").GetString());
        }

        await page.Page.ClickAsync("text=Reset");
        qmp.WaitForEvent("RESET");
        await page.Page.ClickAsync("text=Power");
        qmp.WaitForEvent("POWERDOWN");
        Assert.Equal(["STOP", "RESUME"], qmp.Events.Take(2));
    }

    [Fact]
    public async Task Counters_OfAMachine_MoveWhileItRuns()
    {
        await using var page = await OpenAsync();
        await page.WaitForTextAsync("counters", "instructions in ");
        var first = await page.Page.InnerTextAsync("#counters");
        await page.WaitAsync("first => document.getElementById('counters').innerText !== first", first);
        await page.Page.ClickAsync("summary");
        await page.WaitForTextAsync("engine", "regions");
    }

    [Theory]
    [InlineData("ide1-cd0", 2048)]
    [InlineData("floppy0", 1440 * 1024)]
    public async Task Drive_OnThePage_TakesAMediumAndGivesItBack(string name, int size)
    {
        File.WriteAllBytes(_run.File(name), new byte[size]);
        await using var page = await OpenAsync();
        using var qmp = _run.Negotiate();
        Assert.False(HasMedium());

        await page.Page.ClickAsync($"text={name}: empty");
        await page.Page.FillAsync("#medium input", _run.File("missing"));
        await page.Page.ClickAsync("text=Insert");
        await page.WaitForTextAsync("message", "no such file");

        await page.Page.ClickAsync($"text={name}: empty");
        await page.Page.FillAsync("#medium input", _run.File(name));
        await page.Page.Keyboard.PressAsync("Enter");
        await page.WaitForTextAsync("drives", $"{name}: {size / 1024} KiB");
        Assert.True(HasMedium());

        await page.Page.ClickAsync($"text={name}: {size / 1024} KiB");
        await page.Page.ClickAsync("text=Eject");
        await page.WaitForTextAsync("drives", $"{name}: empty");
        Assert.False(HasMedium());

        bool HasMedium() => qmp.Execute("query-block").EnumerateArray().Single(drive => drive.GetProperty("device").GetString() == name).TryGetProperty("inserted", out _);
    }

    [Fact]
    public async Task Page_OfAMachineThatHasEnded_SaysSo()
    {
        using var run = WebRun.Start(null);
        await using var page = await chromium.OpenAsync(WebRun.UrlOf(run));
        using var qmp = run.Negotiate();
        qmp.Execute("quit");
        await page.WaitForTextAsync("state", "ended");
        Assert.True(await page.Page.IsDisabledAsync("#pause"));
    }

    private Task<WebPage> OpenAsync() => chromium.OpenAsync(WebRun.UrlOf(_run));
}
