using Emulator.Host.Cli;

namespace Emulator.Host.Tests.Cli;

public sealed class BadInputTests
{
    [Theory]
    [InlineData("-m 0", "-m", "0")]
    [InlineData("-m -5", "-m", "-5")]
    [InlineData("more than the", "-m", "99999999")]
    [InlineData("is no size", "-m", "lots")]
    [InlineData("-smp 0", "-smp", "0")]
    [InlineData("64", "-smp", "1000")]
    [InlineData("are not 3 processors", "-smp", "3,sockets=2")]
    [InlineData("did you mean Haswell?", "-cpu", "Haswel")]
    [InlineData("use -cpu max", "-cpu", "host")]
    [InlineData("unknown CPU feature 'avx3'", "-cpu", "max,+avx3")]
    [InlineData("use -accel jit", "-accel", "kvm")]
    [InlineData("did you mean interpreter?", "-accel", "interpretr")]
    [InlineData("unknown strategy", "-accel", "jit,strategy=none")]
    [InlineData("unknown machine 'pc98'", "-machine", "pc98")]
    [InlineData("did you mean isa-debug-exit?", "-device", "isa-debugexit")]
    [InlineData("did you mean iobase?", "-device", "isa-debug-exit,iobas=1")]
    [InlineData("did you mean -kernel?", "-kernl", "x")]
    [InlineData("unknown option", "-frobnicate")]
    [InlineData("its value is missing", "-kernel")]
    [InlineData("no network yet", "-netdev", "user,id=n")]
    [InlineData("no network yet", "-nic", "user")]
    [InlineData("use -display web", "-display", "gtk")]
    [InlineData("without a password", "-display", "web,addr=0.0.0.0")]
    [InlineData("too easy to guess", "-display", "web,addr=0.0.0.0,token=short")]
    [InlineData("without a password", "-vnc", "0.0.0.0:1")]
    [InlineData("no gdb server", "-s")]
    [InlineData("no gdb server", "-gdb", "tcp::1")]
    [InlineData("stands without a kernel", "-initrd", "x")]
    [InlineData("stands without a kernel", "-append", "x")]
    [InlineData("give a kernel by -kernel", "vmlinuz")]
    [InlineData("unknown target", "-serial", "nowhere")]
    [InlineData("has no port", "-serial", "tcp:localhost")]
    [InlineData("is no port", "-serial", "tcp:localhost:x")]
    [InlineData("joined to one thing", "-serial", "stdio", "-monitor", "stdio")]
    [InlineData("no chardev 'a'", "-serial", "chardev:a")]
    [InlineData("is no start", "-rtc", "base=yesterday")]
    [InlineData("needs one of file and string", "-fw_cfg", "name=opt/x")]
    [InlineData("is no property", "-global", "x")]
    public void Arguments_Wrong_AreOneLineThatNamesThem(string expected, params string[] arguments)
    {
        var message = TestCatalog.Error(arguments);

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains(arguments[0], message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.Contains("; ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusedOptions_Each_HaveAdvice()
        => Assert.All(
            OptionTable.All.Where(option => option.Support == OptionSupport.Refused || option is { Support: OptionSupport.SatisfiedOnly, Syntax: not null }),
            option => Assert.NotEmpty(option.Advice));

    [Fact]
    public void RefusedOptions_Each_AreRefusedByName()
        => Assert.All(
            OptionTable.All.Where(option => option.Support == OptionSupport.Refused),
            option => Assert.StartsWith(
                option.Spelling, option.Syntax is null ? TestCatalog.Error(option.Spelling) : TestCatalog.Error(option.Spelling, "x"), StringComparison.Ordinal));

    [Fact]
    public void Message_WithControlCharacters_StaysOneLine()
        => Assert.DoesNotContain('\n', TestCatalog.Error("-cpu", "a\nb\u001b[31m"));

    [Fact]
    public void File_Missing_IsNamed() => AssertFileError("/nonexistent/kernel", "no such file");

    [Fact]
    public void File_IsAFolder_IsNamed() => AssertFileError(Path.GetTempPath(), "a folder");

    [Fact]
    public void File_EmptyPath_IsNamed() => AssertFileError("", "an empty path");

    [Fact]
    public void File_WithoutPermission_IsNamed()
    {
        if (OperatingSystem.IsLinux())
        {
            // The kernel lets nobody read this one, not even root, whom permissions do not bind.
            AssertFileError("/sys/bus/platform/uevent", "no permission");
            return;
        }

        var path = Path.GetTempFileName();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.None);
            AssertFileError(path, "no permission");
        }

        File.Delete(path);
    }

    [Fact]
    public void File_AboveTheLimit_IsNamed()
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, new byte[100]);

        Assert.Contains("larger than", Assert.Throws<UserErrorException>(() => InputFile.Read("-x", path, "m", 99)).Message, StringComparison.Ordinal);
        File.Delete(path);
    }

    [Theory]
    [InlineData("kernel", "kernel", 0)]
    [InlineData("kernl", "kernel", 1)]
    [InlineData("kerenl", "kernel", 1)]
    [InlineData("", "ab", 2)]
    [InlineData("ABC", "abc", 0)]
    public void EditDistance_OfWords_CountsEdits(string left, string right, int expected) => Assert.Equal(expected, Suggestion.Distance(left, right));

    private static void AssertFileError(string path, string expected)
    {
        var message = Assert.Throws<UserErrorException>(() => InputFile.Read("-kernel", path, "give the path of a kernel")).Message;
        Assert.StartsWith("-kernel", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }
}
