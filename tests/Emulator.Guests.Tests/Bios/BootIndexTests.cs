using System.Text;
using Emulator.Host.Cli;

namespace Emulator.Guests.Tests.Bios;

/// <summary><c>bootindex=</c>: the project's own BIOS and SeaBIOS start the drive that it puts first, as their drive 80h.</summary>
public sealed class BootIndexTests
{
    private const string SeaBios = "/usr/share/seabios/bios-256k.bin";
    private const int ImageLength = 1 << 20;

    // Writes the text behind it to COM1, and then DL less 40h: '@' for drive 80h.
    private static ReadOnlySpan<byte> Program =>
    [
        0x31, 0xc0, 0x8e, 0xd8, 0x88, 0xd3, 0x80, 0xeb, 0x40, 0xfc, 0xbe, 0x1e, 0x7c, 0xba, 0xf8, 0x03,
        0xac, 0x84, 0xc0, 0x74, 0x03, 0xee, 0xeb, 0xf8, 0x88, 0xd8, 0xee, 0xf4, 0xeb, 0xfd,
    ];

    [Theory]
    [InlineData("pc", false)]
    [InlineData("q35", false)]
    [InlineData("pc", true)]
    [InlineData("q35", true)]
    public void Disk_WithTheLowestIndex_IsBootedAsDrive80(string machine, bool seaBios)
    {
        if (seaBios && !File.Exists(SeaBios))
        {
            Assert.Skip("SeaBIOS is not installed");
        }

        using var folder = new TemporaryFolder();
        string[] firmware = seaBios ? ["-bios", SeaBios] : [];
        using var guest = new GuestMachine(
            [.. firmware, "-M", machine, "-m", "64", "-nographic", "-hda", folder.Disk("one"), .. folder.Drive("two"), .. folder.Drive("three"),
            "-device", "ide-hd,drive=two,bootindex=7", "-device", "ide-hd,drive=three,bootindex=3"]).Start();
        Assert.DoesNotContain("disk", guest.WaitFor("disk three@"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pc", false)]
    [InlineData("q35", false)]
    [InlineData("pc", true)]
    [InlineData("q35", true)]
    public void Floppy_WithTheLowestIndex_IsBooted(string machine, bool seaBios)
    {
        if (seaBios && !File.Exists(SeaBios))
        {
            Assert.Skip("SeaBIOS is not installed");
        }

        using var folder = new TemporaryFolder();
        string[] firmware = seaBios ? ["-bios", SeaBios] : [];
        using var guest = new GuestMachine(
            [.. firmware, "-nodefaults", "-serial", "stdio", "-M", machine, "-m", "64", "-nographic", .. folder.Drive("one"), .. folder.Drive("two"),
            "-device", "ide-hd,drive=one,bootindex=7", "-device", "floppy,drive=two,bootindex=3"]).Start();

        // DL is 0: 40h below it.
        Assert.DoesNotContain("disk one", guest.WaitFor("disk two\u00c0"), StringComparison.Ordinal);
    }

    [Fact]
    public void Index_GivenTwice_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<UserErrorException>(() => new GuestMachine(
            ["-nographic", .. folder.Drive("one"), .. folder.Drive("two"),
            "-device", "ide-hd,drive=one,bootindex=1", "-device", "ide-hd,drive=two,bootindex=1"]));
        Assert.Contains("bootindex=1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("first")]
    public void Index_ThatIsNoNumber_IsRefused(string index)
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<UserErrorException>(
            () => new GuestMachine(["-nographic", .. folder.Drive("one"), "-device", $"ide-hd,drive=one,bootindex={index}"]));
        Assert.Contains($"bootindex={index}", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Disks whose boot sector says which they are.</summary>
    private sealed class TemporaryFolder : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("emulator-boot-").FullName;

        public string Disk(string name)
        {
            var image = new byte[ImageLength];
            Program.CopyTo(image);
            Encoding.ASCII.GetBytes($"disk {name}").CopyTo(image, Program.Length);
            (image[510], image[511]) = (0x55, 0xaa);
            var file = Path.Combine(_path, name + ".img");
            File.WriteAllBytes(file, image);
            return file;
        }

        public string[] Drive(string name) => ["-drive", $"file={Disk(name)},format=raw,if=none,id={name}"];

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }
}
