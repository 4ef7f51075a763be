using System.Security.Cryptography;
using Emulator.Guests.Tests.Bios;

namespace Emulator.Guests.Tests.Systems;

/// <summary>Debian 12 on a disk, by its boot loader to systemd's login on the screen; the host's tools judge the file system that it leaves.</summary>
public sealed class DebianDiskTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("debian-disk-");

    public static IEnumerable<TheoryDataRow<string, string, string>> Machines => SystemMatrix.Rows(
        [("pc", "own", "raw")],
        ("pc", "own", "qcow2"), ("pc", "seabios", "raw"), ("pc", "seabios", "qcow2"), ("pc", "ovmf", "raw"),
        ("q35", "own", "raw"), ("q35", "own", "qcow2"), ("q35", "seabios", "raw"), ("q35", "seabios", "qcow2"),
        ("q35", "ovmf", "qcow2"));

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory(Explicit = true)]
    [MemberData(nameof(Machines))]
    public void DebianDisk_Booted_LogsInWritesAndPowersOffCleanly(string board, string firmware, string format)
    {
        var disk = DebianDisk.Make(_folder.FullName, format);
        string sum;
        using (var guest = new ScreenGuest([.. SystemMatrix.Options(board, firmware, _folder.FullName), "-m", "512", "-drive", $"file={disk},format={format}"]))
        {
            guest.Machine.WaitFor("debian login: ");
            guest.WaitForPicture("debian login:");
            var shell = new GuestShell(guest.Machine);
            shell.LogIn();
            Assert.Equal("running", shell.Ask("systemctl is-system-running --wait"));
            Assert.Contains(board == "pc" ? "ata_piix" : "ahci", shell.Ask("cat /sys/class/scsi_host/host0/proc_name"), StringComparison.Ordinal);
            sum = shell.Ask("head -c 3000000 /dev/urandom > /root/written; sha256sum < /root/written").Split(' ')[0];
            guest.Machine.Type("systemctl poweroff");
            Assert.Equal(0, guest.Machine.WaitForEnd());
        }

        Assert.Equal(sum, Convert.ToHexStringLower(SHA256.HashData(DebianDisk.Check(_folder.FullName, disk, format, "/root/written"))));
    }
}
