using BenchmarkDotNet.Running;
using Emulator.Bench;
using Emulator.Bench.Comparison;
using Emulator.Bench.Peers;
using Emulator.Host.Cli;

const string usage =
    """
    usage: dotnet run -c Release --project bench/Emulator.Bench -- COMMAND [OPTIONS]

      parts      the parts of the emulator, by BenchmarkDotNet, whose options follow (--filter '*Memory*', --list flat, --job short)
      workloads  each guest workload under each strategy: [--strategies A,B] [--only A,B] [--rounds N] [--output FOLDER]
      peers      boots beside other emulators: [--peers A,B] [--guests A,B] [--rounds N] [--output FOLDER]

    """;

try
{
    switch (args)
    {
        case ["parts", .. var rest]:
            // In this process: a project generated for each run cannot refer to the emulator, which is compiled ahead of time for one host.
            string[] chosen = rest.Length == 0 ? ["--filter", "*"] : rest;
            BenchmarkSwitcher.FromAssembly(typeof(BenchOptions).Assembly).Run(["--inProcess", .. chosen]);
            return 0;
        case ["workloads", .. var rest]:
            return StrategyComparison.Run(rest);
        case ["peers", .. var rest]:
            return PeerComparison.Run(rest);
        default:
            Console.Error.Write(usage);
            return 1;
    }
}
catch (Exception error) when (error is UsageException or UserErrorException)
{
    Console.Error.WriteLine("bench: " + error.Message);
    return 1;
}
