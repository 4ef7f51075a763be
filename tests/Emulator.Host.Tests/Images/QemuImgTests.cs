using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Tests.Images;

/// <summary>Images go back and forth between <c>emulator img</c> and <c>qemu-img</c>.</summary>
public sealed class QemuImgTests
{
    [Theory]
    [InlineData]
    [InlineData("-o", "cluster_size=512")]
    [InlineData("-o", "compat=0.10")]
    [InlineData("-c")]
    [InlineData("-c", "-o", "compression_type=zstd")]
    [InlineData("-c", "-o", "cluster_size=4k,refcount_bits=64")]
    [InlineData("-o", "cluster_size=2M")]
    public void Convert_EitherProgram_IsReadByTheOther(params string[] options)
    {
        TestFolder.RequireQemuImg();
        using var folder = Filled();

        Assert.Equal(0, folder.Img(["convert", "-f", "raw", "-O", "qcow2", .. options, "@a.raw", "@ours.qcow2"]).Status);
        Assert.Equal((0, "Images are identical.\n"), folder.Qemu("compare", "-f", "raw", "-F", "qcow2", "a.raw", "ours.qcow2"));
        Assert.Equal((0, ""), folder.Qemu("check", "-q", "ours.qcow2"));

        Assert.Equal(0, folder.Qemu(["convert", "-f", "raw", "-O", "qcow2", .. options, "a.raw", "theirs.qcow2"]).Status);
        Assert.Equal(0, folder.Img("compare", "-f", "raw", "-F", "qcow2", "@a.raw", "@theirs.qcow2").Status);
        Assert.Equal(0, folder.Img("check", "-q", "@theirs.qcow2").Status);
    }

    [Fact]
    public void Snapshots_MadeByEither_AreAppliedAndDeletedByTheOther()
    {
        TestFolder.RequireQemuImg();
        using var folder = Filled();
        folder.Qemu("convert", "-f", "raw", "-O", "qcow2", "a.raw", "s.qcow2");
        Assert.Equal(0, folder.Img("snapshot", "-c", "one", "@s.qcow2").Status);
        using (var image = folder.Open("s.qcow2"))
        {
            image.Write(70_000, new byte[300_000]);
        }

        Assert.Equal(0, folder.Qemu("snapshot", "-c", "two", "s.qcow2").Status);
        Assert.Equal(0, folder.Qemu("convert", "-O", "raw", "s.qcow2", "two.raw").Status);
        Assert.Equal(0, folder.Qemu("snapshot", "-a", "one", "s.qcow2").Status);
        Assert.Equal((0, ""), folder.Qemu("check", "-q", "s.qcow2"));
        Assert.Equal(0, folder.Qemu("compare", "-f", "raw", "a.raw", "s.qcow2").Status);
        Assert.Equal((0, ""), folder.Img("convert", "-l", "two", "-O", "raw", "@s.qcow2", "@view.raw"));
        Assert.Equal(File.ReadAllBytes(folder["two.raw"]), File.ReadAllBytes(folder["view.raw"]));

        Assert.Equal((0, ""), folder.Img("snapshot", "-a", "two", "@s.qcow2"));
        Assert.Equal(0, folder.Img("snapshot", "-d", "two", "@s.qcow2").Status);
        Assert.Equal((0, ""), folder.Qemu("check", "-q", "s.qcow2"));
        Assert.Equal(0, folder.Qemu("compare", "two.raw", "s.qcow2").Status);
        Assert.Equal(0, folder.Qemu("snapshot", "-d", "one", "s.qcow2").Status);
        Assert.Equal(0, folder.Img("check", "-q", "@s.qcow2").Status);
    }

    [Fact]
    public void SnapshotList_OfBothPrograms_IsTheSame()
    {
        TestFolder.RequireQemuImg();
        using var folder = new TestFolder();
        folder.Create("s.qcow2", 1 << 20).Dispose();
        folder.Img("snapshot", "-c", "one", "@s.qcow2");
        folder.Qemu("snapshot", "-c", "two", "s.qcow2");

        Assert.Equal(folder.Qemu("snapshot", "-l", "s.qcow2"), folder.Img("snapshot", "-l", "@s.qcow2"));
    }

    [Fact]
    public void Chain_CommittedAndRebased_KeepsItsContents()
    {
        TestFolder.RequireQemuImg();
        using var folder = Filled();
        folder.Qemu("convert", "-f", "raw", "-O", "qcow2", "a.raw", "base.qcow2");
        Assert.Equal(0, folder.Img("create", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", "@top.qcow2").Status);
        using (var top = folder.Open("top.qcow2"))
        {
            top.Write(123_456, Enumerable.Range(0, 200_000).Select(i => (byte)i).ToArray());
            top.WriteZeros(1_000_000, 500_000);
        }

        folder.Qemu("convert", "-O", "raw", "top.qcow2", "flat.raw");
        Assert.Equal(0, folder.Img("rebase", "-b", "a.raw", "-F", "raw", "@top.qcow2").Status);
        Assert.Equal((0, "Images are identical.\n"), folder.Qemu("compare", "flat.raw", "top.qcow2"));
        Assert.Equal(0, folder.Img("commit", "@top.qcow2").Status);
        Assert.Equal(File.ReadAllBytes(folder["flat.raw"]), File.ReadAllBytes(folder["a.raw"]));
        Assert.Equal((0, ""), folder.Qemu("check", "-q", "top.qcow2"));
        Assert.Equal(0, folder.Img("rebase", "-b", "", "@top.qcow2").Status);
        Assert.Equal((0, "Images are identical.\n"), folder.Qemu("compare", "flat.raw", "top.qcow2"));
    }

    [Fact]
    public void Check_OfADamagedImage_HasQemusExitStatusAndMendsIt()
    {
        TestFolder.RequireQemuImg();
        using var folder = Filled();
        folder.Qemu("convert", "-f", "raw", "-O", "qcow2", "a.raw", "leak.qcow2");
        using (var file = File.OpenWrite(folder["leak.qcow2"]))
        {
            file.Position = (2 << 16) + (2 * 100);
            file.Write([0, 5]);
            file.SetLength(101 << 16);
        }

        File.Copy(folder["leak.qcow2"], folder["corrupt.qcow2"]);
        using (var file = File.OpenWrite(folder["corrupt.qcow2"]))
        {
            file.Position = (2 << 16) + (2 * 8);
            file.Write(new byte[8]);
        }

        Assert.Equal(folder.Qemu("check", "leak.qcow2").Status, folder.Img("check", "@leak.qcow2").Status);
        Assert.Equal(folder.Qemu("check", "corrupt.qcow2").Status, folder.Img("check", "@corrupt.qcow2").Status);
        Assert.Equal(63, folder.Img("check", "-f", "raw", "@leak.qcow2").Status);
        Assert.Equal(0, folder.Img("check", "-r", "leaks", "@leak.qcow2").Status);
        Assert.Equal(0, folder.Img("check", "-r", "all", "@corrupt.qcow2").Status);
        foreach (var name in new[] { "leak.qcow2", "corrupt.qcow2" })
        {
            Assert.Equal((0, ""), folder.Qemu("check", "-q", name));
            Assert.Equal(0, folder.Qemu("compare", "-f", "raw", "a.raw", name).Status);
        }
    }

    [Theory]
    [InlineData("compat=1.1")]
    [InlineData("compat=0.10")]
    [InlineData("preallocation=metadata,lazy_refcounts=on")]
    public void Info_OfANewImage_IsWhatQemuImgSays(string options)
    {
        TestFolder.RequireQemuImg();
        using var folder = new TestFolder();
        Assert.Equal(0, folder.Img("create", "-f", "qcow2", "-o", options, "@d.qcow2", "100M").Status);

        Assert.Equal(folder.Qemu("info", folder["d.qcow2"]).Output, folder.Img("info", "@d.qcow2").Output);
        Assert.Equal((0, ""), folder.Qemu("check", "-q", "d.qcow2"));
    }

    [Fact]
    public void VmState_OfASnapshot_IsSoundForQemuImg()
    {
        TestFolder.RequireQemuImg();
        using var folder = new TestFolder();
        using (var image = folder.Create("s.qcow2", 1 << 20, new Qcow2Layout { ClusterBits = 12 }))
        {
            image.WriteVmState(0, Enumerable.Repeat((byte)5, 5 << 20).ToArray());
            image.CreateSnapshot("vm", DateTimeOffset.UtcNow, 1_234_567_890, 5 << 20);
            image.DiscardVmState();
        }

        Assert.Equal((0, ""), folder.Qemu("check", "-q", "s.qcow2"));
        Assert.Contains("5 MiB", folder.Qemu("snapshot", "-l", "s.qcow2").Output, StringComparison.Ordinal);
        Assert.Equal(0, folder.Qemu("snapshot", "-a", "vm", "s.qcow2").Status);
        Assert.Equal(0, folder.Qemu("snapshot", "-d", "vm", "s.qcow2").Status);
        Assert.Equal(0, folder.Img("check", "-q", "@s.qcow2").Status);
    }

    [Fact]
    public void Lock_OfAWriter_KeepsQemuImgOut()
    {
        TestFolder.RequireQemuImg();
        using var folder = new TestFolder();
        using var image = folder.Create("d.qcow2", 1 << 20);

        Assert.Contains("lock", folder.Qemu("info", "d.qcow2").Output, StringComparison.Ordinal);
        Assert.Equal(0, folder.Qemu("info", "-U", "d.qcow2").Status);
    }

    private static TestFolder Filled()
    {
        var folder = new TestFolder();
        var bytes = new byte[4 << 20];
        new Random(1).NextBytes(bytes.AsSpan(0, 1_000_000));
        for (var i = 2_000_000; i < 3_000_000; i++)
        {
            bytes[i] = (byte)("0123456789 lines of text\n"[i % 25] + (i / 100_000));
        }

        File.WriteAllBytes(folder["a.raw"], bytes);
        return folder;
    }
}
