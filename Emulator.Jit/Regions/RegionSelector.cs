using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;

namespace Emulator.Jit.Regions;

/// <summary>Collects blocks into a plan: the shared part of every strategy's choice of what to compile together.</summary>
public sealed unsafe class RegionSelector
{
    private const ulong PageMask = ~(ulong)(GuestRam.PageSize - 1);

    private readonly BlockGraph _graph;
    private readonly CpuMode _mode;
    private readonly uint _threshold;
    private readonly RegionLimits _limits;
    private readonly bool _isVerified;
    private readonly List<PlannedBlock> _blocks = [];
    private readonly Dictionary<nint, PlannedBlock> _known = [];
    private int _instructions;

    /// <summary>An empty selection that starts at a hot block.</summary>
    /// <param name="processor">The processor that runs it.</param>
    /// <param name="entry">The hot block.</param>
    /// <param name="limits">How much the region may hold.</param>
    /// <param name="isVerified">Whether its code is run beside the interpreter: then blocks whose effects cannot be taken back stay out.</param>
    public RegionSelector(Processor processor, Block* entry, RegionLimits limits, bool isVerified = false)
    {
        _isVerified = isVerified;
        _graph = new BlockGraph(processor);
        _mode = processor.State->Mode;
        _threshold = processor.Wiring.Blocks.HotThreshold;
        _limits = limits;
        CanStart = _graph.IsTranslatable && !entry->CrossesPage && entry->Code != null && IsAllowed(entry);
        if (CanStart)
        {
            Add(entry, processor.State->Rip);
        }
    }

    /// <summary>Whether the entry can be compiled at all.</summary>
    public bool CanStart { get; }

    /// <summary>Entries after which a block counts as hot.</summary>
    public uint Threshold => _threshold;

    /// <summary>The blocks so far, in the order in which they were added.</summary>
    public IReadOnlyList<PlannedBlock> Blocks => _blocks;

    /// <summary>How a block ends.</summary>
    public static BlockGraph.Ending EndingOf(PlannedBlock block) => BlockGraph.EndingOf(block.Block);

    /// <summary>Times that a block was entered since it was decoded, as far as it is counted: up to the threshold.</summary>
    public uint HeatOf(PlannedBlock block) => HeatOf(block.Block);

    /// <summary>Adds the target of a block's direct branch or call if it is decoded, hot enough and fits; null if not.</summary>
    public PlannedBlock? AddTaken(PlannedBlock from, uint minimumHeat)
        => from.Taken = AddAt(from, _graph.TargetOf(from.Block, from.Rip), minimumHeat);

    /// <summary>Adds the block that follows in memory under the same conditions.</summary>
    public PlannedBlock? AddNext(PlannedBlock from, uint minimumHeat)
        => from.Next = AddAt(from, _graph.NextOf(from.Block, from.Rip), minimumHeat);

    /// <summary>Adds the blocks that an indirect branch at a block's end has led to, under the same conditions.</summary>
    public void AddSeen(PlannedBlock from, uint minimumHeat)
        => from.Seen = [.. _graph.SeenFrom(from.Block, from.Rip).Select(rip => AddAt(from, rip, minimumHeat)).OfType<PlannedBlock>().OrderByDescending(HeatOf)];

    /// <summary>Adds the hotter of the two ways out of a conditional branch, if it is hot enough.</summary>
    public PlannedBlock? AddHotterWay(PlannedBlock from, uint minimumHeat)
    {
        var taken = _graph.Find(from.Block, from.Rip, _graph.TargetOf(from.Block, from.Rip));
        var next = _graph.Find(from.Block, from.Rip, _graph.NextOf(from.Block, from.Rip));
        var takenHeat = taken == null ? 0 : HeatOf(taken);
        return takenHeat > (next == null ? 0 : HeatOf(next)) ? AddTaken(from, minimumHeat) : AddNext(from, minimumHeat);
    }

    /// <summary>Joins branches to blocks that were added after them.</summary>
    public void Close()
    {
        foreach (var block in _blocks)
        {
            var ending = EndingOf(block);
            if (ending is BlockGraph.Ending.Jump or BlockGraph.Ending.Conditional or BlockGraph.Ending.Call)
            {
                block.Taken ??= Known(block, _graph.TargetOf(block.Block, block.Rip));
            }

            if (ending is not (BlockGraph.Ending.Jump or BlockGraph.Ending.Return or BlockGraph.Ending.IndirectJump or BlockGraph.Ending.Other))
            {
                block.Next ??= Known(block, _graph.NextOf(block.Block, block.Rip));
            }
        }
    }

    /// <summary>The plan of what was collected.</summary>
    public RegionPlan ToPlan()
    {
        var entry = _blocks[0];
        var pages = new Dictionary<long, nint>();
        foreach (var block in _blocks)
        {
            var distance = (long)((block.Rip & PageMask) - (entry.Rip & PageMask));
            if (distance != 0)
            {
                pages[distance] = (nint)(block.Block->Code - (long)(block.Rip & ~PageMask));
            }
        }

        return new RegionPlan { Blocks = _blocks, Mode = _mode, ReturnsAtExits = _isVerified, OtherPages = [.. pages.Select(page => (page.Key, page.Value))] };
    }

    private uint HeatOf(Block* block) => block->Countdown > _threshold ? _threshold : _threshold - block->Countdown;

    private PlannedBlock? Known(PlannedBlock from, ulong rip)
    {
        var block = _graph.Find(from.Block, from.Rip, rip);
        return block != null && _known.TryGetValue((nint)block, out var known) && known.Rip == rip ? known : null;
    }

    private PlannedBlock? AddAt(PlannedBlock from, ulong rip, uint minimumHeat)
    {
        var block = _graph.Find(from.Block, from.Rip, rip);
        if (block == null)
        {
            return null;
        }

        if (_known.TryGetValue((nint)block, out var known))
        {
            return known.Rip == rip ? known : null;
        }

        var fits = _blocks.Count < _limits.Blocks && _instructions + block->Count <= _limits.Instructions;
        return fits && HeatOf(block) >= minimumHeat && IsAllowed(block) ? Add(block, rip) : null;
    }

    private bool IsAllowed(Block* block) => !_isVerified || Verify.Repeatability.CanRepeat(block);

    private PlannedBlock Add(Block* block, ulong rip)
    {
        var handlers = new nint[block->Count];
        for (var i = 0; i < handlers.Length; i++)
        {
            handlers[i] = (nint)Block.Ops(block)[i].Handler;
        }

        handlers[0] = (nint)block->FirstHandler;
        var planned = new PlannedBlock
        {
            Number = _blocks.Count,
            FirstSite = _instructions,
            Block = block,
            Rip = rip,
            Bytes = new ReadOnlySpan<byte>(block->Code, block->Length).ToArray(),
            Handlers = handlers,
            FallsThrough = block->FallsThrough,
            IsScattered = block->IsScattered,
            SlowOps = block->SlowOps,
        };
        _blocks.Add(planned);
        _known.Add((nint)block, planned);
        _instructions += block->Count;
        return planned;
    }
}
