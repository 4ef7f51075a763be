using Emulator.Core.Time;
using Emulator.Devices.Storage;

namespace Emulator.Devices.Tests.Storage;

/// <summary>A medium in memory whose requests end as the real one's do: later, posted to the scheduler.</summary>
internal sealed class TestMedium : IBlockBackend
{
    private readonly EventScheduler _scheduler;
    private readonly List<Action> _held = [];

    public TestMedium(EventScheduler scheduler, int length, int seed)
    {
        _scheduler = scheduler;
        Contents = new byte[length];
        new Random(seed).NextBytes(Contents);
    }

    public byte[] Contents { get; }

    public long Length => Contents.Length;

    public bool IsReadOnly { get; set; }

    public int Pending { get; private set; }

    /// <summary>How every request ends that is asked for from now on.</summary>
    public BlockStatus Outcome { get; set; }

    /// <summary>Whether requests wait for <see cref="Release"/>.</summary>
    public bool Holds { get; set; }

    /// <summary>What was asked for, in order.</summary>
    public List<string> Requests { get; } = [];

    public byte[] Sectors(long first, int count) => Contents.AsSpan((int)first * 512, count * 512).ToArray();

    public void Read(long offset, Memory<byte> destination, Action<BlockStatus> done)
        => Ask($"read {offset}+{destination.Length}", offset, destination.Length, at => Contents.AsSpan(at, destination.Length).CopyTo(destination.Span), done);

    public void Write(long offset, ReadOnlyMemory<byte> source, Action<BlockStatus> done)
        => Ask($"write {offset}+{source.Length}", offset, source.Length, at => source.Span.CopyTo(Contents.AsSpan(at)), done);

    public void Flush(Action<BlockStatus> done) => Ask("flush", 0, 0, _ => { }, done);

    public void Discard(long offset, long length, Action<BlockStatus> done)
        => Ask($"discard {offset}+{length}", offset, length, at => Contents.AsSpan(at, (int)length).Clear(), done);

    public BlockStatus ReadNow(long offset, Span<byte> destination)
    {
        Contents.AsSpan((int)offset, destination.Length).CopyTo(destination);
        return BlockStatus.Success;
    }

    public BlockStatus WriteNow(long offset, ReadOnlySpan<byte> source)
    {
        source.CopyTo(Contents.AsSpan((int)offset));
        return BlockStatus.Success;
    }

    /// <summary>Ends a request that waits, by its place among those that do.</summary>
    public void Release(int index)
    {
        var held = _held[index];
        _held.RemoveAt(index);
        held();
    }

    private void Ask(string what, long offset, long length, Action<int> work, Action<BlockStatus> done)
    {
        Assert.InRange(offset, 0, Length);
        Assert.InRange(length, 0, Length - offset);
        Assert.InRange(Pending, 0, 100);
        Requests.Add(what);
        Pending++;
        var outcome = Outcome;
        var end = () => _scheduler.Post(() =>
        {
            Pending--;
            if (outcome == BlockStatus.Success)
            {
                work((int)offset);
            }

            done(outcome);
        });
        if (Holds)
        {
            _held.Add(end);
        }
        else
        {
            end();
        }
    }
}
