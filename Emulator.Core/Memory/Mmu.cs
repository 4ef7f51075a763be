using System.Runtime.InteropServices;
using Emulator.Core.Cpu;

namespace Emulator.Core.Memory;

/// <summary>
/// One processor's software TLB: three tables of <see cref="TlbEntry"/>, filled by the page walker, flushed as the manual asks
/// (SDM Vol. 3A, 4.10.4). Every flush also ends the validity of the jump cache.
/// </summary>
public sealed unsafe class Mmu : IDisposable
{
    private const int Tables = 3;
    private const ulong PageOffset = GuestRam.PageSize - 1;
    private const byte GlobalFlag = 0x80;
    private const byte ShiftMask = 0x3f;

    private readonly MemoryMap _memory;
    private readonly PageWalker _walker;
    private readonly CpuState* _state;
    private readonly TlbEntry* _tables;

    // Beside each entry: log2 of its page's size, and whether it is global.
    private readonly byte* _notes;
    private bool _hasLargePages;

    // The bits of PKRU that some entry's rights depend on.
    private uint _keyRightsUsed;

    internal Mmu(CpuState* state, MemoryMap memory, PageWalker walker)
    {
        _state = state;
        _memory = memory;
        _walker = walker;
        _tables = (TlbEntry*)NativeMemory.AlignedAlloc((nuint)(Tables * TlbEntry.Count * sizeof(TlbEntry)), 64);
        _notes = (byte*)NativeMemory.AllocZeroed(Tables * TlbEntry.Count);
        FlushAll();
    }

    /// <summary>The page walker.</summary>
    public PageWalker Walker => _walker;

    /// <summary>The physical memory behind it.</summary>
    public MemoryMap Memory => _memory;

    /// <summary>ANDed to physical addresses: clears bit 20 while A20 is masked.</summary>
    public ulong A20Mask { get; private set; } = ulong.MaxValue;

    /// <summary>TLB misses since power-on.</summary>
    public long Misses { get; private set; }

    /// <summary>Masks or opens address line 20.</summary>
    public void SetA20(bool enabled)
    {
        var mask = enabled ? ulong.MaxValue : ~(1ul << 20);
        if (mask != A20Mask)
        {
            A20Mask = mask;
            FlushAll();
        }
    }

    /// <summary>The first entry of a table.</summary>
    public TlbEntry* Table(TlbTable table) => _tables + ((int)table * TlbEntry.Count);

    /// <summary>Forgets every translation.</summary>
    public void FlushAll()
    {
        for (var i = 0; i < Tables * TlbEntry.Count; i++)
        {
            Invalidate(_tables + i);
        }

        _hasLargePages = false;
        _keyRightsUsed = 0;
        EndJumpCache();
    }

    /// <summary>Writes PKRU. Entries hold rights that account for it, so they go when the rights of a key that one of them has change.</summary>
    public void WritePkru(uint value)
    {
        var changed = _state->Pkru ^ value;
        _state->Pkru = value;
        if ((changed & _keyRightsUsed) != 0)
        {
            FlushAll();
        }
    }

    /// <summary>Forgets every translation that is not global: MOV to CR3.</summary>
    public void FlushNonGlobal()
    {
        for (var i = 0; i < Tables * TlbEntry.Count; i++)
        {
            if ((_notes[i] & GlobalFlag) == 0)
            {
                Invalidate(_tables + i);
            }
        }

        EndJumpCache();
    }

    /// <summary>Forgets the translation of one address, with its whole page if that is a large one: INVLPG.</summary>
    public void FlushPage(ulong linear)
    {
        for (var t = 0; t < Tables; t++)
        {
            Invalidate(TlbEntry.For(Table((TlbTable)t), linear));
        }

        if (_hasLargePages)
        {
            for (var i = 0; i < Tables * TlbEntry.Count; i++)
            {
                var shift = _notes[i] & ShiftMask;
                if (shift > GuestRam.PageShift && (PageOf(_tables[i]) ^ linear) >> shift == 0)
                {
                    Invalidate(_tables + i);
                }
            }
        }

        EndJumpCache();
    }

    /// <summary>Makes writes to a page of RAM take the slow path from now on, because it holds code.</summary>
    public void SlowWrites(byte* host)
    {
        for (var i = 0; i < Tables * TlbEntry.Count; i++)
        {
            var entry = _tables + i;
            if ((entry->WriteTag & PageOffset) == 0 && (byte*)entry->WriteTag + entry->Addend == host)
            {
                entry->WriteTag |= TlbEntry.SlowTag;
            }
        }
    }

    /// <summary>
    /// Makes sure that the entry for <paramref name="linear"/> allows the access; false means #PF was recorded. The entry's tag may still
    /// have <see cref="TlbEntry.SlowTag"/>.
    /// </summary>
    public bool TryResolve(ulong linear, AccessKind kind, TlbTable table, out TlbEntry* entry)
    {
        entry = TlbEntry.For(Table(table), linear);
        var tag = kind switch { AccessKind.Read => entry->ReadTag, AccessKind.Write => entry->WriteTag, _ => entry->ExecTag };
        return (tag & (~PageOffset | TlbEntry.InvalidTag)) == (linear & ~PageOffset) || TryFill(linear, kind, table, entry);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_tables);
        NativeMemory.Free(_notes);
    }

    private static void Invalidate(TlbEntry* entry)
    {
        entry->ReadTag = TlbEntry.InvalidTag;
        entry->WriteTag = TlbEntry.InvalidTag;
        entry->ExecTag = TlbEntry.InvalidTag;
    }

    private static ulong PageOf(in TlbEntry entry)
        => ((entry.ReadTag & TlbEntry.InvalidTag) == 0 ? entry.ReadTag
            : (entry.ExecTag & TlbEntry.InvalidTag) == 0 ? entry.ExecTag : entry.WriteTag) & ~PageOffset;

    private bool TryFill(ulong linear, AccessKind kind, TlbTable table, TlbEntry* entry)
    {
        Misses++;
        if (!_walker.TryWalk(_state, linear, kind, table, out var page))
        {
            return Fault.PageFault(_state, linear, page.ErrorCode);
        }

        var tag = linear & ~PageOffset;
        var physical = page.Physical & A20Mask;
        var region = _memory.Find(physical, out var remaining);
        var slow = 0ul;
        if (region is null || region.Kind == RegionKind.Mmio || remaining < GuestRam.PageSize)
        {
            slow = TlbEntry.SlowTag | TlbEntry.DeviceTag;
            entry->Addend = (nint)(physical - tag);
        }
        else
        {
            entry->Addend = (nint)(region.Host + (physical - region.Start)) - (nint)tag;
        }

        if (Breakpoints.AnyEnabled(_state) && Breakpoints.WatchesPage(_state, tag, GuestRam.PageSize))
        {
            slow |= TlbEntry.SlowTag | TlbEntry.WatchTag;
        }

        entry->ReadTag = PageWalker.IsAllowed(_state, AccessKind.Read, table, ref page) ? tag | slow : TlbEntry.InvalidTag;
        entry->ExecTag = PageWalker.IsAllowed(_state, AccessKind.Execute, table, ref page) ? tag | slow : TlbEntry.InvalidTag;
        entry->WriteTag = page.Dirty && PageWalker.IsAllowed(_state, AccessKind.Write, table, ref page)
            ? tag | slow | ((slow & TlbEntry.DeviceTag) == 0 ? SlowWriteTag(region!, (byte*)tag + entry->Addend) : 0)
            : TlbEntry.InvalidTag;
        _notes[entry - _tables] = (byte)(page.PageShift | (page.Global ? GlobalFlag : 0));
        _hasLargePages |= page.PageShift > GuestRam.PageShift;
        _keyRightsUsed |= 3u << (2 * page.ProtectionKey);
        return true;
    }

    // A page that may be written through the TLB counts as written from now on.
    private ulong SlowWriteTag(MemoryRegion region, byte* host)
    {
        if (region.Kind == RegionKind.Rom)
        {
            return TlbEntry.SlowTag | TlbEntry.RomTag;
        }

        if (!_memory.Ram.TryOffset(host, out var offset))
        {
            return 0;
        }

        ref var flags = ref _memory.Ram.Flags(offset);
        flags |= RamPageFlags.Dirty;
        return (flags & RamPageFlags.Code) != 0 ? TlbEntry.SlowTag : 0;
    }

    private void EndJumpCache() => _state->JumpKey += 1ul << 32;
}
