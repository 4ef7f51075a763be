namespace Emulator.Guests.Tests;

/// <summary>The project's own demo guest: what the emulator runs when nothing else is given.</summary>
public sealed class DemoGuestTests
{
    private const string Prompt = "demo> ";

    [Fact]
    public void Input_ThereBeforeTheGuestStarts_IsTakenWhole()
    {
        using var guest = new GuestMachine("-nographic");
        for (var i = 0; i < 20; i++)
        {
            guest.Type($"none{i}");
        }

        guest.Start();
        for (var i = 0; i < 20; i++)
        {
            guest.WaitFor($"No such command: none{i}\n");
        }
    }

    [Fact]
    public void Commands_Typed_AreAnswered()
    {
        using var guest = Boot();
        var help = Ask(guest, "help");
        Assert.Contains("primes", help, StringComparison.Ordinal);
        Assert.Contains("poweroff", help, StringComparison.Ordinal);
        Assert.Equal("2262 primes up to 20000", Ask(guest, "primes 20000"));
        Assert.Contains("shell", Ask(guest, "ps"), StringComparison.Ordinal);
        Assert.Contains("page fault, not present, user read of 0x0", Ask(guest, "fault null"), StringComparison.Ordinal);
        guest.Type("poweroff");
        Assert.Equal(0, guest.WaitForEnd());
        Assert.EndsWith("Goodbye.\n", guest.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kernel", 14)]
    [InlineData("null", 14)]
    [InlineData("text", 14)]
    [InlineData("stack", 14)]
    [InlineData("privileged", 13)]
    [InlineData("port", 13)]
    [InlineData("divide", 0)]
    [InlineData("opcode", 6)]
    public void Fault_OfATask_KillsTheTaskAlone(string kind, int vector)
    {
        using var guest = Boot();
        var answer = Ask(guest, "fault " + kind);
        Assert.Contains($"exception {vector}, ", answer, StringComparison.Ordinal);
        Assert.Contains("is killed", answer, StringComparison.Ordinal);
        Assert.Equal("25 primes up to 100", Ask(guest, "primes 100"));
    }

    [Fact]
    public void Reboot_WithoutNoReboot_ComesUpAgain()
    {
        using var guest = Boot();
        guest.Type("reboot");
        guest.WaitFor("Demo guest:");
        guest.WaitFor(Prompt);
        Assert.Equal("25 primes up to 100", Ask(guest, "primes 100"));
    }

    [Fact]
    public void Reboot_WithNoReboot_EndsWithStatusZero()
    {
        using var guest = Boot("-no-reboot");
        guest.Type("reboot");
        Assert.Equal(0, guest.WaitForEnd());
    }

    [Fact]
    public void TwoMachines_SideBySide_AnswerEachForItself()
    {
        using var first = Boot();
        using var second = Boot("-m", "64", "-cpu", "qemu64");
        first.Type("primes 3000");
        second.Type("primes 5000");
        Assert.Contains("669 primes up to 5000\n", second.WaitFor(Prompt), StringComparison.Ordinal);
        Assert.Contains("430 primes up to 3000\n", first.WaitFor(Prompt), StringComparison.Ordinal);
        first.Type("poweroff");
        Assert.Equal(0, first.WaitForEnd());
        Assert.Equal("168 primes up to 1000", Ask(second, "primes 1000"));
        Assert.DoesNotContain("3000", second.Output, StringComparison.Ordinal);
    }

    private static GuestMachine Boot(params IReadOnlyList<string> arguments)
    {
        var guest = new GuestMachine(["-nographic", .. arguments]).Start();
        guest.WaitFor(Prompt);
        return guest;
    }

    // The answer without the echo of what was typed.
    private static string Ask(GuestMachine guest, string command)
    {
        guest.Type(command);
        guest.WaitFor("\n");
        return guest.WaitFor(Prompt).Trim();
    }
}
