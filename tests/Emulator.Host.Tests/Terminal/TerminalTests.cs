using System.Text;
using Emulator.Host.Terminal;

namespace Emulator.Host.Tests.Terminal;

public sealed class TerminalTests
{
    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("a\u0001ab", "a\u0001b")]
    [InlineData("\u0001\u0001", "\u0001")]
    [InlineData("\u0001zq", "q")]
    [InlineData("\u0001hx", "?x")]
    [InlineData("\u0001x", "[quit]")]
    [InlineData("\u0001ck", "[monitor]k")]
    [InlineData("\u0001b", "[break]")]
    [InlineData("\u0003", "\u0003")]
    public void EscapeKeys_Bytes_BecomeDataAndCommands(string typed, string expected)
    {
        var keys = new EscapeKeys();
        var text = new StringBuilder();
        foreach (var item in Encoding.Latin1.GetBytes(typed))
        {
            var command = keys.Feed(item, out var data);
            text.Append(command switch
            {
                EscapeCommand.Data => ((char)data).ToString(),
                EscapeCommand.Quit => "[quit]",
                EscapeCommand.SwitchMonitor => "[monitor]",
                EscapeCommand.Break => "[break]",
                EscapeCommand.Help => "?",
                _ => "",
            });
        }

        Assert.Equal(expected, text.ToString());
    }

    [Theory]
    [InlineData("info\r", "info")]
    [InlineData("inx\u007ffo\r", "info")]
    [InlineData("junk\u0015stop\n", "stop")]
    [InlineData("\u001b[Bcont\r", "cont")]
    public void LineEditor_Keys_MakeALine(string typed, string expected)
    {
        var editor = new LineEditor(_ => { });
        string? line = null;
        foreach (var item in Encoding.Latin1.GetBytes(typed))
        {
            line = editor.Feed(item) ?? line;
        }

        Assert.Equal(expected, line);
    }

    [Fact]
    public void LineEditor_UpKey_BringsBackTheLine()
    {
        var editor = new LineEditor(_ => { });
        var lines = Encoding.Latin1.GetBytes("info cpus\r\u001b[A\r").Select(editor.Feed).Where(line => line is not null);

        Assert.Equal(["info cpus", "info cpus"], lines);
    }

    [Fact]
    public void TerminalChannel_Typed_GoesToGuestMonitorOrQuits()
    {
        using var channel = new TerminalChannel(withMonitor: true);
        var monitor = new List<byte>();
        var (quit, breaks) = (0, 0);
        channel.MonitorByte = monitor.Add;
        channel.QuitRequested = () => quit++;
        channel.BreakReceived = () => breaks++;
        foreach (var item in Encoding.Latin1.GetBytes("a\u0001cbc\u0001cd\u0001b\u0001x"))
        {
            channel.Type(item);
        }

        Assert.Equal("bc", Encoding.Latin1.GetString([.. monitor]));
        Assert.Equal((1, 1, 2), (quit, breaks, channel.Input.Count));
    }

    [Fact]
    public void TerminalChannel_WithoutMonitor_PassesCtrlA()
    {
        using var channel = new TerminalChannel(withMonitor: false);
        channel.Type(1);
        channel.Type((byte)'x');

        Assert.Equal(2, channel.Input.Count);
    }

    [Fact]
    public void ProgressLine_OutputSoon_ShowsNothing()
    {
        using var text = new StringWriter();
        using (var line = new ProgressLine(text, isTerminal: true))
        {
            line.ShowSoon("waiting");
            line.Clear();
        }

        Assert.Empty(text.ToString());
    }
}
