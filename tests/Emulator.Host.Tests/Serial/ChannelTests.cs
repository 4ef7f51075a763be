using System.Net.Sockets;
using System.Text;
using Emulator.Host.Cli;
using Emulator.Host.Serial;

namespace Emulator.Host.Tests.Serial;

public sealed class ChannelTests
{
    private const int Patience = 10_000;

    [Fact]
    public void FileChannel_Written_HoldsAllOfIt()
    {
        var path = Path.GetTempFileName();
        using (var channel = new FileChannel("-serial", path, append: false))
        {
            for (var i = 0; i < 1000; i++)
            {
                channel.Write(Encoding.ASCII.GetBytes($"line {i}\n"));
            }
        }

        Assert.Equal(1000, File.ReadAllLines(path).Length);
        File.Delete(path);
    }

    [Fact]
    public void FileChannel_InAFolderThatIsNone_IsOneLine()
        => Assert.StartsWith("-serial file:/nonexistent/x: cannot be written", Assert.Throws<UserErrorException>(
            () => new FileChannel("-serial", "/nonexistent/x", false)).Message, StringComparison.Ordinal);

    [Fact]
    public void TcpServer_Client_TalksBothWays()
    {
        using var channel = new SocketChannel("-serial", new ChannelTarget.Tcp("127.0.0.1", 0, true, false, true), TextWriter.Null);
        channel.Start();
        using var client = new TcpClient("127.0.0.1", channel.Port) { ReceiveTimeout = Patience };
        client.GetStream().Write("in"u8);
        Assert.Equal("in", TakeText(channel, 2));
        channel.Write("out"u8);
        var buffer = new byte[3];
        client.GetStream().ReadExactly(buffer);

        Assert.Equal("out", Encoding.ASCII.GetString(buffer));
    }

    [Fact]
    public void TcpServer_ClientLeaves_NextOneIsTaken()
    {
        using var channel = new SocketChannel("-serial", new ChannelTarget.Tcp("127.0.0.1", 0, true, false, false), TextWriter.Null);
        channel.Start();
        using (var first = new TcpClient("127.0.0.1", channel.Port))
        {
            first.GetStream().Write("1"u8);
            Assert.Equal("1", TakeText(channel, 1));
        }

        using var second = new TcpClient("127.0.0.1", channel.Port);
        second.GetStream().Write("2"u8);

        Assert.Equal("2", TakeText(channel, 1));
    }

    [Fact]
    public void TcpServer_ClientThatDoesNotRead_StopsNobody()
    {
        using var channel = new SocketChannel("-serial", new ChannelTarget.Tcp("127.0.0.1", 0, true, false, false), TextWriter.Null);
        channel.Start();
        using var client = new TcpClient("127.0.0.1", channel.Port);
        client.GetStream().Write("x"u8);
        Assert.Equal("x", TakeText(channel, 1));
        var block = new byte[64 << 10];
        for (var i = 0; i < 400; i++)
        {
            channel.Write(block);
        }

        client.GetStream().Write("y"u8);
        Assert.Equal("y", TakeText(channel, 1));
    }

    [Fact]
    public void TcpClient_NobodyListens_IsOneLine()
        => Assert.Contains("cannot connect", Assert.Throws<UserErrorException>(
            () => new SocketChannel("-serial", new ChannelTarget.Tcp("127.0.0.1", 1, false, true, false), TextWriter.Null)).Message, StringComparison.Ordinal);

    [Fact]
    public void UnixServer_Client_TalksAndFileGoes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix-domain sockets by path");
        var path = Path.Combine(Path.GetTempPath(), $"emulator-test-{Environment.ProcessId}");
        using (var channel = new SocketChannel("-serial", new ChannelTarget.Unix(path, true, false), TextWriter.Null))
        {
            channel.Start();
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            client.Connect(new UnixDomainSocketEndPoint(path));
            client.Send("hello"u8);
            Assert.Equal("hello", TakeText(channel, 5));
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Pty_OpenedByName_TalksBothWays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no pseudo-terminals");
        using var channel = new PtyChannel("-serial");
        channel.Start();
        using var terminal = new FileStream(channel.Name, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        terminal.Write("a\r"u8);
        Assert.Equal("a\r", TakeText(channel, 2));
        channel.Write("b\n"u8);
        var buffer = new byte[2];
        terminal.ReadExactly(buffer);

        Assert.Equal("b\n", Encoding.ASCII.GetString(buffer));
    }

    [Fact]
    public void OutboundQueue_FullWithDropOldest_KeepsTheNewest()
    {
        using var gate = new ManualResetEventSlim();
        var written = new List<byte>();
        using (var queue = new OutboundQueue("test", bytes => Record(bytes, written, gate), FullQueue.DropOldest, capacity: 4))
        {
            queue.Write([1]);
            Thread.Sleep(50);
            queue.Write([2, 3, 4, 5, 6, 7]);
            Assert.Equal(2, queue.Dropped);
            gate.Set();
            Assert.True(queue.Flush(Patience));
        }

        Assert.Equal([1, 4, 5, 6, 7], written);
    }

    [Fact]
    public void OutboundQueue_SinkFails_WritersGoOn()
    {
        using var queue = new OutboundQueue("test", _ => throw new IOException("gone"), FullQueue.Wait, capacity: 4);
        queue.Write(new byte[100]);

        Assert.True(queue.Flush(Patience));
    }

    [Fact]
    public async Task InboundQueue_Full_DropsKeysAndHoldsStreams()
    {
        var queue = new InboundQueue(capacity: 2);
        Assert.True(queue.TryAdd(1));
        Assert.True(queue.TryAdd(2));
        Assert.False(queue.TryAdd(3));
        var writer = Task.Run(() => queue.Add([4, 5]));
        var taken = new List<byte>();
        Assert.True(SpinWait.SpinUntil(() => { if (queue.TryTake(out var item)) { taken.Add(item); } return taken.Count == 4; }, Patience));
        await writer.WaitAsync(TimeSpan.FromMilliseconds(Patience));

        Assert.Equal([1, 2, 4, 5], taken);
    }

    private static void Record(ReadOnlySpan<byte> bytes, List<byte> written, ManualResetEventSlim gate)
    {
        gate.Wait(Patience);
        written.AddRange(bytes);
    }

    private static string TakeText(IHostChannel channel, int count)
    {
        var text = new StringBuilder();
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                while (text.Length < count && channel.Input.TryTake(out var item))
                {
                    text.Append((char)item);
                }

                return text.Length == count;
            },
            Patience));
        return text.ToString();
    }
}
