namespace Emulator.Host.Cli;

/// <summary>Reads <c>-m</c> and <c>-smp</c>.</summary>
public static class TopologySyntax
{
    /// <summary>The largest number of processors.</summary>
    public const int MaxProcessors = 64;

    /// <summary>The smallest RAM: what the tables, the boot data and a kernel's entry need.</summary>
    public const long MinMemory = 1L << 20;

    /// <summary>Reads the RAM's size; <paramref name="hostLimit"/> is what the host can give.</summary>
    public static long ReadMemory(string text, long hostLimit)
    {
        var list = PropertyList.Parse("-m", text, "size");
        if (list.Head is null || !Quantity.TrySize(list.Head, 1L << 20, out var bytes))
        {
            throw list.Error("is no size", "write a number of MiB, or a number with K, M, G or T, such as -m 512 or -m 2G");
        }

        if (list.Take("slots") is not null || list.Take("maxmem") is not null)
        {
            throw list.Error("memory hot-plug (slots, maxmem) is not supported", $"write -m {list.Head}");
        }

        list.RefuseRest("size");
        if (bytes < MinMemory)
        {
            throw list.Error("too little memory", "give at least 1M, such as -m 128M");
        }

        if (bytes > hostLimit)
        {
            throw list.Error(
                $"{Quantity.Format(bytes)} is more than the {Quantity.Format(hostLimit)} this host can give",
                $"give a smaller size, such as -m {Math.Min(hostLimit >> 20, 4096)}");
        }

        return (bytes + 0xfff) & ~0xfffL;
    }

    /// <summary>Reads the processors' count and topology. What is not given is worked out: sockets first, as QEMU's <c>pc</c> does.</summary>
    public static Topology ReadSmp(string text)
    {
        var list = PropertyList.Parse("-smp", text, "cpus");
        var count = 0L;
        if (list.Head is not null && (!Quantity.TryNumber(list.Head, out count) || count < 1))
        {
            throw list.Error("is no number of processors", $"give 1 to {MaxProcessors}, such as -smp 2");
        }

        var sockets = list.TakeNumber("sockets", 0, 1, MaxProcessors);
        var dies = list.TakeNumber("dies", 1, 1, 1);
        var clusters = list.TakeNumber("clusters", 1, 1, 1);
        var cores = list.TakeNumber("cores", 0, 1, MaxProcessors);
        var threads = list.TakeNumber("threads", 0, 1, MaxProcessors);
        var maximum = list.TakeNumber("maxcpus", 0, 1, MaxProcessors);
        list.RefuseRest("cpus", "sockets", "dies", "cores", "threads", "maxcpus");
        threads = threads == 0 ? 1 : threads;
        if (count == 0)
        {
            count = maximum != 0 ? maximum : Math.Max(1, sockets) * Math.Max(1, cores) * threads;
        }

        if (count > MaxProcessors)
        {
            throw list.Error($"{count} processors are more than the {MaxProcessors} supported", $"give 1 to {MaxProcessors}");
        }

        if (maximum != 0 && maximum != count)
        {
            throw list.Error("processors cannot be plugged in later: maxcpus differs from cpus", $"write -smp {count}");
        }

        var perCore = dies * clusters * threads;

        // Cores before sockets, as QEMU has it since 6.2.
        cores = cores == 0 ? Math.Max(1, count / (Math.Max(1, sockets) * perCore)) : cores;
        sockets = sockets == 0 ? Math.Max(1, count / (cores * perCore)) : sockets;
        return sockets * cores * perCore == count
            ? new Topology((int)count, (int)sockets, (int)cores, (int)threads)
            : throw list.Error(
                $"{sockets} sockets x {cores} cores x {threads} threads are not {count} processors", $"write -smp {count} or make the product fit");
    }
}
