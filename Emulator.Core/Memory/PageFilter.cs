namespace Emulator.Core.Memory;

/// <summary>
/// A set of pages of any size that may answer "perhaps" for one that is not in it, and never "no" for one that is. Invalidations ask it
/// whether there is anything to look for.
/// </summary>
public sealed class PageFilter
{
    /// <summary>log2 of the page sizes: 4 KiB, 2 MiB (PAE and up), 4 MiB (32-bit paging), 1 GiB.</summary>
    private const uint ShiftsByClass = 12 | (21 << 8) | (22 << 16) | (30 << 24);
    private const int Classes = 4;
    private const ulong Multiplier = 0x9e37_79b9_7f4a_7c15;
    private const int HashShift = 64 - 11;

    private readonly ulong[] _bits = new ulong[1 << (11 - 6)];
    private uint _classesUsed;

    /// <summary>Whether nothing has been added since the filter was last cleared.</summary>
    public bool IsEmpty => _classesUsed == 0;

    /// <summary>The class of a page size, given as its log2.</summary>
    public static int ClassOf(int shift) => shift switch
    {
        12 => 0,
        21 => 1,
        22 => 2,
        _ => 3,
    };

    /// <summary>log2 of the page size of a class.</summary>
    public static int ShiftOf(int pageClass) => (int)(ShiftsByClass >> (8 * pageClass)) & 0xff;

    /// <summary>Adds the page of a class that holds an address.</summary>
    public void Add(ulong linear, int pageClass)
    {
        var hash = Hash(linear, pageClass);
        _bits[hash >> 6] |= 1ul << (int)(hash & 63);
        _classesUsed |= 1u << pageClass;
    }

    /// <summary>Whether a page that holds the address may have been added.</summary>
    public bool MayHold(ulong linear)
    {
        for (var pageClass = 0; pageClass < Classes; pageClass++)
        {
            if ((_classesUsed & (1u << pageClass)) != 0)
            {
                var hash = Hash(linear, pageClass);
                if ((_bits[hash >> 6] & (1ul << (int)(hash & 63))) != 0)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Empties the filter.</summary>
    public void Clear()
    {
        if (_classesUsed != 0)
        {
            _classesUsed = 0;
            Array.Clear(_bits);
        }
    }

    private static ulong Hash(ulong linear, int pageClass)
        => (((linear >> ShiftOf(pageClass)) << 2 | (uint)pageClass) * Multiplier) >> HashShift;
}
