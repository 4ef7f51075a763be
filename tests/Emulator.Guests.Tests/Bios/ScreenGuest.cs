using System.Diagnostics;
using Emulator.Host.Machines;

namespace Emulator.Guests.Tests.Bios;

/// <summary>A machine whose screen a test reads.</summary>
internal sealed class ScreenGuest : IDisposable
{
    private const int LookMilliseconds = 100;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    /// <summary>Starts the machine of a command line.</summary>
    public ScreenGuest(params IReadOnlyList<string> arguments)
    {
        Machine = new GuestMachine(["-nographic", .. arguments]);
        Machine.Start();
    }

    /// <summary>The machine, and its serial port.</summary>
    public GuestMachine Machine { get; }

    /// <summary>What the screen shows.</summary>
    public string Screen
    {
        get
        {
            var screen = "";
            Machine.Between(() => screen = new MachineMonitor(Machine.Pc).Describe("screen") ?? "");
            return screen;
        }
    }

    /// <summary>Looks at the screen until it shows a text; returns the screen.</summary>
    public string WaitFor(string text)
    {
        for (var waited = Stopwatch.StartNew(); ; Thread.Sleep(LookMilliseconds))
        {
            var screen = Screen;
            if (screen.Contains(text, StringComparison.Ordinal))
            {
                return screen;
            }

            Assert.True(waited.Elapsed < Limit, $"Waiting for \"{text}\":\n{screen}\n{Machine.Report()}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Machine.Dispose();
}
