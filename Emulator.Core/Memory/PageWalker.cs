using Emulator.Core.Cpu;

namespace Emulator.Core.Memory;

/// <summary>What an access wants of a page.</summary>
public enum AccessKind
{
    Read,
    Write,
    Execute,
}

/// <summary>What an access with given rights may do to a page.</summary>
[Flags]
public enum PageRights : byte
{
    None = 0,
    Read = 1,
    Write = 2,
    Execute = 4,
}

/// <summary>What a page walk found: the translation, or the error code of the page fault.</summary>
public struct PageTranslation
{
    /// <summary>Physical address of the 4 KiB page.</summary>
    public ulong Physical;

    /// <summary>Error code of #PF; meaningful when the walk failed.</summary>
    public int ErrorCode;

    /// <summary>log2 of the size of the page that maps the address.</summary>
    public byte PageShift;

    /// <summary>Every level allows writes.</summary>
    public bool Writable;

    /// <summary>Every level allows user accesses.</summary>
    public bool User;

    /// <summary>Some level forbids instruction fetches.</summary>
    public bool NoExecute;
    public bool Global;

    /// <summary>The dirty bit is set: writes need no walk of their own.</summary>
    public bool Dirty;
    public byte ProtectionKey;

    /// <summary>What the access that was walked for may do: its kind, and the others with the same privilege.</summary>
    public PageRights Rights;
}

/// <summary>
/// Walks the guest's page tables in every paging mode (SDM Vol. 3A, ch. 4): none, 32-bit with PSE, PAE, 4-level, 5-level. Accessed and dirty
/// bits are set only when the access is allowed.
/// </summary>
public sealed unsafe class PageWalker(MemoryMap memory, int physicalAddressBits, bool hasGigabytePages)
{
    /// <summary>Page-fault error code bits (SDM Vol. 3A, 4.7).</summary>
    public const int ErrorPresent = 1;
    public const int ErrorWrite = 2;
    public const int ErrorUser = 4;
    public const int ErrorReserved = 8;
    public const int ErrorFetch = 16;
    public const int ErrorProtectionKey = 32;

    private const ulong Present = 1;
    private const ulong ReadWrite = 2;
    private const ulong UserBit = 4;
    private const ulong Accessed = 0x20;
    private const ulong DirtyBit = 0x40;
    private const ulong PageSizeBit = 0x80;
    private const ulong GlobalBit = 0x100;
    private const ulong NoExecuteBit = 1ul << 63;
    private const ulong AddressMask = 0x000f_ffff_ffff_f000;

    private readonly ulong _reservedAddressBits = AddressMask & ~((1ul << physicalAddressBits) - 1);

    private struct Level
    {
        public ulong EntryAddress;
        public ulong Entry;
    }

    /// <summary>
    /// Bits that PAE paging reserves in the entries loaded with CR3: MOV to CR3 raises #GP when a present one has them set.
    /// </summary>
    public ulong PdpteReserved => _reservedAddressBits | 0xfff0_0000_0000_01e6;

    /// <summary>Translates a linear address and checks the rights of <paramref name="table"/>; false means #PF with the error code given.</summary>
    public bool TryWalk(CpuState* s, ulong linear, AccessKind kind, TlbTable table, out PageTranslation translation)
    {
        if ((s->Cr0 & Cr0.PG) == 0)
        {
            translation = new PageTranslation
            {
                Physical = linear & ~(ulong)(GuestRam.PageSize - 1),
                PageShift = 12,
                Writable = true,
                User = true,
                Dirty = true,
                Rights = PageRights.Read | PageRights.Write | PageRights.Execute,
            };
            return true;
        }

        return (s->IsLongMode && TryWalkMarked(s, linear, kind, table, out translation)) || TryWalkAny(s, linear, kind, table, out translation);
    }

    private bool TryWalkAny(CpuState* s, ulong linear, AccessKind kind, TlbTable table, out PageTranslation translation)
    {
        var levels = stackalloc Level[5];
        var walked = (s->Cr4 & Cr4.PAE) != 0
            ? Walk64(s, linear, levels, out translation, out var count)
            : Walk32(s, (uint)linear, levels, out translation, out count);
        var access = (kind == AccessKind.Write ? ErrorWrite : 0) | (table == TlbTable.User ? ErrorUser : 0)
            | (kind == AccessKind.Execute && ReportsFetch(s) ? ErrorFetch : 0);
        if (!walked)
        {
            translation.ErrorCode |= access;
            return false;
        }

        var denied = DeniedByKey(s, table, translation);
        translation.Rights = RightsOf(s, table, translation) & ~denied;
        if ((translation.Rights & Wanted(kind)) == 0)
        {
            // The PK flag has conditions of its own (SDM Vol. 3A, 4.7): it is set beside any other violation.
            translation.ErrorCode |= access | ErrorPresent | ((denied & Wanted(kind)) != 0 ? ErrorProtectionKey : 0);
            return false;
        }

        SetAccessedAndDirty(s, levels, count, kind, ref translation);
        return true;
    }

    // The usual walk of IA-32e paging: tables in RAM, all present, nothing reserved, accessed and dirty already set, access allowed. Everything
    // else is left to the complete walk, which begins anew.
    private bool TryWalkMarked(CpuState* s, ulong linear, AccessKind kind, TlbTable table, out PageTranslation page)
    {
        page = default;
        var shift = (s->Cr4 & Cr4.LA57) != 0 ? 48 : 39;
        var physical = s->Cr3 & AddressMask & ~_reservedAddressBits;
        var all = ulong.MaxValue;
        var any = 0ul;
        for (; ; shift -= 9)
        {
            var host = memory.RamPage(physical);
            if (host == null)
            {
                return false;
            }

            var entry = *(ulong*)(host + (((linear >> shift) & 0x1ff) << 3));
            all &= entry;
            any |= entry;
            if (shift == 12 || (entry & (Present | PageSizeBit)) != Present)
            {
                return FinishMarked(s, linear, kind, table, shift, entry, all, any, ref page);
            }

            physical = entry & AddressMask;
        }
    }

    private bool FinishMarked(
        CpuState* s, ulong linear, AccessKind kind, TlbTable table, int shift, ulong entry, ulong all, ulong any, ref PageTranslation page)
    {
        // The reserved bits of the last entry's size; those of every other entry are in the address, or bit 63.
        var reserved = _reservedAddressBits | ((s->Efer & Efer.NXE) == 0 ? NoExecuteBit : 0);
        if ((all & (Present | Accessed)) != (Present | Accessed) || (any & reserved) != 0
            || (kind == AccessKind.Write && (entry & DirtyBit) == 0)
            || (shift > 12 && (shift > (hasGigabytePages ? 30 : 21) || (entry & Reserved64(s, shift, isLeaf: true)) != 0)))
        {
            return false;
        }

        page.Writable = (all & ReadWrite) != 0;
        page.User = (all & UserBit) != 0;
        page.NoExecute = (any & NoExecuteBit) != 0;
        Finish(s, linear, entry, shift, entry & AddressMask, ref page);
        page.ProtectionKey = (byte)((entry >> 59) & 0xf);
        page.Rights = RightsOf(s, table, page) & ~DeniedByKey(s, table, page);
        return (page.Rights & Wanted(kind)) != 0;
    }

    private static PageRights Wanted(AccessKind kind) => kind switch
    {
        AccessKind.Read => PageRights.Read,
        AccessKind.Write => PageRights.Write,
        _ => PageRights.Execute,
    };

    // SDM Vol. 3A, 4.6, but for protection keys.
    private static PageRights RightsOf(CpuState* s, TlbTable table, in PageTranslation page)
    {
        if (table == TlbTable.User)
        {
            return !page.User ? PageRights.None
                : PageRights.Read | (page.Writable ? PageRights.Write : 0) | (page.NoExecute ? 0 : PageRights.Execute);
        }

        var rights = page.NoExecute || (page.User && (s->Cr4 & Cr4.SMEP) != 0) ? PageRights.None : PageRights.Execute;
        if (!page.User || table != TlbTable.SupervisorSmap)
        {
            rights |= PageRights.Read | (page.Writable || (s->Cr0 & Cr0.WP) == 0 ? PageRights.Write : 0);
        }

        return rights;
    }

    // SDM Vol. 3A, 4.6.2: AD disables all data accesses, WD writes (supervisor ones only with CR0.WP).
    private static PageRights DeniedByKey(CpuState* s, TlbTable table, in PageTranslation page)
    {
        if ((s->Cr4 & Cr4.PKE) == 0 || !page.User || !s->IsLongMode)
        {
            return PageRights.None;
        }

        var disabled = s->Pkru >> (page.ProtectionKey * 2);
        var appliesToWrites = table == TlbTable.User || (s->Cr0 & Cr0.WP) != 0;
        return (disabled & 1) != 0 ? PageRights.Read | PageRights.Write
            : (disabled & 2) != 0 && appliesToWrites ? PageRights.Write : PageRights.None;
    }

    // SDM Vol. 3A, 4.7: the I/D flag is reported only where instruction fetches can fault for their own sake.
    private static bool ReportsFetch(CpuState* s)
        => (s->Cr4 & Cr4.SMEP) != 0 || ((s->Cr4 & Cr4.PAE) != 0 && (s->Efer & Efer.NXE) != 0);

    private bool Walk64(CpuState* s, ulong linear, Level* levels, out PageTranslation page, out int count)
    {
        page = new PageTranslation { Writable = true, User = true };
        count = 0;
        ulong table;
        int shift;
        if (s->IsLongMode)
        {
            shift = (s->Cr4 & Cr4.LA57) != 0 ? 48 : 39;
            table = s->Cr3 & AddressMask & ~_reservedAddressBits;
        }
        else
        {
            var pdpte = s->Pdpte[(linear >> 30) & 3];
            if ((pdpte & Present) == 0)
            {
                return false;
            }

            shift = 21;
            table = pdpte & AddressMask;
        }

        for (; ; shift -= 9)
        {
            var address = table | (((linear >> shift) & 0x1ff) << 3);
            var entry = memory.Read<ulong>(address);
            levels[count++] = new Level { EntryAddress = address, Entry = entry };
            if ((entry & Present) == 0)
            {
                return false;
            }

            var isLeaf = shift == 12 || ((entry & PageSizeBit) != 0 && (shift == 21 || (shift == 30 && hasGigabytePages)));
            if ((entry & Reserved64(s, shift, isLeaf)) != 0)
            {
                page.ErrorCode = ErrorPresent | ErrorReserved;
                return false;
            }

            page.Writable &= (entry & ReadWrite) != 0;
            page.User &= (entry & UserBit) != 0;
            page.NoExecute |= (entry & NoExecuteBit) != 0;
            if (isLeaf)
            {
                Finish(s, linear, entry, shift, entry & AddressMask, ref page);
                page.ProtectionKey = (byte)((entry >> 59) & 0xf);
                return true;
            }

            table = entry & AddressMask;
        }
    }

    private ulong Reserved64(CpuState* s, int shift, bool isLeaf)
    {
        var reserved = _reservedAddressBits;
        if ((s->Efer & Efer.NXE) == 0)
        {
            reserved |= NoExecuteBit;
        }

        if (!s->IsLongMode)
        {
            // PAE: bits 62:52 are reserved.
            reserved |= 0x7ff0_0000_0000_0000;
        }

        if (shift >= 30 && !isLeaf)
        {
            reserved |= PageSizeBit;
        }
        else if (isLeaf && shift > 12)
        {
            // The address below the page's size, but for bit 12, which is PAT.
            reserved |= ((1ul << shift) - 1) & AddressMask & ~(1ul << 12);
        }

        return reserved;
    }

    private bool Walk32(CpuState* s, uint linear, Level* levels, out PageTranslation page, out int count)
    {
        page = new PageTranslation { Writable = true, User = true };
        var address = (s->Cr3 & 0xffff_f000) | ((linear >> 22) << 2);
        var entry = (ulong)memory.Read<uint>(address);
        levels[0] = new Level { EntryAddress = address, Entry = entry };
        count = 1;
        if ((entry & Present) == 0)
        {
            return false;
        }

        page.Writable = (entry & ReadWrite) != 0;
        page.User = (entry & UserBit) != 0;
        if ((entry & PageSizeBit) != 0 && (s->Cr4 & Cr4.PSE) != 0)
        {
            // PSE-36: bits 20:13 are bits 39:32 of the address; bit 21 is reserved, and so is what MAXPHYADDR does not reach.
            var high = ((entry >> 13) & 0xff) << 32;
            if ((entry & (1 << 21)) != 0 || (high & _reservedAddressBits) != 0)
            {
                page.ErrorCode = ErrorPresent | ErrorReserved;
                return false;
            }

            Finish(s, linear, entry, 22, high | (entry & 0xffc0_0000), ref page);
            return true;
        }

        address = (entry & 0xffff_f000) | (((linear >> 12) & 0x3ff) << 2);
        entry = memory.Read<uint>(address);
        levels[1] = new Level { EntryAddress = address, Entry = entry };
        count = 2;
        if ((entry & Present) == 0)
        {
            return false;
        }

        page.Writable &= (entry & ReadWrite) != 0;
        page.User &= (entry & UserBit) != 0;
        Finish(s, linear, entry, 12, entry & 0xffff_f000, ref page);
        return true;
    }

    private static void Finish(CpuState* s, ulong linear, ulong entry, int shift, ulong frame, ref PageTranslation page)
    {
        var offset = (1ul << shift) - 1;
        page.Physical = ((frame & ~offset) | (linear & offset)) & ~(ulong)(GuestRam.PageSize - 1);
        page.PageShift = (byte)shift;
        page.Global = (entry & GlobalBit) != 0 && (s->Cr4 & Cr4.PGE) != 0;
        page.Dirty = (entry & DirtyBit) != 0;
    }

    /// <summary>Accessed and dirty bits written since power-on, counted by entry.</summary>
    public long Marks { get; private set; }

    private void SetAccessedAndDirty(CpuState* s, Level* levels, int count, AccessKind kind, ref PageTranslation page)
    {
        for (var i = 0; i < count; i++)
        {
            var wanted = levels[i].Entry | Accessed;
            if (i == count - 1 && kind == AccessKind.Write)
            {
                wanted |= DirtyBit;
                page.Dirty = true;
            }

            if (wanted == levels[i].Entry)
            {
                continue;
            }

            Marks++;
            if ((s->Cr4 & Cr4.PAE) != 0)
            {
                memory.Write(levels[i].EntryAddress, wanted);
            }
            else
            {
                memory.Write(levels[i].EntryAddress, (uint)wanted);
            }
        }
    }
}
