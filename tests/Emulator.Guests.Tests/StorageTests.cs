using System.Security.Cryptography;

namespace Emulator.Guests.Tests;

/// <summary>Linux's drivers on the emulator's disk controllers; the host's file system tools judge what they leave.</summary>
[Collection(DebianCollection.Name)]
public sealed class StorageTests(DebianGuests guests)
{
    private const int FileSize = 4 << 20;
    private const string WriteFile = "head -c 3000000 /dev/urandom > /mnt/written; sync; sha256sum < /mnt/written";

    [Theory]
    [InlineData("pc", "ata_piix")]
    [InlineData("q35", "ahci")]
    public void BoardDisk_UnderExt4_ReadsAndKeepsWhatIsWritten(string machine, string driver)
    {
        using var guest = new StorageGuest(guests);
        var (disk, sum) = MakeDisk(guest);
        Check(guest, disk, sum, driver, "-machine", machine, "-hda", disk);
    }

    [Fact]
    public void AddedAhciDisk_UnderExt4_ReadsAndKeepsWhatIsWritten()
    {
        using var guest = new StorageGuest(guests);
        var (disk, sum) = MakeDisk(guest);
        Check(
            guest, disk, sum, "ahci",
            "-drive", $"file={disk},if=none,id=d0", "-device", "ich9-ahci,id=ahci0", "-device", "ide-hd,drive=d0,bus=ahci0.0");
    }

    [Theory]
    [InlineData("pc")]
    [InlineData("q35")]
    public void CdRom_MountedAndChanged_HasTheFilesOfItsImage(string machine)
    {
        using var guest = new StorageGuest(guests);
        var first = MakeIso(guest, "first", out var sum);
        var second = MakeIso(guest, "second", out var otherSum);
        using var shell = guest.Boot("-machine", machine, "-cdrom", first);
        shell.Ask("mkdir -p /mnt; mount -t iso9660 -o ro /dev/sr0 /mnt");
        Assert.StartsWith(sum, shell.Ask("sha256sum < /mnt/data"), StringComparison.Ordinal);
        shell.Ask("umount /mnt");
        var id = shell.Machine.Pc.Storage.Drives.Single(drive => drive.Choice.IsCdRom).Choice.Id;
        string? problem = null;
        shell.Machine.Between(() => problem = shell.Machine.Pc.Storage.Change(id, second, "raw", force: true));
        Assert.Null(problem);
        shell.Ask("mount -t iso9660 -o ro /dev/sr0 /mnt");
        Assert.StartsWith(otherSum, shell.Ask("sha256sum < /mnt/data"), StringComparison.Ordinal);
        Assert.Equal(0, shell.PowerOff());
    }

    [Theory]
    [InlineData(1440)]
    [InlineData(720)]
    [InlineData(360)]
    public void Floppy_WithFat_IsReadAndWritten(int kilobytes)
    {
        using var guest = new StorageGuest(guests);
        var (image, data) = (guest.PathOf("floppy.img"), guest.PathOf("data"));
        var contents = RandomNumberGenerator.GetBytes(150_000);
        File.WriteAllBytes(data, contents);
        File.WriteAllBytes(image, new byte[kilobytes << 10]);
        StorageGuest.Run("mformat", "-i", image, "-f", $"{kilobytes}", "::");
        StorageGuest.Run("mcopy", "-i", image, data, "::data");
        using (var shell = guest.Boot("-fda", image))
        {
            shell.Ask("mkdir -p /mnt; mount -t vfat /dev/fd0 /mnt");
            Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(contents)), shell.Ask("sha256sum < /mnt/data"), StringComparison.Ordinal);
            shell.Ask("cp /mnt/data /mnt/copy; sync; umount /mnt");
            Assert.Equal(0, shell.PowerOff());
        }

        StorageGuest.Run("mcopy", "-i", image, "::copy", guest.PathOf("copy"));
        Assert.Equal(contents, File.ReadAllBytes(guest.PathOf("copy")));
    }

    private static (string Disk, string Sum) MakeDisk(StorageGuest guest)
    {
        var (disk, files) = (guest.PathOf("disk.img"), guest.PathOf("files"));
        Directory.CreateDirectory(files);
        var contents = RandomNumberGenerator.GetBytes(FileSize);
        File.WriteAllBytes(Path.Combine(files, "data"), contents);
        StorageGuest.Run("mke2fs", "-q", "-t", "ext4", "-d", files, disk, "64M");
        return (disk, Convert.ToHexStringLower(SHA256.HashData(contents)));
    }

    private static string MakeIso(StorageGuest guest, string name, out string sum)
    {
        var (image, files) = (guest.PathOf(name + ".iso"), guest.PathOf(name));
        Directory.CreateDirectory(files);
        var contents = RandomNumberGenerator.GetBytes(FileSize);
        File.WriteAllBytes(Path.Combine(files, "data"), contents);
        sum = Convert.ToHexStringLower(SHA256.HashData(contents));
        StorageGuest.Run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", image, files);
        return image;
    }

    private static void Check(StorageGuest guest, string disk, string sum, string driver, params IReadOnlyList<string> arguments)
    {
        string written;
        using (var shell = guest.Boot(arguments))
        {
            Assert.Contains(driver, shell.Ask("cat /sys/class/scsi_host/host*/proc_name"), StringComparison.Ordinal);
            shell.Ask("mkdir -p /mnt; mount -t ext4 /dev/sda /mnt");
            Assert.StartsWith(sum, shell.Ask("sha256sum < /mnt/data"), StringComparison.Ordinal);
            written = shell.Ask(WriteFile).Split(' ')[0];
            shell.Ask("umount /mnt");
            Assert.Equal(0, shell.PowerOff());
        }

        StorageGuest.Run("e2fsck", "-fn", disk);
        StorageGuest.Run("debugfs", "-R", $"dump /written {guest.PathOf("dump")}", disk);
        Assert.Equal(written, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(guest.PathOf("dump")))));
    }
}
