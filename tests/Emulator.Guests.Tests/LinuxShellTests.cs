using System.Diagnostics;
using System.Globalization;

namespace Emulator.Guests.Tests;

/// <summary>Debian's cloud kernel, booted once, and what its shell answers.</summary>
[Collection(DebianCollection.Name)]
public sealed class LinuxShellTests(DebianGuests guests, LinuxShellTests.Booted booted) : IClassFixture<LinuxShellTests.Booted>
{
    /// <summary>The guest that the tests of this class share.</summary>
    public sealed class Booted : IDisposable
    {
        private LinuxShell? _shell;

        /// <inheritdoc/>
        public void Dispose() => _shell?.Dispose();

        internal LinuxShell Get(DebianGuests guests)
        {
            if (_shell is null)
            {
                _shell = new LinuxShell(guests.Get(), "-cpu", "max");
                _shell.WaitForShell();
            }

            return _shell;
        }
    }

    private LinuxShell Shell => booted.Get(guests);

    [Fact]
    public void Uname_Asked_IsTheKernelThatWasBooted()
        => Assert.EndsWith("-" + Shell.Ask("uname -r"), guests.Get().Kernel, StringComparison.Ordinal);

    [Fact]
    public void Proc_Listed_HasItsFiles()
    {
        var names = Shell.Ask("ls /proc").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("1", names);
        Assert.Contains("cpuinfo", names);
        Assert.Contains("interrupts", names);
    }

    [Theory]
    [InlineData("lm")]
    [InlineData("nx")]
    [InlineData("la57")]
    [InlineData("smap")]
    [InlineData("pku")]
    [InlineData("avx2")]
    [InlineData("xsave")]
    [InlineData("sha_ni")]
    public void MaximumCpu_Flags_Announce(string flag)
        => Assert.Contains($" {flag} ", Shell.Ask("grep -m1 ^flags /proc/cpuinfo") + " ", StringComparison.Ordinal);

    [Fact]
    public void MillionZeros_Hashed_GiveTheKnownSum()
        => Assert.StartsWith(
            "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025",
            Shell.Ask("dd if=/dev/zero bs=1M count=1 2>/dev/null | head -c 1000000 | sha256sum"),
            StringComparison.Ordinal);

    [Fact]
    public void Files_WrittenAndRead_Agree()
    {
        var sum = Shell.Ask("cd /tmp; dd if=/dev/urandom of=a bs=64k count=16 2>/dev/null; gzip -c a > b; gunzip -c b > c; cmp a c && sha256sum < a");
        Assert.Equal(sum, Shell.Ask("sha256sum < c; rm a b c; cd"));
    }

    // The guest's own clock against the host's, over a sleep that the guest's timer ends.
    [Fact]
    public void Clock_OverSomeSeconds_KeepsTheHostsPace()
    {
        var watch = Stopwatch.StartNew();
        var before = Uptime();
        Shell.Ask("sleep 3");
        var guest = Uptime() - before;
        var host = watch.Elapsed.TotalSeconds;
        Assert.InRange(guest, Math.Min(3, host * 0.9), host * 1.1);
    }

    [Fact]
    public void PowerManagement_OnThePciBus_IsThePiix4s()
        => Assert.Equal("0x8086 0x7113", Shell.Ask("echo $(cat /sys/bus/pci/devices/0000:00:01.3/vendor /sys/bus/pci/devices/0000:00:01.3/device)"));

    [Fact]
    public void KernelLog_AfterBoot_HasNoTrouble()
        => Assert.DoesNotMatch("(?i)call trace|BUG:|WARNING:|oops|lockup|unchecked MSR|firmware bug|unable to handle", Shell.Ask("dmesg"));

    private double Uptime() => double.Parse(Shell.Ask("cut -d' ' -f1 /proc/uptime"), CultureInfo.InvariantCulture);
}
