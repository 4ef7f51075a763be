using Emulator.Core.Cpu;
using Emulator.Host.Cli;

namespace Emulator.Host.Tests.Cli;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("512", 512L << 20)]
    [InlineData("512M", 512L << 20)]
    [InlineData("1G", 1L << 30)]
    [InlineData("1.5G", 3L << 29)]
    [InlineData("size=2G", 2L << 30)]
    [InlineData("4096K", 4L << 20)]
    [InlineData("6144", 6L << 30)]
    public void Memory_InEverySpelling_IsBytes(string text, long expected)
        => Assert.Equal(expected, TestCatalog.Read("-m", text).MemoryBytes);

    [Theory]
    [InlineData("2", 2, 1, 2, 1)]
    [InlineData("cpus=4,cores=2", 4, 2, 2, 1)]
    [InlineData("4,sockets=1", 4, 1, 4, 1)]
    [InlineData("sockets=2,cores=2,threads=2", 8, 2, 2, 2)]
    [InlineData("1", 1, 1, 1, 1)]
    public void Smp_Topology_IsWorkedOut(string text, int count, int sockets, int cores, int threads)
        => Assert.Equal(new Topology(count, sockets, cores, threads), TestCatalog.Read("-smp", text).Smp);

    [Fact]
    public void Cpu_FeaturesInEverySpelling_AreRead()
    {
        var cpu = TestCatalog.Read("-cpu", "Haswell,+avx2,-sse4_1,tsc-deadline=off").Cpu;

        Assert.Equal("Haswell", cpu.Model);
        Assert.Equal([new("avx2", true), new("sse4.1", false), new("tsc-deadline", false)], cpu.Features);
    }

    [Fact]
    public void Cpu_Identity_IsReplaced()
    {
        var cpu = TestCatalog.Read("-cpu", "Haswell,vendor=GenuineIntel,family=6,model=0x3c,stepping=4,level=13,check").Cpu;

        Assert.Equal(new CpuIdentity { Vendor = "GenuineIntel", Family = 6, Model = 0x3c, Stepping = 4, Level = 13 }, cpu.Identity);
        Assert.Equal([new("check", true)], cpu.Features);
    }

    [Theory]
    [InlineData("tcg", "jit", null)]
    [InlineData("interpreter", "interpreter", null)]
    [InlineData("jit,strategy=block", "jit", "block")]
    public void Accel_KnownEngine_IsRead(string text, string kind, string? strategy)
        => Assert.Equal(new AccelChoice(kind, strategy), TestCatalog.Read("-accel", text).Accel);

    [Theory]
    [InlineData("jit", false)]
    [InlineData("jit,verify=on", true)]
    [InlineData("jit,strategy=block,verify=off", false)]
    public void Accel_VerifyGivenOrNot_IsRead(string text, bool verify) => Assert.Equal(verify, TestCatalog.Read("-accel", text).Accel.Verify);

    [Fact]
    public void Accel_InterpreterVerified_IsRefused()
        => Assert.Contains("-accel jit,verify=on", Assert.Throws<UserErrorException>(() => TestCatalog.Read("-accel", "interpreter,verify=on")).Message, StringComparison.Ordinal);

    [Fact]
    public void Machine_AccelProperty_ChoosesTheEngine()
        => Assert.Equal("interpreter", TestCatalog.Read("-machine", "pc,accel=interpreter").Accel.Kind);

    [Fact]
    public void DoubleDash_SameOption_IsAccepted()
    {
        var options = TestCatalog.Read("--m", "64", "--nographic", "--no-reboot");

        Assert.Equal(64L << 20, options.MemoryBytes);
        Assert.True(options.NoReboot);
    }

    [Theory]
    [InlineData("-S")]
    [InlineData("--")]
    [InlineData("-m")]
    [InlineData("console=ttyS0 quiet")]
    [InlineData("a=b:c,d")]
    [InlineData("@file")]
    [InlineData("")]
    public void Append_AnyText_IsKeptExactly(string text)
        => Assert.Equal(text, TestCatalog.Read("-kernel", "k", "-append", text).Append);

    [Fact]
    public void RepeatedOption_LastOne_Counts() => Assert.Equal(256L << 20, TestCatalog.Read("-m", "64", "-m", "256").MemoryBytes);

    [Theory]
    [InlineData("mon:stdio")]
    [InlineData("stdio")]
    public void Serial_OnTheTerminal_IsRead(string text)
        => Assert.Equal(new ChannelTarget.Stdio(text != "stdio"), TestCatalog.Read("-serial", text).Serial[0]);

    [Fact]
    public void Serial_SocketsAndFiles_AreRead()
    {
        var serial = TestCatalog.Read(
            "-serial", "tcp:localhost:4444,server,nowait", "-serial", "unix:/tmp/s,server=on,wait=off", "-serial", "file:/tmp/log", "-serial", "null").Serial;

        Assert.Equal(
            [
                new ChannelTarget.Tcp("localhost", 4444, true, false, false), new ChannelTarget.Unix("/tmp/s", true, false),
                new ChannelTarget.ToFile("/tmp/log", false), new ChannelTarget.Null(),
            ],
            serial);
    }

    [Fact]
    public void Nographic_WithoutSerial_SharesTheTerminal()
        => Assert.Equal([new ChannelTarget.Stdio(true)], TestCatalog.Read("-nographic").Serial);

    [Fact]
    public void DisplayNone_WithoutSerial_GoesNowhere() => Assert.Equal([new ChannelTarget.Null()], TestCatalog.Read("-display", "none").Serial);

    [Fact]
    public void Nographic_WithSerialFile_LeavesTheTerminalAlone()
        => Assert.Equal([new ChannelTarget.ToFile("x", false)], TestCatalog.Read("-nographic", "-serial", "file:x").Serial);

    [Fact]
    public void Chardev_JoinedById_IsResolved()
        => Assert.Equal([new ChannelTarget.ToFile("x,y", true)], TestCatalog.Read("-chardev", "file,id=a,path=x,,y,append=on", "-serial", "chardev:a").Serial);

    [Fact]
    public void KernelTestLine_AsRunByItsScripts_IsAccepted()
    {
        var options = TestCatalog.Read(
            "-nodefaults", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4", "-vnc", "none", "-serial", "stdio", "-device", "pci-testdev",
            "-machine", "accel=tcg", "-kernel", "test.flat", "-smp", "1", "-no-reboot", "-net", "none");

        Assert.Equal("0xf4", options.Devices[0].Properties["iobase"]);
        Assert.Equal([new ChannelTarget.Stdio(false)], options.Serial);
    }

    [Fact]
    public void Global_PropertyOfADevice_IsApplied()
        => Assert.Equal("0x500", TestCatalog.Read("-device", "isa-debug-exit", "-global", "isa-debug-exit.iobase=0x500").Devices[0].Properties["iobase"]);

    [Theory]
    [InlineData("utc", RtcBase.Utc)]
    [InlineData("base=localtime,clock=vm", RtcBase.LocalTime)]
    [InlineData("base=2024-02-29T12:30:00", RtcBase.Date)]
    public void Rtc_Base_IsRead(string text, RtcBase expected) => Assert.Equal(expected, TestCatalog.Read("-rtc", text).Rtc.Base);

    [Fact]
    public void OptionTable_Names_AreUnique()
    {
        var names = OptionTable.All.SelectMany(option => option.Aliases.Append(option.Name)).ToList();

        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("-help", "-kernel FILE")]
    [InlineData("-version", "emulator version")]
    public void Help_Asked_Answers(string option, string expected)
        => Assert.Contains(expected, HelpText.Answer(ArgumentParser.Parse([option]), TestCatalog.Create()), StringComparison.Ordinal);

    [Theory]
    [InlineData("-device", "help", "isa-debug-exit")]
    [InlineData("-device", "isa-debug-exit,help", "iobase")]
    [InlineData("-cpu", "help", "Haswell")]
    [InlineData("-machine", "help", "pc")]
    [InlineData("-accel", "help", "region")]
    public void ListOption_Help_ListsTheCatalogue(string option, string value, string expected)
        => Assert.Contains(expected, HelpText.Answer(ArgumentParser.Parse([option, value]), TestCatalog.Create()), StringComparison.Ordinal);

    [Fact]
    public void DebugExit_Value_IsShiftedAndOdd() => Assert.Equal([1, 3, 33, 255], [.. new uint[] { 0, 1, 16, 0x7f }.Select(ExitStatus.FromDebugExit)]);
}
