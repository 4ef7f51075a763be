using Emulator.Host.Cli;
using Emulator.Host.Packages;

namespace Emulator.Guests.Tests;

/// <summary>SeaBIOS and OVMF as Debian has them, on both boards: to their own ends, and to a Linux kernel that they are given.</summary>
[Collection(DebianCollection.Name)]
public sealed class FirmwareTests(DebianGuests guests) : IDisposable
{
    private const string SeaBios = "usr/share/seabios/bios-256k.bin";
    private const string OvmfCode = "usr/share/OVMF/OVMF_CODE_4M.fd";
    private const string OvmfVariables = "usr/share/OVMF/OVMF_VARS_4M.fd";
    private const string SumTables = "cd /sys/firmware/acpi/tables; sha256sum APIC DSDT HPET; ls | tr '\\n' ' '; cd";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("firmware-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("pc")]
    [InlineData("q35")]
    public void SeaBios_WithNothingToBoot_SaysSo(string machine)
    {
        using var guest = new GuestMachine("-M", machine, "-bios", FileOf("seabios", SeaBios), "-nographic").Start();
        guest.WaitFor("SeaBIOS (version");
        guest.WaitFor("No bootable device.");
    }

    [Theory]
    [InlineData("pc")]
    [InlineData("q35")]
    public void SeaBios_GivenAKernel_BootsItWithTheTablesOfADirectBoot(string machine)
    {
        var direct = TablesOf("-M", machine);
        Assert.Equal(direct, TablesOf("-M", machine, "-bios", FileOf("seabios", SeaBios)));
    }

    [Theory]
    [InlineData("pc")]
    [InlineData("q35")]
    public void Ovmf_InFlash_ReachesItsShellAndKeepsVariables(string machine)
    {
        var variables = Variables();
        var former = File.ReadAllBytes(variables);
        using (var guest = new GuestMachine(["-M", machine, .. Flash(variables), "-nographic"]).Start())
        {
            guest.WaitFor("any other key to continue");
            guest.Pc.Legacy.Uarts[0]!.Receive(0x1b);
            guest.WaitFor("Shell>");
        }

        Assert.NotEqual(former, File.ReadAllBytes(variables));
    }

    [Theory]
    [InlineData("pc")]
    [InlineData("q35")]
    public void Ovmf_GivenAKernel_BootsItByItsEfiStub(string machine)
    {
        using var shell = new LinuxShell(guests.Get(), ["-M", machine, .. Flash(Variables())]);
        shell.WaitForShell();
        Assert.Contains("fw_platform_size", shell.Ask("ls /sys/firmware/efi"), StringComparison.Ordinal);
        Assert.Equal(0, shell.PowerOff());
    }

    [Fact]
    public void Q35_WithAKernel_HasConfigurationSpaceAndItsInterrupts()
    {
        using var shell = new LinuxShell(guests.Get(), "-M", "q35", "-smp", "2");
        shell.WaitForShell();
        Assert.Contains("MMCONFIG", shell.Ask("dmesg | grep -i mmconfig"), StringComparison.Ordinal);
        Assert.Equal("0x8086 0x2918", shell.Ask("cd /sys/bus/pci/devices/0000:00:1f.0; echo $(cat vendor device); cd"));
        Assert.Contains("configured for IRQ 20", shell.Ask("dmesg | grep GSIE"), StringComparison.Ordinal);
        Assert.Contains("Standard PC (Q35 + ICH9, 2009)", shell.Ask("cat /sys/class/dmi/id/product_name"), StringComparison.Ordinal);
        Assert.Equal(0, shell.PowerOff());
    }

    private static string FileOf(string package, string path)
    {
        var installed = "/" + path;
        if (File.Exists(installed))
        {
            return installed;
        }

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

    private static string[] Flash(string variables) =>
    [
        "-m", "512",
        "-drive", $"if=pflash,format=raw,unit=0,readonly=on,file={FileOf("ovmf", OvmfCode)}",
        "-drive", $"if=pflash,format=raw,unit=1,file={variables}",
    ];

    private string Variables()
    {
        var path = Path.Combine(_folder.FullName, "vars.fd");
        File.Copy(FileOf("ovmf", OvmfVariables), path);
        return path;
    }

    private string TablesOf(params string[] arguments)
    {
        using var shell = new LinuxShell(guests.Get(), arguments);
        shell.WaitForShell();
        return shell.Ask(SumTables);
    }
}
