namespace Emulator.Guests.Tests.Bios;

/// <summary>Debian's boot loaders and small systems as they are, started by firmware or directly, to what they show.</summary>
public sealed class BootLoaderTests
{
    [Fact]
    public void IsolinuxWithHdt_OnOwnBios_ShowsItsTitle()
    {
        using var disc = new BootDisc().WithIsolinux("DEFAULT hdt.c32\n", "hdt", "libgpl", "libmenu");
        using var guest = new ScreenGuest("-cdrom", disc.Path);
        guest.WaitFor("Hardware Detection Tool");
    }

    [Fact]
    public void Memdisk_OnSeaBios_BootsItsFloppy()
    {
        using var floppy = new TemporaryImage(new BootProgram().Call("teletype", 0x10, 0x0e4d, 7).Call("disk", 0x13, 0x0201, BootProgram.Buffer, 1, 0x0100).Build());
        using var disc = new BootDisc().Add("isolinux/memdisk", BootDisc.FileOf("syslinux-common", "usr/lib/syslinux/memdisk"))
            .Add("isolinux/floppy.img", floppy.Path).WithIsolinux("DEFAULT m\nLABEL m\nKERNEL memdisk\nINITRD floppy.img\n");
        using var guest = new ScreenGuest(
            "-bios", BootDisc.FileOf("seabios", "usr/share/seabios/bios-256k.bin"), "-device", "isa-debug-exit,iobase=0x501", "-cdrom", disc.Path);
        Assert.Equal(0x21, guest.Machine.WaitForEnd());
    }

    [Fact]
    public void GrubInvaders_Started_ShowsItsRows()
    {
        using var guest = new ScreenGuest("-kernel", BootDisc.FileOf("grub-invaders", "boot/invaders.exec"));
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
