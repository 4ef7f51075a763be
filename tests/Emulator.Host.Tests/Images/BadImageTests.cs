using System.Buffers.Binary;
using Emulator.Core.Time;
using Emulator.Host.Cli;
using Emulator.Host.Images;
using Emulator.Host.Images.Qcow2;
using Emulator.Host.Tests.Cli;

namespace Emulator.Host.Tests.Images;

/// <summary>Damaged and hostile images: one line that says what is wrong, and nothing else happens.</summary>
public sealed class BadImageTests
{
    private const int DiskSize = 2 << 20;

    [Theory]
    [InlineData(4, 9, "version 9")]
    [InlineData(20, 3, "clusters of 2^3")]
    [InlineData(20, 60, "clusters of 2^60")]
    [InlineData(24, -1, "absurd size")]
    [InlineData(32, 2, "encrypted")]
    [InlineData(36, 0x7fffffff, "an L1 table of")]
    [InlineData(40, 0x100, "L1 table lies outside")]
    [InlineData(48, 0x7fff, "refcount table lies outside")]
    [InlineData(56, 0x10000000, "a refcount table of")]
    [InlineData(60, 0x10000000, "snapshots")]
    [InlineData(60, 5, "snapshot table lies outside")]
    [InlineData(76, 0x10, "extended L2")]
    [InlineData(76, 0x4, "external file")]
    [InlineData(76, 0x100, "features that are not known")]
    [InlineData(96, 7, "refcounts of 2^7")]
    [InlineData(100, 0x7ffffff8, "a header of")]
    public void Header_WithAWildField_IsRefusedInOneLine(int offset, int value, string expected)
    {
        using var folder = new TestFolder();
        folder.Create("disk.qcow2", DiskSize).Dispose();
        Patch(folder["disk.qcow2"], offset, value);

        var error = Assert.Throws<ImageException>(() => folder.Open("disk.qcow2").Dispose());
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("disk.qcow2", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(50)]
    [InlineData(1000)]
    [InlineData(200_000)]
    public void Image_CutOff_IsRefusedOrReadAsFarAsItGoes(int length)
    {
        using var folder = new TestFolder();
        using (var image = folder.Create("disk.qcow2", DiskSize))
        {
            image.Write(0, new byte[DiskSize]);
        }

        using (var file = File.OpenWrite(folder["disk.qcow2"]))
        {
            file.SetLength(length);
        }

        Assert.Throws<ImageException>(() =>
        {
            using var image = folder.Open("disk.qcow2", ImageAccess.Read);
            image.Read(0, new byte[DiskSize]);
        });
        Assert.Equal(length, new FileInfo(folder["disk.qcow2"]).Length);
    }

    [Fact]
    public void Backing_ThatIsALoop_IsNamed()
    {
        using var folder = new TestFolder();
        folder.Create("a.qcow2", DiskSize).Dispose();
        folder.Create("b.qcow2", DiskSize, backing: "a.qcow2").Dispose();
        Assert.Equal(0, folder.Img("rebase", "-u", "-b", "b.qcow2", "-F", "qcow2", "@a.qcow2").Status);

        Assert.Contains("loop", Assert.Throws<ImageException>(() => folder.Open("b.qcow2")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backing_ThatIsMissing_IsNamed()
    {
        using var folder = new TestFolder();
        folder.Create("a.qcow2", DiskSize).Dispose();
        folder.Create("b.qcow2", DiskSize, backing: "a.qcow2").Dispose();
        File.Delete(folder["a.qcow2"]);

        Assert.Contains("a.qcow2 is not there", Assert.Throws<ImageException>(() => folder.Open("b.qcow2")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_WhereAnEntryPointsAtATable_IsRefusedAndMarked()
    {
        using var folder = new TestFolder();
        using (var image = folder.Create("disk.qcow2", DiskSize))
        {
            image.Write(0, new byte[] { 1 });
        }

        var table = Find(folder["disk.qcow2"]);
        var entry = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(entry, (3UL << 16) | (1UL << 63));
        using (var file = File.OpenWrite(folder["disk.qcow2"]))
        {
            file.Position = table;
            file.Write(entry);
        }

        using (var image = folder.Open("disk.qcow2"))
        {
            Assert.Throws<ImageException>(() => image.Write(0, new byte[] { 2 }));
        }

        Assert.Contains("marked as damaged", Assert.Throws<ImageException>(() => folder.Open("disk.qcow2")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-cdrom", 0, "is no CD-ROM")]
    [InlineData("-fda", 0, "is no floppy disk")]
    [InlineData("-fda", 1001, "whole number of sectors")]
    [InlineData("-fda", 4 << 20, "largest floppy")]
    [InlineData("-hda", 0, "is no disk")]
    public void Medium_OfASizeThatCannotBe_IsNamed(string option, int size, string expected)
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder["medium"], new byte[size]);
        var drives = TestCatalog.Read(option, folder["medium"]).Drives;

        var message = Assert.ThrowsAny<UserErrorException>(() => DriveSet.Open(drives, new EventScheduler(new ManualClock()), _ => { })).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("medium", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Image_WithRandomDamage_ThrowsNothingElse()
    {
        using var folder = new TestFolder();
        var random = new Random(7);
        MakeRich(folder);
        var sound = File.ReadAllBytes(folder["rich.qcow2"]);
        for (var round = 0; round < 300; round++)
        {
            var bytes = (byte[])sound.Clone();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                Damage(random, bytes);
            }

            File.WriteAllBytes(folder["rich.qcow2"], bytes);
            UseAll(folder, random);
            Assert.True(new FileInfo(folder["rich.qcow2"]).Length < 64 << 20, $"round {round}: the file grew without bound");
        }
    }

    // Small clusters, so that tables are a large part of the file.
    private static void MakeRich(TestFolder folder)
    {
        using var image = folder.Create("rich.qcow2", 1 << 20, new Qcow2Layout { ClusterBits = 9 });
        image.Write(0, Enumerable.Range(0, 100_000).Select(i => (byte)i).ToArray());
        image.CreateSnapshot("one", DateTimeOffset.UnixEpoch);
        image.TryWriteCompressed(512 * 300, new byte[512]);
        image.WriteZeros(5000, 20_000);
        image.CreateSnapshot("two", DateTimeOffset.UnixEpoch);
        image.Write(3000, new byte[10_000]);
    }

    private static void Damage(Random random, byte[] bytes)
    {
        var at = random.Next(3) == 0 ? random.Next(112) : random.Next(bytes.Length - 8);
        switch (random.Next(3))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                random.NextBytes(bytes.AsSpan(at, 8));
                break;
            default:
                BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(at & ~7), ((ulong)random.Next(bytes.Length / 512) << 9) | ((ulong)random.Next(2) << 63));
                break;
        }
    }

    private static void UseAll(TestFolder folder, Random random)
    {
        Action<Qcow2Image>[] uses =
        [
            image => image.Read(0, new byte[(int)Math.Min(image.Length, 1 << 20)]),
            image => image.Write(random.Next(1 << 19), new byte[random.Next(1, 50_000)]),
            image => image.WriteZeros(0, Math.Min(image.Length, 100_000)),
            image => image.Discard(0, Math.Min(image.Length, 50_000)),
            image => image.CreateSnapshot("three", DateTimeOffset.UnixEpoch),
            image => image.ApplySnapshot(image.SnapshotList[0]),
            image => image.DeleteSnapshot(image.SnapshotList[0]),
            image => image.Resize(2 << 20),
            image => Qcow2Checker.Check(image, fixLeaks: false, fixAll: random.Next(2) == 0),
        ];
        foreach (var use in uses)
        {
            try
            {
                using var file = ImageFile.Open(folder["rich.qcow2"], ImageAccess.Write);
                using var image = Qcow2Image.Open(file, null, forRepair: random.Next(2) == 0);
                if (image.Length >= 1 << 20 && !image.SnapshotList.IsEmpty)
                {
                    use(image);
                }
            }
            catch (ImageException)
            {
                // What damage may do.
            }
        }
    }

    private static void Patch(string path, int offset, int value)
    {
        using var file = File.OpenWrite(path);
        file.Position = offset;
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        file.Write(bytes);
    }

    private static long Find(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var l1 = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(40));
        return (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan((int)l1)) & L2Entry.OffsetMask);
    }
}
