namespace Emulator.Devices.Tests.Input;

/// <summary>IBM PS/2 Hardware Interface Technical Reference, "Mouse", and Microsoft's IntelliMouse sequences.</summary>
public sealed class Ps2MouseTests : IDisposable
{
    private static readonly int[] Wheel = [0xf3, 200, 0xf3, 100, 0xf3, 80];
    private static readonly int[] Explorer = [0xf3, 200, 0xf3, 200, 0xf3, 80];

    private readonly ControllerRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(10)]
    [InlineData(40)]
    [InlineData(200)]
    public void Stream_OfMovement_ReportsOnceASample(int rate)
    {
        _rig.Mouse(0xf3, rate, 0xf4);
        var bytes = new List<int>();
        for (var i = 0; i < 1000; i++)
        {
            _rig.Move(1, 0);
            bytes.AddRange(_rig.ReadFor(1));
        }

        Assert.InRange(bytes.Count / 3, rate - 1, rate + 1);
        Assert.InRange(bytes.Chunk(3).Where(packet => packet.Length == 3).Sum(packet => packet[1]), 900, 1000);
    }

    [Fact]
    public void Button_WithinASample_IsReportedAtOnce()
    {
        _rig.Mouse(0xf3, 10, 0xf4);
        _rig.Move(1, 1);
        _rig.Move(0, 0, 0, 1);
        _rig.Move(0, 0, 0, 0);
        Assert.Equal([0x08, 1, 1, 0x09, 0, 0, 0x08, 0, 0], _rig.ReadAll());
    }

    [Fact]
    public void Remote_Movement_IsReportedWhenAsked()
    {
        Assert.Equal([0xfa, 0xfa], _rig.Mouse(0xf0, 0xf4));
        _rig.Move(7, -3, 0, 2);
        Assert.Empty(_rig.ReadAll());
        Assert.Equal([0xfa, 0x61, 0x02, 100], _rig.Mouse(0xe9));
        Assert.Equal([0xfa, 0x2a, 7, 0xfd], _rig.Mouse(0xeb));
        Assert.Equal([0xfa, 0x0a, 0, 0], _rig.Mouse(0xeb));
        Assert.Equal([0xfa], _rig.Mouse(0xea));
        _rig.Move(1, 0, 0, 2);
        Assert.Equal([0x0a, 1, 0], _rig.ReadAll());
    }

    [Fact]
    public void Wrap_AnyByteButTwo_ComesBack()
    {
        Assert.Equal([0xfa, 0xe9, 0xf4, 0xf2, 0xfa, 0xfa, 0x00, 0x02, 100], _rig.Mouse(0xee, 0xe9, 0xf4, 0xf2, 0xec, 0xe9));
        Assert.Equal([0xfa, 0xfa, 0xaa, 0x00], _rig.Mouse(0xee, 0xff));
    }

    // 0, 1, 1, 3, 6, 9, then twice the count.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 3)]
    [InlineData(4, 6)]
    [InlineData(5, 9)]
    [InlineData(6, 12)]
    [InlineData(100, 200)]
    public void Scaling_TwoToOne_FollowsTheTable(int counts, int reported)
    {
        _rig.Mouse(0xe7, 0xf4);
        _rig.Move(counts, 0);
        Assert.Equal([0x08, reported, 0], _rig.ReadAll());
        _rig.ReadFor(20);
        _rig.Move(0, -counts);
        Assert.Equal([0x28, 0, -reported & 0xff], _rig.ReadAll());
    }

    [Fact]
    public void Scaling_OfReadData_IsOneToOne()
    {
        _rig.Mouse(0xe7, 0xf0);
        _rig.Move(5, 0);
        Assert.Equal([0xfa, 0x08, 5, 0], _rig.Mouse(0xeb));
        Assert.Equal([0xfa, 0x50, 0x02, 100], _rig.Mouse(0xe9));
    }

    [Fact]
    public void Movement_BeyondNineBits_GoesOnInTheNextPacket()
    {
        _rig.Mouse(0xf4);
        _rig.Move(300, -600);
        Assert.Equal([0x28, 255, 0x00, 0x28, 45, 0x00, 0x28, 0, 168], _rig.ReadFor(100));
    }

    [Fact]
    public void Movement_BeyondTheCounters_SetsTheOverflowBits()
    {
        _rig.Mouse(0xf4, 0xf0);
        _rig.Move(100_000, -100_000);
        Assert.Equal([0xfa, 0xe8, 255, 0], _rig.Mouse(0xeb));
        Assert.Equal(0x28, _rig.Mouse(0xeb)[1]);
        _rig.Mouse(0xea, 0xe7, 0xf4);
        _rig.Move(200, 0);
        Assert.Equal([0x48, 255, 0], _rig.ReadAll());
    }

    [Fact]
    public void Wheel_OfTheIntelliMouse_IsTheFourthByte()
    {
        _rig.Mouse([.. Wheel, 0xf4]);
        Assert.Equal([0xfa, 0x03], _rig.Mouse(0xf2));
        _rig.Move(1, 2, -1, 0x14);
        Assert.Equal([0x0c, 1, 2, 0xff], _rig.ReadAll());
        Assert.Equal([0xfa, 0xaa, 0x00, 0xfa, 0x00], _rig.Mouse(0xff, 0xf2));
    }

    [Fact]
    public void Explorer_SideButtons_AreInTheFourthByte()
    {
        _rig.Mouse([.. Explorer, 0xf4]);
        Assert.Equal([0xfa, 0x04], _rig.Mouse(0xf2));
        _rig.Move(0, 0, -2, 0x08);
        _rig.Move(0, 0, 3, 0x10);
        Assert.Equal([0x08, 0, 0, 0x1e, 0x08, 0, 0, 0x23], _rig.ReadAll());
    }

    [Fact]
    public void Byte_WrongTwice_IsAnError()
    {
        Assert.Equal([0xfe, 0xfc, 0xfe], _rig.Mouse(0xe5, 0xe5, 0xe5));
        Assert.Equal([0xfa, 0xfa, 0xfe, 0xfc], _rig.Mouse(0xf5, 0xf3, 41, 0x55));
        Assert.Equal([0xfa, 0x00, 0x02, 100], _rig.Mouse(0xe9));
    }

    [Fact]
    public void Settings_Written_AreInTheStatus()
    {
        _rig.Mouse(0xe8, 3, 0xf3, 200, 0xe7, 0xf4);
        _rig.Move(0, 0, 0, 7);
        _rig.ReadAll();
        Assert.Equal([0xfa, 0x37, 0x03, 200], _rig.Mouse(0xe9));
        Assert.Equal([0xfa, 0xfa, 0x07, 0x02, 100], _rig.Mouse(0xf6, 0xe9));
    }
}
