using Emulator.Host.Images;
using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Tests.Images;

/// <summary>An image beside an array of bytes: whatever is done to both, they have the same contents, and the image is sound.</summary>
public sealed class Qcow2ModelTests
{
    private const int Size = (3 << 20) + 1536;
    private const int Steps = 120;

    public static TheoryData<int, int, int, bool> Layouts => new()
    {
        { 9, 3, 4, false }, { 12, 3, 4, false }, { 16, 3, 4, false }, { 16, 2, 4, false }, { 21, 3, 4, false }, { 9, 3, 6, false }, { 10, 3, 3, false }, { 9, 2, 4, true }, { 12, 3, 4, true }, { 16, 3, 5, true },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Image_AfterRandomWork_HasTheModelsContents(int clusterBits, int version, int refcountOrder, bool hasBacking)
    {
        using var folder = new TestFolder();
        var seed = (clusterBits * 100) + (version * 10) + refcountOrder;
        var random = new Random(seed);
        var model = new byte[Size];
        if (hasBacking)
        {
            using var backing = folder.Create("backing.qcow2", Size - 4096);
            random.NextBytes(model.AsSpan(0, Size - 4096));
            backing.Write(0, model.AsSpan(0, Size - 4096));
        }

        var layout = new Qcow2Layout { ClusterBits = clusterBits, Version = version, RefcountOrder = refcountOrder };
        var image = folder.Create("disk.qcow2", Size, layout, hasBacking ? "backing.qcow2" : null);
        var snapshots = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (var step = 0; step < Steps; step++)
        {
            Step(random, ref image, model, snapshots, folder);
        }

        var actual = new byte[Size];
        image.Read(0, actual);
        Assert.True(model.AsSpan().SequenceEqual(actual), $"seed {seed}: differs from {model.AsSpan().CommonPrefixLength(actual)} on");
        image.Flush();
        var check = Qcow2Checker.Check(image, fixLeaks: false, fixAll: false);
        image.Dispose();
        Assert.Empty(check.Problems);
        if (TestFolder.HasQemuImg)
        {
            Assert.Equal((0, ""), folder.Qemu("check", "-q", "disk.qcow2"));
        }
    }

    private static void Step(Random random, ref Qcow2Image image, byte[] model, Dictionary<string, byte[]> snapshots, TestFolder folder)
    {
        var offset = random.Next(Size);
        var length = Math.Min(random.Next(1, random.Next(4) == 0 ? 300_000 : 5_000), Size - offset);
        switch (random.Next(20))
        {
            case < 9:
                var bytes = new byte[length];
                random.NextBytes(bytes);
                image.Write(offset, bytes);
                bytes.CopyTo(model, offset);
                break;
            case < 12:
                var read = new byte[length];
                image.Read(offset, read);
                Assert.True(read.AsSpan().SequenceEqual(model.AsSpan(offset, length)));
                break;
            case < 14:
                image.WriteZeros(offset, length);
                model.AsSpan(offset, length).Clear();
                break;
            case 14:
                image.Discard(offset, length);
                image.Read(0, model);
                break;
            case 15:
                Compress(random, image, model);
                break;
            case 16:
                image.Flush();
                break;
            case 17:
                image.Dispose();
                image = folder.Open("disk.qcow2");
                break;
            default:
                Snapshot(random, image, model, snapshots);
                break;
        }
    }

    private static void Compress(Random random, Qcow2Image image, byte[] model)
    {
        var cluster = image.Header.ClusterSize;
        var at = random.Next(Size / cluster) * cluster;
        var bytes = new byte[cluster];
        bytes.AsSpan(0, cluster / 2).Fill((byte)random.Next(1, 256));
        random.NextBytes(bytes.AsSpan(cluster / 2, cluster / 4));
        if (image.TryWriteCompressed(at, bytes))
        {
            bytes.CopyTo(model, at);
        }
    }

    private static void Snapshot(Random random, Qcow2Image image, byte[] model, Dictionary<string, byte[]> snapshots)
    {
        var known = image.SnapshotList;
        if (known.Length < 3)
        {
            snapshots[image.CreateSnapshot("s", DateTimeOffset.UnixEpoch).Id] = [.. model];
            return;
        }

        var one = known[random.Next(known.Length)];
        if (random.Next(2) == 0)
        {
            image.ApplySnapshot(one);
            snapshots[one.Id].CopyTo(model, 0);
        }
        else
        {
            image.DeleteSnapshot(one);
        }
    }

    [Fact]
    public void Resize_SmallerAndLargerAgain_ReadsZeros()
    {
        using var folder = new TestFolder();
        using var image = folder.Create("disk.qcow2", 1 << 20);
        image.Write(0, Enumerable.Repeat((byte)7, 1 << 20).ToArray());
        image.Resize(100_000);
        image.Resize(1L << 40);

        var bytes = new byte[200_000];
        image.Read(0, bytes);
        Assert.Equal(100_000, bytes.AsSpan().IndexOfAnyExcept((byte)7));
        Assert.Equal(-1, bytes.AsSpan(100_000).IndexOfAnyExcept((byte)0));
        Assert.Empty(Qcow2Checker.Check(image, fixLeaks: false, fixAll: false).Problems);
    }

    [Fact]
    public void VmState_KeptInASnapshot_ComesBackWithIt()
    {
        using var folder = new TestFolder();
        var state = new byte[3_000_000];
        new Random(1).NextBytes(state);
        using (var image = folder.Create("disk.qcow2", 1 << 20))
        {
            image.WriteVmState(0, state);
            image.CreateSnapshot("vm", DateTimeOffset.UnixEpoch, 12345, state.Length);
            image.DiscardVmState();
        }

        using var again = folder.Open("disk.qcow2");
        again.Write(0, new byte[] { 1 });
        var snapshot = again.FindSnapshot("vm")!;
        again.ApplySnapshot(snapshot);
        var read = new byte[snapshot.VmStateSize];
        again.ReadVmState(0, read);
        Assert.True(state.AsSpan().SequenceEqual(read));
        Assert.Empty(Qcow2Checker.Check(again, fixLeaks: false, fixAll: false).Problems);
    }

    [Fact]
    public void Temporary_WhatIsWritten_LeavesTheBackingFile()
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder["disk.raw"], new byte[4096]);
        using (var image = Qcow2Image.CreateTemporary(new ImageOpener(_ => { }).Open(folder["disk.raw"], "raw", ImageAccess.Read)))
        {
            image.Write(100, new byte[] { 9 });
            var read = new byte[1];
            image.Read(100, read);
            Assert.Equal(9, read[0]);
        }

        Assert.Equal(new byte[4096], File.ReadAllBytes(folder["disk.raw"]));
    }
}
