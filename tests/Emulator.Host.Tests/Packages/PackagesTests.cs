using System.IO.Compression;
using System.Text;
using Emulator.Host.Packages;

namespace Emulator.Host.Tests.Packages;

public sealed class PackagesTests
{
    [Fact]
    public void AptShow_Record_IsRead()
    {
        var info = DebianPackages.Parse(
            """
            Package: linux-image-cloud-amd64
            Version: 6.1.1-1
            Depends: linux-image-6.1.0-1-cloud-amd64 (= 6.1.1-1), other | more
            Architecture: amd64
            Size: 1504
            SHA256: 00be
            Description: something
             with: a colon

            Package: second
            """.ReplaceLineEndings("\n"));

        Assert.NotNull(info);
        Assert.Equal(("linux-image-cloud-amd64", "6.1.1-1", 1504L, "00be"), (info.Name, info.Version, info.Size, info.Sha256));
        Assert.Equal(["linux-image-6.1.0-1-cloud-amd64", "other"], info.Depends);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Package: x\nVersion: 1\n")]
    public void AptShow_NothingUseful_IsNull(string text) => Assert.Null(DebianPackages.Parse(text));

    [Fact]
    public void FileName_VersionWithEpoch_IsAptsOwn()
        => Assert.Equal("b_1%3a2_amd64.deb", new PackageInfo("b", "1:2", "amd64", 1, "", []).FileName);

    [Fact]
    public void Cpio_Entries_AreNewcInOrder()
    {
        using var stream = new MemoryStream();
        var cpio = new CpioWriter(stream);
        cpio.AddDirectory("bin");
        cpio.AddFile("bin/x", "hello"u8, BusyboxInitramfs.Executable);
        cpio.AddLink("bin/sh", "x");
        cpio.Finish();

        var bytes = stream.ToArray();
        Assert.Equal(0, bytes.Length % 512);
        Assert.Equal(
            [("bin", "000041ed", ""), ("bin/x", "000081ed", "hello"), ("bin/sh", "0000a1ff", "x"), ("TRAILER!!!", "00000000", "")], ReadEntries(bytes));
    }

    [Fact]
    public void Initramfs_SameInput_SameBytes()
    {
        var first = BusyboxInitramfs.Build([1, 2, 3]);

        Assert.Equal(first, BusyboxInitramfs.Build([1, 2, 3]));
        using var plain = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(first), CompressionMode.Decompress))
        {
            gzip.CopyTo(plain);
        }

        var names = ReadEntries(plain.ToArray()).Select(entry => entry.Name).ToList();
        Assert.Contains("init", names);
        Assert.Contains("bin/busybox", names);
        Assert.Contains("dev/console", names);
    }

    private static List<(string Name, string Mode, string Content)> ReadEntries(byte[] archive)
    {
        var entries = new List<(string, string, string)>();
        var at = 0;
        while (entries is not [.., ("TRAILER!!!", _, _)])
        {
            Assert.Equal("070701", Encoding.ASCII.GetString(archive, at, 6));
            var size = Convert.ToInt32(Encoding.ASCII.GetString(archive, at + 54, 8), 16);
            var nameSize = Convert.ToInt32(Encoding.ASCII.GetString(archive, at + 94, 8), 16);
            var name = Encoding.ASCII.GetString(archive, at + 110, nameSize - 1);
            var content = (at + 110 + nameSize + 3) & ~3;
            entries.Add((name, Encoding.ASCII.GetString(archive, at + 14, 8), Encoding.ASCII.GetString(archive, content, size)));
            at = (content + size + 3) & ~3;
        }

        return entries;
    }
}
