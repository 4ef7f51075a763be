namespace Emulator.Core.Cpu;

/// <summary>The four hardware breakpoints of DR0-DR3 and DR7 (SDM Vol. 3B, 17.2.4 and 17.2.5).</summary>
public static unsafe class Breakpoints
{
    private const ulong Enables = 0xff;

    private enum Condition
    {
        Execute,
        Write,
        Port,
        Access,
    }

    /// <summary>Whether any breakpoint is enabled.</summary>
    public static bool AnyEnabled(CpuState* s) => (s->Dr[7] & Enables) != 0;

    /// <summary>The DR6 bits of the instruction breakpoints at an address.</summary>
    public static ulong MatchExecute(CpuState* s, ulong linear)
    {
        var hits = 0ul;
        for (var i = 0; i < 4; i++)
        {
            if (IsEnabled(s, i) && ConditionOf(s, i) == Condition.Execute && s->Dr[i] == linear)
            {
                hits |= 1ul << i;
            }
        }

        return hits;
    }

    /// <summary>Records the data breakpoints that an access meets; the trap comes after the instruction.</summary>
    public static void NoteData(CpuState* s, ulong linear, int size, bool write)
    {
        for (var i = 0; i < 4; i++)
        {
            var condition = ConditionOf(s, i);
            if (IsEnabled(s, i) && (condition == Condition.Access || (condition == Condition.Write && write)) && Overlaps(s, i, linear, size))
            {
                s->PendingDebug |= 1ul << i;
            }
        }
    }

    /// <summary>Records the I/O breakpoints (CR4.DE) that an access meets.</summary>
    public static void NotePort(CpuState* s, ushort port, int size)
    {
        if (!AnyEnabled(s) || (s->Cr4 & Cr4.DE) == 0)
        {
            return;
        }

        for (var i = 0; i < 4; i++)
        {
            if (IsEnabled(s, i) && ConditionOf(s, i) == Condition.Port && Overlaps(s, i, port, size))
            {
                s->PendingDebug |= 1ul << i;
            }
        }
    }

    /// <summary>Whether an enabled data breakpoint lies in the page, whose accesses must then be looked at one by one.</summary>
    public static bool WatchesPage(CpuState* s, ulong page, ulong pageSize)
    {
        for (var i = 0; i < 4; i++)
        {
            if (IsEnabled(s, i) && ConditionOf(s, i) is Condition.Write or Condition.Access && (s->Dr[i] & ~(pageSize - 1)) == page)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsEnabled(CpuState* s, int index) => ((s->Dr[7] >> (2 * index)) & 3) != 0;

    private static Condition ConditionOf(CpuState* s, int index) => (Condition)((s->Dr[7] >> (16 + (4 * index))) & 3);

    // LEN: 1, 2, 8, 4 bytes; the address's low bits below the length are ignored.
    private static bool Overlaps(CpuState* s, int index, ulong address, int size)
    {
        var length = ((s->Dr[7] >> (18 + (4 * index))) & 3) switch
        {
            0 => 1ul,
            1 => 2ul,
            2 => 8ul,
            _ => 4ul,
        };
        var start = s->Dr[index] & ~(length - 1);
        return address < start + length && start < address + (ulong)size;
    }
}
