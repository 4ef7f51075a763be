using System.Diagnostics;
using Emulator.Devices.Video;
using Emulator.Guests.Tests.Systems;
using Emulator.Host.Display;
using Emulator.Host.Machines;
using Emulator.Host.Monitors;

namespace Emulator.Guests.Tests.Bios;

/// <summary>A machine whose screen a test reads.</summary>
internal sealed class ScreenGuest : IDisposable
{
    private const int LookMilliseconds = 100;
    private const int ReadMilliseconds = 1000;
    private const int HoldMilliseconds = 100;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan PictureLimit = TimeSpan.FromSeconds(420);

    private readonly GuestInput _input;

    /// <summary>Starts the machine of a command line.</summary>
    public ScreenGuest(params IReadOnlyList<string> arguments)
    {
        Machine = new GuestMachine(["-nographic", .. arguments]);
        _input = new GuestInput(Machine.Pc.Machine.Scheduler, Machine.Pc.Legacy.Keyboard);
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

    /// <summary>Reads the picture on the screen, in whatever mode, until it has a text; blanks and case do not count.</summary>
    public void WaitForPicture(string text)
    {
        PictureText.Require();
        var display = Machine.Pc.Machine.Devices.OfType<IDisplaySource>().First();
        var (frame, wanted, seen, read) = (new Frame(), PictureText.Plain(text), -1L, "");
        for (var waited = Stopwatch.StartNew(); !read.Contains(wanted, StringComparison.Ordinal); Thread.Sleep(ReadMilliseconds))
        {
            Assert.True(waited.Elapsed < PictureLimit, $"Waiting for \"{text}\", the screen shows:\n{read}\n{Machine.Report()}");
            Machine.Between(() => display.Render(frame));
            read = frame.Version == seen ? read : PictureText.Read(frame);
            seen = frame.Version;
        }
    }

    /// <summary>Presses a key, by QEMU's name.</summary>
    public void Press(string key) => Assert.Null(ScreenCommands.Press(_input, [key], HoldMilliseconds));

    /// <inheritdoc/>
    public void Dispose() => Machine.Dispose();
}
