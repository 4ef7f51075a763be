namespace Emulator.Guests.Tests;

/// <summary>The program where nothing is x64: other registers, a weaker memory order, other vector instructions.</summary>
public sealed class Arm64HostTests
{
    [Fact]
    public void DemoGuest_OnAnArm64Host_AnswersAndPowersOff()
    {
        using var guest = Arm64Host.Prepare().Start("-nographic");
        guest.WaitFor("demo> ");
        guest.Type("primes 20000");
        guest.WaitFor("2262 primes up to 20000\n");
        guest.WaitFor("demo> ");
        guest.Type("poweroff");
        Assert.Equal(0, guest.WaitForEnd());
    }
}
