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

/// <summary>A run of <see cref="TextScreen"/>.</summary>
public sealed class TextScreenRun : IDisposable
{
    /// <summary>The run.</summary>
    internal EmulatorRun Run { get; } = WebRun.Start(TextScreen.Program());

    /// <inheritdoc/>
    public void Dispose() => Run.Dispose();
}

/// <summary>A run of the demo guest.</summary>
public sealed class DemoGuestRun : IDisposable
{
    /// <summary>The run.</summary>
    internal EmulatorRun Run { get; } = WebRun.Start(null);

    /// <inheritdoc/>
    public void Dispose() => Run.Dispose();
}
