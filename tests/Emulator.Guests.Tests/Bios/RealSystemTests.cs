using System.Diagnostics;
using System.Text;
using Emulator.Core.Machine;
using Emulator.Devices.Pci;
using Emulator.Devices.Storage.Ide;
using Emulator.Host.Cli;
using Emulator.Host.Machines;
using Emulator.Host.Packages;

namespace Emulator.Guests.Tests.Bios;

/// <summary>Boot disks as they are, booted by the own BIOS to a text on the screen.</summary>
public sealed class RealSystemTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public void MemtestIso_Booted_RunsItsTests()
    {
        string iso;
        try
        {
            iso = Path.Combine(new DebianPackages(DebianPackages.DefaultFolder(), "amd64", _ => { }).Fetch("memtest86+"), "usr/lib/memtest86+/memtest86+x64.iso");
        }
        catch (UserErrorException reason)
        {
            Assert.Skip(reason.Message);
            throw;
        }

        WaitForScreen("Memtest86+", "-cdrom", iso).Dispose();
    }

    [Fact]
    public void GrubRescueIso_Booted_ShowsItsPrompt()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/grub-mkrescue"), "no grub-mkrescue");
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var iso = Path.Combine(folder.FullName, "grub.iso");
            var content = folder.CreateSubdirectory("content").FullName;
            using var make = Process.Start(new ProcessStartInfo("/usr/bin/grub-mkrescue", ["-o", iso, content]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
            make.ErrorDataReceived += (_, _) => { };
            make.BeginErrorReadLine();
            make.WaitForExit();
            Assert.Equal(0, make.ExitCode);
            WaitForScreen("grub>", "-cdrom", iso).Dispose();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void NothingBootable_Started_SaysSo()
    {
        using var disk = new TemporaryImage(new byte[1 << 20]);
        WaitForScreen("No bootable device.", "-drive", $"file={disk.Path},format=raw").Dispose();
    }

    // Linux's ata_piix looks there before it looks for drives, and finds none where firmware has enabled no channel.
    [Theory]
    [InlineData(0x40)]
    [InlineData(0x42)]
    public void IdeChannels_WhenOwnBiosHasStarted_AreEnabledInIdetim(int timing)
    {
        using var disk = new TemporaryImage(new byte[1 << 20]);
        using var pc = WaitForScreen("No bootable device.", "-drive", $"file={disk.Path},format=raw");
        var ide = pc.Machine.Devices.OfType<Piix3Ide>().Single();
        Assert.Equal(0x8000u, ide.ReadConfig(timing, 2) & 0x8000);
        Assert.Equal((uint)PciRegister.CommandMaster, ide.ReadConfig(PciRegister.Command, 2) & PciRegister.CommandMaster);
    }

    private static PcMachine WaitForScreen(string text, params IReadOnlyList<string> arguments)
    {
        var pc = BiosRun.Build(new StringBuilder(), arguments);
        var screen = "";
        using var look = new Timer(
            _ => pc.Machine.Scheduler.Post(() =>
            {
                screen = new MachineMonitor(pc).Describe("screen") ?? "";
                if (screen.Contains(text, StringComparison.Ordinal))
                {
                    pc.Machine.End(new MachineEnd(0, "the text is there"));
                }
            }),
            null, 200, 200);
        using var limit = new Timer(_ => pc.Machine.End(new MachineEnd(99, "it took too long")), null, Limit, Timeout.InfiniteTimeSpan);
        pc.Machine.Run();
        Assert.True(screen.Contains(text, StringComparison.Ordinal), $"{screen}\n{new MachineMonitor(pc).Describe("registers")}");
        return pc;
    }
}
