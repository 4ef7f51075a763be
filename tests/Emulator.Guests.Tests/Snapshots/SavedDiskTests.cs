using Emulator.Host.Images;
using Emulator.Host.Images.Qcow2;
using Emulator.Host.Monitors;
using Emulator.Host.Snapshots;

namespace Emulator.Guests.Tests.Snapshots;

/// <summary>Machine and disks kept together: what the guest has in memory and what it has on its disk go back to one instant.</summary>
[Collection(DebianCollection.Name)]
public sealed class SavedDiskTests(DebianGuests guests)
{
    private const string Writer = "(while :; do head -c 300000 /dev/urandom | dd of=/dev/sda bs=4k seek=100 conv=fsync 2>/dev/null; sleep 0.2; done) &";

    [Theory]
    [InlineData("pc")]
    [InlineData("q35")]
    public void SavedUnderAWritingGuest_Loaded_HasMemoryAndDiskOfThen(string machine)
    {
        using var guest = new StorageGuest(guests);
        var disk = guest.PathOf("disk.qcow2");
        Qcow2Creator.Create(ImageFile.Open(disk, ImageAccess.Write | ImageAccess.Create), new Qcow2Layout(), 64 << 20).Dispose();
        using (var shell = guest.Boot("-machine", machine, "-hda", disk))
        {
            shell.Ask("echo first > /dev/sda; sync; X=kept");
            shell.Machine.Type(Writer);
            shell.WaitForShell();
            Assert.Equal("", Say(shell, "savevm early"));
            Assert.Equal("", Say(shell, "savevm point"));
            Assert.Contains("point", Say(shell, "info snapshots"), StringComparison.Ordinal);
            shell.Ask("echo other > /dev/sda; X=lost");
            Assert.Contains("no such snapshot", Say(shell, "loadvm nowhere"), StringComparison.Ordinal);
            Assert.Equal("lost", shell.Ask("echo $X"));
            Assert.Equal("", Say(shell, "loadvm point"));
            shell.Machine.Type("");
            shell.WaitForShell();
            Assert.Equal("kept", shell.Ask("echo $X"));
            Assert.Equal("first", shell.Ask("kill %1; wait; head -n 1 /dev/sda"));
            Assert.Equal("", Say(shell, "delvm early"));
            Assert.DoesNotContain("early", Say(shell, "info snapshots"), StringComparison.Ordinal);
            shell.PowerOff();
        }

        StorageGuest.Run("qemu-img", "check", disk);
        Assert.Matches("1 +point +[0-9.]+ [KM]iB|2 +point +[0-9.]+ [KM]iB", StorageGuest.Run("qemu-img", "snapshot", "-l", disk));
        using var again = guest.Boot("-machine", machine, "-hda", disk);
        Assert.Equal("", Say(again, "loadvm point"));
        again.Machine.Type("");
        again.WaitForShell();
        Assert.Equal("kept", again.Ask("echo $X"));
        Assert.Equal("first", again.Ask("kill %1; wait; head -n 1 /dev/sda"));
    }

    [Fact]
    public void Monitor_WithoutADiskForSnapshots_SaysSo()
    {
        using var machine = new SteppedMachine("-m", "8");
        var monitor = new HumanMonitor(new SnapshotCommands(machine.Pc));
        Assert.StartsWith("Error: savevm x: the machine has no writable qcow2 disk", monitor.Execute("savevm x"), StringComparison.Ordinal);
        Assert.Equal("There is no snapshot available.\n", monitor.Execute("info snapshots"));
        Assert.Equal("Error: migrate exec:cat: 'exec:' is not supported; write file:PATH\n", monitor.Execute("migrate exec:cat"));
        Assert.False(machine.Pc.Machine.IsPaused);
    }

    [Fact]
    public void RawDisk_Writable_IsNamed()
    {
        var raw = Path.GetTempFileName();
        File.WriteAllBytes(raw, new byte[1 << 20]);
        try
        {
            using var machine = new SteppedMachine("-m", "8", "-drive", $"file={raw},format=raw,id=d0");
            Assert.StartsWith(
                "Error: savevm x: the disk 'd0' can be written and is raw, which has no snapshots; give it as qcow2",
                new HumanMonitor(new SnapshotCommands(machine.Pc)).Execute("savevm x"),
                StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(raw);
        }
    }

    [Fact]
    public void Migrate_ToAFile_WritesAWholeStateAndStops()
    {
        var folder = Directory.CreateTempSubdirectory("state-").FullName;
        try
        {
            using var machine = new SteppedMachine("-m", "8", "-accel", "interpreter");
            machine.Run(400_000);
            var monitor = new HumanMonitor(new SnapshotCommands(machine.Pc));
            Assert.Equal("", monitor.Execute($"migrate file:{folder}/state"));
            Assert.True(machine.Pc.Machine.IsPaused);
            Assert.Equal([$"{folder}/state"], Directory.GetFiles(folder));
            Assert.Contains("cannot be written", monitor.Execute($"migrate file:{folder}/nowhere/state"), StringComparison.Ordinal);
            using var other = new SteppedMachine("-m", "8", "-accel", "interpreter");
            StateFiles.Load(other.Pc, "-incoming", $"{folder}/state");
            Assert.Equal(machine.Everything(), other.Everything());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Say(LinuxShell shell, string line)
    {
        var answer = "";
        shell.Machine.Between(() => answer = new HumanMonitor(new SnapshotCommands(shell.Machine.Pc)).Execute(line));
        return answer;
    }
}
