namespace Emulator.Core.Memory;

/// <summary>What is kept of one process-context identifier (SDM Vol. 3A, 4.10.1): translations, and what stamps its code.</summary>
internal sealed class AddressSpace(TlbSet user)
{
    /// <summary>The translations of user accesses.</summary>
    public TlbSet User { get; } = user;

    /// <summary>
    /// Those of supervisor accesses, once supervisor code was fetched from pages that are not global (a kernel with page-table isolation);
    /// until then, the set that all address spaces share, which keeps only global translations from one to the next.
    /// </summary>
    public TlbSet? Supervisor { get; set; }

    /// <summary>The process-context identifier; 0 without CR4.PCIDE.</summary>
    public uint Pcid { get; set; }

    /// <summary>Where its paging structures begin: what CR3 held when it was last loaded.</summary>
    public ulong Root { get; set; }

    /// <summary>When it was last switched to, for replacing the one least recently used.</summary>
    public long LastUse { get; set; }

    /// <summary>What jump-cache entries of user code carry.</summary>
    public uint UserGeneration { get; set; }

    /// <summary>What those of supervisor code carry when some of it lies in pages that are not global; 0 while none does.</summary>
    public uint SupervisorGeneration { get; set; }

    /// <summary>The pages, not global, that code was fetched from under the generations above.</summary>
    public PageFilter Fetched { get; } = new();
}
