using Emulator.Core.Time;
using Emulator.Devices.Storage;
using Emulator.Host.Cli;
using Emulator.Host.Images;
using Emulator.Host.Tests.Cli;

namespace Emulator.Host.Tests.Images;

/// <summary>Drives of the command line: their places, their files, their requests.</summary>
public sealed class DriveTests
{
    [Theory]
    [InlineData("ide0-hd0 ide1-cd0* floppy0*", "-hda", "a")]
    [InlineData("ide0-hd0 ide0-hd1 ide1-cd0 floppy0*", "-hda", "a", "-hdb", "b", "-cdrom", "c")]
    [InlineData("ide0-hd0 ide0-hd1 ide1-cd0*", "-drive", "file=a", "-drive", "file=b", "-drive", "if=none,file=c,id=x", "-fdb", "f")]
    [InlineData("ide1-hd1", "-nodefaults", "-drive", "file=a,index=3")]
    [InlineData("ide1-cd1", "-nodefaults", "-drive", "file=a,bus=1,unit=1,media=cdrom")]
    [InlineData("disk pflash0", "-nodefaults", "-drive", "file=a,id=disk", "-pflash", "f")]
    [InlineData("floppy0", "-nodefaults", "-drive", "if=floppy,file=a")]
    public void Drives_OfTheCommandLine_HaveQemusPlaces(string expected, params string[] arguments)
    {
        var drives = TestCatalog.Read(arguments).Drives;

        Assert.Equal(expected, string.Join(' ', drives.Select(drive => drive.Id + (drive.File is null ? "*" : "")).Where(id => id is not ("floppy1" or "x" or "floppy0*") || expected.Contains(id, StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("its place is taken by -hda", "-drive", "file=b,index=0", "-hda", "a")]
    [InlineData("there is no bus 2", "-drive", "file=a,index=4")]
    [InlineData("if=virtio is not supported", "-drive", "file=a,if=virtio")]
    [InlineData("format=vmdk is not supported", "-drive", "file=a,format=vmdk")]
    [InlineData("is no cache mode", "-drive", "file=a,cache=fast")]
    [InlineData("has no file", "-drive", "if=ide")]
    [InlineData("did you mean readonly", "-drive", "file=a,readonl=on")]
    [InlineData("the id 'd' is taken", "-drive", "file=a,id=d", "-drive", "file=b,id=d")]
    [InlineData("a CD-ROM cannot be written", "-drive", "file=a,media=cdrom,readonly=off")]
    [InlineData("werror=halt is not supported", "-drive", "file=a,werror=halt")]
    [InlineData("no boot device", "-boot", "order=x")]
    [InlineData("stands there twice", "-boot", "cc")]
    public void Drive_Wrong_IsOneLineThatNamesIt(string expected, params string[] arguments)
        => Assert.Contains(expected, TestCatalog.Error(arguments), StringComparison.Ordinal);

    [Fact]
    public void Boot_InSeveralOptions_IsPutTogether()
        => Assert.Equal(new BootChoice("dc", "n", Menu: true) { SplashTime = 5000 }, TestCatalog.Read("-boot", "dc", "-boot", "once=n,menu=on,splash-time=5000").Boot);

    [Fact]
    public void Backend_RequestsInOrder_CompleteOnTheMachinesThread()
    {
        using var folder = new TestFolder();
        folder.Create("disk.qcow2", 1 << 20).Dispose();
        var (scheduler, done) = (new EventScheduler(new ManualClock()), new List<string>());
        using var drives = DriveSet.Open(TestCatalog.Read("-hda", folder["disk.qcow2"]).Drives, scheduler, _ => { });
        var backend = drives.Find(DriveInterface.Ide, 0, 0)!.Backend!;
        var read = new byte[512];

        backend.Write(1024, Enumerable.Repeat((byte)3, 512).ToArray(), status => done.Add($"write {status}"));
        backend.Read(1024, read, status => done.Add($"read {status}"));
        backend.Flush(status => done.Add($"flush {status}"));
        backend.Read(1 << 20, read.AsMemory(0, 1), status => done.Add($"beyond {status}"));
        Assert.Equal(4, backend.Pending);
        Assert.Empty(done);
        var now = new byte[512];
        Assert.Equal(BlockStatus.Success, backend.ReadNow(1024, now));
        scheduler.RunDue();

        Assert.Equal(["write Success", "read Success", "flush Success", "beyond OutOfRange"], done);
        Assert.Equal(0, backend.Pending);
        Assert.All(read.Concat(now), value => Assert.Equal(3, value));
    }

    [Fact]
    public void Snapshot_OfADrive_LeavesTheFileAsItWas()
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder["disk.raw"], new byte[4096]);
        using (var drives = DriveSet.Open(TestCatalog.Read("-snapshot", "-hda", folder["disk.raw"]).Drives, new EventScheduler(new ManualClock()), _ => { }))
        {
            var backend = drives.Find("ide0-hd0")!.Backend!;
            Assert.Equal(BlockStatus.Success, backend.WriteNow(512, new byte[] { 1, 2 }));
            var read = new byte[2];
            backend.ReadNow(512, read);
            Assert.Equal([1, 2], read);
        }

        Assert.All(File.ReadAllBytes(folder["disk.raw"]), value => Assert.Equal(0, value));
    }

    [Fact]
    public void ReadOnly_Drive_RefusesWrites()
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder["disk.iso"], new byte[4096]);
        using var drives = DriveSet.Open(TestCatalog.Read("-cdrom", folder["disk.iso"]).Drives, new EventScheduler(new ManualClock()), _ => { });
        var backend = drives.Find(DriveInterface.Ide, 1, 0)!.Backend!;

        Assert.True(backend.IsReadOnly);
        Assert.Equal(BlockStatus.ReadOnly, backend.WriteNow(0, new byte[1]));
    }

    [Fact]
    public void Raw_GuessedForWriting_IsWarnedOf()
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder["disk.raw"], new byte[4096]);
        var said = new List<string>();
        DriveSet.Open(TestCatalog.Read("-hda", folder["disk.raw"]).Drives, new EventScheduler(new ManualClock()), said.Add).Dispose();
        DriveSet.Open(TestCatalog.Read("-drive", $"file={folder["disk.raw"]},format=raw").Drives, new EventScheduler(new ManualClock()), said.Add).Dispose();

        Assert.Contains("format=raw", Assert.Single(said), StringComparison.Ordinal);
    }
}
