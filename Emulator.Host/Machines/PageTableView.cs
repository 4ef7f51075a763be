using System.Globalization;
using System.Text;
using Emulator.Core.Cpu;
using Emulator.Core.Memory;

namespace Emulator.Host.Machines;

/// <summary>
/// A processor's page tables, looked at from outside (SDM Vol. 3A, ch. 4): nothing is changed, so the guest's accessed and dirty bits stay.
/// </summary>
internal sealed unsafe class PageTableView(MemoryMap memory, CpuState* s)
{
    private const ulong Frame = 0x000f_ffff_ffff_f000;
    private const ulong Present = 1;
    private const ulong Large = 0x80;
    private const int MostLines = 4096;

    private bool IsOn => (s->Cr0 & Cr0.PG) != 0;

    private bool IsWide => (s->Cr4 & Cr4.PAE) != 0;

    private int Levels => s->IsLongMode ? ((s->Cr4 & Cr4.LA57) != 0 ? 5 : 4) : IsWide ? 3 : 2;

    private int Bits => IsWide ? 9 : 10;

    private ulong Root => s->Cr3 & (Levels == 3 ? 0xffff_ffe0ul : IsWide ? Frame : 0xffff_f000ul);

    /// <summary>Where a linear address lies; null when nothing is mapped there.</summary>
    public ulong? Translate(ulong linear)
    {
        if (!IsOn)
        {
            return linear;
        }

        var table = Root;
        for (var level = Levels; level > 0; level--)
        {
            var entry = Entry(table, level, (int)(linear >> Shift(level)) & (Entries(level) - 1));
            if ((entry & Present) == 0)
            {
                return null;
            }

            table = entry & (IsWide ? Frame : 0xffff_f000ul);
            if (IsLeaf(level, entry))
            {
                var offset = (1ul << Shift(level)) - 1;
                return (table & ~offset) | (linear & offset);
            }
        }

        return null;
    }

    /// <summary>Every page: its linear and physical address, its size and its bits.</summary>
    public string Pages()
    {
        if (!IsOn)
        {
            return "PG disabled\n";
        }

        var text = new StringBuilder();
        var lines = 0;
        foreach (var (linear, size, entry) in Leaves())
        {
            if (++lines > MostLines)
            {
                return text.Append("...\n").ToString();
            }

            text.Append(CultureInfo.InvariantCulture, $"{linear:x16}: {entry & Frame & ~(size - 1):x16} {Flags(entry, size)}\n");
        }

        return text.ToString();
    }

    /// <summary>Ranges of pages with the same rights.</summary>
    public string Ranges()
    {
        if (!IsOn)
        {
            return "PG disabled\n";
        }

        var text = new StringBuilder();
        var (start, end, rights) = (0ul, 0ul, "");
        var lines = 0;
        foreach (var (linear, size, entry) in Leaves())
        {
            var these = $"{((entry & 4) != 0 ? 'u' : '-')}r{((entry & 2) != 0 ? 'w' : '-')}";
            if (linear != end || these != rights)
            {
                Append();
                (start, rights) = (linear, these);
                if (++lines > MostLines)
                {
                    return text.Append("...\n").ToString();
                }
            }

            end = linear + size;
        }

        Append();
        return text.ToString();

        void Append() => text.Append(rights.Length == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture, $"{start:x16}-{end:x16} {end - start:x16} {rights}\n"));
    }

    private static string Flags(ulong entry, ulong size) => string.Concat(
        (entry >> 63) != 0 ? 'X' : '-',
        (entry & 0x100) != 0 ? 'G' : '-',
        size > 4096 ? 'P' : '-',
        (entry & 0x40) != 0 ? 'D' : '-') + string.Concat(
        (entry & 0x20) != 0 ? 'A' : '-',
        (entry & 0x10) != 0 ? 'C' : '-',
        (entry & 8) != 0 ? 'T' : '-') + string.Concat(
        (entry & 4) != 0 ? 'U' : '-',
        (entry & 2) != 0 ? 'W' : '-');

    private int Shift(int level) => 12 + ((level - 1) * Bits);

    // The top table of PAE paging has four entries.
    private int Entries(int level) => level == 3 && Levels == 3 ? 4 : 1 << Bits;

    private ulong Entry(ulong table, int level, int index)
        => IsWide ? memory.Read<ulong>(table + ((ulong)index * 8)) : memory.Read<uint>(table + ((ulong)index * 4));

    private bool IsLeaf(int level, ulong entry) => level == 1 || (level <= 3 && (entry & Large) != 0 && Levels != level);

    private List<(ulong Linear, ulong Size, ulong Entry)> Leaves()
    {
        var found = new List<(ulong, ulong, ulong)>();
        Collect(Root, Levels, 0, found, []);
        return found;
    }

    // Tables that point to themselves are walked once; what is collected is bounded.
    private void Collect(ulong table, int level, ulong linear, List<(ulong Linear, ulong Size, ulong Entry)> found, HashSet<(ulong, int)> onTheWay)
    {
        const int MostPages = 1 << 20;
        if (!onTheWay.Add((table, level)))
        {
            return;
        }

        for (var i = 0; i < Entries(level) && found.Count < MostPages; i++)
        {
            var entry = Entry(table, level, i);
            if ((entry & Present) == 0)
            {
                continue;
            }

            var address = linear | ((ulong)i << Shift(level));
            address = level == Levels && Levels > 3 ? (ulong)((long)(address << (64 - 12 - (Levels * 9))) >> (64 - 12 - (Levels * 9))) : address;
            if (IsLeaf(level, entry))
            {
                found.Add((address, 1ul << Shift(level), entry));
            }
            else
            {
                Collect(entry & (IsWide ? Frame : 0xffff_f000ul), level - 1, address, found, onTheWay);
            }
        }

        onTheWay.Remove((table, level));
    }
}
