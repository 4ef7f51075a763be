using System.Runtime.InteropServices;
using Emulator.Core.Cpu;
using Emulator.Core.Instructions;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Decoding;

/// <summary>Is told when blocks go, so that what was made of them goes too.</summary>
public unsafe interface IBlockObserver
{
    /// <summary>A block with <see cref="Block.IsTranslated"/> was dropped: its ops no longer run.</summary>
    void OnDropped(Block* block);

    /// <summary>Every block is about to be dropped and its memory reused.</summary>
    void OnAllDropped();

    /// <summary>Something was learned about how a block runs that translations of it should know (<see cref="Block.SlowOps"/>, <see cref="Block.IsScattered"/>).</summary>
    void OnLearned(Block* block);
}

/// <summary>
/// The decoded blocks of a machine, found by code address and mode. A write to a page with code drops the blocks it overlaps: their ops are
/// overwritten with <see cref="Branches.Stale"/>, so that even the block that is running goes no further than the current
/// instruction. Memory is bounded: when the arena is full, every block is dropped. Machine's thread only.
/// </summary>
public sealed unsafe class BlockCache : IMemoryObserver, IDisposable
{
    private const int BucketCount = 1 << 16;
    private const int ArenaSize = 64 << 20;
    private const int GranuleShift = 6;

    private readonly MemoryMap _memory;
    private readonly List<Processor> _processors = [];
    private readonly LargePageMemory _blocks;
    private readonly LargePageMemory _pageNotes;
    private readonly Block** _buckets;
    private readonly byte* _arena;

    // One bit for each 64 bytes of a RAM page under some block, by page number.
    private readonly ulong* _granules;

    // What holds code, by host address of the page.
    private readonly Dictionary<nint, CodePage> _pages = [];
    private int _used;

    /// <summary>An empty cache.</summary>
    public BlockCache(MemoryMap memory)
    {
        _memory = memory;
        _blocks = new LargePageMemory(ArenaSize + (BucketCount * sizeof(Block*)));
        _arena = _blocks.Pointer;
        _buckets = (Block**)(_arena + ArenaSize);
        _pageNotes = new LargePageMemory((memory.Ram.Size >> GuestRam.PageShift) * sizeof(ulong));
        _granules = (ulong*)_pageNotes.Pointer;
        memory.Observe(this);
    }

    private sealed class CodePage
    {
        public Block* First;
        public Block* Crossing;
    }

    /// <summary>Blocks decoded since power-on.</summary>
    public long Decoded { get; private set; }

    /// <summary>Blocks dropped because their bytes were written.</summary>
    public long Dropped { get; private set; }

    /// <summary>Times the arena ran full.</summary>
    public long Flushes { get; private set; }

    /// <summary>Entries after which a block counts as hot.</summary>
    public uint HotThreshold { get; set; } = uint.MaxValue;

    /// <summary>Who is told of dropped blocks that were translated.</summary>
    public IBlockObserver? Observer { get; set; }

    /// <summary>The processors that share the cache: all of a machine.</summary>
    public int ProcessorCount => _processors.Count;

    /// <summary>Adds a processor whose TLB must know which pages hold code.</summary>
    public void Attach(Processor processor) => _processors.Add(processor);

    /// <summary>Removes a processor.</summary>
    public void Detach(Processor processor) => _processors.Remove(processor);

    /// <summary>The block at a code address; null when none has been decoded.</summary>
    public Block* Find(byte* code, CpuMode mode)
    {
        for (var block = *Bucket(code, mode); block != null; block = block->NextInBucket)
        {
            if (block->Code == code && block->Mode == mode)
            {
                return block;
            }
        }

        return null;
    }

    /// <summary>Room for a block with <see cref="BlockBuilder.MaxOps"/> ops; taken by <see cref="Add"/>.</summary>
    public Block* Reserve()
    {
        if (_used + sizeof(Block) + ((BlockBuilder.MaxOps + SeenTargets.Ops) * sizeof(Op)) > ArenaSize)
        {
            Flush();
        }

        var block = (Block*)(_arena + _used);
        *block = default;
        return block;
    }

    /// <summary>Publishes the block that was built in the room of <see cref="Reserve"/>.</summary>
    public void Add(Block* block, byte* code, CpuMode mode, byte* secondPage)
    {
        block->Code = code;
        block->Mode = mode;
        block->SecondPage = secondPage;
        block->CrossesPage = secondPage != null;
        block->FirstHandler = Block.Ops(block)->Handler;
        block->Countdown = HotThreshold;
        _used += sizeof(Block) + ((block->Count + 1) * sizeof(Op));
        KeepTargets(block);
        var bucket = Bucket(code, mode);
        block->NextInBucket = *bucket;
        *bucket = block;
        Decoded++;
        var page = PageOf(code);
        block->NextOnPage = page.First;
        page.First = block;
        Mark(code, block->Length);
        if (secondPage != null)
        {
            page = PageOf(secondPage);
            block->NextCrossing = page.Crossing;
            page.Crossing = block;
            Mark(secondPage, SecondLength(block));
        }
    }

    /// <inheritdoc/>
    public void OnCodeWrite(byte* host, int length)
    {
        if (HoldsCode(host, length) && _pages.TryGetValue((nint)PageStart(host), out var page))
        {
            Drop(page, host, length);
        }
    }

    /// <inheritdoc/>
    public void OnRomChanged(byte* host, int length)
    {
        for (var page = PageStart(host); page < host + length; page += GuestRam.PageSize)
        {
            if (_pages.ContainsKey((nint)page))
            {
                Flush();
                return;
            }
        }
    }

    /// <summary>Whether a write within one page would touch 64 bytes that some block was decoded from.</summary>
    public bool HoldsCode(byte* host, int length)
        => _memory.Ram.TryOffset(host, out var offset)
            && (_granules[offset >> GuestRam.PageShift] & GranulesOf((int)offset & (GuestRam.PageSize - 1), length)) != 0;

    /// <summary>Makes writes to a page of RAM take the slow path, on every processor.</summary>
    public void SlowWrites(byte* page)
    {
        foreach (var processor in _processors)
        {
            processor.Mmu.SlowWrites(page);
        }
    }

    /// <inheritdoc/>
    public void OnMapChanged()
    {
        foreach (var processor in _processors)
        {
            processor.Mmu.FlushAll();
        }
    }

    /// <summary>Drops every block.</summary>
    public void Flush()
    {
        Observer?.OnAllDropped();
        foreach (var page in _pages)
        {
            for (var block = page.Value.First; block != null; block = block->NextOnPage)
            {
                MakeStale(block);
            }

            if (_memory.Ram.TryOffset((byte*)page.Key, out var offset))
            {
                _memory.Ram.Flags(offset) &= ~RamPageFlags.Code;
                _granules[offset >> GuestRam.PageShift] = 0;
            }
        }

        _pages.Clear();
        NativeMemory.Clear(_buckets, (nuint)(BucketCount * sizeof(Block*)));
        _used = 0;
        Flushes++;
        foreach (var processor in _processors)
        {
            processor.Mmu.EndFetches();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pageNotes.Free();
        _blocks.Free();
    }

    // Room for the targets of an indirect branch.
    private void KeepTargets(Block* block)
    {
        var last = Block.Ops(block) + (block->Count - 1);
        if (HotThreshold != uint.MaxValue && ((Code)last->Code).IsJmpNearIndirect() | ((Code)last->Code).IsCallNearIndirect())
        {
            last->Seen = (SeenTargets*)(_arena + _used);
            *last->Seen = default;
            _used += SeenTargets.Ops * sizeof(Op);
        }
    }

    private Block** Bucket(byte* code, CpuMode mode)
    {
        var hash = (ulong)code ^ ((ulong)mode << 20);
        return _buckets + ((hash ^ (hash >> 16)) & (BucketCount - 1));
    }

    private CodePage PageOf(byte* bytes)
    {
        var start = PageStart(bytes);
        if (_pages.TryGetValue((nint)start, out var page))
        {
            return page;
        }

        page = new CodePage();
        _pages.Add((nint)start, page);
        if (_memory.Ram.TryOffset(start, out var offset))
        {
            _memory.Ram.Flags(offset) |= RamPageFlags.Code;
            SlowWrites(start);
        }

        return page;
    }

    private static byte* PageStart(byte* bytes) => bytes - ((nint)bytes & (GuestRam.PageSize - 1));

    private void Mark(byte* bytes, int length)
    {
        if (_memory.Ram.TryOffset(bytes, out var offset))
        {
            _granules[offset >> GuestRam.PageShift] |= GranulesOf((int)offset & (GuestRam.PageSize - 1), length);
        }
    }

    private static ulong GranulesOf(int offset, int length)
    {
        var first = offset >> GranuleShift;
        var last = (Math.Min(offset + length, GuestRam.PageSize) - 1) >> GranuleShift;
        return (ulong.MaxValue >> (63 - last)) & (ulong.MaxValue << first);
    }

    private static int SecondLength(Block* block)
        => block->Length - (GuestRam.PageSize - (int)((nint)block->Code & (GuestRam.PageSize - 1)));

    // Both lists of the page are walked: what overlaps is dropped, what was dropped through its other page is forgotten.
    private void Drop(CodePage page, byte* host, int length)
    {
        var start = PageStart(host);
        _memory.Ram.TryOffset(start, out var offset);
        ref var granules = ref _granules[offset >> GuestRam.PageShift];
        granules = 0;
        var kept = (Block*)null;
        for (var block = page.First; block != null;)
        {
            var next = block->NextOnPage;
            var here = Math.Min(block->Length, (int)(start + GuestRam.PageSize - block->Code));
            if (!TryDiscard(block, block->Code, here, host, length))
            {
                block->NextOnPage = kept;
                kept = block;
                Mark(block->Code, here);
            }

            block = next;
        }

        page.First = kept;
        kept = null;
        for (var block = page.Crossing; block != null;)
        {
            var next = block->NextCrossing;
            var here = SecondLength(block);
            if (!TryDiscard(block, start, here, host, length))
            {
                block->NextCrossing = kept;
                kept = block;
                Mark(start, here);
            }

            block = next;
        }

        page.Crossing = kept;
        if (granules == 0)
        {
            _pages.Remove((nint)start);
            _memory.Ram.Flags(offset) &= ~RamPageFlags.Code;
        }
    }

    private bool TryDiscard(Block* block, byte* bytes, int count, byte* host, int length)
    {
        if (block->IsStale)
        {
            return true;
        }

        if (host >= bytes + count || bytes >= host + length)
        {
            return false;
        }

        Discard(block);
        return true;
    }

    private void Discard(Block* block)
    {
        Unlink(block);
        MakeStale(block);
        Dropped++;
        if (block->IsTranslated)
        {
            Observer?.OnDropped(block);
        }
    }

    private void Unlink(Block* block)
    {
        for (var link = Bucket(block->Code, block->Mode); *link != null; link = &(*link)->NextInBucket)
        {
            if (*link == block)
            {
                *link = block->NextInBucket;
                break;
            }
        }

        for (var op = block->Incoming; op != null;)
        {
            var next = op->NextIncoming;
            op->Link = null;
            op->NextIncoming = null;
            op = next;
        }

        block->Incoming = null;
    }

    private static void MakeStale(Block* block)
    {
        block->IsStale = true;
        var ops = Block.Ops(block);
        for (var i = 0; i <= block->Count; i++)
        {
            ops[i].Handler = &Branches.Stale;
        }
    }
}
