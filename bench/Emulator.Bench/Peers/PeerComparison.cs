using System.Globalization;
using System.Text;
using Emulator.Bench.Comparison;
using Emulator.Jit.Strategies;

namespace Emulator.Bench.Peers;

/// <summary>The command <c>peers</c>: seconds to user space, of this emulator's strategies and of the other emulators that are installed.</summary>
internal static class PeerComparison
{
    private const int DefaultRounds = 3;

    /// <summary>Every peer.</summary>
    public static IReadOnlyList<IPeer> All
        => [.. StrategyRegistry.All.Select(strategy => new EmulatorPeer(strategy.Name)), new QemuPeer(), new BochsPeer(), new V86Peer()];

    /// <summary>Runs it; returns the exit status.</summary>
    public static int Run(IReadOnlyList<string> arguments)
    {
        var options = new BenchOptions(arguments, "--peers", "--guests", "--rounds", "--output");
        var peers = options.Choose("--peers", All, ShortName);
        var guests = options.Choose("--guests", Guest.All, guest => guest.Name);
        var rounds = options.Number("--rounds", DefaultRounds);
        var host = HostDescription.Ask(ResultFolder.Root, ["peers", .. arguments]);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Boots beside other emulators, {host.Date}\n\n").Append(host.ToMarkdown());
        text.Append("\nSeconds from the process's start to the guest's first user process, ");
        text.Append(CultureInfo.InvariantCulture, $"{Guest.Memory} MiB, one processor; ");
        text.Append(CultureInfo.InvariantCulture, $"the median of {rounds} rounds in which the emulators take turns, and all rounds. ");
        text.Append("Processor seconds are those of all its threads: on a busy host they tell more than the seconds that passed.\n");
        foreach (var guest in guests)
        {
            AppendGuest(text, guest, peers, rounds);
        }

        AppendAbsent(text, peers);
        Console.WriteLine(text);
        ResultFolder.Write(Path.Combine(ResultFolder.Choose(options.Text("--output")), host.Date + "-peers.md"), text.ToString());
        return 0;
    }

    // "emulator, region" is "region" on the command line, where a comma separates.
    private static string ShortName(IPeer peer) => peer.Name.Split(' ')[^1] is "TCG" ? "qemu" : peer.Name.Split(' ')[^1];

    private static void AppendGuest(StringBuilder text, Guest guest, IReadOnlyList<IPeer> peers, int rounds)
    {
        var files = guest.Fetch();
        var folder = Directory.CreateTempSubdirectory("bench-peers-");
        try
        {
            var boots = peers.Where(peer => peer.Missing is null && peer.Boots(guest))
                .Select(peer => new Boot(peer, peer.Prepare(files, folder.CreateSubdirectory(ShortName(peer)).FullName))).ToArray();
            for (var round = 0; round < rounds; round++)
            {
                foreach (var boot in boots.Where(boot => boot.Failure is null))
                {
                    boot.Measure(guest);
                }
            }

            text.Append(CultureInfo.InvariantCulture, $"\n## {Path.GetFileName(files.Kernel)} ({guest.Name})\n\n");
            text.Append("| emulator | seconds | processor seconds | rounds |\n| --- | ---: | ---: | --- |\n");
            foreach (var boot in boots)
            {
                text.Append(boot.ToMarkdown());
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void AppendAbsent(StringBuilder text, IReadOnlyList<IPeer> peers)
    {
        foreach (var peer in peers.Where(peer => peer.Missing is not null))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{peer.Name} is absent: `{peer.Missing}` installs what it needs.\n");
        }
    }

    /// <summary>One emulator at one guest.</summary>
    private sealed class Boot(IPeer peer, PeerCommand command)
    {
        private readonly List<BootTime> _times = [];

        /// <summary>Why it did not boot.</summary>
        public string? Failure { get; private set; }

        /// <summary>Boots once.</summary>
        public void Measure(Guest guest)
        {
            var (time, seen) = BootTimer.MeasureAsync(command).GetAwaiter().GetResult();
            if (time is not null)
            {
                _times.Add(time);
                Console.WriteLine($"{guest.Name}: {peer.Name} {Text(time.Passed)} s, {Text(time.Processor)} s of processor time");
            }
            else
            {
                Failure = seen.ReplaceLineEndings(" ").Replace('|', ' ');
                Console.WriteLine($"{guest.Name}: {peer.Name} did not boot: {Failure}");
            }
        }

        /// <summary>Its row.</summary>
        public string ToMarkdown()
        {
            if (Failure is not null)
            {
                return $"| {peer.Name} | did not boot | | {Failure} |\n";
            }

            var passed = Statistics.Median(_times.Select(time => time.Passed));
            var processor = Statistics.Median(_times.Select(time => time.Processor));
            return $"| {peer.Name} | {Text(passed)} | {Text(processor)} | {string.Join(", ", _times.Select(time => Text(time.Passed)))} |\n";
        }

        private static string Text(double seconds) => seconds.ToString("0.00", CultureInfo.InvariantCulture);
    }
}
