using Emulator.Guests.Tests.Bios;

namespace Emulator.Guests.Tests.Systems;

/// <summary>
/// A CD of grub-mkrescue: its menu on the screen, and from it a Debian kernel whose console is the frame buffer that the firmware gave, the VBE's
/// or UEFI's.
/// </summary>
[Collection(DebianCollection.Name)]
public sealed class GrubTests(DebianGuests guests) : IDisposable
{
    private const string Configuration = """
        set timeout=-1
        if [ "$grub_platform" = efi ]; then insmod efi_gop; else insmod vbe; fi
        set gfxmode=1024x768x32,auto
        set gfxpayload=1024x768x32,keep
        menuentry "Debian kernel and a shell" {
            linux /vmlinuz console=tty0 console=ttyS0
            initrd /initrd
        }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grub-");

    public static IEnumerable<TheoryDataRow<string, string, string>> Machines => SystemMatrix.Rows(
        [("pc", "own", "VESA VGA"), ("q35", "ovmf", "EFI VGA")],
        ("pc", "seabios", "VESA VGA"), ("pc", "ovmf", "EFI VGA"), ("q35", "own", "VESA VGA"), ("q35", "seabios", "VESA VGA"));

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Machines))]
    public void RescueDisc_ItsMenusEntryTaken_HasAShellAndAConsoleOnTheFrameBuffer(string board, string firmware, string frameBuffer)
    {
        var files = guests.Get("linux-image-amd64");
        using var disc = new BootDisc();
        disc.Add("vmlinuz", files.Kernel).Add("initrd", files.Initrd).WithGrub(Configuration);
        using var guest = new ScreenGuest([.. SystemMatrix.Options(board, firmware, _folder.FullName), "-m", "512", "-cdrom", disc.Path]);
        guest.WaitForPicture("GNU GRUB");
        guest.Press("ret");
        guest.Machine.WaitFor("/root # ");
        var shell = new GuestShell(guest.Machine);
        Assert.Equal($"0 {frameBuffer}", shell.Ask("cat /proc/fb"));
        shell.Ask("echo; echo frame buffer console of $((6 * 7)) > /dev/tty0");
        guest.WaitForPicture("frame buffer console of 42");
    }
}
