using Emulator.Core.Decoding;

namespace Emulator.Jit.Runtime;

/// <summary>The regions in use, by the blocks that they were made of. Machine's thread only.</summary>
internal sealed unsafe class RegionTable
{
    private readonly Dictionary<nint, List<CompiledRegion>> _byBlock = [];
    private readonly LinkedList<CompiledRegion> _all = [];
    private readonly List<CompiledRegion> _retired = [];

    /// <summary>Regions in use.</summary>
    public int Count => _all.Count;

    /// <summary>The region that is installed at a block; null when there is none.</summary>
    public CompiledRegion? Find(Block* block)
        => _byBlock.TryGetValue((nint)block, out var regions) ? regions.Find(region => region.Code == (nint)Block.Ops(block)->Handler) : null;

    /// <summary>Adds a region.</summary>
    public void Add(CompiledRegion region)
    {
        _all.AddLast(region);
        foreach (var block in region.Plan.Blocks)
        {
            block.Block->IsTranslated = true;
            if (!_byBlock.TryGetValue((nint)block.Block, out var regions))
            {
                _byBlock.Add((nint)block.Block, regions = []);
            }

            regions.Add(region);
        }
    }

    /// <summary>Takes every region that holds a block out of use; returns how many.</summary>
    public int Drop(Block* block)
    {
        if (!_byBlock.TryGetValue((nint)block, out var regions))
        {
            return 0;
        }

        var dropped = regions.ToArray();
        foreach (var region in dropped)
        {
            Remove(region);
        }

        return dropped.Length;
    }

    /// <summary>Takes every region out of use; returns how many.</summary>
    public int DropAll()
    {
        var count = _all.Count;
        foreach (var region in _all)
        {
            region.Uninstall();
            _retired.Add(region);
        }

        _all.Clear();
        _byBlock.Clear();
        return count;
    }

    /// <summary>Frees what was taken out of use. No compiled code may be running.</summary>
    public void ReleaseRetired()
    {
        foreach (var region in _retired)
        {
            region.Release();
        }

        _retired.Clear();
    }

    private void Remove(CompiledRegion region)
    {
        region.Uninstall();
        _all.Remove(region);
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
