using Emulator.Devices.Input;

namespace Emulator.Devices.Tests.Input;

/// <summary>IBM PS/2 Hardware Interface Technical Reference, "101- and 102-key keyboard".</summary>
public sealed class Ps2KeyboardTests : IDisposable
{
    private readonly ControllerRig _rig = new();

    public Ps2KeyboardTests() => _rig.StopTranslation();

    public void Dispose() => _rig.Dispose();

    private int[] Stroke(PcKey key, params PcKey[] with)
    {
        foreach (var modifier in with)
        {
            _rig.Key(modifier, true);
        }

        _rig.ReadAll();
        _rig.Key(key, true);
        _rig.Key(key, false);
        return _rig.ReadAll();
    }

    [Theory]
    [InlineData(PcKey.A, new[] { 0x1c, 0xf0, 0x1c })]
    [InlineData(PcKey.Backslash, new[] { 0x5c, 0xf0, 0x5c })]
    [InlineData(PcKey.ControlLeft, new[] { 0x11, 0xf0, 0x11 })]
    [InlineData(PcKey.Escape, new[] { 0x08, 0xf0, 0x08 })]
    [InlineData(PcKey.F7, new[] { 0x37, 0xf0, 0x37 })]
    [InlineData(PcKey.Up, new[] { 0x63, 0xf0, 0x63 })]
    [InlineData(PcKey.KeypadSubtract, new[] { 0x84, 0xf0, 0x84 })]
    [InlineData(PcKey.KeypadEnter, new[] { 0x79, 0xf0, 0x79 })]
    [InlineData(PcKey.Pause, new[] { 0x62, 0xf0, 0x62 })]
    [InlineData(PcKey.PrintScreen, new[] { 0x57, 0xf0, 0x57 })]
    [InlineData(PcKey.Menu, new[] { 0x8d, 0xf0, 0x8d })]
    public void Key_InSet3WithBreakCodesForAll_GivesItsOneCode(PcKey key, int[] codes)
    {
        Assert.Equal([0xfa, 0xfa, 0xfa], _rig.Keyboard(0xf0, 3, 0xfa));
        Assert.Equal(codes, Stroke(key));
    }

    [Fact]
    public void Set3_OfEveryKey_HasItsOwnCode()
    {
        _rig.Keyboard(0xf0, 3, 0xf9);
        var codes = Enum.GetValues<PcKey>().Where(key => key is not (PcKey.None or PcKey.SysRq)).Select(key => Assert.Single(Stroke(key))).ToArray();
        Assert.Equal(codes.Length, codes.Distinct().Count());
    }

    // Typematic, make/break and make-only keys at power-on.
    [Theory]
    [InlineData(PcKey.A, new[] { 0x1c })]
    [InlineData(PcKey.ShiftLeft, new[] { 0x12, 0xf0, 0x12 })]
    [InlineData(PcKey.CapsLock, new[] { 0x14, 0xf0, 0x14 })]
    [InlineData(PcKey.AltRight, new[] { 0x39 })]
    [InlineData(PcKey.F1, new[] { 0x07 })]
    public void Set3_AtPowerOn_HasTheTypesOfTheTable(PcKey key, int[] codes)
    {
        _rig.Keyboard(0xf0, 3);
        Assert.Equal(codes, Stroke(key));
    }

    [Theory]
    [InlineData(PcKey.A, true)]
    [InlineData(PcKey.Delete, true)]
    [InlineData(PcKey.ShiftLeft, false)]
    [InlineData(PcKey.F1, false)]
    [InlineData(PcKey.NumLock, false)]
    public void Set3_AtPowerOn_RepeatsTypematicKeysAlone(PcKey key, bool repeats)
    {
        _rig.Keyboard(0xf0, 3);
        _rig.Key(key, true);
        Assert.Equal(repeats, _rig.ReadFor(1000).Length > 1);
    }

    [Theory]
    [InlineData(0xf7, false, true)]
    [InlineData(0xf8, true, false)]
    [InlineData(0xf9, false, false)]
    [InlineData(0xfa, true, true)]
    public void Set3_WithATypeForAllKeys_ObeysIt(int command, bool breaks, bool repeats)
    {
        _rig.Keyboard(0xf0, 3, command);
        _rig.Key(PcKey.Escape, true);
        var down = _rig.ReadFor(1000);
        _rig.Key(PcKey.Escape, false);
        Assert.Equal(repeats, down.Length > 1);
        Assert.Equal(breaks ? [0xf0, 0x08] : [], _rig.ReadAll());
    }

    [Theory]
    [InlineData(0xfb, false, true)]
    [InlineData(0xfc, true, false)]
    [InlineData(0xfd, false, false)]
    public void Set3_WithATypeForListedKeys_ObeysItForThose(int command, bool breaks, bool repeats)
    {
        Assert.Equal([0xfa, 0xfa, 0xfa, 0xfa], _rig.Keyboard(command, 0x1c, 0x1b, 0xf4));
        _rig.Keyboard(0xf0, 3);
        foreach (var key in (ReadOnlySpan<PcKey>)[PcKey.A, PcKey.S])
        {
            _rig.Key(key, true);
            Assert.Equal(repeats, _rig.ReadFor(1000).Length > 1);
            _rig.Key(key, false);
            Assert.Equal(breaks ? 2 : 0, _rig.ReadAll().Length);
        }

        Assert.Equal([0x12, 0xf0, 0x12], Stroke(PcKey.ShiftLeft));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Set_Selected_IsReported(int set)
    {
        Assert.Equal([0xfa, 0xfa, 0xfa, 0xfa, set], _rig.Keyboard(0xf0, set, 0xf0, 0));
        Assert.Equal(set, _rig.Board.Legacy.Keyboard.Keyboard.ScanCodeSet);
    }

    [Fact]
    public void Set_OutOfRange_IsRefused() => Assert.Equal([0xfa, 0xfe, 0xfa, 0xfa, 2], _rig.Keyboard(0xf0, 4, 0xf0, 0));

    // (8 + A) * 2^B * 4.17 ms: 30.0, 10.9 and 2.0 a second.
    [Theory]
    [InlineData(0x00, 250, 33)]
    [InlineData(0x2b, 500, 91)]
    [InlineData(0x7f, 1000, 500)]
    public void HeldKey_AtASetRate_RepeatsInVirtualTime(int rate, int delay, int period)
    {
        _rig.Keyboard(0xf3, rate);
        _rig.Key(PcKey.A, true);
        Assert.Equal([0x1c], _rig.ReadFor(delay - 1));
        Assert.Equal([0x1c], _rig.ReadFor(2));
        Assert.InRange(_rig.ReadFor(period * 10).Length, 9, 10);
        _rig.Key(PcKey.A, false);
        Assert.Equal([0xf0, 0x1c], _rig.ReadFor(2000));
    }

    [Fact]
    public void HeldKey_AfterAnotherWentDown_RepeatsNoMore()
    {
        _rig.Key(PcKey.A, true);
        _rig.Key(PcKey.S, true);
        _rig.ReadAll();
        Assert.All(_rig.ReadFor(1000), code => Assert.Equal(0x1b, code));
        _rig.Key(PcKey.S, false);
        Assert.Equal([0xf0, 0x1b], _rig.ReadFor(1000));
    }

    [Fact]
    public void HeldKey_PressedByItsHostAgain_SendsNothing()
    {
        for (var i = 0; i < 1000; i++)
        {
            _rig.Key(PcKey.Up, true);
        }

        Assert.Equal([0xe0, 0x75], _rig.ReadAll());
    }

    [Theory]
    [InlineData(PcKey.PrintScreen, PcKey.None, new[] { 0xe0, 0x12, 0xe0, 0x7c, 0xe0, 0xf0, 0x7c, 0xe0, 0xf0, 0x12 })]
    [InlineData(PcKey.PrintScreen, PcKey.ControlLeft, new[] { 0xe0, 0x7c, 0xe0, 0xf0, 0x7c })]
    [InlineData(PcKey.PrintScreen, PcKey.AltLeft, new[] { 0x84, 0xf0, 0x84 })]
    [InlineData(PcKey.Pause, PcKey.None, new[] { 0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77 })]
    [InlineData(PcKey.Pause, PcKey.ControlRight, new[] { 0xe0, 0x7e, 0xe0, 0xf0, 0x7e })]
    public void Key_WithAModifier_HasItsOtherSequence(PcKey key, PcKey modifier, int[] codes)
        => Assert.Equal(codes, modifier == PcKey.None ? Stroke(key) : Stroke(key, modifier));

    [Theory]
    [InlineData(1, 0xff)]
    [InlineData(2, 0x00)]
    public void Buffer_Full_EndsWithTheOverrunCode(int set, int overrun)
    {
        _rig.Keyboard(0xf0, set, 0xf3, 0);
        _rig.Key(PcKey.A, true);
        _rig.Board.Advance(10 * MachineRig.Second);
        _rig.Key(PcKey.A, false);
        var codes = _rig.ReadAll();

        // One byte was in the controller.
        Assert.Equal(18, codes.Length);
        Assert.Equal(overrun, codes[^1]);
        Assert.DoesNotContain(overrun, codes[..^1]);
        Assert.NotEmpty(Stroke(PcKey.B));
    }

    [Fact]
    public void Lights_Set_AreShown()
    {
        Assert.Equal([0xfa, 0xfa], _rig.Keyboard(0xed, 5));
        Assert.Equal(5, _rig.Board.Legacy.Keyboard.Keyboard.Leds);
        Assert.Equal([0xfa, 0xaa], _rig.Keyboard(0xff));
        Assert.Equal(0, _rig.Board.Legacy.Keyboard.Keyboard.Leds);
    }

    [Fact]
    public void Lights_SetBetweenKeys_LoseNoKey()
    {
        _rig.Key(PcKey.A, true);
        _rig.Key(PcKey.Up, true);
        _rig.Data(0xed);
        Assert.Equal([0x1c, 0xfa, 0xe0, 0x75], _rig.ReadAll());
        Assert.Equal([0xfa], _rig.Keyboard(0x02));
    }

    [Fact]
    public void Scanning_DisabledAndEnabled_StopsAndStartsKeys()
    {
        Assert.Equal([0xfa], _rig.Keyboard(0xf5));
        Assert.Empty(Stroke(PcKey.A));
        Assert.Equal([0xfa], _rig.Keyboard(0xf4));
        Assert.Equal([0x1c, 0xf0, 0x1c], Stroke(PcKey.A));
    }

    [Fact]
    public void Defaults_Asked_ComeBack()
    {
        _rig.Keyboard(0xf0, 3, 0xf3, 0x7f, 0xed, 7, 0xf6);
        var keyboard = _rig.Board.Legacy.Keyboard.Keyboard;
        Assert.Equal((2, 500_000_000L, (byte)0), (keyboard.ScanCodeSet, keyboard.TypematicDelay, keyboard.Leds));
        Assert.Equal([0x1c, 0xf0, 0x1c], Stroke(PcKey.A));
    }

    [Fact]
    public void Resend_AfterAByte_GivesItAgain()
    {
        Stroke(PcKey.A);
        Assert.Equal([0x1c], _rig.Keyboard(0xfe));
    }
}
