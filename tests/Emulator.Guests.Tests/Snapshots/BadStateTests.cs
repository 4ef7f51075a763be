using System.Text;
using Emulator.Core.Snapshots;
using Emulator.Host.Cli;
using Emulator.Host.Snapshots;

namespace Emulator.Guests.Tests.Snapshots;

/// <summary>States that cannot be loaded: each is refused with what is wrong, and the machine that should load it is as it was.</summary>
public sealed class BadStateTests
{
    private const int Mutations = 40;
    private static readonly string[] Arguments = ["-accel", "interpreter", "-m", "8"];

    [Theory]
    [InlineData(0, "no machine state")]
    [InlineData(5, "no machine state")]
    [InlineData(11, "truncated")]
    [InlineData(60, "truncated")]
    [InlineData(3000, "truncated")]
    [InlineData(-1, "truncated")]
    [InlineData(-40, "truncated")]
    public void State_CutShort_IsRefused(int length, string what)
        => Refuse(Arguments, state => state[..(length < 0 ? state.Length + length : length)], what);

    [Theory]
    [InlineData(0, "no machine state")]
    [InlineData(8, "its version is")]
    [InlineData(30, "checksum")]
    [InlineData(-1, "checksum")]
    [InlineData(-2000, "damaged")]
    public void State_WithAWrongByte_IsRefused(int place, string what) => Refuse(
        Arguments,
        state =>
        {
            state[place < 0 ? state.Length + place : place] ^= 4;
            return state;
        },
        what);

    [Fact]
    public void State_WithMoreBehindIt_IsRefused() => Refuse(Arguments, state => [.. state, 0], "behind its end");

    [Theory]
    [InlineData("the RAM is '8192 KiB' there and '32768 KiB' in this machine", "-m", "32")]
    [InlineData("the machine type is 'pc' there and 'q35' in this machine", "-machine", "q35")]
    [InlineData("the CPU model is 'max' there and 'Haswell' in this machine", "-cpu", "Haswell")]
    [InlineData("the number of processors is '1' there and '2' in this machine", "-smp", "2")]
    [InlineData("this machine has device isa-debug-exit", "-device", "isa-debug-exit")]
    [InlineData("the saved machine had device hpet", "-no-hpet")]
    public void State_OfAnotherMachine_IsRefusedByWhatDiffers(string what, params string[] arguments) => Refuse([.. Arguments, .. arguments], state => state, what);

    // The seal is right, so that each wrong byte reaches the code behind it.
    [Fact]
    public void SealedState_WithRandomChanges_LoadsOrLeavesTheMachineAsItWas()
    {
        using var source = new SteppedMachine(Arguments);
        source.Run(500_000);
        var sound = source.Everything();
        using var machine = new SteppedMachine(Arguments);
        machine.Run(100_000);
        var refused = 0;
        for (var seed = 0; seed < Mutations; seed++)
        {
            var before = machine.Everything();
            var state = Seal(machine, Change(sound, new Random(seed)));
            try
            {
                machine.Load(state);
            }
            catch (SnapshotException)
            {
                refused++;
                Assert.True(before.AsSpan().SequenceEqual(machine.Everything()), $"seed {seed} was refused and changed the machine");
            }
        }

        Assert.InRange(refused, 1, Mutations);
    }

    [Fact]
    public void StateFile_Foreign_IsRefusedInOneLine()
    {
        using var machine = new SteppedMachine(Arguments);
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "QEVM, it says");
            var before = machine.Everything();
            var error = Assert.Throws<UserErrorException>(() => StateFiles.Load(machine.Pc, "-incoming file:" + path, path));
            Assert.StartsWith($"-incoming file:{path}: it is no machine state of this emulator; ", error.Message, StringComparison.Ordinal);
            Assert.Equal(before, machine.Everything());
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Refuse(IReadOnlyList<string> arguments, Func<byte[], byte[]> change, string what)
    {
        using var source = new SteppedMachine(Arguments);
        source.Run(300_000);
        var state = change(source.Save());
        using var machine = new SteppedMachine(arguments);
        machine.Run(50_000);
        var before = machine.Everything();
        var error = Assert.Throws<SnapshotException>(() => machine.Load(state));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.True(before.AsSpan().SequenceEqual(machine.Everything()), "the machine was changed");
    }

    private static byte[] Change(byte[] sound, Random random)
    {
        var bytes = sound.ToArray();
        for (var i = random.Next(1, 8); i > 0; i--)
        {
            // The records stand before the pages, which are any bytes at all.
            bytes[random.Next(random.Next(2) == 0 ? Math.Min(20_000, bytes.Length) : bytes.Length)] = (byte)random.Next(256);
        }

        return random.Next(8) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static byte[] Seal(SteppedMachine machine, byte[] body)
    {
        using var sealedState = new MemoryStream();
        using var writer = new ChunkWriter(sealedState);
        var description = Encoding.UTF8.GetBytes(MachineDescription.Of(machine.Pc).ToString());
        writer.WritePlain("EMUSTATE"u8);
        writer.WritePlain(MachineState.Version);
        writer.WritePlain(description.Length);
        writer.WritePlain(description);
        writer.Write(body);
        writer.Seal();
        return sealedState.ToArray();
    }
}
