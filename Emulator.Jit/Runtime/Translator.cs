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

    private readonly ITranslationStrategy _strategy;
    private readonly JitOptions _options;
    private readonly BlockCache _blocks;
    private readonly RegionTable _regions = new();
    private readonly EmitterTable _emitters;
    private readonly Meanings _meanings = new();
    private readonly BlockingCollection<RegionPlan> _queue = [];
    private readonly ConcurrentQueue<(RegionPlan Plan, CompiledRegion? Region)> _ready = new();
    private readonly HashSet<nint> _requested = [];
    private readonly List<Thread> _threads = [];
    private readonly RegionCompiler _own;

    // Plans made before the last time that all blocks were dropped speak of memory that is used anew.
    private readonly HashSet<RegionPlan> _current = [];

    /// <summary>A translator for one machine.</summary>
    public Translator(ITranslationStrategy strategy, JitOptions options, CpuModel model, BlockCache blocks)
        : this(strategy, options, model, blocks, new EmitterTable(new InstructionTable()))
    {
    }

    /// <summary>The same with given emitters.</summary>
    internal Translator(ITranslationStrategy strategy, JitOptions options, CpuModel model, BlockCache blocks, EmitterTable emitters)
    {
        _emitters = emitters;
        _strategy = strategy;
        _options = options;
        _blocks = blocks;
        blocks.HotThreshold = options.Threshold ?? strategy.Threshold ?? uint.MaxValue;
        blocks.Observer = this;
        _emitters = new EmitterTable(new InstructionTable()) { VectorLocals = options.VectorLocals };
        _own = new RegionCompiler(model, _emitters, _meanings);
        for (var i = 0; i < options.Threads; i++)
        {
            var thread = new Thread(() => CompileQueue(new RegionCompiler(model, _emitters, _meanings))) { IsBackground = true, Name = $"translator {i}" };
            _threads.Add(thread);
            thread.Start();
        }
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
        var region = _own.Compile(plan, withListing: true);
        var listing = region?.Listing;
        region?.Release();
        return listing;
    }

    /// <inheritdoc/>
    public void OnHot(Processor processor, Block* block)
    {
        if (_requested.Contains((nint)block))
        {
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
        _requested.Add((nint)block);
        _current.Add(plan);
        foreach (var planned in plan.Blocks)
        {
            // The others will run inside this region: they need not ask for one of their own while it is compiled.
            planned.Block->Countdown = Math.Max(planned.Block->Countdown, (uint)Math.Min(uint.MaxValue, (ulong)_blocks.HotThreshold * Patience));
        }

        if (_options.Threads == 0)
        {
            _ready.Enqueue((plan, Compile(_own, plan)));
            Publish();
            return;
        }

        _queue.Add(plan);
    }

    /// <inheritdoc/>
    public void Publish()
    {
        _regions.ReleaseRetired();
        while (_ready.TryDequeue(out var ready))
        {
            var (plan, region) = ready;
            if (!_current.Remove(plan) || region is null || plan.Blocks.Any(block => block.Block->IsStale))
            {
                Counters.Outdated++;
                region?.Release();
                continue;
            }

            _requested.Remove((nint)plan.Entry.Block);
            _regions.Add(region);
            region.Install();
            Counters.Installed++;
        }
    }

    /// <inheritdoc/>
    public void OnDropped(Block* block) => Counters.Invalidated += _regions.Drop(block);

    /// <inheritdoc/>
    public void OnAllDropped()
    {
        _current.Clear();
        _requested.Clear();
        Counters.Invalidated += _regions.DropAll();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Environment.GetEnvironmentVariable("EMU_STATS") != null)
        {
            Console.Error.WriteLine($"requested {Counters.Requested} compiled {Counters.Compiled} installed {Counters.Installed} outdated {Counters.Outdated} invalidated {Counters.Invalidated} instructions {Counters.Instructions} cil {Counters.CilBytes} ms {Counters.CompileTicks * 1000 / System.Diagnostics.Stopwatch.Frequency} decoded {_blocks.Decoded} dropped {_blocks.Dropped} flushes {_blocks.Flushes} queue {_queue.Count}");
            foreach (var d in Directory.GetDirectories("/proc/self/task"))
            {
                var f = File.ReadAllText(d + "/stat").Split(' ');
                Console.Error.Write($"{File.ReadAllText(d + "/comm").Trim()}={File.ReadAllText(d + "/stat").Split(')')[1].Split(' ')[12]} ");
            }

            Console.Error.WriteLine();
        }

        _queue.CompleteAdding();
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _regions.DropAll();
        _regions.ReleaseRetired();
        _queue.Dispose();
    }

    private void CompileQueue(RegionCompiler compiler)
    {
        foreach (var plan in _queue.GetConsumingEnumerable())
        {
            if (!_queue.IsAddingCompleted)
            {
                _ready.Enqueue((plan, Compile(compiler, plan)));
            }
        }
    }

    private CompiledRegion? Compile(RegionCompiler compiler, RegionPlan plan)
    {
        var region = compiler.Compile(plan, withListing: false);
        if (region is not null)
        {
            Interlocked.Increment(ref Counters.Compiled);
            Interlocked.Add(ref Counters.Instructions, plan.InstructionCount);
            Interlocked.Add(ref Counters.CilBytes, region.CilSize);
            Interlocked.Add(ref Counters.CompileTicks, region.CompileTicks);
        }

        return region;
    }
}
