using System.Collections.Immutable;

namespace Emulator.Host.Cli;

/// <summary>What can be logged (<c>-d</c>).</summary>
[Flags]
public enum LogItems
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Guest code when it is decoded.</summary>
    InAsm = 1 << 0,

    /// <summary>Regions when they are compiled and when they go.</summary>
    Region = 1 << 1,

    /// <summary>The CIL of regions.</summary>
    Il = 1 << 2,

    /// <summary>The host's machine code of regions.</summary>
    HostAsm = 1 << 3,

    /// <summary>Entries of blocks by the dispatcher.</summary>
    Exec = 1 << 4,

    /// <summary>Every block comes back to the dispatcher.</summary>
    NoChain = 1 << 5,

    /// <summary>Exceptions and interrupts.</summary>
    Int = 1 << 6,

    /// <summary>TLB fills and flushes.</summary>
    Mmu = 1 << 7,

    /// <summary>Counters at the end.</summary>
    Stats = 1 << 8,
}

/// <summary>Reads <c>-d</c>.</summary>
public static class LogSyntax
{
    /// <summary>The items, in the order in which help lists them.</summary>
    public static ImmutableArray<CatalogEntry> Items { get; } =
    [
        new("in_asm", "guest code of each block when it is first decoded"),
        new("region", "each region when it is compiled (entry, blocks, edges, sizes, time), invalidated or evicted"),
        new("il", "the CIL of each region"),
        new("host_asm", "the host's machine code of each region (QEMU's name for it, out_asm, is understood)"),
        new("exec", "each entry of a block by the dispatcher"),
        new("nochain", "with exec: every block comes back to the dispatcher, so that none is missed; slow"),
        new("int", "each exception and interrupt when it is delivered"),
        new("mmu", "TLB fills and flushes"),
        new("stats", "the engine's counters at the end"),
    ];

    /// <summary>Reads a list of items.</summary>
    public static LogItems Read(string text)
    {
        var items = LogItems.None;
        foreach (var name in text.Split(','))
        {
            items |= name switch
            {
                "in_asm" => LogItems.InAsm,
                "region" => LogItems.Region,
                "il" => LogItems.Il,
                "host_asm" or "out_asm" => LogItems.HostAsm,
                "exec" => LogItems.Exec,
                "nochain" => LogItems.NoChain,
                "int" => LogItems.Int,
                "mmu" => LogItems.Mmu,
                "stats" => LogItems.Stats,
                _ => throw new UserErrorException(
                    $"-d {text}", name.Length == 0 ? "has an empty item" : $"unknown log item '{name}'",
                    Suggestion.Mend(name, Items.Select(item => item.Name), "-d help lists the items")),
            };
        }

        return items;
    }
}
