using Emulator.Core.Memory;

namespace Emulator.Conformance.Tests.Guest;

/// <summary>Writes 4-level page tables into guest RAM (SDM Vol. 3A, 4.5).</summary>
public sealed class GuestPageTables
{
    private const ulong Present = 1;
    private const ulong AddressMask = 0x000f_ffff_ffff_f000;
    private const ulong AllRights = 7;

    private readonly MemoryMap _memory;
    private ulong _free;

    /// <summary>Tables from <paramref name="start"/> up.</summary>
    public GuestPageTables(MemoryMap memory, ulong start)
    {
        _memory = memory;
        Root = start;
        _free = start + 0x1000;
    }

    /// <summary>Bits of an entry.</summary>
    public const ulong Writable = 2;
    public const ulong User = 4;
    public const ulong NoExecute = 1ul << 63;

    /// <summary>What CR3 holds.</summary>
    public ulong Root { get; }

    /// <summary>Maps pages with the rights given.</summary>
    public void Map(ulong linear, ulong physical, int size, ulong rights)
    {
        for (var offset = 0ul; offset < (ulong)size; offset += 0x1000)
        {
            var table = Root;
            for (var shift = 39; shift > 12; shift -= 9)
            {
                table = Next(table + ((((linear + offset) >> shift) & 0x1ff) * 8));
            }

            _memory.Write(table + ((((linear + offset) >> 12) & 0x1ff) * 8), (physical + offset) | rights | Present);
        }
    }

    private ulong Next(ulong entryAddress)
    {
        var entry = _memory.Read<ulong>(entryAddress);
        if ((entry & Present) == 0)
        {
            entry = _free | AllRights;
            _free += 0x1000;
            _memory.Write(entryAddress, entry);
        }

        return entry & AddressMask;
    }
}
