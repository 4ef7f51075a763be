using Emulator.Core.Decoding;

namespace Emulator.Jit.Runtime;

/// <summary>
/// The regions in use, by the blocks that they were made of, within a bound on their code. Machine's thread only.
/// </summary>
/// <remarks>
/// Compiled code is entered by other compiled code without anybody noticing, so that nothing says which region is used. When room gets short, the oldest ones
/// are therefore suspended: the interpreter has their entries again. Those that are entered often enough come back as they are; the others go first.
/// </remarks>
internal sealed unsafe class RegionTable
{
    private readonly Dictionary<nint, List<CompiledRegion>> _byBlock = [];
    private readonly LinkedList<CompiledRegion> _installed = [];
    private readonly LinkedList<CompiledRegion> _suspended = [];
    private readonly List<CompiledRegion> _retired = [];
    private long _suspendedBytes;

    /// <summary>Regions in use.</summary>
    public int Count => _installed.Count + _suspended.Count;

    /// <summary>The region that is installed at a block; null when there is none.</summary>
    public CompiledRegion? Find(Block* block)
        => _byBlock.TryGetValue((nint)block, out var regions) ? regions.Find(region => region.Code == (nint)Block.Ops(block)->Handler) : null;

    /// <summary>Host memory of all regions, as estimated.</summary>
    public long Bytes { get; private set; }

    /// <summary>The regions in use.</summary>
    public IEnumerable<CompiledRegion> All => _installed.Concat(_suspended);

    /// <summary>Adds a region and puts it in place.</summary>
    public void Add(CompiledRegion region)
    {
        region.Place = _installed.AddLast(region);
        Bytes += region.HostBytes;
        foreach (var block in region.Plan.Blocks)
        {
            block.Block->IsTranslated = true;
            if (!_byBlock.TryGetValue((nint)block.Block, out var regions))
            {
                _byBlock.Add((nint)block.Block, regions = []);
            }

            regions.Add(region);
        }

        region.Install();
    }

    /// <summary>Puts the suspended region that starts at a block back in place; false when there is none.</summary>
    public bool TryRevive(Block* entry)
    {
        if (_suspended.Count == 0 || !_byBlock.TryGetValue((nint)entry, out var regions))
        {
            return false;
        }

        foreach (var region in regions)
        {
            if (region.Plan.Entry.Block == entry && region.Place?.List == _suspended)
            {
                _suspended.Remove(region.Place);
                _suspendedBytes -= region.HostBytes;
                region.Place = _installed.AddLast(region);
                region.Install();
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes regions out of use until the code fits a bound, and suspends the next candidates.</summary>
    /// <param name="limit">The most bytes.</param>
    /// <param name="patience">Entries after which a suspended region comes back.</param>
    /// <param name="countdown">Entries after which the entry of a region that went is hot again.</param>
    /// <param name="suspended">How many were suspended.</param>
    /// <returns>What went.</returns>
    public IReadOnlyList<CompiledRegion> Trim(long limit, uint patience, uint countdown, out int suspended)
    {
        suspended = 0;
        var quarter = limit / 4;
        var evicted = new List<CompiledRegion>();
        while (Bytes > limit && Count > 1)
        {
            var oldest = (_suspended.First ?? _installed.First!).Value;
            Remove(oldest, countdown);
            evicted.Add(oldest);
        }

        while (Bytes > limit - quarter && _suspendedBytes < quarter && _installed.Count > 1)
        {
            var region = _installed.First!.Value;
            _installed.RemoveFirst();
            region.Place = _suspended.AddLast(region);
            _suspendedBytes += region.HostBytes;
            region.Suspend(patience);
            suspended++;
        }

        return evicted;
    }

    /// <summary>Takes every region that holds a block out of use; returns them.</summary>
    public IReadOnlyList<CompiledRegion> Drop(Block* block, uint countdown)
    {
        if (!_byBlock.TryGetValue((nint)block, out var regions))
        {
            return [];
        }

        var dropped = regions.ToArray();
        foreach (var region in dropped)
        {
            Remove(region, countdown);
        }

        return dropped;
    }

    /// <summary>Takes every region out of use; returns them.</summary>
    public IReadOnlyList<CompiledRegion> DropAll()
    {
        var dropped = All.ToArray();
        foreach (var region in dropped)
        {
            region.Uninstall(uint.MaxValue);
            _retired.Add(region);
        }

        _installed.Clear();
        _suspended.Clear();
        _byBlock.Clear();
        Bytes = 0;
        _suspendedBytes = 0;
        return dropped;
    }

    /// <summary>Frees what was taken out of use; returns how many bytes. No compiled code may be running.</summary>
    public long ReleaseRetired()
    {
        long bytes = 0;
        foreach (var region in _retired)
        {
            bytes += region.HostBytes;
            region.Release();
        }

        _retired.Clear();
        return bytes;
    }

    private void Remove(CompiledRegion region, uint countdown)
    {
        region.Uninstall(countdown);
        Bytes -= region.HostBytes;
        if (region.Place is { List: { } list } place)
        {
            _suspendedBytes -= list == _suspended ? region.HostBytes : 0;
            list.Remove(place);
        }

        _retired.Add(region);
        foreach (var block in region.Plan.Blocks)
        {
            if (_byBlock.TryGetValue((nint)block.Block, out var regions) && regions.Remove(region) && regions.Count == 0)
            {
                _byBlock.Remove((nint)block.Block);
                block.Block->IsTranslated = false;
            }
        }
    }
}
