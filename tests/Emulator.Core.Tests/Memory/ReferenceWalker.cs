namespace Emulator.Core.Tests.Memory;

/// <summary>The paging modes of SDM Vol. 3A, 4.1.1.</summary>
public enum PagingMode
{
    Bits32,
    Bits32WithPse,
    Pae,
    FourLevel,
    FiveLevel,
}

/// <summary>Everything that an access depends on beside the tables.</summary>
public sealed record PagingContext
{
    public PagingMode Mode { get; init; }
    public bool WriteProtect { get; init; }
    public bool Smep { get; init; }
    public bool Smap { get; init; }
    public bool ProtectionKeys { get; init; }
    public bool NoExecuteEnable { get; init; }
    public bool User { get; init; }
    public bool AlignmentCheckFlag { get; init; }
    public bool Write { get; init; }
    public bool Fetch { get; init; }
    public uint Pkru { get; init; }
    public int PhysicalBits { get; init; }
    public bool GigabytePages { get; init; }
}

/// <summary>What an access comes to: an address, or the error code of #PF.</summary>
public readonly record struct WalkResult(bool Faults, uint ErrorCode, ulong Physical);

/// <summary>
/// A page walker written from SDM Vol. 3A, chapter 4, section by section, one entry at a time, as plainly as possible and apart from
/// the product's: the judge of PageWalker and Mmu. It sets accessed and dirty flags in the tables it is given.
/// </summary>
public sealed class ReferenceWalker(Func<ulong, int, ulong> read, Action<ulong, int, ulong> write)
{
    private readonly List<(ulong Address, ulong Value)> _used = [];
    private bool _writable;
    private bool _userPage;
    private bool _executeDisabled;

    /// <summary>Translates <paramref name="linear"/> starting from CR3; <paramref name="pdptes"/> are PAE's loaded registers.</summary>
    public WalkResult Access(PagingContext c, ulong cr3, ulong[] pdptes, ulong linear)
    {
        _used.Clear();
        _writable = true;
        _userPage = true;
        _executeDisabled = false;
        return c.Mode switch
        {
            PagingMode.Bits32 or PagingMode.Bits32WithPse => Walk32(c, cr3, (uint)linear),
            PagingMode.Pae => WalkPae(c, pdptes, (uint)linear),
            _ => WalkLong(c, cr3, linear),
        };
    }

    // 4.3, tables 4-4 to 4-6.
    private WalkResult Walk32(PagingContext c, ulong cr3, uint linear)
    {
        var pdeAddress = (cr3 & 0xfffff000) + ((linear >> 22) * 4);
        var pde = read(pdeAddress, 4);
        if (!Bit(pde, 0))
        {
            return NotPresent(c);
        }

        Include(pdeAddress, pde, false);
        if (c.Mode == PagingMode.Bits32WithPse && Bit(pde, 7))
        {
            // Table 4-4: bits 20:13 are address bits 39:32 as far as MAXPHYADDR goes; the others, and 21, are reserved.
            for (var bit = 13; bit <= 21; bit++)
            {
                var isAddress = bit != 21 && bit - 13 + 32 < c.PhysicalBits;
                if (!isAddress && Bit(pde, bit))
                {
                    return Reserved(c);
                }
            }

            var frame = (((pde >> 13) & 0xff) << 32) | (pde & 0xffc00000);
            return Finish(c, 4, frame + (linear & 0x3fffff), 0);
        }

        var pteAddress = (pde & 0xfffff000) + (((linear >> 12) & 0x3ff) * 4);
        var pte = read(pteAddress, 4);
        if (!Bit(pte, 0))
        {
            return NotPresent(c);
        }

        Include(pteAddress, pte, false);
        return Finish(c, 4, (pte & 0xfffff000) + (linear & 0xfff), 0);
    }

    // 4.4, tables 4-8 to 4-11.
    private WalkResult WalkPae(PagingContext c, ulong[] pdptes, uint linear)
    {
        var pdpte = pdptes[linear >> 30];
        if (!Bit(pdpte, 0))
        {
            return NotPresent(c);
        }

        var pdeAddress = Frame(pdpte, 12, c) + (((linear >> 21) & 0x1ff) * 8);
        var pde = read(pdeAddress, 8);
        if (!Bit(pde, 0))
        {
            return NotPresent(c);
        }

        if (HasReservedHigh(c, pde) || (Bit(pde, 7) && Any(pde, 13, 20)))
        {
            return Reserved(c);
        }

        Include(pdeAddress, pde, true);
        if (Bit(pde, 7))
        {
            return Finish(c, 8, Frame(pde, 21, c) + (linear & 0x1fffff), 0);
        }

        var pteAddress = Frame(pde, 12, c) + (((linear >> 12) & 0x1ff) * 8);
        var pte = read(pteAddress, 8);
        if (!Bit(pte, 0))
        {
            return NotPresent(c);
        }

        if (HasReservedHigh(c, pte))
        {
            return Reserved(c);
        }

        Include(pteAddress, pte, true);
        return Finish(c, 8, Frame(pte, 12, c) + (linear & 0xfff), 0);
    }

    // 4.5, tables 4-13 to 4-20: PML5E, PML4E, PDPTE, PDE, PTE.
    private WalkResult WalkLong(PagingContext c, ulong cr3, ulong linear)
    {
        var table = Frame(cr3, 12, c);
        for (var level = c.Mode == PagingMode.FiveLevel ? 5 : 4; ; level--)
        {
            var shift = 12 + (9 * (level - 1));
            var address = table + (((linear >> shift) & 0x1ff) * 8);
            var entry = read(address, 8);
            if (!Bit(entry, 0))
            {
                return NotPresent(c);
            }

            var isPage = level == 1 || (level == 2 && Bit(entry, 7)) || (level == 3 && Bit(entry, 7) && c.GigabytePages);
            var sizeReserved = level >= 3 && Bit(entry, 7) && !isPage;
            var addressReserved = isPage && level > 1 && Any(entry, 13, shift - 1);
            if (HasReservedHigh(c, entry) || sizeReserved || addressReserved)
            {
                return Reserved(c);
            }

            Include(address, entry, true);
            if (isPage)
            {
                return Finish(c, 8, Frame(entry, shift, c) + (linear & ((1ul << shift) - 1)), (int)((entry >> 59) & 15));
            }

            table = Frame(entry, 12, c);
        }
    }

    private void Include(ulong address, ulong entry, bool hasExecuteDisable)
    {
        _used.Add((address, entry));
        _writable &= Bit(entry, 1);
        _userPage &= Bit(entry, 2);
        _executeDisabled |= hasExecuteDisable && Bit(entry, 63);
    }

    // 4.6 and 4.7, then 4.8.
    private WalkResult Finish(PagingContext c, int entrySize, ulong physical, int key)
    {
        var allowed = c.Fetch ? MayFetch(c) : c.Write ? MayWrite(c) : MayRead(c);
        var keyDenies = !c.Fetch && KeyDenies(c, key);
        if (!allowed || keyDenies)
        {
            // The PK flag has conditions of its own: it is set beside any other violation too.
            return new WalkResult(true, Code(c) | 1 | (keyDenies ? 0x20u : 0), 0);
        }

        for (var i = 0; i < _used.Count; i++)
        {
            var (address, value) = _used[i];
            value |= 1ul << 5;
            value |= i == _used.Count - 1 && c.Write ? 1ul << 6 : 0;
            write(address, entrySize, value);
        }

        return new WalkResult(false, 0, physical);
    }

    private bool MayRead(PagingContext c) => c.User ? _userPage : !_userPage || !c.Smap || c.AlignmentCheckFlag;

    private bool MayWrite(PagingContext c)
    {
        if (c.User)
        {
            return _userPage && _writable;
        }

        if (_userPage && c.Smap && !c.AlignmentCheckFlag)
        {
            return false;
        }

        return _writable || !c.WriteProtect;
    }

    private bool MayFetch(PagingContext c)
    {
        // IA32_EFER.NXE = 0 makes XD reserved, so a set XD never gets here then.
        if (_executeDisabled)
        {
            return false;
        }

        return c.User ? _userPage : !_userPage || !c.Smep;
    }

    // 4.6.2: only user-mode pages, only 4-level and 5-level paging.
    private bool KeyDenies(PagingContext c, int key)
    {
        if (!c.ProtectionKeys || !_userPage || c.Mode is not (PagingMode.FourLevel or PagingMode.FiveLevel))
        {
            return false;
        }

        var accessDisable = Bit(c.Pkru, key * 2);
        var writeDisable = Bit(c.Pkru, (key * 2) + 1);
        return accessDisable || (writeDisable && c.Write && (c.User || c.WriteProtect));
    }

    private static uint Code(PagingContext c)
    {
        var reportsFetch = c.Smep || (c.NoExecuteEnable && c.Mode is not (PagingMode.Bits32 or PagingMode.Bits32WithPse));
        return (c.Write ? 2u : 0) | (c.User ? 4u : 0) | (c.Fetch && reportsFetch ? 0x10u : 0);
    }

    private static WalkResult NotPresent(PagingContext c) => new(true, Code(c), 0);

    private static WalkResult Reserved(PagingContext c) => new(true, Code(c) | 1 | 8, 0);

    // Bits 51:MAXPHYADDR; XD without NXE; under PAE, 62:52.
    private static bool HasReservedHigh(PagingContext c, ulong entry)
        => Any(entry, c.PhysicalBits, 51) || (Bit(entry, 63) && !c.NoExecuteEnable) || (c.Mode == PagingMode.Pae && Any(entry, 52, 62));

    private static ulong Frame(ulong entry, int lowest, PagingContext c)
    {
        var value = 0ul;
        for (var bit = lowest; bit < c.PhysicalBits; bit++)
        {
            value |= entry & (1ul << bit);
        }

        return value;
    }

    private static bool Any(ulong entry, int from, int to)
    {
        for (var bit = from; bit <= to; bit++)
        {
            if (Bit(entry, bit))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Bit(ulong value, int number) => ((value >> number) & 1) != 0;
}
