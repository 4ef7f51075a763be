using Emulator.Host.Cli;
using Emulator.Host.Machines;
using Emulator.Host.Packages;

namespace Emulator.Guests.Tests;

/// <summary>Debian's 32-bit kernels, its memory tester, and what else boots from <c>-kernel</c> or as firmware: to known text.</summary>
[Collection(DebianCollection.Name)]
public sealed class SmallKernelTests(DebianGuests guests)
{
    private const string ZeroSum = "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025";

    [Theory]
    [InlineData("linux-image-686", "pentium3", 1)]
    [InlineData("linux-image-686-pae", "max", 2)]
    public void Linux32_OnModel_BootsAndHashes(string package, string model, int processors)
    {
        using var shell = new LinuxShell(guests.Get(package), "-cpu", model, "-smp", $"{processors}");
        Assert.Contains($"{processors} processor(s)", shell.WaitForShell(), StringComparison.Ordinal);
        Assert.Equal("i686", shell.Ask("uname -m"));
        Assert.StartsWith(ZeroSum, shell.Ask("head -c 1000000 /dev/zero | sha256sum"), StringComparison.Ordinal);
        Assert.Equal(0, shell.PowerOff());
    }

    [Theory]
    [InlineData("boot/memtest86+x64.bin", 1)]
    [InlineData("boot/memtest86+ia32.bin", 2)]
    public void Memtest_FirstTests_FindNoError(string image, int processors)
    {
        using var guest = new GuestMachine("-m", "16", "-smp", $"{processors}", "-kernel", FileOf("memtest86+", image), "-nographic").Start();
        var screen = WaitForScreen(guest, "Test #4");
        Assert.Contains("Errors: 0", screen, StringComparison.Ordinal);
        Assert.Contains(processors == 1 ? "SMP: Disabled" : $"SMP: {processors}T (PAR)", screen, StringComparison.Ordinal);
    }

    [Fact]
    public void GrubInvaders_Booted_ShowsItsRows()
    {
        using var guest = new GuestMachine("-kernel", FileOf("grub-invaders", "boot/invaders.exec"), "-nographic").Start();
        WaitForScreen(guest, "-*--*-");
    }

    [Theory]
    [InlineData("qemu-x86", "32-bit")]
    [InlineData("qemu-x86_64", "64-bit")]
    public void UBoot_AsFirmware_AnswersAtItsPrompt(string board, string build)
    {
        using var guest = new GuestMachine("-bios", FileOf("u-boot-qemu", $"usr/lib/u-boot/{board}/u-boot.rom"), "-nographic").Start();
        guest.WaitFor("autoboot");
        guest.Type("");
        guest.WaitFor("=> ");
        guest.Type("bdinfo");
        guest.WaitFor($"Build       = {build}");
        guest.WaitFor("=> ");
    }

    private static string FileOf(string package, string path)
    {
        try
        {
            return Path.Combine(new DebianPackages(DebianPackages.DefaultFolder(), "amd64", _ => { }).Fetch(package), path);
        }
        catch (UserErrorException reason)
        {
            Assert.Skip(reason.Message);
            throw;
        }
    }

    private static string WaitForScreen(GuestMachine guest, string text)
    {
        var screen = "";
        var end = Environment.TickCount64 + (long)GuestMachine.AnswerLimit.TotalMilliseconds;
        while (!screen.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(Environment.TickCount64 < end, $"Waiting for \"{text}\" on the screen:\n{screen}\n{guest.Report()}");
            Thread.Sleep(200);
            guest.Between(() => screen = new MachineMonitor(guest.Pc).Describe("screen")!);
        }

        return screen;
    }
}
