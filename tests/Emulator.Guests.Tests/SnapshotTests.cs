using Emulator.Core.Snapshots;

namespace Emulator.Guests.Tests;

/// <summary>A whole machine saved while its guest works, and continued as another machine.</summary>
public sealed class SnapshotTests
{
    private const string Prompt = "demo> ";
    private const string Answer = "41538 primes up to 500000\n";

    [Fact]
    public void DemoGuest_ContinuedInAnotherMachine_GivesTheSameAnswers()
    {
        using var saved = new MemoryStream();
        using (var guest = new GuestMachine("-nographic").Start())
        {
            guest.WaitFor(Prompt);
            guest.Type("primes 500000");
            guest.WaitFor("\n");
            guest.Between(() => MachineSnapshot.Save(guest.Pc.Machine, saved));
            Assert.DoesNotContain(Answer, guest.Output, StringComparison.Ordinal);
            Assert.Equal(Answer, guest.WaitFor(Prompt));
        }

        saved.Position = 0;
        using var other = new GuestMachine("-nographic");
        MachineSnapshot.Load(other.Pc.Machine, saved);
        other.Start();
        Assert.Equal(Answer, other.WaitFor(Prompt));
        other.Type("ps");
        other.WaitFor("\n");
        Assert.Contains("shell", other.WaitFor(Prompt), StringComparison.Ordinal);
        other.Type("poweroff");
        Assert.Equal(0, other.WaitForEnd());
    }

    [Theory]
    [InlineData(0, "signature")]
    [InlineData(8, "version")]
    [InlineData(12, "RAM size")]
    [InlineData(20, "number of processors")]
    public void Header_OfAnotherMachine_IsRefused(int place, string what)
    {
        using var guest = new GuestMachine("-nographic", "-m", "8");
        using var saved = new MemoryStream();
        MachineSnapshot.Save(guest.Pc.Machine, saved);
        saved.GetBuffer()[place] ^= 1;
        saved.Position = 0;
        Assert.Contains(what, Assert.Throws<SnapshotException>(() => MachineSnapshot.Load(guest.Pc.Machine, saved)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(5000)]
    [InlineData(-1)]
    public void Snapshot_CutShort_IsRefused(int length)
    {
        using var guest = new GuestMachine("-nographic", "-m", "8");
        using var saved = new MemoryStream();
        MachineSnapshot.Save(guest.Pc.Machine, saved);
        saved.SetLength(length < 0 ? saved.Length + length : length);
        saved.Position = 0;
        Assert.Throws<SnapshotException>(() => MachineSnapshot.Load(guest.Pc.Machine, saved));
    }
}
