using Emulator.Devices.Input;

namespace Emulator.Devices.Tests.Input;

public sealed class I8042Tests : IDisposable
{
    private readonly MachineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    private int Status => _rig.In(0x64);

    private void Command(int command) => _rig.Out(0x64, command);

    private void Data(int value) => _rig.Out(0x60, value);

    private int[] ReadAll()
    {
        var bytes = new List<int>();
        for (var i = 0; i < 64; i++)
        {
            if ((Status & 1) != 0)
            {
                bytes.Add(_rig.In(0x60));
            }

            _rig.Advance(50_000);
        }

        return [.. bytes];
    }

    private int[] Mouse(params int[] commands)
    {
        var answer = new List<int>();
        foreach (var command in commands)
        {
            Command(0xd4);
            Data(command);
            answer.AddRange(ReadAll());
        }

        return [.. answer];
    }

    [Theory]
    [InlineData(0xaa, 0x55)]
    [InlineData(0xab, 0x00)]
    [InlineData(0xa9, 0x00)]
    [InlineData(0xc0, 0xb0)]
    [InlineData(0xe0, 0x03)]
    public void Command_WithAnAnswer_GivesIt(int command, int answer)
    {
        Command(command);
        Assert.Equal(0x1d, Status);
        Assert.Equal(answer, _rig.In(0x60));
        Assert.Equal(0x1c, Status);
    }

    [Fact]
    public void Configuration_Written_IsReadBack()
    {
        Command(0x60);
        Data(0x47);
        Command(0x20);
        Assert.Equal(0x47, _rig.In(0x60));
        Command(0xa7);
        Command(0x20);
        Assert.Equal(0x67, _rig.In(0x60));
        Command(0xa8);
        Command(0xad);
        Command(0x20);
        Assert.Equal(0x57, _rig.In(0x60));
    }

    [Fact]
    public void AuxiliaryLoop_OfAByte_ComesBackAsMouseDataOnIrq12()
    {
        Command(0xd3);
        Data(0x5a);
        Assert.Equal(0x21, Status & 0x21);
        Assert.True(_rig.Legacy.Router.Level(12));
        Assert.False(_rig.Legacy.Router.Level(1));
        Assert.Equal(0x5a, _rig.In(0x60));
        Assert.False(_rig.Legacy.Router.Level(12));
    }

    [Theory]
    [InlineData(new[] { 0xf2 }, new[] { 0xfa, 0xab, 0x41 })]
    [InlineData(new[] { 0xff }, new[] { 0xfa, 0xaa })]
    [InlineData(new[] { 0xee }, new[] { 0xee })]
    [InlineData(new[] { 0xed, 0x07 }, new[] { 0xfa, 0xfa })]
    [InlineData(new[] { 0xf0, 0x00 }, new[] { 0xfa, 0xfa, 0x41 })]
    [InlineData(new[] { 0xf3, 0x00 }, new[] { 0xfa, 0xfa })]
    [InlineData(new[] { 0xf5 }, new[] { 0xfa })]
    [InlineData(new[] { 0xe1 }, new[] { 0xfe })]
    public void Keyboard_Command_IsAnswered(int[] sent, int[] answer)
    {
        var received = new List<int>();
        foreach (var value in sent)
        {
            Data(value);
            received.AddRange(ReadAll());
        }

        Assert.Equal(answer, received);
    }

    [Theory]
    [InlineData(PcKey.A, new[] { 0x1e, 0x9e })]
    [InlineData(PcKey.F7, new[] { 0x41, 0xc1 })]
    [InlineData(PcKey.F12, new[] { 0x58, 0xd8 })]
    [InlineData(PcKey.Up, new[] { 0xe0, 0x48, 0xe0, 0xc8 })]
    [InlineData(PcKey.ControlRight, new[] { 0xe0, 0x1d, 0xe0, 0x9d })]
    [InlineData(PcKey.PrintScreen, new[] { 0xe0, 0x2a, 0xe0, 0x37, 0xe0, 0xb7, 0xe0, 0xaa })]
    [InlineData(PcKey.Pause, new[] { 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5 })]
    public void Key_WithTranslation_GivesSet1(PcKey key, int[] codes)
    {
        _rig.Legacy.Keyboard.KeyboardKey(key, true);
        _rig.Legacy.Keyboard.KeyboardKey(key, false);
        Assert.True(_rig.Legacy.Router.Level(1));
        Assert.Equal(codes, ReadAll());
    }

    [Theory]
    [InlineData(PcKey.A, new[] { 0x1c, 0xf0, 0x1c })]
    [InlineData(PcKey.F7, new[] { 0x83, 0xf0, 0x83 })]
    [InlineData(PcKey.Up, new[] { 0xe0, 0x75, 0xe0, 0xf0, 0x75 })]
    public void Key_WithoutTranslation_GivesSet2(PcKey key, int[] codes)
    {
        Command(0x60);
        Data(0x07);
        _rig.Legacy.Keyboard.KeyboardKey(key, true);
        _rig.Legacy.Keyboard.KeyboardKey(key, false);
        Assert.Equal(codes, ReadAll());
    }

    [Fact]
    public void Key_OfEveryName_ComesBackAsItsOwnCode()
    {
        foreach (var key in Enum.GetValues<PcKey>())
        {
            if (key is PcKey.None or PcKey.Pause or PcKey.PrintScreen)
            {
                continue;
            }

            _rig.Legacy.Keyboard.KeyboardKey(key, true);
            var code = (int)key;
            Assert.Equal(code > 0xff ? [code >> 8, code & 0xff] : [code], ReadAll());
        }
    }

    [Fact]
    public void DataPort_ReadTwice_GivesTheSameByte()
    {
        _rig.Legacy.Keyboard.KeyboardKey(PcKey.A, true);
        _rig.Legacy.Keyboard.KeyboardKey(PcKey.A, false);
        Assert.Equal(0x1e, _rig.In(0x60));
        Assert.Equal(0x1e, _rig.In(0x60));
        Assert.Equal([0x9e], ReadAll());
    }

    [Fact]
    public void Keyboard_Disabled_KeepsItsByteUntilEnabled()
    {
        Command(0xad);
        _rig.Legacy.Keyboard.KeyboardKey(PcKey.A, true);
        Assert.Equal(0, Status & 1);
        Command(0xae);
        Assert.Equal([0x1e], ReadAll());
    }

    [Theory]
    [InlineData(new[] { 0xff }, new[] { 0xfa, 0xaa, 0x00 })]
    [InlineData(new[] { 0xf2 }, new[] { 0xfa, 0x00 })]
    [InlineData(new[] { 0xe9 }, new[] { 0xfa, 0x00, 0x02, 100 })]
    [InlineData(new[] { 0xf3, 200, 0xf3, 100, 0xf3, 80, 0xf2 }, new[] { 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0x03 })]
    [InlineData(new[] { 0xf3, 200, 0xf3, 200, 0xf3, 80, 0xf2 }, new[] { 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0x04 })]
    [InlineData(new[] { 0xeb }, new[] { 0xfa, 0x08, 0x00, 0x00 })]
    [InlineData(new[] { 0xee, 0x12, 0xec }, new[] { 0xfa, 0x12, 0xfa })]
    public void Mouse_Command_IsAnswered(int[] sent, int[] answer) => Assert.Equal(answer, Mouse(sent));

    [Fact]
    public void Mouse_Movement_IsReportedOnceEnabled()
    {
        _rig.Legacy.Keyboard.MouseMove(5, 5, 0, 1);
        Assert.Empty(ReadAll());
        Mouse(0xf4);
        _rig.Legacy.Keyboard.MouseMove(3, -2, 0, 1);
        Assert.True(_rig.Legacy.Router.Level(12));
        Assert.Equal([0x29, 0x03, 0xfe], ReadAll());
    }

    [Fact]
    public void Mouse_Wheel_IsTheFourthByte()
    {
        Mouse(0xf3, 200, 0xf3, 100, 0xf3, 80, 0xf4);
        _rig.Legacy.Keyboard.MouseMove(0, 0, -1, 0);
        Assert.Equal([0x08, 0, 0, 0xff], ReadAll());
    }

    [Fact]
    public void A20_ByOutputPortAndByPort92_IsOneLine()
    {
        Command(0xd1);
        Data(0xdd);
        Assert.False(_rig.A20);
        Assert.Equal(0, _rig.In(0x92) & 2);
        _rig.Out(0x92, 0x02);
        Assert.True(_rig.A20);
        Command(0xd0);
        Assert.Equal(0x02, _rig.In(0x60) & 0x02);
    }

    [Fact]
    public void Resets_FromEverySource_AreRequested()
    {
        Command(0xfe);
        Assert.Equal(1, _rig.Resets);
        Command(0xd1);
        Data(0xde);
        Assert.Equal(2, _rig.Resets);
        _rig.Out(0x92, 0x03);
        Assert.Equal(3, _rig.Resets);
        _rig.Out(0xcf9, 0x02);
        _rig.Out(0xcf9, 0x06);
        Assert.Equal(4, _rig.Resets);
        Command(0xff);
        Assert.Equal(4, _rig.Resets);
    }
}
