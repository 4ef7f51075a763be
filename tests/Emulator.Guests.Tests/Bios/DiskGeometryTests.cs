namespace Emulator.Guests.Tests.Bios;

/// <summary>INT 13h's answers about hard disks of many sizes, of the own BIOS and of SeaBIOS under QEMU.</summary>
public sealed class DiskGeometryTests
{
    private const long Megabyte = 1 << 20;

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(100)]
    [InlineData(503)]
    [InlineData(505)]
    [InlineData(1000)]
    [InlineData(2100)]
    [InlineData(4300)]
    [InlineData(8500)]
    [InlineData(40_000)]
    public void HardDisk_OfASize_IsDescribedAsBySeaBios(int megabytes)
    {
        Assert.SkipUnless(BiosRun.HasQemu, "no QEMU");
        using var disk = new TemporaryImage([]);
        using (var file = File.OpenWrite(disk.Path))
        {
            file.SetLength((megabytes * Megabyte) + (7 * 512));
        }

        using var floppy = new TemporaryImage(Questions().Build());
        string[] drives = ["-drive", $"if=floppy,format=raw,file={floppy.Path}", "-drive", $"if=ide,format=raw,file={disk.Path}", "-boot", "a"];
        var judge = BiosRun.SeaBios([.. drives, "-nic", "none", "-parallel", "none", "-serial", "none"]);
        Assert.Contains("EDD check: 3000", judge, StringComparison.Ordinal);
        Assert.Equal(judge, BiosRun.Own(drives));
    }

    private static BootProgram Questions() => new BootProgram()
        .Call("parameters", 0x13, 0x0800, 0, 0, 0x80)
        .Call("type", 0x13, 0x1500, 0, 0, 0x80)
        .Call("EDD check", 0x13, 0x4100, 0x55aa, 0, 0x80)
        .Fill(BootProgram.Buffer, 0x1e)
        .Call("EDD parameters", 0x13, 0x4800, 0, 0, 0x80, BootProgram.Buffer)
        .Dump("EDD result", BootProgram.Buffer, 0x1a)
        .Call("last sector", 0x13, 0x0201, BootProgram.Buffer, 0x0101, 0x0080)
        .Dump("count", 0x475, 1);
}
