namespace Emulator.Core.Memory;

/// <summary>
/// For each page of RAM, the TLB entry of one processor that lets it be written without the slow path. A page that newly holds code is
/// taken from its writers without a search, unless it has several.
/// </summary>
internal sealed unsafe class FastWriters : IDisposable
{
    /// <summary>No entry.</summary>
    public const int None = 0;

    /// <summary>More than one entry: all must be searched.</summary>
    public const int Many = -1;

    private const ulong PageOffset = GuestRam.PageSize - 1;

    private readonly TlbEntry* _tables;

    // By page: the number of an entry plus one, None or Many. An entry that has been replaced since is recognised as such.
    private readonly int* _writers;
    private readonly LargePageMemory _memory;

    /// <summary>Nothing is written yet.</summary>
    public FastWriters(TlbEntry* tables, long ramSize)
    {
        _tables = tables;
        _memory = new LargePageMemory((ramSize >> GuestRam.PageShift) * sizeof(int));
        _writers = (int*)_memory.Pointer;
    }

    /// <summary>The entry lets the page of RAM at <paramref name="offset"/> be written from now on.</summary>
    public void Add(long offset, TlbEntry* entry)
    {
        var number = (int)(entry - _tables) + 1;
        ref var writer = ref _writers[offset >> GuestRam.PageShift];
        if (writer == None || writer == number)
        {
            writer = number;
        }
        else if (writer != Many)
        {
            var page = (byte*)((ulong)((byte*)entry->WriteTag + entry->Addend) & ~PageOffset);
            writer = Writes(_tables + (writer - 1), page) ? Many : number;
        }
    }

    /// <summary>Ends fast writes through the one entry; <see cref="Many"/> asks the caller to search.</summary>
    public int Remove(long offset, byte* host)
    {
        ref var writer = ref _writers[offset >> GuestRam.PageShift];
        var found = writer;
        writer = None;
        if (found > 0)
        {
            Slow(_tables + (found - 1), host);
        }

        return found;
    }

    /// <summary>Makes the entry's writes slow if they go to the page.</summary>
    public static void Slow(TlbEntry* entry, byte* host)
    {
        if (Writes(entry, host))
        {
            entry->WriteTag |= TlbEntry.SlowTag;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Free();

    private static bool Writes(TlbEntry* entry, byte* host)
        => (entry->WriteTag & PageOffset) == 0 && (byte*)entry->WriteTag + entry->Addend == host;
}
