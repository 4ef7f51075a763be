using Emulator.Host.Snapshots;

namespace Emulator.Guests.Tests.Snapshots;

/// <summary>A machine that was saved and one that was restored from it, in lockstep of results: the same bits, however far they run.</summary>
[Collection(DebianCollection.Name)]
public sealed class RestoredMachineTests(DebianGuests guests)
{
    [Theory]
    [InlineData("pc", 400_000)]
    [InlineData("pc", 3_000_000)]
    [InlineData("q35", 3_000_000)]
    public void DemoGuest_SavedInTheMiddle_GoesOnBitForBit(string machine, int before)
    {
        string[] arguments = ["-accel", "interpreter", "-m", "64", "-machine", machine];
        Compare(arguments, _ => { }, (ulong)before, 5_000_000);
    }

    [Fact]
    public void DemoGuest_SavedWhileItCounts_GoesOnBitForBit()
    {
        string[] arguments = ["-accel", "interpreter", "-m", "64"];
        var output = Compare(
            arguments,
            saved =>
            {
                while (!saved.Output.Contains("demo> ", StringComparison.Ordinal))
                {
                    saved.Run(100_000);
                }

                saved.Type("primes 50000");
            },
            300_000,
            20_000_000);
        Assert.Contains("5133 primes up to 50000\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Linux_SavedInTheMiddleOfItsBoot_GoesOnBitForBit()
    {
        var files = guests.Get();
        string[] arguments = ["-accel", "interpreter", "-m", "128", "-kernel", files.Kernel, "-initrd", files.Initrd, "-append", "console=ttyS0 panic=-1"];
        Compare(arguments, _ => { }, 40_000_000, 15_000_000);
    }

    [Theory]
    [InlineData("pc")]
    [InlineData("q35")]
    public void Linux_RestoredUnderTheTranslator_GoesOn(string machine)
    {
        var files = guests.Get();
        string[] arguments = ["-nographic", "-m", "256", "-smp", "2", "-machine", machine, "-kernel", files.Kernel, "-initrd", files.Initrd, "-append", "console=ttyS0 panic=-1"];
        using var state = new MemoryStream();
        using (var guest = new GuestMachine(arguments).Start())
        {
            guest.WaitFor("Memory: ");
            guest.Between(() => MachineState.Write(guest.Pc, state));
        }

        using var other = new GuestMachine(arguments);
        MachineState.Read(other.Pc, state);
        other.Start();
        other.WaitFor(" # ");
        other.Type("nproc; poweroff -f");
        other.WaitFor("2\n");
        Assert.Equal(0, other.WaitForEnd());
    }

    // Returns what both wrote after the state was taken.
    private static string Compare(string[] arguments, Action<SteppedMachine> begin, ulong before, ulong after)
    {
        using var saved = new SteppedMachine(arguments);
        begin(saved);
        saved.Run(before);
        var written = saved.Output.Length;
        var state = saved.Save();
        using var restored = new SteppedMachine(arguments);
        restored.Run(before / 2);
        restored.Load(state);
        var restoredWritten = restored.Output.Length;
        AssertSame(saved, restored);
        saved.Run(after);
        restored.Run(after);
        AssertSame(saved, restored);
        var output = saved.Output[written..];
        Assert.Equal(output, restored.Output[restoredWritten..]);
        return output;
    }

    private static void AssertSame(SteppedMachine saved, SteppedMachine restored)
    {
        var (expected, actual) = (saved.Everything(), restored.Everything());
        Assert.True(expected.AsSpan().SequenceEqual(actual), $"the states differ from byte {expected.AsSpan().CommonPrefixLength(actual)} of {expected.Length} on");
    }
}
