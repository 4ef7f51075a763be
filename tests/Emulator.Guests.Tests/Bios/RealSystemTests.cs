using System.Diagnostics;
using System.Text;
using Emulator.Core.Machine;
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

        WaitForScreen("Memtest86+", "-cdrom", iso);
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
            WaitForScreen("grub>", "-cdrom", iso);
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
        WaitForScreen("No bootable device.", "-drive", $"file={disk.Path},format=raw");
    }

    private static void WaitForScreen(string text, params IReadOnlyList<string> arguments)
    {
        using var pc = BiosRun.Build(new StringBuilder(), arguments);
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
    }
}
