using System.Text.RegularExpressions;
using Emulator.Devices.Pci;

namespace Emulator.Guests.Tests.Bios;

/// <summary>Systems as Debian has them, booted by both BIOSes from CD or as a kernel, to what they show.</summary>
public sealed partial class RealSystemTests
{
    private const string Own = Firmware.Own;
    private const string SeaBios = Firmware.SeaBios;

    [Theory]
    [InlineData(Own)]
    [InlineData(SeaBios)]
    public void MemtestIso_Booted_PassesItsFirstTests(string firmware)
        => PassesTests(firmware, "-cdrom", BootDisc.FileOf("memtest86+", "usr/lib/memtest86+/memtest86+x64.iso"));

    [Theory]
    [InlineData(Own, "x64")]
    [InlineData(SeaBios, "x64")]
    [InlineData(Own, "ia32")]
    public void MemtestKernel_Started_PassesItsFirstTests(string firmware, string build)
        => PassesTests(firmware, "-kernel", BootDisc.FileOf("memtest86+", $"boot/memtest86+{build}.bin"));

    [Theory]
    [InlineData(Own)]
    [InlineData(SeaBios)]
    public void IpxeIso_Interrupted_GivesItsShell(string firmware) => ReachesIpxe(firmware, "-cdrom", BootDisc.FileOf("ipxe", "usr/lib/ipxe/ipxe.iso"));

    [Theory]
    [InlineData(Own)]
    [InlineData(SeaBios)]
    public void IpxeKernel_Interrupted_GivesItsShell(string firmware) => ReachesIpxe(firmware, "-kernel", BootDisc.FileOf("ipxe", "boot/ipxe.lkrn"));

    [Theory]
    [InlineData(Own)]
    [InlineData(SeaBios)]
    public void Hdt_Booted_ShowsItsMenuAndASubmenu(string firmware)
    {
        using var disc = new BootDisc().WithIsolinux("DEFAULT hdt.c32\n", "hdt", "libgpl", "libmenu");
        using var guest = Boot(firmware, "-m", "64", "-cdrom", disc.Path);
        guest.WaitFor("Main Menu");
        guest.Press("ret");
        guest.WaitFor("The pci.ids file is missing");
    }

    [Theory]
    [InlineData(Own)]
    [InlineData(SeaBios)]
    public void GraphicalMenu_OfIsolinux_ShowsItsEntries(string firmware)
    {
        using var disc = new BootDisc().WithIsolinux("UI vesamenu.c32\nLABEL one\nKERNEL one\nLABEL two\nMENU LABEL Second entry\nKERNEL two\n", "vesamenu", "libgpl", "libmenu");
        using var guest = Boot(firmware, "-m", "64", "-cdrom", disc.Path);
        guest.WaitForPixels("Second entry");
    }

    [Theory]
    [InlineData(Own)]
    [InlineData(SeaBios)]
    public void Memdisk_GivenAFloppy_BootsIt(string firmware)
    {
        const string Text = "This is in memory.";
        using var floppy = new TemporaryImage(SectorReader.Build(80, 2, 18, Text));
        using var disc = new BootDisc().Add("isolinux/memdisk", BootDisc.FileOf("syslinux-common", "usr/lib/syslinux/memdisk"))
            .Add("isolinux/floppy.img", floppy.Path).WithIsolinux("DEFAULT m\nLABEL m\nKERNEL memdisk\nINITRD floppy.img\n");
        using var guest = Boot(firmware, "-m", "32", "-cdrom", disc.Path);
        guest.WaitFor(Text);
    }

    [Theory]
    [InlineData("grub-rescue-cdrom.iso", "-cdrom", Own)]
    [InlineData("grub-rescue-floppy.img", "-fda", Own)]
    [InlineData("grub-rescue-usb.img", "-hda", Own)]
    [InlineData("grub-rescue-cdrom.iso", "-cdrom", SeaBios)]
    [InlineData("grub-rescue-floppy.img", "-fda", SeaBios)]
    [InlineData("grub-rescue-usb.img", "-hda", SeaBios)]
    public void GrubRescueImage_Booted_ShowsItsMenuAndPrompt(string image, string drive, string firmware)
    {
        using var copy = new TemporaryImage(File.ReadAllBytes(BootDisc.FileOf("grub-rescue-pc", $"usr/lib/grub-rescue/{image}")));
        using var guest = Boot(firmware, "-m", "64", drive, copy.Path);
        guest.WaitFor("Memtest86+");
        guest.Press("c");
        guest.WaitFor("grub>");
    }

    [Theory]
    [InlineData(Own)]
    [InlineData(SeaBios)]
    public void GrubLegacy_OnFloppy_GivesItsPrompt(string firmware)
    {
        var image = new byte[1440 * 1024];
        var stage1 = File.ReadAllBytes(BootDisc.FileOf("grub-legacy", "usr/lib/grub/x86_64-pc/stage1"));
        stage1.CopyTo(image, 0);
        File.ReadAllBytes(BootDisc.FileOf("grub-legacy", "usr/lib/grub/x86_64-pc/stage2")).CopyTo(image, stage1.Length);
        using var floppy = new TemporaryImage(image);
        using var guest = Boot(firmware, "-m", "32", "-fda", floppy.Path);
        guest.WaitFor("grub>");
    }

    [Fact]
    public void NothingBootable_Started_SaysSo()
    {
        using var disk = new TemporaryImage(new byte[1 << 20]);
        using var guest = Boot(Own, "-drive", $"file={disk.Path},format=raw");
        guest.WaitFor("No bootable device.");
    }

    // Linux's ata_piix looks there before it looks for drives, and finds none where firmware has enabled no channel.
    [Theory]
    [InlineData(0x40)]
    [InlineData(0x42)]
    public void IdeChannels_WhenOwnBiosHasStarted_AreEnabledInIdetim(int timing)
    {
        using var disk = new TemporaryImage(new byte[1 << 20]);
        using var guest = Boot(Own, "-drive", $"file={disk.Path},format=raw");
        guest.WaitFor("No bootable device.");
        var ide = guest.Machine.Pc.Storage.Ide!;
        Assert.Equal(0x8000u, ide.ReadConfig(timing, 2) & 0x8000);
        Assert.Equal((uint)PciRegister.CommandMaster, ide.ReadConfig(PciRegister.Command, 2) & PciRegister.CommandMaster);
    }

    private static ScreenGuest Boot(string firmware, params IReadOnlyList<string> arguments) => new([.. Firmware.Options(firmware), .. arguments]);

    // The fourth test runs: those before it, each over all memory, have found no error.
    private static void PassesTests(string firmware, string option, string file)
    {
        using var guest = Boot(firmware, "-m", "32", option, file);
        var screen = guest.WaitFor("the fourth test", screen => RunningTest().Match(screen) is { Success: true } test && test.Groups[1].ValueSpan[0] >= '3');
        Assert.Contains("Errors: 0", screen, StringComparison.Ordinal);
    }

    private static void ReachesIpxe(string firmware, string option, string file)
    {
        using var guest = Boot(firmware, "-m", "64", option, file);
        guest.WaitFor("Ctrl-B");
        guest.Press("ctrl", "b");
        guest.WaitFor("iPXE>");
    }

    [GeneratedRegex("Test #([0-9])")]
    private static partial Regex RunningTest();
}
