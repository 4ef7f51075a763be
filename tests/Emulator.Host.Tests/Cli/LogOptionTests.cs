using Emulator.Host.Cli;

namespace Emulator.Host.Tests.Cli;

public sealed class LogOptionTests
{
    [Theory]
    [InlineData("in_asm", LogItems.InAsm)]
    [InlineData("in_asm,out_asm", LogItems.InAsm | LogItems.HostAsm)]
    [InlineData("region,il,host_asm", LogItems.Region | LogItems.Il | LogItems.HostAsm)]
    [InlineData("exec,nochain,int,mmu,stats", LogItems.Exec | LogItems.NoChain | LogItems.Int | LogItems.Mmu | LogItems.Stats)]
    public void LogItems_Named_AreRead(string text, LogItems expected) => Assert.Equal(expected, TestCatalog.Read("-d", text).LogItems);

    [Fact]
    public void LogItems_GivenTwice_AddUp()
    {
        var options = TestCatalog.Read("-d", "int", "-d", "mmu", "-D", "log.txt");

        Assert.Equal(LogItems.Int | LogItems.Mmu, options.LogItems);
        Assert.Equal("log.txt", options.LogFile);
    }

    [Fact]
    public void LogItem_EveryOneListed_IsUnderstood()
        => Assert.Equal(LogSyntax.Items.Length, LogSyntax.Items.Select(item => LogSyntax.Read(item.Name)).Distinct().Count(item => item != LogItems.None));

    [Theory]
    [InlineData("0x1000..0x1fff", 0x1000ul, 0x1ffful)]
    [InlineData("0x1000+0x1000", 0x1000ul, 0x1ffful)]
    [InlineData("0x1fff-0x1000", 0x1000ul, 0x1ffful)]
    [InlineData("4096+1", 0x1000ul, 0x1000ul)]
    [InlineData("0xffffffff80000000..0xffffffffffffffff", 0xffff_ffff_8000_0000ul, ulong.MaxValue)]
    public void Filter_InEverySpelling_HoldsItsRange(string text, ulong first, ulong last)
    {
        var filter = TestCatalog.Read("-dfilter", text).LogFilter;

        Assert.Equal([new AddressRange(first, last)], filter.Ranges);
        Assert.True(filter.Holds(first) && filter.Holds(last));
        Assert.False(filter.Holds(first - 1));
    }

    [Fact]
    public void Filter_OfSeveralRanges_HoldsEach()
    {
        var filter = TestCatalog.Read("-dfilter", "1..2,0x10+2").LogFilter;

        Assert.Equal([1, 2, 0x10, 0x11], Enumerable.Range(0, 32).Where(address => filter.Holds((ulong)address)));
    }

    [Fact]
    public void Filter_NotGiven_HoldsEverything() => Assert.True(TestCatalog.Read().LogFilter.Holds(ulong.MaxValue));

    [Theory]
    [InlineData("-d", "in_ams", "'in_ams'; did you mean in_asm?")]
    [InlineData("-d", "int,", "empty item")]
    [InlineData("-d", "guest_errors", "-d help lists the items")]
    [InlineData("-dfilter", "", "'' is no range")]
    [InlineData("-dfilter", "0x1000", "'0x1000' is no range")]
    [InlineData("-dfilter", "0x1000.0x2000", "is no range")]
    [InlineData("-dfilter", "0x1000..y", "'y' is no address")]
    [InlineData("-dfilter", "..5", "is no range")]
    [InlineData("-dfilter", "2..1", "ends before it starts")]
    [InlineData("-dfilter", "5-8", "ends before it starts")]
    [InlineData("-dfilter", "0xffffffffffffffff+2", "ends before it starts")]
    [InlineData("-dfilter", "5+0", "is empty")]
    public void LogOption_Wrong_IsRefusedByName(string option, string value, string expected)
    {
        var message = TestCatalog.Error(option, value);

        Assert.StartsWith($"{option} {value}: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Accel_Tuning_IsRead()
    {
        var accel = TestCatalog.Read("-accel", "jit,strategy=block,threshold=100,threads=0,tb-size=32,thread=single").Accel;

        Assert.Equal(new AccelChoice("jit", "block") { Threshold = 100, Threads = 0, CodeMegabytes = 32 }, accel);
    }

    [Theory]
    [InlineData("jit,threshold=0", "threshold=0 is no number from 1")]
    [InlineData("jit,threads=65", "threads=65 is no number from 0 to 64")]
    [InlineData("jit,tb-size=big", "tb-size=big is no number")]
    [InlineData("jit,tbsize=4", "did you mean tb-size?")]
    [InlineData("interpreter,threshold=4", "the interpreter has no strategies")]
    public void Accel_WrongTuning_IsRefusedByName(string value, string expected)
    {
        var message = TestCatalog.Error("-accel", value);

        Assert.StartsWith($"-accel {value}: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-d", "host_asm ")]
    [InlineData("-accel", "tb-size=N")]
    public void List_Asked_NamesTheItems(string option, string expected)
        => Assert.Contains(expected, HelpText.Answer(ArgumentParser.Parse([option, "help"]), TestCatalog.Create()), StringComparison.Ordinal);
}
