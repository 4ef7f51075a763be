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
        var files = Path.GetDirectoryName(BootDisc.FileOf(Package, $"{Images}/{frontEnd}/debian-installer/amd64/linux"))!;

        // A busy host reads the menu too late for its timeout, which starts another installation: that is all that is not the package's.
        const string Place = "debian-installer/amd64";
        using var disc = new BootDisc();
        _ = firmware == "ovmf"
            ? disc.AddFolder(Place, files).WithGrub(File.ReadAllText(Path.Combine(files, "grub", "grub.cfg")))
            : disc.AddFolder($"isolinux/{Place}", files).WithIsolinux($"include {Place}/boot-screens/syslinux.cfg\ntimeout 0\n");
        using var guest = new ScreenGuest([.. SystemMatrix.Options(board, firmware, _folder.FullName), "-m", "1024", "-cdrom", disc.Path]);
        guest.WaitForPicture("Install");
        guest.Press("ret");
        guest.WaitForPicture("Select a language");
    }
}
