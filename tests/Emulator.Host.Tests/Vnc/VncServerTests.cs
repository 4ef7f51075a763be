using System.Net;
using Emulator.Host.Cli;
using Emulator.Host.Vnc;

namespace Emulator.Host.Tests.Vnc;

public sealed class VncServerTests : IDisposable
{
    private const int Width = 333;
    private const int Height = 150;

    private readonly PaintedDisplay _display = new(Width, Height);
    private readonly RecordedInput _input = new();
    private VncServer? _server;

    public static TheoryData<int> Encodings => [0, 5, 7, 16];

    public void Dispose()
    {
        _server?.Dispose();
        _display.Hub.Dispose();
    }

    [Theory]
    [InlineData("RFB 003.003\n", null)]
    [InlineData("RFB 003.005\n", null)]
    [InlineData("RFB 003.007\n", null)]
    [InlineData("RFB 003.008\n", null)]
    [InlineData("RFB 003.003\n", "secret")]
    [InlineData("RFB 003.007\n", "secret")]
    [InlineData("RFB 003.008\n", "longer than eight")]
    public void Handshake_OfAnyVersion_LeadsToTheDesktop(string version, string? password)
    {
        using var viewer = Connect(password);
        Assert.Equal(password is null && !version.EndsWith("8\n", StringComparison.Ordinal) ? null : 0u, viewer.Handshake(version, password));
        viewer.Begin();
        Assert.Equal((Width, Height, "test"), (viewer.Width, viewer.Height, viewer.Name));
    }

    [Theory]
    [InlineData("right", "wrong")]
    [InlineData(null, "any")]
    public void Handshake_WithAWrongPassword_IsRefused(string? set, string given)
    {
        using var viewer = Connect("x");
        _server!.Password!.Set(set);
        Assert.Equal(1u, viewer.Handshake("RFB 003.008\n", given));
        Assert.True(viewer.IsClosed());
        Assert.Empty(_server.Viewers);
    }

    [Fact]
    public void Handshake_AfterThePasswordHasExpired_IsRefused()
    {
        using var viewer = Connect("secret");
        _server!.Password!.ExpireAt(DateTime.UtcNow.AddSeconds(-1));
        Assert.Equal(1u, viewer.Handshake("RFB 003.008\n", "secret"));
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Update_InEachEncoding_GivesThePicture(int encoding)
    {
        PaintEverything();
        using var viewer = Joined();
        viewer.SetEncodings(encoding);
        viewer.Request(incremental: false);
        viewer.Update();
        Assert.All(viewer.Rects, rect => Assert.Equal(encoding, rect.Encoding));
        Assert.Equal(_display.Pixels(), viewer.Pixels);

        for (var step = 0; step < 20; step++)
        {
            var seed = step;
            _display.Paint(step * 11, step * 5, 60, 40, (x, y) => step % 3 == 0 ? 0x123456u : (uint)((x * y * seed) & 0xffffff));
            viewer.Request(incremental: true);
            viewer.Update();
            Assert.Equal(_display.Pixels(), viewer.Pixels);
            Assert.True(viewer.Rects.Sum(rect => rect.Width * rect.Height) < Width * Height);
        }
    }

    [Theory]
    [InlineData(32, 24, true, 255, 255, 255, 16, 8, 0)]
    [InlineData(32, 24, false, 255, 255, 255, 0, 8, 16)]
    [InlineData(16, 16, false, 31, 63, 31, 11, 5, 0)]
    [InlineData(16, 15, true, 31, 31, 31, 10, 5, 0)]
    [InlineData(8, 8, false, 7, 7, 3, 0, 3, 6)]
    public void Update_InEachPixelFormat_GivesItsNearestColours(
        int bits, int depth, bool big, int red, int green, int blue, int redShift, int greenShift, int blueShift)
    {
        PaintEverything();
        foreach (var encoding in Encodings)
        {
            using var viewer = Joined();
            viewer.SetFormat(bits, depth, big, red, green, blue, redShift, greenShift, blueShift);
            viewer.SetEncodings(encoding.Data);
            viewer.Request(incremental: false);
            viewer.Update();
            Assert.Equal(_display.Pixels().Select(pixel => Nearest(pixel, red, green, blue)), viewer.Pixels);
        }
    }

    [Fact]
    public void Update_WithAColourMap_SendsTheMapAndItsEntries()
    {
        _display.Paint(0, 0, Width, Height, (_, _) => 0xff0000);
        using var viewer = Joined();
        viewer.SetFormat(8, 8, false, 0, 0, 0, 0, 0, 0, map: true);
        viewer.Request(incremental: false);
        viewer.Update();
        Assert.Equal(256, viewer.Map.Count);
        Assert.All(viewer.Pixels, pixel => Assert.Equal((65535, 0, 0), viewer.Map[(int)pixel]));
    }

    [Fact]
    public async Task Update_WithoutAChange_Waits()
    {
        using var viewer = Joined();
        viewer.Request(incremental: false);
        viewer.Update();
        viewer.Request(incremental: true);
        var update = Task.Run(viewer.Update);
        await Task.WhenAny(update, Task.Delay(200));
        Assert.False(update.IsCompleted);
        _display.Paint(5, 5, 1, 1, (_, _) => 0xffffff);
        await update;
        Assert.Equal(_display.Pixels(), viewer.Pixels);
        Assert.Equal(32 * 32, viewer.Rects.Sum(rect => rect.Width * rect.Height));
    }

    [Theory]
    [InlineData(-223)]
    [InlineData(-308)]
    public void Update_AfterANewSize_TellsAViewerThatFollows(int pseudo)
    {
        using var viewer = Joined();
        viewer.SetEncodings(0, pseudo);
        viewer.Request(incremental: false);
        viewer.Update();
        _display.Resize(64, 48);
        _display.Paint(10, 10, 20, 20, (_, _) => 0x00ff00);
        viewer.Request(incremental: true);
        viewer.Update();
        Assert.Contains(viewer.Rects, rect => rect.Encoding == pseudo);
        Assert.Equal((64, 48), (viewer.Width, viewer.Height));
        Assert.Equal(_display.Pixels(), viewer.Pixels);
    }

    [Fact]
    public void Update_AfterANewSize_StaysInTheWindowOfAViewerThatDoesNot()
    {
        using var viewer = Joined();
        viewer.Request(incremental: false);
        viewer.Update();
        _display.Resize(Width * 2, Height * 2);
        _display.Paint(0, 0, Width * 2, Height * 2, (x, y) => (uint)(x ^ y));
        viewer.Request(incremental: true);
        viewer.Update();
        Assert.All(viewer.Rects, rect => Assert.True(rect.X + rect.Width <= Width && rect.Y + rect.Height <= Height));
        Assert.Equal(1u ^ 2u, viewer.Pixels[(2 * Width) + 1]);
    }

    [Fact]
    public void Request_OfAnotherSize_IsRefusedWithTheReason()
    {
        using var viewer = Joined();
        viewer.SetEncodings(0, -308);
        viewer.Request(incremental: false);
        viewer.Update();
        viewer.Send([251, 0, 0, 10, 0, 10, 1, 0, .. new byte[16]]);
        viewer.Request(incremental: true);
        viewer.Update();
        Assert.Equal((-308, 1, 1, Width, Height), viewer.Rects.Single());
    }

    [Fact]
    public async Task Keys_BySymbol_BecomeKeysOfTheGuest()
    {
        using var viewer = Joined();
        Key(viewer, 'a', true);
        Key(viewer, 'a', false);
        Key(viewer, 'A', true);
        Key(viewer, 0xffe1, true);
        Key(viewer, '!', true);
        Key(viewer, '!', false);
        Key(viewer, '1', true);
        Key(viewer, 0xffe1, false);
        Key(viewer, 0x1234567, true);
        Key(viewer, 0xff1b, true);
        viewer.Dispose();
        string[] expected =
        [
            "+A", "-A", "+ShiftLeft", "+A", "-A", "-ShiftLeft", "+ShiftLeft", "+D1", "-D1", "-ShiftLeft", "+D1", "-D1", "+ShiftLeft", "-ShiftLeft",
            "+Escape", "-Escape",
        ];
        Assert.Equal(expected, await _input.WaitForAsync(expected.Length));
    }

    [Fact]
    public async Task Keys_ByXtCode_BecomeThoseKeys()
    {
        using var viewer = Joined();
        viewer.SetEncodings(0, -258);
        viewer.Request(incremental: false);
        viewer.Update();
        Assert.Contains(viewer.Rects, rect => rect.Encoding == -258);
        viewer.Send([255, 0, 0, 1, 0, 0, 0, 0xe4, 0, 0, 0, 0x1e]);
        viewer.Send([255, 0, 0, 0, 0, 0, 0, 0xe4, 0, 0, 0, 0x1e]);
        viewer.Send([255, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xc8]);
        Assert.Equal(["+A", "-A", "+Up"], await _input.WaitForAsync(3));
    }

    [Fact]
    public async Task Pointer_InPositions_BecomesMovement()
    {
        using var viewer = Joined();
        viewer.Send([5, 0, 0, 100, 0, 50]);
        viewer.Send([5, 1, 0, 110, 0, 45]);
        viewer.Send([5, 4, 0, 110, 0, 45]);
        viewer.Send([5, 8, 0, 110, 0, 45]);
        viewer.Send([5, 16, 0, 110, 0, 45]);
        Assert.Equal(["0,0,0 0", "10,-5,0 1", "0,0,0 2", "0,0,-1 0", "0,0,1 0"], await _input.WaitForAsync(5));
    }

    [Fact]
    public async Task Pointer_InMovement_IsMovement()
    {
        using var viewer = Joined();
        viewer.SetEncodings(0, -257);
        viewer.Send([5, 0, 0x7f, 0xff + 0, 0x80, 0x09]);
        Assert.Equal(["0,10,0 0"], await _input.WaitForAsync(1));
    }

    [Fact]
    public void Lights_WhenTheyChange_AreTold()
    {
        using var viewer = Joined();
        viewer.SetEncodings(0, -261);
        viewer.Request(incremental: false);
        viewer.Update();
        _input.Leds = 5;
        viewer.Request(incremental: true);
        viewer.Update();
        Assert.Equal(5, viewer.Leds);
    }

    [Fact]
    public void Port_InUse_IsLeftToWhoHasIt()
    {
        using var viewer = Joined();
        var desktop = new VncDesktop(_display.Hub, _input, "test");
        var taken = new VncChoice("-vnc test", IPAddress.Loopback, _server!.Port, _server.Port, null, VncShare.AllowExclusive, false, null);
        Assert.Throws<UserErrorException>(() => new VncServer(taken, desktop, null));
        using var next = new VncServer(taken with { LastPort = _server.Port + 100 }, desktop, null);
        Assert.InRange(next.Port, _server.Port + 1, _server.Port + 100);

        // What a connection leaves behind does not keep the port from the next run.
        _server.Dispose();
        Assert.True(viewer.IsClosed());
        using var again = new VncServer(taken, desktop, null);
        Assert.Equal(taken.Port, again.Port);
    }

    [Fact]
    public void Viewers_ThatShare_BothSeeThePicture()
    {
        using var first = Joined();
        using var second = Joined();
        PaintEverything();
        foreach (var viewer in (TestViewer[])[first, second])
        {
            viewer.Request(incremental: false);
            viewer.Update();
            Assert.Equal(_display.Pixels(), viewer.Pixels);
        }

        Assert.Equal(2, _server!.Viewers.Count);
    }

    [Fact]
    public void Viewer_ThatWantsTheDisplayAlone_SendsTheOthersAway()
    {
        using var first = Joined();
        using var second = Connect(null);
        second.Handshake("RFB 003.008\n", null);
        second.Begin(shared: false);
        Assert.True(first.IsClosed());
    }

    [Fact]
    public void Viewer_ThatDoesNotRead_HoldsUpNobody()
    {
        _display.Resize(1600, 1200);
        _display.Paint(0, 0, 1600, 1200, (x, y) => (uint)(x * y));
        using var slow = Joined();
        for (var i = 0; i < 20; i++)
        {
            slow.Request(incremental: false);
        }

        using var quick = Joined();
        quick.Request(incremental: false);
        quick.Update();
        Assert.Equal(_display.Pixels(), quick.Pixels);
    }

    [Theory]
    [InlineData(new byte[] { 77 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 24, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 32, 24, 0, 1, 0, 0, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 16, 16, 0, 1, 0, 255, 0, 255, 0, 255, 40, 8, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 2, 0, 255, 255 })]
    [InlineData(new byte[] { 6, 0, 0, 0, 0x40, 0, 0, 0 })]
    [InlineData(new byte[] { 6, 0, 0, 0, 0x80, 0, 0, 0 })]
    [InlineData(new byte[] { 255, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    public void Message_ThatMakesNoSense_ClosesTheConnection(byte[] message)
    {
        using var viewer = Joined();
        viewer.Send(message);
        Assert.True(viewer.IsClosed());
        using var next = Joined();
    }

    [Fact]
    public void Viewer_ThatSendsNoise_LeavesTheServerServing()
    {
        var random = new Random(4711);
        for (var round = 0; round < 150; round++)
        {
            using var viewer = Connect(round % 3 == 0 ? "x" : null);
            if (round % 2 == 0)
            {
                viewer.Handshake("RFB 003.008\n", round % 3 == 0 ? "x" : null);
                viewer.Begin();
            }

            var noise = new byte[random.Next(1, 600)];
            random.NextBytes(noise);
            noise[0] = (byte)(random.Next(3) == 0 ? noise[0] : random.Next(8));
            try
            {
                viewer.Send(noise);
            }
            catch (IOException)
            {
                Assert.True(viewer.IsClosed());
            }
        }

        using var last = Joined();
        last.Request(incremental: false);
        last.Update();
        Assert.Equal(_display.Pixels(), last.Pixels);
    }

    private static uint Nearest(uint pixel, int red, int green, int blue)
    {
        return Channel(16, red) << 16 | Channel(8, green) << 8 | Channel(0, blue);

        uint Channel(int shift, int max) => (uint)(((((pixel >> shift) & 255) * max) + 127) / 255 * 255 / max);
    }

    private static void Key(TestViewer viewer, uint symbol, bool pressed)
        => viewer.Send([4, (byte)(pressed ? 1 : 0), 0, 0, (byte)(symbol >> 24), (byte)(symbol >> 16), (byte)(symbol >> 8), (byte)symbol]);

    // A part of each kind that encoders tell apart: one colour, two, few, many, noise.
    private void PaintEverything()
    {
        _display.Paint(0, 0, Width, Height, (_, _) => 0x204060);
        _display.Paint(70, 3, 50, 70, (x, y) => (x * y) % 3 == 0 ? 0xffffffu : 0);
        _display.Paint(130, 9, 90, 70, (x, y) => (uint)(((x / 9) + y) % 7 * 0x112233));
        _display.Paint(10, 80, 120, 60, (x, y) => (uint)(x % 100 * 0x20301));
        _display.Paint(200, 80, 120, 60, (x, y) => (uint)((x * 7919 * (y + 13)) & 0xffffff));
        _display.Paint(140, 85, 50, 60, (x, y) => y % 20 == 0 ? (uint)(x * 0x1010) : 0x00aa00);
    }

    private TestViewer Connect(string? password)
    {
        if (_server is null || (password is null) != (_server.Password is null))
        {
            _server?.Dispose();
            var choice = new VncChoice("-vnc test", IPAddress.Loopback, 0, 0, null, VncShare.AllowExclusive, password is not null, null);
            var secret = password is null ? null : new VncPassword();
            secret?.Set(password);
            _server = new VncServer(choice, new VncDesktop(_display.Hub, _input, "test"), secret);
        }

        return TestViewer.Connect(_server.Port);
    }

    private TestViewer Joined()
    {
        var viewer = Connect(null);
        viewer.Handshake("RFB 003.008\n", null);
        viewer.Begin();
        return viewer;
    }
}
