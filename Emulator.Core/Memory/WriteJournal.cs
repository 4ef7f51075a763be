using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Emulator.Core.Decoding;

namespace Emulator.Core.Memory;

/// <summary>
/// Takes back what a run wrote to RAM. Every page is written through the slow path until the journal has a copy of it; then the page is open, and writes are as
/// fast as ever until the journal closes it again. Machine's thread only.
/// </summary>
public sealed unsafe class WriteJournal : IDisposable
{
    // Pages that stay open from one round to the next: those opened last are likely to be written again.
    private const int LastOpened = 4;

    private readonly MemoryMap _memory;
    private readonly BlockCache _blocks;
    private readonly List<Page> _open = [];
    private readonly Stack<nint> _buffers = [];

    /// <summary>A journal of a machine's RAM, all of it closed.</summary>
    public WriteJournal(MemoryMap memory, BlockCache blocks)
    {
        _memory = memory;
        _blocks = blocks;
        memory.Journal = this;
        for (var offset = 0L; offset < memory.Ram.Size; offset += GuestRam.PageSize)
        {
            memory.Ram.Flags(offset) |= RamPageFlags.Guarded;
        }

        blocks.OnMapChanged();
    }

    // Two copies of a page: at the beginning of the round, and after the trial.
    private struct Page
    {
        public long Offset;
        public byte* Before;
        public bool DiffersInTrial;
        public bool IsWritten;

        public readonly byte* AfterTrial => Before + GuestRam.PageSize;
    }

    /// <summary>Whether the run is a trial, to be taken back: nothing that is not RAM is touched.</summary>
    public bool IsTrial { get; set; }

    /// <summary>Whether a trial touched what is not RAM.</summary>
    public bool HasHeldBack { get; set; }

    /// <summary>Whether an access to what is not RAM is not to be done now; notes it.</summary>
    public bool HoldsBack()
    {
        HasHeldBack |= IsTrial;
        return IsTrial;
    }

    /// <summary>A new round: what RAM holds now is what is restored.</summary>
    public void Begin()
    {
        var kept = 0;
        for (var i = 0; i < _open.Count; i++)
        {
            var page = _open[i];
            if (page.IsWritten || i >= _open.Count - LastOpened)
            {
                Unsafe.CopyBlock(page.Before, HostOf(page), GuestRam.PageSize);
                page.DiffersInTrial = false;
                page.IsWritten = false;
                _open[kept++] = page;
            }
            else
            {
                Close(page);
            }
        }

        _open.RemoveRange(kept, _open.Count - kept);
    }

    /// <summary>Ends a trial: keeps what it wrote, for comparison, and takes it back.</summary>
    public void KeepTrial()
    {
        foreach (ref var page in CollectionsMarshal.AsSpan(_open))
        {
            page.DiffersInTrial = IsChanged(page);
            if (page.DiffersInTrial)
            {
                Unsafe.CopyBlock(page.AfterTrial, HostOf(page), GuestRam.PageSize);
                Restore(page);
            }
        }
    }

    /// <summary>Takes back what was written since <see cref="Begin"/>.</summary>
    public void Restore()
    {
        foreach (ref var page in CollectionsMarshal.AsSpan(_open))
        {
            if (IsChanged(page))
            {
                Restore(page);
            }
        }
    }

    /// <summary>Whether RAM is now what the trial left.</summary>
    public bool IsAsTrialLeftIt()
    {
        var equal = true;
        foreach (ref var page in CollectionsMarshal.AsSpan(_open))
        {
            page.IsWritten = IsChanged(page);
            equal &= page.IsWritten == page.DiffersInTrial && (!page.IsWritten || Bytes(HostOf(page)).SequenceEqual(Bytes(page.AfterTrial)));
        }

        return equal;
    }

    /// <summary>The bytes where RAM now is not what the trial left, at most so many.</summary>
    public IReadOnlyList<(long RamOffset, byte Before, byte Now, byte Trial)> Differences(int most)
    {
        var found = new List<(long, byte, byte, byte)>();
        foreach (ref var page in CollectionsMarshal.AsSpan(_open))
        {
            var trial = page.DiffersInTrial ? page.AfterTrial : page.Before;
            var now = HostOf(page);
            for (var i = 0; i < GuestRam.PageSize && found.Count < most; i++)
            {
                if (now[i] != trial[i])
                {
                    found.Add((page.Offset + i, page.Before[i], now[i], trial[i]));
                }
            }
        }

        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory.Journal = null;
        foreach (var page in _open)
        {
            NativeMemory.Free(page.Before);
        }

        foreach (var buffer in _buffers)
        {
            NativeMemory.Free((void*)buffer);
        }

        _open.Clear();
        _buffers.Clear();
    }

    /// <summary>Bytes of RAM are about to be written.</summary>
    internal void OnWrite(long offset, int length)
    {
        var last = (offset + length - 1) & ~(GuestRam.PageSize - 1L);
        for (var start = offset & ~(GuestRam.PageSize - 1L); start <= last; start += GuestRam.PageSize)
        {
            ref var flags = ref _memory.Ram.Flags(start);
            if ((flags & RamPageFlags.Guarded) != 0)
            {
                flags &= ~RamPageFlags.Guarded;
                Open(start);
            }
        }
    }

    private static Span<byte> Bytes(byte* page) => new(page, GuestRam.PageSize);

    private byte* HostOf(in Page page) => _memory.Ram.Pointer + page.Offset;

    private bool IsChanged(in Page page) => !Bytes(HostOf(page)).SequenceEqual(Bytes(page.Before));

    private void Open(long offset)
    {
        var buffer = _buffers.TryPop(out var free) ? (byte*)free : (byte*)NativeMemory.Alloc(2 * GuestRam.PageSize);
        var page = new Page { Offset = offset, Before = buffer };
        Unsafe.CopyBlock(buffer, HostOf(page), GuestRam.PageSize);
        _open.Add(page);
    }

    private void Close(in Page page)
    {
        _memory.Ram.Flags(page.Offset) |= RamPageFlags.Guarded;
        _blocks.SlowWrites(HostOf(page));
        _buffers.Push((nint)page.Before);
    }

    // What was decoded from the bytes of the trial is not what stands there again.
    private void Restore(in Page page)
    {
        var host = HostOf(page);
        if ((_memory.Ram.Flags(page.Offset) & RamPageFlags.Code) != 0)
        {
            var first = Bytes(host).CommonPrefixLength(Bytes(page.Before));
            var last = GuestRam.PageSize - 1;
            while (host[last] == page.Before[last])
            {
                last--;
            }

            _memory.MarkWritten(host + first, last - first + 1);
        }

        Unsafe.CopyBlock(host, page.Before, GuestRam.PageSize);
    }
}
