using System.Runtime.InteropServices;

namespace Emulator.Core.Memory;

/// <summary>
/// Tables of <see cref="TlbEntry"/> that are flushed together: the one of user accesses of an address space, or the two of supervisor ones.
/// Flushes cost no more than what was filled.
/// </summary>
internal sealed unsafe class TlbSet : IDisposable
{
    /// <summary>
    /// Entries from one table to the next: a few more than a table has, so that entries for one address do not compete for one
    /// line of the host's cache.
    /// </summary>
    public const int Stride = TlbEntry.Count + 6;

    private const ulong PageOffset = GuestRam.PageSize - 1;
    private const byte ClassMask = 3;
    private const byte GlobalFlag = 4;
    private const byte ListedLocal = 8;
    private const byte ListedGlobal = 16;

    // Beside each entry: its page's size class, whether it is global, and in which list it stands.
    private readonly byte* _notes;

    // The entries filled since the last flush, each at most once: those that were not global, and those that were.
    private readonly ushort* _locals;
    private readonly ushort* _globals;
    private readonly int _tableCount;
    private readonly PageFilter _largeLocals = new();
    private readonly PageFilter _largeGlobals = new();
    private int _localCount;
    private int _globalCount;

    /// <summary>Empty tables, in memory that the caller owns.</summary>
    public TlbSet(TlbEntry* tables, int tableCount)
    {
        Start = tables;
        _tableCount = tableCount;
        var entries = tableCount * Stride;
        _notes = (byte*)NativeMemory.AllocZeroed((nuint)entries);
        _locals = (ushort*)NativeMemory.Alloc((nuint)entries, sizeof(ushort));
        _globals = (ushort*)NativeMemory.Alloc((nuint)entries, sizeof(ushort));
        for (var i = 0; i < entries; i++)
        {
            Invalidate(tables + i);
        }
    }

    /// <summary>The first entry of the first table.</summary>
    public TlbEntry* Start { get; }

    /// <summary>The bits of PKRU that some entry's rights depend on.</summary>
    public uint KeyRightsUsed { get; set; }

    /// <summary>Whether the entry's page is global.</summary>
    public bool IsGlobal(TlbEntry* entry) => (_notes[entry - Start] & GlobalFlag) != 0;

    /// <summary>The size class of the entry's page (<see cref="PageFilter"/>).</summary>
    public int ClassOf(TlbEntry* entry) => _notes[entry - Start] & ClassMask;

    /// <summary>The entry now translates <paramref name="linear"/>.</summary>
    public void NoteFill(TlbEntry* entry, ulong linear, int pageShift, bool global)
    {
        var index = (int)(entry - Start);
        var pageClass = PageFilter.ClassOf(pageShift);
        var listed = _notes[index] & (ListedLocal | ListedGlobal);
        if (global)
        {
            if ((listed & ListedGlobal) == 0)
            {
                _globals[_globalCount++] = (ushort)index;
                listed |= ListedGlobal;
            }

            listed |= GlobalFlag;
        }
        else if ((listed & ListedLocal) == 0)
        {
            _locals[_localCount++] = (ushort)index;
            listed |= ListedLocal;
        }

        _notes[index] = (byte)(listed | pageClass);
        if (pageClass != 0)
        {
            (global ? _largeGlobals : _largeLocals).Add(linear, pageClass);
        }
    }

    /// <summary>Forgets every translation.</summary>
    public void FlushAll()
    {
        FlushLocals();
        for (var i = 0; i < _globalCount; i++)
        {
            var index = _globals[i];
            Invalidate(Start + index);
            _notes[index] = 0;
        }

        _globalCount = 0;
        _largeGlobals.Clear();
        KeyRightsUsed = 0;
    }

    /// <summary>Forgets every translation that is not global.</summary>
    public void FlushLocals()
    {
        for (var i = 0; i < _localCount; i++)
        {
            var index = _locals[i];
            if ((_notes[index] & GlobalFlag) == 0)
            {
                Invalidate(Start + index);
            }

            _notes[index] = (byte)(_notes[index] & ~ListedLocal);
        }

        _localCount = 0;
        _largeLocals.Clear();
    }

    /// <summary>Forgets the translations of one address that are not global, the global ones, or both, with their whole pages.</summary>
    public void FlushPage(ulong linear, bool locals, bool globals)
    {
        for (var t = 0; t < _tableCount; t++)
        {
            var entry = TlbEntry.For(Start + (t * Stride), linear);
            if (((PageOf(entry) ^ linear) & ~PageOffset) == 0 && (IsGlobal(entry) ? globals : locals))
            {
                Invalidate(entry);
            }
        }

        if (locals && _largeLocals.MayHold(linear))
        {
            FlushLarge(linear, _locals, _localCount, 0);
        }

        if (globals && _largeGlobals.MayHold(linear))
        {
            FlushLarge(linear, _globals, _globalCount, GlobalFlag);
        }
    }

    /// <summary>Makes writes to a page of host memory slow.</summary>
    public void SlowWrites(byte* host)
    {
        for (var i = 0; i < _localCount; i++)
        {
            FastWriters.Slow(Start + _locals[i], host);
        }

        for (var i = 0; i < _globalCount; i++)
        {
            FastWriters.Slow(Start + _globals[i], host);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_notes);
        NativeMemory.Free(_locals);
        NativeMemory.Free(_globals);
    }

    private static void Invalidate(TlbEntry* entry)
    {
        entry->ReadTag = TlbEntry.InvalidTag;
        entry->WriteTag = TlbEntry.InvalidTag;
        entry->ExecTag = TlbEntry.InvalidTag;
    }

    private static ulong PageOf(TlbEntry* entry)
        => ((entry->ReadTag & TlbEntry.InvalidTag) == 0 ? entry->ReadTag
            : (entry->ExecTag & TlbEntry.InvalidTag) == 0 ? entry->ExecTag : entry->WriteTag) & ~PageOffset;

    // A large page stands in as many entries as 4 KiB pages of it were used.
    private void FlushLarge(ulong linear, ushort* list, int count, int global)
    {
        for (var i = 0; i < count; i++)
        {
            var index = list[i];
            var note = _notes[index];
            if ((note & ClassMask) != 0 && (note & GlobalFlag) == global
                && (PageOf(Start + index) ^ linear) >> PageFilter.ShiftOf(note & ClassMask) == 0)
            {
                Invalidate(Start + index);
            }
        }
    }
}
