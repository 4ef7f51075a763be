namespace Emulator.Guests.Tests.Bios;

/// <summary>
/// What the services of the own BIOS answer and leave in memory, beside what SeaBIOS and its VGA BIOS do under QEMU. A name with a star is a call that
/// both answer in their own way: an address, a size of their own, or SeaBIOS without what the manual has.
/// </summary>
public sealed class BiosComparisonTests
{
    private const int Buffer = BootProgram.Buffer;

    private static void Same(BootProgram program, int kilobytes = 1440, params string[] more)
    {
        Assert.SkipUnless(BiosRun.HasQemu, "no QEMU");
        using var image = new TemporaryImage(program.Build(kilobytes * 1024));
        string[] machine = ["-drive", $"if=floppy,format=raw,file={image.Path}", "-boot", "a", .. more];
        var judge = BiosRun.SeaBios([.. machine, "-nic", "none", "-parallel", "none", "-serial", "none"]);
        var own = BiosRun.Own(machine);
        var differences = Differences(judge, own);
        Assert.Equal(judge.Split('\n').Length, own.Split('\n').Length);
        Assert.True(differences.Length == 0, differences);
    }

    private static string Differences(string judge, string own)
        => string.Concat(judge.Split('\n').Zip(own.Split('\n')).Where(pair => pair.First != pair.Second && !pair.First.Contains("*:", StringComparison.Ordinal))
            .Select(pair => $"\n- {pair.First}\n+ {pair.Second}"));

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x03)]
    [InlineData(0x04)]
    [InlineData(0x06)]
    [InlineData(0x07)]
    [InlineData(0x0d)]
    [InlineData(0x0e)]
    [InlineData(0x0f)]
    [InlineData(0x10)]
    [InlineData(0x11)]
    [InlineData(0x12)]
    [InlineData(0x13)]
    public void Mode_WithTextInIt_AnswersAsSeaBios(int mode)
    {
        var memory = mode switch { < 7 => 0xb8000, 7 => 0xb0000, _ => 0xa0000 };
        var last = mode is 0 or 4 or 0x0d or 0x13 ? 0x27 : 0x4f;
        var program = new BootProgram()
            .Call("set", 0x10, mode)
            .Dump("bda", 0x449, 3)
            .Dump("bda", 0x44e, 0x15)
            .Dump("bda2", 0x484, 5)
            .Dump("bda2", 0x48a, 1)
            .Registers("crtc", 0x3d4, mode is 0x07 or 0x0f ? [] : [0, 1, 2, 4, 5, 6, 7, 9, 0x0c, 0x0d, 0x10, 0x12, 0x13, 0x14, 0x15, 0x16])
            .Registers("sequencer", 0x3c4, 1, 2, 3, 4)
            .Registers("graphics", 0x3ce, 0, 1, 2, 3, 4, 5, 6, 8)
            .Call("font", 0x10, 0x1121, 0x0000, mode switch { 0x0f or 0x10 => 14, 0x11 or 0x12 => 16, _ => 8 }, mode is 0x11 or 0x12 ? 30 : 25, 0, 0, 0x7c00)
            .Call("mode", 0x10, 0x0f00)
            .Call("cursor", 0x10, 0x0200, 0, 0, 0x0305)
            .Call("write", 0x10, 0x0941, 0x0003, 3)
            .Sum("written", memory, 0x7fff)
            .Call("write again", 0x10, 0x0a42, 0x0002, 2)
            .Call("teletype", 0x10, 0x0e43, 0x0003)
            .Call("feed", 0x10, 0x0e0a, 0x0003)
            .Call("return", 0x10, 0x0e0d, 0x0003)
            .Call("back", 0x10, 0x0e08, 0x0003)
            .Call("place", 0x10, 0x0300)
            .Sum("typed", memory, 0x7fff)
            .Call("corner", 0x10, 0x0200, 0, 0, (mode is 0x11 or 0x12 ? 0x1d00 : 0x1800) | last)
            .Call("last", 0x10, 0x0e44, 0x0001)
            .Call("place", 0x10, 0x0300)
            .Sum("scrolled", memory, 0x7fff)
            .Call("up", 0x10, 0x0602, 0x0100, 0x0203, 0x0a0a)
            .Sum("up", memory, 0x7fff)
            .Call("down", 0x10, 0x0701, 0x0200, 0x0102, 0x0909)
            .Sum("down", memory, 0x7fff)
            .Call("pixel", 0x10, 0x0c01, 0, 17, 9)
            .Call("pixel read", 0x10, 0x0d00, 0, 17, 9)
            .Sum("pixel", memory, 0x7fff)
            .Call("clear", 0x10, 0x0600, 0x0000, 0x0000, 0x1800 | last)
            .Sum("clear", memory, 0x7fff)
            .Call("keep", 0x10, mode | 0x80)
            .Call("mode", 0x10, 0x0f00)
            .Dump("bda2", 0x484, 5);
        Same(program);
    }

    [Theory]
    [InlineData(0x101)]
    [InlineData(0x111)]
    [InlineData(0x112)]
    [InlineData(0x115)]
    [InlineData(0x118)]
    [InlineData(0x144)]
    public void VbeMode_Used_AnswersAsSeaBios(int mode)
    {
        var program = new BootProgram()
            .Put(Buffer, 0x4256)
            .Put(Buffer + 2, 0x3245)
            .Call("information", 0x10, 0x4f00, 0, 0, 0, 0, Buffer)
            .Dump("version", Buffer, 6)
            .Dump("capabilities", Buffer + 10, 4)
            .Dump("memory", Buffer + 18, 2)
            .Call("mode", 0x10, 0x4f01, 0, mode, 0, 0, Buffer)
            .Dump("mode", Buffer, 8)
            .Dump("mode", Buffer + 8, 4)
            .Dump("mode", Buffer + 16, 13)
            .Dump("mode", Buffer + 30, 10)
            .Dump("mode", Buffer + 50, 2)
            .Dump("mode", Buffer + 54, 8)
            .Call("mode wrong", 0x10, 0x4f01, 0, 0x0fff, 0, 0, Buffer)
            .Call("set", 0x10, 0x4f02, 0x4000 | mode)
            .Call("current", 0x10, 0x4f03)
            .Call("length", 0x10, 0x4f06, 1)
            .Call("longest*", 0x10, 0x4f06, 3)
            .Call("set length", 0x10, 0x4f06, 0, 2048)
            .Call("start", 0x10, 0x4f07, 0, 16, 32)
            .Call("start read", 0x10, 0x4f07, 1)
            .Call("banked", 0x10, 0x4f02, mode)
            .Call("current", 0x10, 0x4f03)
            .Call("window", 0x10, 0x4f05, 0, 0, 3)
            .Call("window read", 0x10, 0x4f05, 0x0100)
            .Call("window wrong*", 0x10, 0x4f05, 1, 0, 3)
            .Call("window far", 0x10, 0x4f05, 0, 0, 0x7fff)
            .Call("dac", 0x10, 0x4f08, 0x0800)
            .Call("dac read", 0x10, 0x4f08, 0x0001)
            .Call("palette*", 0x10, 0x4f09, 1, 4, 1, 0, Buffer)
            .Dump("palette*", Buffer, 16)
            .Call("protected*", 0x10, 0x4f0a)
            .Call("power*", 0x10, 0x4f10)
            .Call("power off", 0x10, 0x4f10, 0x0401)
            .Call("power read", 0x10, 0x4f10, 0x0002)
            .Call("ddc", 0x10, 0x4f15)
            .Call("edid", 0x10, 0x4f15, 1, 0, 0, 0, Buffer)
            .Dump("edid", Buffer, 8)
            .Call("save size*", 0x10, 0x4f04, 0, 7, 0)
            .Call("set wrong", 0x10, 0x4f02, 0x01ff)
            .Call("unknown*", 0x10, 0x4f30)
            .Call("text", 0x10, 0x4f02, 3)
            .Call("current", 0x10, 0x4f03);
        Same(program, 1440, "-vga", "std");
    }

    [Fact]
    public void TextScreen_Used_AnswersAsSeaBios()
    {
        var program = new BootProgram()
            .Call("mode", 0x10, 0x0003)
            .Call("page", 0x10, 0x0502)
            .Dump("page", 0x44e, 20)
            .Call("teletype on page", 0x10, 0x0e41, 0x0200)
            .Call("place", 0x10, 0x0300, 0x0200)
            .Call("string", 0x10, 0x1301, 0x0207, 5, 0x0305, 0, 0, 0x7c00)
            .Call("place", 0x10, 0x0300, 0x0200)
            .Call("attributes", 0x10, 0x1303, 0x0207, 3, 0x0405, 0, 0, 0x7c00)
            .Sum("pages", 0xb8000, 0x7fff)
            .Call("page 0", 0x10, 0x0500)
            .Call("shape", 0x10, 0x0100, 0, 0x0607)
            .Dump("shape", 0x460, 2)
            .Call("hidden", 0x10, 0x0100, 0, 0x2000)
            .Call("shape read", 0x10, 0x0300)
            .Call("light pen", 0x10, 0x0400)
            .Call("combination", 0x10, 0x1a00)
            .Call("state sizes*", 0x10, 0x1c00, 0, 7)
            .Call("state sizes*", 0x10, 0x1c00, 0, 1)
            .Call("font 14", 0x10, 0x1111)
            .Dump("rows", 0x484, 3)
            .Dump("page*", 0x44a, 6)
            .Call("font 8", 0x10, 0x1112)
            .Dump("rows", 0x484, 3)
            .Dump("page", 0x44a, 6)
            .Call("shape read", 0x10, 0x0300)
            .Call("font 16", 0x10, 0x1114)
            .Dump("rows", 0x484, 3)
            .Call("switches", 0x10, 0x1200, 0x10)
            .Call("scan lines", 0x10, 0x1201, 0x30)
            .Call("mode 350", 0x10, 0x0003)
            .Dump("rows*", 0x484, 3)
            .Call("scan lines", 0x10, 0x1200, 0x30)
            .Call("mode 200", 0x10, 0x0003)
            .Dump("rows*", 0x484, 3)
            .Call("scan lines", 0x10, 0x1202, 0x30)
            .Call("mode", 0x10, 0x0003)
            .Call("palette", 0x10, 0x1201, 0x31)
            .Call("palette", 0x10, 0x1200, 0x31)
            .Call("video on", 0x10, 0x1200, 0x32)
            .Call("grey", 0x10, 0x1201, 0x33)
            .Call("emulation", 0x10, 0x1200, 0x34)
            .Call("refresh", 0x10, 0x1200, 0x36)
            .Call("unknown", 0x10, 0x1200, 0x77);
        Same(program);
    }

    [Fact]
    public void Palette_Used_AnswersAsSeaBios()
    {
        var program = new BootProgram()
            .Call("mode", 0x10, 0x0003)
            .Call("one", 0x10, 0x1000, 0x2a03)
            .Call("one read", 0x10, 0x1007, 3)
            .Call("border", 0x10, 0x1001, 0x0500)
            .Call("border read", 0x10, 0x1008)
            .Call("all read", 0x10, 0x1009, 0, 0, Buffer)
            .Dump("all", Buffer, 17)
            .Call("blink*", 0x10, 0x1003, 0)
            .Dump("blink*", 0x465, 1)
            .Call("blink*", 0x10, 0x1003, 1)
            .Call("dac", 0x10, 0x1010, 5, 0x1122, 0x3300)
            .Call("dac read", 0x10, 0x1015, 5)
            .Call("block read", 0x10, 0x1017, 0, 16, Buffer)
            .Dump("block", Buffer, 48)
            .Call("block", 0x10, 0x1012, 16, 8, Buffer)
            .Call("dac read", 0x10, 0x1015, 20)
            .Call("paging", 0x10, 0x101a)
            .Call("paging mode", 0x10, 0x1013, 0x0100)
            .Call("paging page", 0x10, 0x1013, 0x0201)
            .Call("paging", 0x10, 0x101a)
            .Call("mask", 0x10, 0x1018, 0x3f)
            .Call("mask read*", 0x10, 0x1019)
            .Call("grey", 0x10, 0x101b, 1, 4)
            .Call("dac read", 0x10, 0x1015, 2)
            .Call("cga mode", 0x10, 0x0004)
            .Call("cga palette", 0x10, 0x0b00, 0x0100)
            .Call("cga ground", 0x10, 0x0b00, 0x0012)
            .Dump("cga*", 0x465, 2)
            .Call("all read", 0x10, 0x1009, 0, 0, Buffer)
            .Dump("all", Buffer, 16);
        Same(program);
    }

    [Fact]
    public void Keyboard_Used_AnswersAsSeaBios()
    {
        var program = new BootProgram()
            .Dump("bda", 0x417, 0x27)
            .Dump("bda", 0x480, 4)
            .Dump("bda", 0x496, 2)
            .Call("status", 0x16, 0x0100)
            .Call("status", 0x16, 0x1100)
            .Call("rate", 0x16, 0x0305, 0x0000)
            .Call("functions", 0x16, 0x0900)
            .Call("identity", 0x16, 0x0a00)
            .Call("shift", 0x16, 0x0200)
            .Call("shift", 0x16, 0x1200)
            .Call("capability", 0x16, 0x9200)
            .Call("capability", 0x16, 0xa200);
        foreach (var key in (ReadOnlySpan<int>)[0x1e61, 0x4800, 0x48e0, 0xe00d, 0xe02f, 0x0000])
        {
            program.Call("put", 0x16, 0x0500, 0, key).Call("look", 0x16, 0x0100).Call("look", 0x16, 0x1100)
                .Call("put", 0x16, 0x0500, 0, 0x1c0d).Call("take", 0x16, 0x0000)
                .Call("put", 0x16, 0x0500, 0, key).Call("put", 0x16, 0x0500, 0, 0x1c0d).Call("take", 0x16, 0x1000)
                .Call("reset", 0x16, 0x0600).Put(0x41a, 0x1e).Put(0x41c, 0x1e);
        }

        for (var i = 0; i < 16; i++)
        {
            program.Call("fill", 0x16, 0x0500, 0, 0x1e61);
        }

        Same(program);
    }

    // Each key with each modifier, through INT 09h to INT 16h, AH=10h: the scan codes come by the controller's command D2h.
    [Theory]
    [InlineData("none", new int[0], new int[0])]
    [InlineData("shift", new[] { 0x2a }, new[] { 0xaa })]
    [InlineData("right shift", new[] { 0x36 }, new[] { 0xb6 })]
    [InlineData("control", new[] { 0x1d }, new[] { 0x9d })]
    [InlineData("right control", new[] { 0xe0, 0x1d }, new[] { 0xe0, 0x9d })]
    [InlineData("alt", new[] { 0x38 }, new[] { 0xb8 })]
    [InlineData("caps", new[] { 0x3a, 0xba }, new[] { 0x3a, 0xba })]
    [InlineData("num", new[] { 0x45, 0xc5 }, new[] { 0x45, 0xc5 })]
    [InlineData("num and shift", new[] { 0x45, 0xc5, 0x2a }, new[] { 0xaa, 0x45, 0xc5 })]
    public void Key_WithAModifier_GivesWhatSeaBiosGives(string name, int[] before, int[] after)
    {
        var program = new BootProgram().Scan(before).Dump($"flags {name}", 0x417, 2).Dump($"mode {name}", 0x496, 1);
        foreach (var code in Enumerable.Range(1, 0x58).Except([0x1d, 0x2a, 0x36, 0x38, 0x3a, 0x45, 0x46, 0x54, 0x55, 0x56]))
        {
            program.Key(code, isExtended: false);
        }

        foreach (var code in (ReadOnlySpan<int>)[0x1c, 0x35, 0x47, 0x48, 0x49, 0x4b, 0x4d, 0x4f, 0x50, 0x51, 0x52, 0x53])
        {
            program.Key(code, isExtended: true);
        }

        // An Insert of the cursor block toggles under Num Lock and Shift too.
        Same(program.Scan(after).Dump($"flags {name}*", 0x417, 2).Dump($"mode {name}", 0x496, 1));
    }

    [Fact]
    public void System_Asked_AnswersAsSeaBios()
    {
        var program = new BootProgram()
            .Call("configuration*", 0x15, 0xc000)
            .Call("extended area", 0x15, 0xc100)
            .Call("memory 88", 0x15, 0x8800)
            .Call("memory E801*", 0x15, 0xe801)
            .Call("memory E881*", 0x15, 0xe881)
            .Call("open*", 0x15, 0x8000)
            .Call("close*", 0x15, 0x8100)
            .Call("end*", 0x15, 0x8200)
            .Call("wait*", 0x15, 0x8600, 0, 0, 2000)
            .Call("event*", 0x15, 0x8300, 0x600, 0, 2000)
            .Call("event again*", 0x15, 0x8300, 0x600, 0, 2000)
            .Call("event off*", 0x15, 0x8301)
            .Call("joystick", 0x15, 0x8400)
            .Call("request*", 0x15, 0x8500)
            .Call("busy*", 0x15, 0x9000)
            .Call("post*", 0x15, 0x9100)
            .Call("intercept", 0x15, 0x4f1e)
            .Call("A20 off", 0x15, 0x2400)
            .Call("A20", 0x15, 0x2402)
            .Call("A20 on", 0x15, 0x2401)
            .Call("A20", 0x15, 0x2402)
            .Call("A20 wrong", 0x15, 0x2409)
            .Call("cassette", 0x15, 0x0000)
            .Call("watchdog", 0x15, 0xc300)
            .Call("unknown", 0x15, 0xd800)
            .Call("ticks*", 0x1a, 0x0100, 0, 1, 2)
            .Call("date", 0x1a, 0x0c00)
            .Call("alarm", 0x1a, 0x0600, 0, 0x0102, 0x0300)
            .Call("alarm again*", 0x1a, 0x0600, 0, 0x0102, 0x0300)
            .Call("alarm off*", 0x1a, 0x0700)
            .Call("pci*", 0x1a, 0xb101)
            .Call("pci wrong", 0x1a, 0xb1ff)
            .Call("printer*", 0x17, 0x0200)
            .Call("serial*", 0x14, 0x0300)
            .Dump("bda", 0x400, 0x1e)
            .Dump("bda ports*", 0x478, 8)
            .Dump("bda rest*", 0x48b, 0x10);
        Same(program);
    }

    [Fact]
    public void PowerManagement_Asked_AnswersAsSeaBios()
    {
        var program = new BootProgram()
            .Call("check", 0x15, 0x5300)
            .Call("connect", 0x15, 0x5301)
            .Call("connect 16*", 0x15, 0x5302)
            .Call("connect 32*", 0x15, 0x5303)
            .Call("disconnect", 0x15, 0x5304)
            .Call("idle", 0x15, 0x5305)
            .Call("busy", 0x15, 0x5306)
            .Call("state", 0x15, 0x5307, 0, 1)
            .Call("enable", 0x15, 0x5308, 0xffff, 1)
            .Call("power", 0x15, 0x530a, 1)
            .Call("event", 0x15, 0x530b)
            .Call("read state*", 0x15, 0x530c, 1)
            .Call("version", 0x15, 0x530e, 0, 0x0102)
            .Call("engage", 0x15, 0x530f, 0, 1)
            .Call("capabilities", 0x15, 0x5310)
            .Call("wrong*", 0x15, 0x5377);
        Same(program);
    }

    [Fact]
    public void Mouse_Used_AnswersAsSeaBios()
    {
        var program = new BootProgram()
            .Call("reset", 0x15, 0xc201)
            .Call("size", 0x15, 0xc205, 0x0300)
            .Call("size wrong*", 0x15, 0xc205, 0x0900)
            .Call("rate", 0x15, 0xc202, 0x0500)
            .Call("rate wrong", 0x15, 0xc202, 0x0700)
            .Call("resolution", 0x15, 0xc203, 0x0300)
            .Call("resolution wrong", 0x15, 0xc203, 0x0400)
            .Call("type", 0x15, 0xc204)
            .Call("scaling", 0x15, 0xc206, 0x0200)
            .Call("status", 0x15, 0xc206, 0x0000)
            .Call("extended wrong*", 0x15, 0xc206, 0x0300)
            .Call("handler", 0x15, 0xc207, 0x7000)
            .Call("enable", 0x15, 0xc200, 0x0100)
            .Call("status", 0x15, 0xc206, 0x0000)
            .Call("disable", 0x15, 0xc200, 0x0000)
            .Call("enable wrong*", 0x15, 0xc200, 0x0200)
            .Call("wrong", 0x15, 0xc209);
        Same(program);
    }

    [Theory]
    [InlineData(160)]
    [InlineData(180)]
    [InlineData(320)]
    [InlineData(360)]
    [InlineData(720)]
    [InlineData(1200)]
    [InlineData(1440)]
    [InlineData(2880)]
    public void Floppy_OfAFormat_AnswersAsSeaBios(int kilobytes)
    {
        var program = new BootProgram()
            .Call("reset", 0x13, 0x0000)
            .Call("status", 0x13, 0x0100)
            .Call("parameters*", 0x13, 0x0800)
            .Call("type*", 0x13, 0x1500)
            .Call("change*", 0x13, 0x1600)
            .Call("read", 0x13, 0x0201, Buffer, 0x0301, 0x0000)
            .Sum("read", Buffer, 512)
            .Call("past the track*", 0x13, 0x0201, Buffer, 0x0025, 0x0000)
            .Call("status*", 0x13, 0x0100)
            .Call("past the heads*", 0x13, 0x0201, Buffer, 0x0001, 0x0200)
            .Call("past the cylinders*", 0x13, 0x0201, Buffer, 0x5401, 0x0000)
            .Call("none", 0x13, 0x0200, Buffer, 0x0001, 0x0000)
            .Call("verify", 0x13, 0x0402, Buffer, 0x0101, 0x0000)
            .Call("write", 0x13, 0x0301, Buffer, 0x0501, 0x0000)
            .Call("read back", 0x13, 0x0201, Buffer, 0x0501, 0x0000)
            .Sum("read back", Buffer, 512)
            .Call("second drive*", 0x13, 0x0201, Buffer, 0x0001, 0x0001)
            .Call("second type*", 0x13, 0x1500, 0, 0, 0x0001)
            .Call("second parameters*", 0x13, 0x0800, 0, 0, 0x0001)
            .Call("extensions", 0x13, 0x4100, 0x55aa)
            .Call("unknown", 0x13, 0x2000)
            .Call("rate*", 0x13, 0x1700 | (kilobytes == 1200 ? 3 : 4))
            .Call("no disk*", 0x13, 0x0800, 0, 0, 0x0080)
            .Call("no disk*", 0x13, 0x1500, 0, 0, 0x0080)
            .Call("no disk*", 0x13, 0x0201, Buffer, 0x0001, 0x0080)
            .Call("status", 0x13, 0x0100, 0, 0, 0x0080)
            .Call("equipment", 0x11);
        Same(program, kilobytes);
    }
}
