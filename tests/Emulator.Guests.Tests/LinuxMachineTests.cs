namespace Emulator.Guests.Tests;

/// <summary>Debian's kernels on machines of other shapes. Each test boots one of its own.</summary>
[Collection(DebianCollection.Name)]
public sealed class LinuxMachineTests(DebianGuests guests)
{
    private const string ZeroSum = "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025";
    private const string HashZeros = "head -c 1000000 /dev/zero | sha256sum";

    [Fact]
    public void CommandTypedDuringBoot_IsRun_AndPowerOffEndsWithStatusZero()
    {
        using var shell = new LinuxShell(guests.Get());
        shell.Machine.Type("echo typed a''head");
        Assert.DoesNotContain("ahead", shell.WaitForShell(), StringComparison.Ordinal);
        shell.Machine.WaitFor("typed ahead\n");
        Assert.Equal(0, shell.PowerOff());
    }

    [Fact]
    public void TwoProcessors_Working_GiveTheSameSumsAndReboot()
    {
        using var shell = new LinuxShell(guests.Get(), "-smp", "2,cores=2");
        Assert.Contains("2 processor(s)", shell.WaitForShell(), StringComparison.Ordinal);
        Assert.Equal("2", shell.Ask("nproc"));
        Assert.Equal("0-1 0", shell.Ask("cd /sys/devices/system/cpu/cpu0/topology; echo $(cat package_cpus_list core_cpus_list); cd"));
        var sums = shell.Ask($"(taskset 1 {HashZeros}) & (taskset 2 {HashZeros}); wait").Split('\n');
        Assert.Equal(2, sums.Count(line => line.Contains(ZeroSum, StringComparison.Ordinal)));
        Assert.DoesNotContain("cpu1 0 0 0 ", shell.Ask("cat /proc/stat"), StringComparison.Ordinal);

        shell.Machine.Type("reboot -f");
        Assert.Contains("2 processor(s)", shell.WaitForShell(), StringComparison.Ordinal);
        Assert.Equal("2", shell.Ask("nproc"));
    }

    // Linux takes pages from above 4 GiB first, so that the file lies there.
    [Fact]
    public void SixGigabytes_Used_AreSeenAndHold()
    {
        using var shell = new LinuxShell(guests.Get(), "-m", "6144");
        shell.WaitForShell();
        Assert.InRange(int.Parse(shell.Ask("awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo"), System.Globalization.CultureInfo.InvariantCulture), 5700, 6144);
        Assert.Contains("100000000-1bfffffff : System RAM", shell.Ask("cat /proc/iomem"), StringComparison.Ordinal);
        Assert.StartsWith(ZeroSum, shell.Ask("mount -t tmpfs tmpfs /tmp; head -c 1000000 /dev/zero > /tmp/z; sha256sum < /tmp/z"), StringComparison.Ordinal);
        Assert.Equal(0, shell.PowerOff());
    }

    [Theory]
    [InlineData("qemu64")]
    [InlineData("Nehalem")]
    [InlineData("Haswell")]
    [InlineData("EPYC")]
    public void OlderModel_Boots_AndHashes(string model)
    {
        using var shell = new LinuxShell(guests.Get(), "-cpu", model);
        shell.WaitForShell();
        Assert.StartsWith(ZeroSum, shell.Ask(HashZeros), StringComparison.Ordinal);
    }

    [Fact]
    public void StandardKernel_Boots_AndHashes()
    {
        using var shell = new LinuxShell(guests.Get("linux-image-amd64"));
        shell.WaitForShell();
        Assert.StartsWith(ZeroSum, shell.Ask(HashZeros), StringComparison.Ordinal);
        Assert.Equal(0, shell.PowerOff());
    }
}
