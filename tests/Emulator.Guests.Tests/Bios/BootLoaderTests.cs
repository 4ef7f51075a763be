namespace Emulator.Guests.Tests.Bios;

/// <summary>Boot loaders that start something else: GRUB its entries; and those that are firmware themselves.</summary>
[Collection(DebianCollection.Name)]
public sealed class BootLoaderTests(DebianGuests guests)
{
    private const string Configuration = """
        set timeout=-1
        menuentry "Debian shell" {
          linux /boot/vmlinuz console=ttyS0 quiet
          initrd /boot/initrd
        }
        menuentry "GRUB Invaders" {
          multiboot /boot/invaders
        }
        """;

    [Theory]
    [InlineData(Firmware.Own)]
    [InlineData(Firmware.SeaBios)]
    public void GrubMenu_FirstEntry_BootsDebianToAShell(string firmware)
    {
        var files = guests.Get();
        using var disc = new BootDisc().Add("boot/vmlinuz", files.Kernel).Add("boot/initrd", files.Initrd).WithGrub(Configuration);
        using var guest = new ScreenGuest([.. Firmware.Options(firmware), "-m", "256", "-cdrom", disc.Path]);
        guest.WaitFor("Debian shell");
        guest.Press("ret");
        guest.Machine.WaitFor(" # ");
        guest.Machine.Type("uname -s; poweroff -f");
        guest.Machine.WaitFor("Linux");
        Assert.Equal(0, guest.Machine.WaitForEnd());
    }

    [Theory]
    [InlineData(Firmware.Own)]
    [InlineData(Firmware.SeaBios)]
    public void GrubMenu_SecondEntry_BootsAMultibootKernel(string firmware)
    {
        using var disc = new BootDisc().Add("boot/invaders", BootDisc.FileOf("grub-invaders", "boot/invaders.exec")).WithGrub(Configuration);
        using var guest = new ScreenGuest([.. Firmware.Options(firmware), "-m", "64", "-cdrom", disc.Path]);
        guest.WaitFor("GRUB Invaders");
        guest.Press("down");
        guest.Press("ret");
        guest.WaitFor("-*-");
    }

    [Theory]
    [InlineData(Firmware.Own)]
    [InlineData(Firmware.SeaBios)]
    public void GrubInvaders_AsKernel_ShowsItsRows(string firmware)
    {
        using var guest = new ScreenGuest([.. Firmware.Options(firmware), "-m", "32", "-kernel", BootDisc.FileOf("grub-invaders", "boot/invaders.exec")]);
        guest.WaitFor("-*-");
    }

    [Theory]
    [InlineData("qemu-x86")]
    [InlineData("qemu-x86_64")]
    public void UBoot_Started_ReachesItsPrompt(string build)
    {
        using var guest = new GuestMachine("-nographic", "-bios", BootDisc.FileOf("u-boot-qemu", $"usr/lib/u-boot/{build}/u-boot.rom")).Start();
        guest.WaitFor("U-Boot 20");
        guest.WaitFor("autoboot");
        guest.Type("");
        guest.WaitFor("=> ");
    }
}
