using Microsoft.Playwright;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>Keys and mouse of the web console's page, as the guest's keyboard controller gives them: <see cref="InputEcho"/> tells.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class WebInputTests(Chromium chromium, TextScreenRun guest) : IClassFixture<TextScreenRun>
{
    private readonly EmulatorRun _run = guest.Run;

    [Theory]
    [InlineData("KeyA", "k1e k9e")]
    [InlineData("Digit1", "k02 k82")]
    [InlineData("Backquote", "k29 ka9")]
    [InlineData("Space", "k39 kb9")]
    [InlineData("Tab", "k0f k8f")]
    [InlineData("Escape", "k01 k81")]
    [InlineData("F5", "k3f kbf")]
    [InlineData("F12", "k58 kd8")]
    [InlineData("ArrowUp", "ke0 k48 ke0 kc8")]
    [InlineData("Delete", "ke0 k53 ke0 kd3")]
    [InlineData("Numpad5", "k4c kcc")]
    [InlineData("NumpadEnter", "ke0 k1c ke0 k9c")]
    [InlineData("ControlRight", "ke0 k1d ke0 k9d")]
    [InlineData("AltRight", "ke0 k38 ke0 kb8")]
    [InlineData("MetaLeft", "ke0 k5b ke0 kdb")]
    [InlineData("ContextMenu", "ke0 k5d ke0 kdd")]
    [InlineData("PrintScreen", "ke0 k2a ke0 k37 ke0 kb7 ke0 kaa")]
    [InlineData("Pause", "ke1 k1d k45 ke1 k9d kc5")]
    [InlineData("Control+Shift+KeyC", "k1d k2a k2e kae kaa k9d")]
    public async Task Key_PressedOnTheScreen_ReachesTheGuest(string keys, string expected)
    {
        var page = (await guest.PageAsync(chromium)).Page;
        await ExpectAsync(expected, () => page.Keyboard.PressAsync(keys));
    }

    // What a browser tells of keys on other layouts than the US one: the guest gets the key at that place.
    [Theory]
    [InlineData("KeyY", "z", "k15 k95")] // German
    [InlineData("KeyQ", "a", "k10 k90")] // French
    [InlineData("Quote", "ä", "k28 ka8")]
    [InlineData("IntlBackslash", "<", "k56 kd6")]
    [InlineData("BracketLeft", "Dead", "k1a k9a")]
    [InlineData("KeyA", "ф", "k1e k9e")] // Russian
    [InlineData("", "A", "k2a k1e k9e kaa")] // touch keyboards know no places
    [InlineData("", "Enter", "k1c k9c")]
    [InlineData("", "Unidentified", "")]
    public async Task Key_OfAnotherLayout_IsThatAtItsPlace(string code, string key, string expected)
    {
        var page = (await guest.PageAsync(chromium)).Page;
        await ExpectAsync(expected, () => page.EvaluateAsync(
            "event => { for (const type of ['keydown', 'keyup']) { document.getElementById('screen').dispatchEvent(new KeyboardEvent(type, event)); } }",
            new { code, key, cancelable = true }));
    }

    [Fact]
    public async Task Key_HeldWhileTheScreenLosesTheFocus_IsReleased()
    {
        var page = (await guest.PageAsync(chromium)).Page;
        await ExpectAsync("k2a", () => page.Keyboard.DownAsync("ShiftLeft"));
        await ExpectAsync("kaa", () => page.FocusAsync("#serial"));
    }

    [Fact]
    public async Task Combination_FromAButtonOrTheList_ReachesTheGuest()
    {
        var page = (await guest.PageAsync(chromium)).Page;
        await ExpectAsync("k1d k38 ke0 k53 ke0 kd3 kb8 k9d", () => page.ClickAsync("text=Ctrl-Alt-Del"));
        await ExpectAsync("k1d k38 k3c kbc kb8 k9d", () => page.SelectOptionAsync("#keys", "ctrl-alt-f2"));
    }

    [Fact]
    public async Task Mouse_MovedAndPressedOnTheScreen_ReachesTheGuest()
    {
        var page = (await guest.PageAsync(chromium)).Page;
        var place = await page.Locator("#screen").BoundingBoxAsync() ?? throw new InvalidOperationException("The screen is not shown.");
        await page.Mouse.MoveAsync(place.X + 100, place.Y + 100);
        await ExpectAsync("k39 kb9", () => page.Keyboard.PressAsync("Space"), "m");
        await ExpectAsync("m08 m0a m05", () => page.Mouse.MoveAsync(place.X + 110, place.Y + 95));
        foreach (var (button, pressed) in new[] { (MouseButton.Left, "m09"), (MouseButton.Right, "m0a"), (MouseButton.Middle, "m0c") })
        {
            await ExpectAsync($"{pressed} m00 m00", () => page.Mouse.DownAsync(new() { Button = button }));
            await ExpectAsync("m08 m00 m00", () => page.Mouse.UpAsync(new() { Button = button }));
        }
    }

    // Headless Chromium does not capture the mouse; what the page makes of one that is captured does not need it.
    [Fact]
    public async Task Mouse_Captured_MovesTheGuestsByItsOwnMovement()
    {
        var page = (await guest.PageAsync(chromium)).Page;
        await ExpectAsync("m08 m05 m03", () => page.EvaluateAsync(
            "() => { const screen = document.getElementById('screen'); const tell = () => document.dispatchEvent(new Event('pointerlockchange'));"
            + " Object.defineProperty(document, 'pointerLockElement', { value: screen, configurable: true }); tell();"
            + " screen.dispatchEvent(new PointerEvent('pointermove', { movementX: 5, movementY: -3 })); delete document.pointerLockElement; tell(); }"));
    }

    // The guest tells exactly that of what is done, but for lines that begin with what is to be passed over, and then of a key that ends it.
    private async Task ExpectAsync(string expected, Func<Task> act, string? passOver = null)
    {
        const string End = "k46 kc6";
        var before = _run.Text.Length;
        await act();
        using var qmp = _run.Negotiate();
        string[] seen = [];
        var hasEnd = false;
        _run.WaitUntil(
            () =>
            {
                seen = [.. _run.Text[before..].Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => passOver is null || !line.StartsWith(passOver, StringComparison.Ordinal))];
                if (!hasEnd && seen.Length >= expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length)
                {
                    hasEnd = true;
                    qmp.Monitor("sendkey scroll_lock");
                }

                return hasEnd && string.Join(' ', seen).EndsWith(End, StringComparison.Ordinal);
            },
            $"{expected} {End}");
        Assert.Equal($"{expected} {End}".TrimStart(), string.Join(' ', seen));
    }
}
