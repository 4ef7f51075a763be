using System.Globalization;
using System.Security.Cryptography;
using Emulator.Host.Packages;

namespace Emulator.Guests.Tests.Systems;

/// <summary>
/// The emulator is killed (SIGKILL) at random moments while a Linux guest writes and flushes, again and again on the same disk: what the guest was
/// told to be flushed is there, and no image is corrupt. Twice in a test run; <c>EMULATOR_KILLS=50</c> makes it fifty. Each life begins with the
/// state of a guest that has booted, which saves the boot.
/// </summary>
[Collection(DebianCollection.Name)]
public sealed class KilledGuestTests(DebianGuests guests)
{
    private const int DiskSize = 64 << 20;
    private const int LongestLife = 2500;
    private const int FewKills = 2;

    [Theory]
    [InlineData("pc", false)]
    [InlineData("q35", true)]
    public void Disk_OfAGuestKilledWhileItWrites_IsSoundAndHasWhatWasFlushed(string board, bool isOverlay)
    {
        using var guest = new StorageGuest(guests);
        var (disk, raw, state) = (guest.PathOf("disk.qcow2"), guest.PathOf("raw"), guest.PathOf("state"));
        var backing = new byte[DiskSize];
        if (isOverlay)
        {
            RandomNumberGenerator.Fill(backing.AsSpan(0, DiskSize / 2));
            File.WriteAllBytes(guest.PathOf("backing.img"), backing);
            StorageGuest.Run("qemu-img", "create", "-q", "-f", "qcow2", "-b", guest.PathOf("backing.img"), "-F", "raw", disk);
        }
        else
        {
            StorageGuest.Run("qemu-img", "create", "-q", "-f", "qcow2", disk, $"{DiskSize}");
        }

        string[] arguments = guest.Arguments("-M", board, "-hda", disk);
        using (var first = new EmulatorProcess(arguments))
        {
            first.WaitFor(" # ");
            first.Type(WrittenDisk.Script(DiskSize));
            first.WaitFor(" # ");
            first.Migrate(state);
        }

        var (written, random) = (new WrittenDisk(backing.ToArray()), new Random(board.Length));
        for (var kill = 1; kill <= Kills(); kill++)
        {
            var flushed = LiveAndDie([.. arguments, "-incoming", "file:" + state], kill, random.Next(LongestLife));
            var check = CommandRunner.Run("qemu-img", ["check", disk], null);
            Assert.True(check.Status is 0 or 3, $"kill {kill}: qemu-img check ends with {check.Status}\n{check.Output}{check.Error}");
            StorageGuest.Run("qemu-img", "convert", "-O", "raw", disk, raw);
            written.Check(File.ReadAllBytes(raw), kill, flushed);
        }
    }

    // Returns the number of the last write that the guest told to be flushed.
    private static int LiveAndDie(string[] arguments, int run, int milliseconds)
    {
        using var guest = new EmulatorProcess(arguments);
        guest.Type($"w {run}");
        var mark = $"flushed {run} ";
        guest.WaitFor(mark);
        Thread.Sleep(milliseconds);
        return LastNumber(guest.Kill(), mark);
    }

    /// <summary>The last number that stands whole behind a mark, before a full stop.</summary>
    internal static int LastNumber(string text, string mark)
    {
        var whole = text[..(text.LastIndexOf(".\n", StringComparison.Ordinal) is var end and >= 0 ? end : 0)];
        return whole.LastIndexOf(mark, StringComparison.Ordinal) is var at and >= 0 ? int.Parse(whole[(at + mark.Length)..], CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>How many kills the environment asks for.</summary>
    internal static int Kills() => int.Parse(Environment.GetEnvironmentVariable("EMULATOR_KILLS") ?? $"{FewKills}", CultureInfo.InvariantCulture);
}
