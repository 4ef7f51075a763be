using System.Diagnostics;
using Emulator.Devices.Video;
using Emulator.Guests.Tests.Systems;
using Emulator.Host.Display;
using Emulator.Host.Machines;
using Emulator.Host.Monitors;

namespace Emulator.Guests.Tests.Bios;

/// <summary>A machine whose screen a test reads, and at whose keyboard it types.</summary>
internal sealed class ScreenGuest : IDisposable
{
    private const int LookMilliseconds = 100;
    private const int ReadMilliseconds = 1000;
    private const int HoldMilliseconds = 50;
    private const ulong Roms = 0xc_0000;
    private const int RomsLength = 0x4_0000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan PictureLimit = TimeSpan.FromSeconds(420);

    private readonly GuestInput _input;

    /// <summary>Starts the machine of a command line.</summary>
    public ScreenGuest(params IReadOnlyList<string> arguments)
    {
        Machine = new GuestMachine(["-display", "none", .. arguments]);
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
    public string WaitFor(string text) => WaitFor($"\"{text}\"", screen => screen.Contains(text, StringComparison.Ordinal));

    /// <summary>Looks at the screen until it shows what is wanted; returns the screen.</summary>
    public string WaitFor(string what, Func<string, bool> isThere)
    {
        for (var waited = Stopwatch.StartNew(); ; Thread.Sleep(LookMilliseconds))
        {
            var screen = Screen;
            if (isThere(screen))
            {
                return screen;
            }

            Assert.True(waited.Elapsed < Limit, $"Waiting for {what}:\n{screen}\n{Machine.Report()}");
        }
    }

    /// <summary>Looks at a graphics screen until it shows a text in a font of 8 by 16 dots of the BIOS.</summary>
    public void WaitForPixels(string text)
    {
        var (frame, roms) = (new Frame(), new byte[RomsLength]);
        WaitFor($"\"{text}\" in pixels", _ =>
        {
            Machine.Between(() =>
            {
                Machine.Pc.Legacy.Vga!.Render(frame);
                Machine.Pc.Machine.Memory.Read(Roms, roms);
            });
            return PixelText.Shows(frame, roms, text);
        });
    }

    /// <summary>Reads the picture on the screen, in whatever mode, until it has a text; blanks and case do not count.</summary>
    public void WaitForPicture(string text)
    {
        PictureText.Require();
        var display = Machine.Pc.Machine.Devices.OfType<IDisplaySource>().First();
        var (frame, wanted, seen, read) = (new Frame(), PictureText.Plain(text), -1L, "");
        for (var waited = Stopwatch.StartNew(); !read.Contains(wanted, StringComparison.Ordinal);)
        {
            Assert.True(waited.Elapsed < PictureLimit, $"Waiting for \"{text}\", the screen shows:\n{read}\n{Machine.Report()}");
            Machine.Between(() => display.Render(frame));
            var reading = Stopwatch.StartNew();
            read = frame.Version == seen ? read : PictureText.Read(frame);
            seen = frame.Version;

            // Reading takes a processor of the guest's: most of the time is the guest's.
            Thread.Sleep(ReadMilliseconds + (3 * (int)reading.ElapsedMilliseconds));
        }
    }

    /// <summary>Presses keys together, by their names in the monitor.</summary>
    public void Press(params IReadOnlyList<string> keys) => Assert.Null(ScreenCommands.Press(_input, keys, HoldMilliseconds));

    /// <inheritdoc/>
    public void Dispose() => Machine.Dispose();
}
