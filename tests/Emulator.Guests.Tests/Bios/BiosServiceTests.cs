namespace Emulator.Guests.Tests.Bios;

/// <summary>The services of the own BIOS, called by a program in boot sectors; and the same calls of SeaBIOS under QEMU.</summary>
public sealed class BiosServiceTests
{
    private const int BufferAddress = BootProgram.Buffer;

    [Theory]
    [InlineData("interpreter")]
    [InlineData("jit,threshold=1")]
    public void Program_OnFloppy_IsBooted(string engine)
    {
        using var image = new TemporaryImage(new BootProgram().Call("memory", 0x12).Call("mode", 0x10, 0x0f00).Build());
        var text = BiosRun.Own("-accel", engine, "-drive", $"if=floppy,format=raw,file={image.Path}", "-boot", "a");
        Assert.StartsWith("memory: 027F ", text, StringComparison.Ordinal);
        Assert.Contains("mode: 5003 00", text, StringComparison.Ordinal);
    }

    [Fact]
    public void OptionRom_GivenByItsFile_IsInitialisedBeforeTheBoot()
    {
        // MOV AL, '!'; OUT E9h, AL; RETF; and a byte that makes the sum zero.
        var rom = new byte[512];
        ((byte[])[0x55, 0xaa, 1, 0xb0, (byte)'!', 0xe6, BootProgram.ConsolePort, 0xcb]).CopyTo(rom, 0);
        rom[^1] = (byte)-rom.Sum(value => value);
        using var file = new TemporaryImage(rom);
        using var image = new TemporaryImage(new BootProgram().Call("memory", 0x12).Build());
        var text = BiosRun.Own("-option-rom", file.Path, "-drive", $"if=floppy,format=raw,file={image.Path}", "-boot", "a");
        Assert.StartsWith("!memory: ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Services_Called_AnswerAsSeaBios()
    {
        Assert.SkipUnless(BiosRun.HasQemu, "no QEMU");
        using var image = new TemporaryImage(Everything().Build());
        string[] disk = ["-drive", $"if=floppy,format=raw,file={image.Path}", "-boot", "a"];
        var judge = BiosRun.SeaBios([.. disk, "-nic", "none", "-parallel", "none", "-serial", "none"]);
        Assert.Equal(judge, BiosRun.Own(disk));
    }

    private static BootProgram Everything()
    {
        var program = new BootProgram();
        program
            .Call("equipment", 0x11)
            .Call("memory", 0x12)
            .Call("set mode 3", 0x10, 0x0003)
            .Call("mode", 0x10, 0x0f00)
            .Call("set cursor", 0x10, 0x0200, 0, 0, 0x0510)
            .Call("read cursor", 0x10, 0x0300)
            .Call("write", 0x10, 0x0941, 0x001e, 3)
            .Call("read", 0x10, 0x0800)
            .Call("teletype", 0x10, 0x0e42, 7)
            .Call("cursor after", 0x10, 0x0300)
            .Call("scroll", 0x10, 0x0601, 0x0700, 0, 0x184f)
            .Call("switches", 0x10, 0x1200, 0x0010)
            .Call("combination", 0x10, 0x1a00)
            .Call("font", 0x10, 0x1103, 0)
            .Dump("screen", 0xb8000 + (4 * 160) + 0x20, 12)
            .Dump("bda video", 0x449, 0x1c)
            .Dump("bda video 2", 0x484, 5)
            .Call("floppy reset", 0x13, 0x0000, 0, 0, 0)
            .Call("floppy read", 0x13, 0x0202, BufferAddress, 0x0111, 0x0100)
            .Dump("floppy data", BufferAddress, 16)
            .Call("floppy verify", 0x13, 0x0401, BufferAddress, 0x0101, 0x0000)
            .Call("floppy status", 0x13, 0x0100, 0, 0, 0)
            .Call("A20 support", 0x15, 0x2403)
            .Call("A20 status", 0x15, 0x2402)
            .Call("unknown", 0x15, 0x7700)
            .Call("key", 0x16, 0x0100)
            .Call("put key", 0x16, 0x0500, 0, 0x1e61)
            .Call("see key", 0x16, 0x0100)
            .Call("take key", 0x16, 0x0000)
            .Call("shift", 0x16, 0x0200)
            .Call("pci device", 0x1a, 0xb102, 0, 0x1237, 0x8086)
            .Call("pci class", 0x1a, 0xb103)
            .Call("pci read", 0x1a, 0xb109, 0, 0, 0, 0, 0)
            .Dump("bda keyboard", 0x417, 9)
            .Dump("bda buffer", 0x480, 4);
        return program;
    }
}
