using System.Globalization;
using System.Text;
using Emulator.Devices.Video;
using Emulator.Guests.Tests.Video;
using Emulator.Host.Vnc;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>
/// Pictures that stock VNC clients take, beside those that <c>screendump</c> saves: TightVNC's of vncsnapshot, which is told its encoding,
/// and gtk-vnc's of gvnccapture, which takes ZRLE.
/// </summary>
public sealed class VncViewerTests
{
    private const string Password = "secret";

    // JPEG of full quality gives greys back within a few of 256 steps.
    private const int JpegTolerance = 6;

    [Fact]
    public void Picture_OfStockViewers_IsThatOfScreendump()
    {
        var png = StockProgram.Require("gvncviewer", "usr/bin/gvnccapture");
        var jpeg = StockProgram.Require("vncsnapshot", "usr/bin/vncsnapshot");
        using var run = Start("-vnc", ":0,to=99");
        using var qmp = run.Negotiate();
        var text = TextScreen.Dump(run, qmp);
        Assert.Equal(0, Furthest(text, Capture(png, run, qmp)));
        foreach (var encoding in (string[])["raw", "hextile", "tight"])
        {
            Assert.InRange(Furthest(text, Snapshot(jpeg, run, qmp, "-encodings", encoding)), 0, JpegTolerance);
        }

        run.Type($"{InputEcho.Graphics}");
        run.WaitForLine($"{InputEcho.Graphics}");
        var graphics = TextScreen.Dump(run, qmp);
        Assert.Equal((InputEcho.Width, InputEcho.Height), (graphics.Width, graphics.Height));
        Assert.Equal(0, Furthest(graphics, Capture(png, run, qmp)));
    }

    [Fact]
    public void Viewer_WithThePassword_IsLetInAndAnyOtherIsNot()
    {
        var viewer = StockProgram.Require("vncsnapshot", "usr/bin/vncsnapshot");
        using var run = Start("-object", $"secret,id=viewer,data={Password}", "-vnc", ":0,to=99,password-secret=viewer");
        using var qmp = run.Negotiate();
        var text = TextScreen.Dump(run, qmp);
        Assert.InRange(Furthest(text, Snapshot(viewer, run, qmp, "-passwd", PasswordFile(run, Password))), 0, JpegTolerance);

        var refused = viewer.TryRun(["-passwd", PasswordFile(run, "another"), Display(qmp), run.File("refused.jpeg")]);
        Assert.NotEqual(0, refused.Status);
        Assert.Contains("authentication failed", refused.Output + refused.Error, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(run.File("refused.jpeg")));
    }

    private static EmulatorRun Start(params string[] arguments)
    {
        var run = EmulatorRun.Start(TextScreen.Program(), ["-serial", "stdio", "-display", "none", .. arguments]);
        run.WaitForLine(InputEcho.Ready);
        return run;
    }

    private static Frame Snapshot(StockProgram viewer, EmulatorRun run, QmpClient qmp, params string[] options)
    {
        viewer.Run(["-quiet", "-nojpeg", .. options, Display(qmp), run.File("viewer.jpeg")]);
        return Decode("jpegtopnm", run.File("viewer.jpeg"));
    }

    private static string Display(QmpClient qmp)
    {
        var port = int.Parse(qmp.Execute("query-vnc").GetProperty("service").GetString()!, CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port - VncChoice.FirstPort}");
    }

    private static Frame Decode(string program, string file)
    {
        StockProgram.Require("netpbm", $"usr/bin/{program}").RunTo(file + ".ppm", file);
        return QemuScreen.ReadPixmap(File.ReadAllBytes(file + ".ppm"));
    }

    private static int Furthest(Frame first, Frame second)
    {
        Assert.Equal((first.Width, first.Height), (second.Width, second.Height));
        return Enumerable.Range(0, first.Width * first.Height).Max(i => new[] { 0, 8, 16 }.Max(
            shift => Math.Abs((int)((first.Pixels[i] >> shift) & 0xff) - (int)((second.Pixels[i] >> shift) & 0xff))));
    }

    private static Frame Capture(StockProgram viewer, EmulatorRun run, QmpClient qmp)
    {
        viewer.Run("-q", Display(qmp), run.File("viewer.png"));
        return Decode("pngtopnm", run.File("viewer.png"));
    }

    // The viewers' password file: DES under a key that all of them know.
    private static string PasswordFile(EmulatorRun run, string password)
    {
        var path = run.File("password-" + password);
        File.WriteAllBytes(path, VncPassword.Answer("\x17\x52\x6b\x06\x23\x4e\x58\x07", Encoding.ASCII.GetBytes(password.PadRight(8, '\0'))));
        return path;
    }
}
