using System.Collections.Immutable;
using Emulator.Core.Memory;

namespace Emulator.Host.Boot;

/// <summary>What an address range is to the guest: the type codes of INT 15h, AX=E820h (ACPI 6.5, table 15.4).</summary>
public enum E820Type
{
    /// <summary>RAM for the guest.</summary>
    Usable = 1,

    /// <summary>Not for the guest.</summary>
    Reserved = 2,

    /// <summary>ACPI tables; RAM once they were read.</summary>
    AcpiReclaim = 3,
}

/// <summary>A range of the memory map that the guest is told.</summary>
public sealed record E820Range(ulong Start, ulong Length, E820Type Type)
{
    /// <summary>The address after the last byte.</summary>
    public ulong End => Start + Length;
}

/// <summary>How a machine splits its RAM.</summary>
/// <param name="Limit">RAM smaller than this lies below 4 GiB as a whole.</param>
/// <param name="Below">What lies below 4 GiB of RAM that does not.</param>
public sealed record RamSplit(long Limit, long Below)
{
    /// <summary>The machine <c>pc</c>.</summary>
    public static RamSplit I440Fx => new(0xe000_0000, 0xc000_0000);

    /// <summary>The machine <c>q35</c>, whose configuration space lies from 2.75 to 3 GiB.</summary>
    public static RamSplit Q35 => new(0xb000_0000, 0x8000_0000) { Ecam = (0xb000_0000, 256ul << 20) };

    /// <summary>The memory-mapped configuration space; none when its length is 0.</summary>
    public (ulong Start, ulong Length) Ecam { get; init; }
}

/// <summary>
/// Where a PC's RAM lies: all of it from 0 while it leaves room for devices below 4 GiB, else the rest from 4 GiB on, as QEMU lays out
/// <c>pc</c> and <c>q35</c>; and the map of it that the guest is told.
/// </summary>
public sealed class RamLayout
{
    /// <summary>The end of conventional memory: the extended BIOS data area (1 KiB) begins here.</summary>
    public const ulong ConventionalEnd = 0x9fc00;

    /// <summary>The VGA window; below it lies the extended BIOS data area.</summary>
    public const ulong VgaStart = 0xa0000;

    /// <summary>The BIOS area, where firmware data and tables lie.</summary>
    public const ulong BiosStart = 0xf0000;

    /// <summary>Extended memory.</summary>
    public const ulong HighStart = 0x10_0000;

    /// <summary>The first address above the 32-bit hole.</summary>
    public const ulong Above4G = 0x1_0000_0000;

    /// <summary>Lays out the RAM of a <c>pc</c>.</summary>
    public RamLayout(long size, ulong reservedTop = 0)
        : this(size, RamSplit.I440Fx, reservedTop)
    {
    }

    /// <summary>Lays out RAM.</summary>
    /// <param name="size">Bytes in all.</param>
    /// <param name="split">Where the RAM is split.</param>
    /// <param name="reservedTop">
    /// Bytes at the top of the RAM below 4 GiB that hold ACPI tables and are told to the guest as such; a multiple of 4 KiB.
    /// </param>
    public RamLayout(long size, RamSplit split, ulong reservedTop = 0)
    {
        Below4G = (ulong)(size < split.Limit ? size : split.Below);
        SizeAbove4G = (ulong)size - Below4G;
        ReservedTop = reservedTop;
        Ecam = split.Ecam;
        E820 = BuildMap();
    }

    /// <summary>The end of RAM below 4 GiB.</summary>
    public ulong Below4G { get; }

    /// <summary>Bytes of RAM from 4 GiB on.</summary>
    public ulong SizeAbove4G { get; }

    /// <summary>Bytes at the top of the RAM below 4 GiB that hold tables.</summary>
    public ulong ReservedTop { get; }

    /// <summary>The memory-mapped configuration space, which the guest is told is reserved; its length is 0 on a machine without one.</summary>
    public (ulong Start, ulong Length) Ecam { get; }

    /// <summary>The end of the RAM below 4 GiB that is the guest's.</summary>
    public ulong UsableEnd => Below4G - ReservedTop;

    /// <summary>Kilobytes of the guest's RAM from 1 MiB up to the first hole.</summary>
    public ulong ExtendedKilobytes => UsableEnd > HighStart ? (UsableEnd - HighStart) >> 10 : 0;

    /// <summary>The map that the guest is told, in ascending order, without overlap.</summary>
    public ImmutableArray<E820Range> E820 { get; }

    /// <summary>Maps the RAM.</summary>
    public void MapInto(MemoryMap memory)
    {
        memory.MapRam("ram", 0, 0, Below4G);
        if (SizeAbove4G > 0)
        {
            memory.MapRam("ram-above-4g", Above4G, (long)Below4G, SizeAbove4G);
        }
    }

    /// <summary>Whether a range lies wholly in usable extended RAM below 4 GiB, or wholly in conventional memory.</summary>
    public bool IsUsable(ulong start, ulong length)
    {
        foreach (var range in E820)
        {
            if (range.Type == E820Type.Usable && start >= range.Start && length <= range.Length && start - range.Start <= range.Length - length)
            {
                return true;
            }
        }

        return false;
    }

    private ImmutableArray<E820Range> BuildMap()
    {
        var map = ImmutableArray.CreateBuilder<E820Range>();
        void Add(ulong start, ulong end, E820Type type)
        {
            if (end > start)
            {
                map.Add(new E820Range(start, end - start, type));
            }
        }

        Add(0, ConventionalEnd, E820Type.Usable);
        Add(ConventionalEnd, VgaStart, E820Type.Reserved);
        Add(BiosStart, HighStart, E820Type.Reserved);
        Add(HighStart, UsableEnd, E820Type.Usable);
        Add(UsableEnd, Below4G, E820Type.AcpiReclaim);
        Add(Ecam.Start, Ecam.Start + Ecam.Length, E820Type.Reserved);
        Add(0xfffc_0000, Above4G, E820Type.Reserved);
        Add(Above4G, Above4G + SizeAbove4G, E820Type.Usable);
        return map.ToImmutable();
    }
}
