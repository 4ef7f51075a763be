using System.Globalization;
using Emulator.Devices.Video;
using Emulator.Guests.Tests.Video;
using Emulator.Host.Vnc;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>A stock VNC client's picture of the screen beside the one that <c>screendump</c> saves.</summary>
public sealed class VncSnapshotTests
{
    // The client saves JPEG: at full quality, greys come back within a few of 256 steps.
    private const int Tolerance = 6;

    [Theory]
    [InlineData("raw")]
    [InlineData("hextile")]
    [InlineData("tight")]
    public void Picture_OfAStockViewer_IsThatOfScreendump(string encoding)
    {
        var viewer = StockProgram.Require("vncsnapshot", "usr/bin/vncsnapshot");
        var decoder = StockProgram.Require("libjpeg-turbo-progs", "usr/bin/djpeg");
        using var run = EmulatorRun.Start(TextScreen.Program(), "-serial", "stdio", "-display", "none", "-vnc", ":0,to=99");
        run.WaitForLine(VideoProgram.Done.TrimEnd());
        using var qmp = run.Connect();
        qmp.Execute("qmp_capabilities");
        var port = int.Parse(qmp.Execute("query-vnc").GetProperty("service").GetString()!, CultureInfo.InvariantCulture);
        viewer.Run("-quiet", "-nojpeg", "-encodings", encoding, string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port - VncChoice.FirstPort}"), run.File("viewer.jpeg"));
        decoder.Run("-outfile", run.File("viewer.ppm"), run.File("viewer.jpeg"));

        var expected = TextScreen.Dump(run, qmp);
        var seen = QemuScreen.ReadPixmap(File.ReadAllBytes(run.File("viewer.ppm")));
        Assert.Equal((expected.Width, expected.Height), (seen.Width, seen.Height));
        Assert.True(Furthest(expected, seen) <= Tolerance, $"a colour is {Furthest(expected, seen)} steps away");
    }

    private static int Furthest(Frame first, Frame second)
        => Enumerable.Range(0, first.Width * first.Height).Max(i => new[] { 0, 8, 16 }.Max(
            shift => Math.Abs((int)((first.Pixels[i] >> shift) & 0xff) - (int)((second.Pixels[i] >> shift) & 0xff))));
}
