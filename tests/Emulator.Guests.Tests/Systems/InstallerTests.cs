using Emulator.Guests.Tests.Bios;

namespace Emulator.Guests.Tests.Systems;

/// <summary>
/// Debian 12's installer, the files of its package as they are, from a CD to its first question on the screen: by ISOLINUX and the package's
/// own menu, or by GRUB and the package's own grub.cfg where the firmware is UEFI.
/// </summary>
public sealed class InstallerTests : IDisposable
{
    private const string Package = "debian-installer-12-netboot-amd64";
    private const string Images = "usr/lib/debian-installer/images/12/amd64";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("installer-");

    public static IEnumerable<TheoryDataRow<string, string, string>> Machines => SystemMatrix.Rows(
        [("pc", "own", "text"), ("q35", "seabios", "gtk")],
        ("pc", "seabios", "text"), ("pc", "own", "gtk"), ("pc", "seabios", "gtk"), ("pc", "ovmf", "text"), ("pc", "ovmf", "gtk"),
        ("q35", "own", "text"), ("q35", "seabios", "text"), ("q35", "own", "gtk"), ("q35", "ovmf", "text"), ("q35", "ovmf", "gtk"));

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Machines))]
    public void Installer_StartedFromItsMenu_AsksForTheLanguage(string board, string firmware, string frontEnd)
    {
        using var disc = new BootDisc();
        var files = BootDisc.FileOf(Package, $"{Images}/{frontEnd}/debian-installer/amd64/linux");
        disc.AddFolder("debian-installer/amd64", Path.GetDirectoryName(files)!);
        if (firmware == "ovmf")
        {
            disc.Add("boot/grub/grub.cfg", Path.Combine(Path.GetDirectoryName(files)!, "grub", "grub.cfg")).WithGrub();
        }
        else
        {
            disc.WithIsolinux("path debian-installer/amd64/boot-screens/\ninclude debian-installer/amd64/boot-screens/syslinux.cfg\n");
        }

        using var guest = new ScreenGuest([.. SystemMatrix.Options(board, firmware, _folder.FullName), "-m", "1024", "-cdrom", disc.Path]);
        guest.WaitForPicture("Install");
        guest.Press("ret");
        guest.WaitForPicture("Select a language");
    }
}
