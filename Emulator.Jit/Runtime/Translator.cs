using System.Collections.Concurrent;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Interpreter;
using Emulator.Jit.Emit;
using Emulator.Jit.Regions;
using Emulator.Jit.Strategies;

namespace Emulator.Jit.Runtime;

/// <summary>
/// The tier above the interpreter: plans a region around each hot block on the machine's thread, has it compiled on others, and puts the code in place between
/// two blocks. Whatever touches guest state runs on the machine's thread.
/// </summary>
public sealed unsafe class Translator : ITranslator, IBlockObserver
{
    // Plans that wait for a compiler. Few, so that what is compiled is hot at the time, and its code is still there.
    private const int Backlog = 4;

    // Times the threshold that a block waits for a region that holds it.
    private const int Patience = 8;

    // A suspended region comes back after this part of the threshold.
    private const int Recall = 8;

    // Code is freed by the garbage collector, which knows nothing of its size: this much may wait, and this part of the bound.
    private const long LeastGarbage = 4 << 20;
    private const int GarbageShare = 8;

    private readonly ITranslationStrategy _strategy;
    private readonly JitOptions _options;
    private readonly BlockCache _blocks;
    private readonly RegionTable _regions = new();
    private readonly Meanings _meanings = new();
    private readonly CompilerQueue _queue;
    private readonly ConcurrentQueue<Compiled> _ready = new();
    private readonly HashSet<nint> _requested = [];
    private readonly Lazy<RegionCompiler> _own;
    private bool _withListings;
    private long _garbage;

    // Plans made before the last time that all blocks were dropped speak of memory that is used anew.
    private readonly HashSet<RegionPlan> _current = [];

    /// <summary>A translator for one machine, which binds instructions by the same table.</summary>
    public Translator(ITranslationStrategy strategy, JitOptions options, CpuModel model, InstructionTable instructions, BlockCache blocks)
        : this(strategy, options, model, blocks, new Lazy<EmitterTable>(() => new EmitterTable(instructions) { VectorLocals = options.VectorLocals }))
    {
    }

    /// <summary>The same with given emitters, which are made when there is something to compile: a guest starts without.</summary>
    internal Translator(ITranslationStrategy strategy, JitOptions options, CpuModel model, BlockCache blocks, Lazy<EmitterTable> emitters)
    {
        _strategy = strategy;
        _options = options;
        _blocks = blocks;
        blocks.HotThreshold = options.Threshold ?? strategy.Threshold ?? uint.MaxValue;
        blocks.Observer = this;
        _own = new Lazy<RegionCompiler>(NewCompiler);
        _queue = new CompilerQueue(options.Threads, NewCompiler, (compiler, plan) => _ready.Enqueue(Compile(compiler, plan)));

        RegionCompiler NewCompiler() => new(model, emitters.Value, _meanings, strategy.Name);
    }

    /// <summary>What is compiled.</summary>
    public ITranslationStrategy Strategy => _strategy;

    /// <summary>What was done so far.</summary>
    public TranslationCounters Counters { get; } = new();

    /// <summary>The region whose code stands in place of a block's first handler; null when there is none. Machine's thread only.</summary>
    internal CompiledRegion? RegionAt(Block* block) => _regions.Find(block);

    /// <summary>The text of a region's CIL; null when its blocks are not what they were.</summary>
    internal string? ListingOf(RegionPlan plan)
    {
        var region = _own.Value.Compile(plan, withListing: true);
        var listing = region?.Listing;
        region?.Release();
        return listing;
    }

    /// <summary>How it translates.</summary>
    public JitOptions Options => _options;

    /// <summary>Entries after which a block is hot.</summary>
    public uint Threshold => _blocks.HotThreshold;

    /// <summary>Host memory of the regions in use, as estimated.</summary>
    public long CodeBytes => _regions.Bytes;

    /// <summary>How many regions are in use.</summary>
    public int RegionCount => _regions.Count;

    /// <summary>The regions in use. Machine's thread.</summary>
    public IEnumerable<CompiledRegion> Regions => _regions.All;

    /// <summary>Who looks on.</summary>
    public IReadOnlyList<ITranslationObserver> Observers { get; private set; } = [];

    /// <summary>Adds one who looks on. One thread at a time; what is being compiled meanwhile may not be seen.</summary>
    public void Observe(ITranslationObserver observer)
    {
        _withListings |= observer.WantsListings;
        Observers = [.. Observers, observer];
    }

    /// <inheritdoc/>
    public void OnHot(Processor processor, Block* block)
    {
        if (_requested.Contains((nint)block))
        {
            return;
        }

        if (_regions.TryRevive(block))
        {
            Counters.Revived++;
            return;
        }

        if (_queue.Count >= Backlog)
        {
            // The compilers have enough to do: the hotter a block is, the sooner it asks again.
            block->Countdown = _blocks.HotThreshold;
            return;
        }

        var selection = new RegionSelector(processor, block, _strategy.Limits, _options.Verify);
        if (!selection.CanStart)
        {
            return;
        }

        _strategy.Select(selection);
        selection.Close();
        var plan = selection.ToPlan();
        Counters.Requested++;
        foreach (var observer in Observers)
        {
            observer.OnRequested(plan);
        }

        _requested.Add((nint)block);
        _current.Add(plan);
        foreach (var planned in plan.Blocks)
        {
            // The others will run inside this region: they need not ask for one of their own while it is compiled.
            planned.Block->Countdown = Math.Max(planned.Block->Countdown, PatientCountdown);
        }

        if (_options.Threads == 0)
        {
            _ready.Enqueue(Compile(_own.Value, plan));
            Publish();
            return;
        }

        _queue.Add(plan);
    }

    /// <inheritdoc/>
    public void Publish()
    {
        _garbage += _regions.ReleaseRetired();
        while (_ready.TryDequeue(out var ready))
        {
            Publish(ready.Plan, ready.Region);
        }

        if (_garbage > Math.Max(LeastGarbage, _options.CodeBytes / GarbageShare))
        {
            _garbage = 0;
            GC.Collect();
        }
    }

    /// <inheritdoc/>
    public void OnDropped(Block* block) => Invalidate(_regions.Drop(block, PatientCountdown));

    /// <inheritdoc/>
    public void OnLearned(Block* block)
    {
        Counters.Learned++;
        Invalidate(_regions.Drop(block, Math.Max(1, _blocks.HotThreshold / Recall)));
    }

    /// <inheritdoc/>
    public void OnAllDropped()
    {
        // The memory of the blocks is used anew from here on, and compilers read operands there.
        _queue.Clear();
        _current.Clear();
        _requested.Clear();
        Invalidate(_regions.DropAll());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _queue.Dispose();
        _regions.DropAll();
        _regions.ReleaseRetired();
    }

    private uint PatientCountdown => (uint)Math.Min(uint.MaxValue, (ulong)_blocks.HotThreshold * Patience);

    private void Publish(RegionPlan plan, CompiledRegion? region)
    {
        var isCurrent = _current.Remove(plan);
        if (isCurrent && region is not null && !plan.Blocks.Any(block => block.Block->IsStale))
        {
            _requested.Remove((nint)plan.Entry.Block);
            _regions.Add(region);
            Counters.Installed++;
            Trim();
            return;
        }

        Counters.Outdated++;
        if (region is null)
        {
            return;
        }

        region.Release();
        if (isCurrent)
        {
            // The entry may try again with whatever surrounds it now.
            _requested.Remove((nint)plan.Entry.Block);
            plan.Entry.Block->Countdown = PatientCountdown;
        }
    }

    private void Trim()
    {
        if (_regions.Bytes <= _options.CodeBytes - (_options.CodeBytes / 4))
        {
            return;
        }

        var evicted = _regions.Trim(_options.CodeBytes, Math.Max(1, _blocks.HotThreshold / Recall), _blocks.HotThreshold, out var suspended);
        Counters.Suspended += suspended;
        Counters.Evicted += evicted.Count;
        foreach (var observer in Observers)
        {
            foreach (var region in evicted)
            {
                observer.OnEvicted(region);
            }
        }
    }

    private void Invalidate(IReadOnlyList<CompiledRegion> dropped)
    {
        Counters.Invalidated += dropped.Count;
        foreach (var observer in Observers)
        {
            foreach (var region in dropped)
            {
                observer.OnInvalidated(region);
            }
        }
    }

    private Compiled Compile(RegionCompiler compiler, RegionPlan plan)
    {
        var region = compiler.Compile(plan, withListing: _withListings);
        if (region is not null)
        {
            Interlocked.Increment(ref Counters.Compiled);
            Interlocked.Add(ref Counters.Instructions, plan.InstructionCount);
            Interlocked.Add(ref Counters.CilBytes, region.CilSize);
            Interlocked.Add(ref Counters.CompileTicks, region.CompileTicks);
            foreach (var observer in Observers)
            {
                observer.OnCompiled(region);
            }
        }

        return new Compiled(plan, region);
    }

    /// <summary>A plan and the region made of it; null when its blocks were not what they had been.</summary>
    private sealed record Compiled(RegionPlan Plan, CompiledRegion? Region);
}
