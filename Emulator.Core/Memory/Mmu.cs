using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;

namespace Emulator.Core.Memory;

/// <summary>
/// One processor's software TLB: tables of <see cref="TlbEntry"/> for each of the last address spaces, filled by the page walker, flushed as
/// the manual asks (SDM Vol. 3A, 4.10.4).
/// </summary>
/// <remarks>
/// Whoever remembers where code is (jump cache, compiled code) stamps that with <see cref="CpuState.JumpKey"/>, whose generation is valid for
/// as long as every page that was resolved for <see cref="AccessKind.Execute"/> under it: a translation that no fetch has used may go
/// without ending anything. User code has a generation for each address space; supervisor code shares one for as long as it is fetched
/// from global pages alone.
/// </remarks>
public sealed unsafe class Mmu : IDisposable
{
    /// <summary>Address spaces kept; to enter another, the one least recently used is forgotten.</summary>
    public const int AddressSpaces = 8;

    private const ulong PageOffset = GuestRam.PageSize - 1;
    private const ulong PcidMask = 0xfff;
    private const int GenerationShift = 32;

    // One of user accesses for each address space, then two of supervisor ones: the shared ones, and those of each address space.
    private const int FirstSupervisorTable = AddressSpaces;
    private const int TableCount = FirstSupervisorTable + (2 * (1 + AddressSpaces));

    private readonly MemoryMap _memory;
    private readonly PageWalker _walker;
    private readonly CpuState* _state;
    private readonly LargePageMemory _memoryOfTables;
    private readonly TlbEntry* _tables;
    private readonly FastWriters _writers;
    private readonly List<AddressSpace> _spaces = [];

    // Every set of tables in use, whosoever.
    private readonly List<TlbSet> _sets = [];
    private readonly TlbSet _sharedSupervisor;
    private readonly PageFilter _globalFetches = new();
    private AddressSpace _current;
    private TlbSet _supervisor;

    // Global translations lie between these addresses.
    private ulong _globalLow = ulong.MaxValue;
    private ulong _globalHigh;
    private uint _supervisorGeneration;
    private uint _lastGeneration;
    private long _switches;

    internal Mmu(CpuState* state, MemoryMap memory, PageWalker walker)
    {
        _state = state;
        _memory = memory;
        _walker = walker;
        _memoryOfTables = new LargePageMemory(TableCount * TlbSet.Stride * sizeof(TlbEntry));
        _tables = (TlbEntry*)_memoryOfTables.Pointer;
        _writers = new FastWriters(_tables, memory.Ram.Size);
        _sharedSupervisor = AddSet(FirstSupervisorTable, 2);
        _supervisor = _sharedSupervisor;
        _current = AddSpace();
        _supervisorGeneration = FreshGeneration();
        _state->Tlb = _supervisor.Start;
        UpdateJumpKey();
    }

    /// <summary>Who looks on.</summary>
    internal Machine.ExecutionObservers? Observers { get; init; }

    /// <summary>The page walker.</summary>
    public PageWalker Walker => _walker;

    /// <summary>The physical memory behind it.</summary>
    public MemoryMap Memory => _memory;

    /// <summary>ANDed to physical addresses: clears bit 20 while A20 is masked.</summary>
    public ulong A20Mask { get; private set; } = ulong.MaxValue;

    /// <summary>TLB misses since power-on.</summary>
    public long Misses { get; private set; }

    /// <summary>The number of the newest generation; settable so that a test reaches its wrap.</summary>
    internal uint LastGeneration
    {
        get => _lastGeneration;
        set => _lastGeneration = value;
    }

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

    /// <summary>The first entry of a table, as the address space in use has it.</summary>
    public TlbEntry* Table(TlbTable table) => table switch
    {
        TlbTable.User => _current.User.Start,
        TlbTable.Supervisor => _supervisor.Start,
        _ => _supervisor.Start + TlbSet.Stride,
    };

    /// <summary>The table that <see cref="CpuState.Tlb"/> points to.</summary>
    public TlbTable CurrentTable => _state->Tlb == _supervisor.Start ? TlbTable.Supervisor
        : _state->Tlb == _current.User.Start ? TlbTable.User : TlbTable.SupervisorSmap;

    /// <summary>Puts the generation and the mode into <see cref="CpuState.JumpKey"/>.</summary>
    public void UpdateJumpKey()
    {
        var generation = (_state->Mode & CpuMode.User) != 0 ? _current.UserGeneration
            : _current.SupervisorGeneration != 0 ? _current.SupervisorGeneration : _supervisorGeneration;
        _state->JumpKey = ((ulong)generation << GenerationShift) | (uint)_state->Mode;
    }

    /// <summary>Forgets every translation, and enters the address space that CR3 and CR4 say.</summary>
    public void FlushAll()
    {
        foreach (var set in _sets)
        {
            set.FlushAll();
        }

        _globalLow = ulong.MaxValue;
        _globalHigh = 0;
        EndFetches();
        Enter(PcidOf(_state->Cr3), _state->Cr3);
        NoteFlush(null, "all");
    }

    /// <summary>Ends the validity of whatever remembers where code is, though not of the translations.</summary>
    public void EndFetches()
    {
        _supervisorGeneration = FreshGeneration();
        _globalFetches.Clear();
        foreach (var space in _spaces)
        {
            EndFetches(space);
        }

        UpdateJumpKey();
    }

    /// <summary>
    /// CR3 was loaded. Unless <paramref name="keep"/> (bit 63 with CR4.PCIDE), the translations of its process-context identifier that are not
    /// global go. They also go when the paging structures are others than before, which the manual allows.
    /// </summary>
    public void LoadSpace(bool keep)
    {
        var space = Enter(PcidOf(_state->Cr3), _state->Cr3);
        if (!keep)
        {
            FlushLocals(space);
            NoteFlush(null, "CR3");
        }

        UpdateJumpKey();
    }

    /// <summary>Forgets every translation that is not global, of every process-context identifier: INVPCID, type 3.</summary>
    public void FlushNonGlobal()
    {
        foreach (var space in _spaces)
        {
            FlushLocals(space);
        }

        UpdateJumpKey();
        NoteFlush(null, "not global");
    }

    /// <summary>Forgets the translations of one process-context identifier that are not global: INVPCID, type 1.</summary>
    public void FlushNonGlobal(ulong pcid)
    {
        if (Find(pcid) is { } space)
        {
            FlushLocals(space);
            UpdateJumpKey();
            NoteFlush(null, "PCID");
        }
    }

    /// <summary>
    /// Forgets the translation of one address, with its whole page if that is a large one: INVLPG. Of other process-context
    /// identifiers, only global translations go.
    /// </summary>
    public void FlushPage(ulong linear)
    {
        _current.User.FlushPage(linear, locals: true, globals: true);
        _supervisor.FlushPage(linear, locals: true, globals: true);
        if (linear >= _globalLow && linear <= _globalHigh)
        {
            foreach (var set in _sets)
            {
                set.FlushPage(linear, locals: false, globals: true);
            }
        }

        if (_globalFetches.MayHold(linear))
        {
            EndFetches();
        }
        else if (_current.Fetched.MayHold(linear))
        {
            EndFetches(_current);
            UpdateJumpKey();
        }

        NoteFlush(linear, "page");
    }

    /// <summary>Forgets one process-context identifier's translation of one address, unless it is global: INVPCID, type 0.</summary>
    public void FlushPage(ulong pcid, ulong linear)
    {
        if (Find(pcid) is { } space)
        {
            space.User.FlushPage(linear, locals: true, globals: false);
            SupervisorOf(space)?.FlushPage(linear, locals: true, globals: false);
            if (space.Fetched.MayHold(linear))
            {
                EndFetches(space);
                UpdateJumpKey();
            }

            NoteFlush(linear, "page of PCID");
        }
    }

    /// <summary>
    /// Writes PKRU. Entries hold rights that account for it, so they go when the rights of a key that one of them has change. Fetches
    /// know no keys.
    /// </summary>
    public void WritePkru(uint value)
    {
        var changed = _state->Pkru ^ value;
        _state->Pkru = value;
        if (changed == 0)
        {
            return;
        }

        foreach (var set in _sets)
        {
            if ((changed & set.KeyRightsUsed) != 0)
            {
                set.FlushAll();
                NoteFlush(null, "PKRU");
            }
        }
    }

    /// <summary>Makes writes to a page of RAM take the slow path from now on, because it holds code.</summary>
    public void SlowWrites(byte* host)
    {
        if (!_memory.Ram.TryOffset(host, out var offset) || _writers.Remove(offset, host) != FastWriters.Many)
        {
            return;
        }

        foreach (var set in _sets)
        {
            set.SlowWrites(host);
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
        if ((tag & (~PageOffset | TlbEntry.InvalidTag)) != (linear & ~PageOffset) && !TryFill(linear, kind, table, entry))
        {
            return false;
        }

        if (kind == AccessKind.Execute)
        {
            NoteFetch(linear, table, entry);
        }

        return true;
    }

    /// <summary>The last code on the page of RAM at <paramref name="offset"/> is gone: the entry may let it be written again.</summary>
    internal void AllowFastWrites(TlbEntry* entry, long offset)
    {
        if ((nuint)((byte*)entry - (byte*)_tables) < (nuint)(TableCount * TlbSet.Stride * sizeof(TlbEntry)))
        {
            entry->WriteTag &= ~TlbEntry.SlowTag;
            _writers.Add(offset, entry);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memoryOfTables.Free();
        _writers.Dispose();
        foreach (var set in _sets)
        {
            set.Dispose();
        }
    }

    private void NoteFlush(ulong? linear, string what) => Observers?.Flushed?.Invoke(_state, linear, what);

    private ulong PcidOf(ulong cr3) => (_state->Cr4 & Cr4.PCIDE) != 0 ? cr3 & PcidMask : 0;

    private AddressSpace? Find(ulong pcid)
    {
        foreach (var space in _spaces)
        {
            if (space.Pcid == pcid)
            {
                return space;
            }
        }

        return null;
    }

    private AddressSpace Enter(ulong pcid, ulong cr3)
    {
        var space = _current.Pcid == pcid ? _current : Find(pcid) ?? Recycle(pcid);
        if (space != _current)
        {
            Activate(space);
        }

        var root = cr3 & ~PcidMask;
        if (space.Root != root)
        {
            space.Root = root;
            FlushLocals(space);
        }

        UpdateJumpKey();
        return space;
    }

    private void Activate(AddressSpace space)
    {
        var table = CurrentTable;
        if (_supervisor == _sharedSupervisor)
        {
            _supervisor.FlushLocals();
        }

        if (space.SupervisorGeneration != 0)
        {
            space.Supervisor ??= AddSet(FirstSupervisorTable + (2 * (1 + _spaces.IndexOf(space))), 2);
        }

        _supervisor = space.Supervisor ?? _sharedSupervisor;
        _current = space;
        _state->Tlb = Table(table);
        space.LastUse = ++_switches;
    }

    // Null when nothing that is not global can be there.
    private TlbSet? SupervisorOf(AddressSpace space) => space == _current ? _supervisor : space.Supervisor;

    // Global translations hold for every process-context identifier, so that a recycled space keeps its own.
    private AddressSpace Recycle(ulong pcid)
    {
        if (_spaces.Count < AddressSpaces)
        {
            var added = AddSpace();
            added.Pcid = (uint)pcid;
            return added;
        }

        var oldest = _spaces[0];
        foreach (var space in _spaces)
        {
            oldest = space.LastUse < oldest.LastUse ? space : oldest;
        }

        FlushLocals(oldest);
        oldest.Pcid = (uint)pcid;
        return oldest;
    }

    private AddressSpace AddSpace()
    {
        var space = new AddressSpace(AddSet(_spaces.Count, 1)) { UserGeneration = FreshGeneration() };
        _spaces.Add(space);
        return space;
    }

    private TlbSet AddSet(int firstTable, int tableCount)
    {
        var set = new TlbSet(_tables + (firstTable * TlbSet.Stride), tableCount);
        _sets.Add(set);
        return set;
    }

    private void FlushLocals(AddressSpace space)
    {
        space.User.FlushLocals();
        SupervisorOf(space)?.FlushLocals();
        if (!space.Fetched.IsEmpty)
        {
            EndFetches(space);
        }
    }

    private void EndFetches(AddressSpace space)
    {
        space.UserGeneration = FreshGeneration();
        space.SupervisorGeneration = 0;
        space.Fetched.Clear();
    }

    // A generation that fetches rely on must end when the page does. Supervisor code from a page that is not global ends the sharing.
    private void NoteFetch(ulong linear, TlbTable table, TlbEntry* entry)
    {
        var set = table == TlbTable.User ? _current.User : _supervisor;
        var pageClass = set.ClassOf(entry);
        if (set.IsGlobal(entry))
        {
            _globalFetches.Add(linear, pageClass);
            return;
        }

        _current.Fetched.Add(linear, pageClass);
        if (table != TlbTable.User && _current.SupervisorGeneration == 0)
        {
            _current.SupervisorGeneration = FreshGeneration();
            UpdateJumpKey();
        }
    }

    private uint FreshGeneration()
    {
        if (_lastGeneration == uint.MaxValue)
        {
            StartOver();
        }

        return ++_lastGeneration;
    }

    // Numbers are used again from here on: nothing that carries an old one may be left.
    private void StartOver()
    {
        _lastGeneration = 0;
        Unsafe.InitBlock(_state->JumpCache, 0, (uint)(Decoding.JumpCacheEntry.Count * sizeof(Decoding.JumpCacheEntry)));
        Processor.Of(_state).Wiring.Blocks.Flush();
    }

    private bool TryFill(ulong linear, AccessKind kind, TlbTable table, TlbEntry* entry)
    {
        Misses++;
        if (!_walker.TryWalk(_state, linear, kind, table, out var page))
        {
            return Fault.PageFault(_state, linear, page.ErrorCode);
        }

        var tag = linear & ~PageOffset;
        var physical = page.Physical & A20Mask;
        var host = _memory.RamPage(physical);
        var readSlow = 0ul;
        var writeSlow = 0ul;
        if (host != null)
        {
            entry->Addend = (nint)host - (nint)tag;
        }
        else
        {
            readSlow = ResolveOther(physical, tag, entry, out writeSlow);
        }

        if (Breakpoints.AnyEnabled(_state) && Breakpoints.WatchesPage(_state, tag, GuestRam.PageSize))
        {
            readSlow |= TlbEntry.SlowTag | TlbEntry.WatchTag;
        }

        var rights = page.Rights;
        entry->ReadTag = (rights & PageRights.Read) != 0 ? tag | readSlow : TlbEntry.InvalidTag;
        entry->ExecTag = (rights & PageRights.Execute) != 0 ? tag | readSlow : TlbEntry.InvalidTag;
        entry->WriteTag = page.Dirty && (rights & PageRights.Write) != 0 ? tag | readSlow | writeSlow : TlbEntry.InvalidTag;
        NoteWriter(entry, (byte*)tag + entry->Addend);
        NoteFill(linear, table, entry, page);
        Observers?.Filled?.Invoke(_state, linear, kind, table, page);
        return true;
    }

    private void NoteFill(ulong linear, TlbTable table, TlbEntry* entry, in PageTranslation page)
    {
        var set = table == TlbTable.User ? _current.User : _supervisor;
        set.NoteFill(entry, linear, page.PageShift, page.Global);
        if (page.Global)
        {
            var offset = (1ul << page.PageShift) - 1;
            _globalLow = Math.Min(_globalLow, linear & ~offset);
            _globalHigh = Math.Max(_globalHigh, linear | offset);
        }

        if ((_state->Cr4 & Cr4.PKE) != 0)
        {
            set.KeyRightsUsed |= 3u << (2 * page.ProtectionKey);
        }
    }

    // ROM, frame buffers, devices, nothing.
    private ulong ResolveOther(ulong physical, ulong tag, TlbEntry* entry, out ulong writeSlow)
    {
        writeSlow = 0;
        var region = _memory.Find(physical, out var remaining);
        if (region is null || region.Kind == RegionKind.Mmio || remaining < GuestRam.PageSize || (_memory.Journal is not null && region.Kind == RegionKind.Ram))
        {
            entry->Addend = (nint)(physical - tag);
            return TlbEntry.SlowTag | TlbEntry.DeviceTag;
        }

        entry->Addend = (nint)(region.Host + (physical - region.Start)) - (nint)tag;
        writeSlow = region.Kind == RegionKind.Rom ? TlbEntry.SlowTag | TlbEntry.RomTag : 0;
        return 0;
    }

    // A page of RAM that may be written through the TLB counts as written from now on; one with code, or that a journal watches, is written slowly.
    private void NoteWriter(TlbEntry* entry, byte* host)
    {
        const ulong NoRam = TlbEntry.InvalidTag | TlbEntry.DeviceTag | TlbEntry.RomTag;
        if ((entry->WriteTag & NoRam) != 0 || !_memory.Ram.TryOffset(host, out var offset))
        {
            return;
        }

        ref var flags = ref _memory.Ram.Flags(offset);
        flags |= RamPageFlags.Dirty;
        if ((flags & RamPageFlags.SlowToWrite) != 0)
        {
            entry->WriteTag |= TlbEntry.SlowTag;
        }
        else if ((entry->WriteTag & TlbEntry.SlowTag) == 0)
        {
            _writers.Add(offset, entry);
        }
    }
}
