using Emulator.Host.Images.Commands;
using Emulator.Host.Machines;
using Emulator.Host.Packages;
using Emulator.Jit.Verify;

namespace Emulator.Host.Cli;

/// <summary>The program: takes the command line, answers or runs, and turns every failure into one line and a status.</summary>
internal static class Application
{
    /// <summary>Whether the emulator's own developers look on (<c>EMULATOR_DEBUG=1</c>).</summary>
    public static bool IsDebugging => Environment.GetEnvironmentVariable("EMULATOR_DEBUG") == "1";

    /// <summary>Runs the program.</summary>
    public static int Run(string[] arguments, TextWriter output, TextWriter error)
    {
        Session? session = null;
        try
        {
            if (arguments is ["img", ..])
            {
                return new ImgCommand(output, error).Run(arguments[1..]);
            }

            var headStart = new HeadStart();
            var catalog = PcCatalog.Create();
            var isLinux = arguments is ["linux", ..];
            var parsed = isLinux ? ArgumentParser.Parse(arguments[1..], [.. LinuxGuest.Options]) : ArgumentParser.Parse(arguments);
            if (HelpText.Answer(parsed, catalog) is { } answer)
            {
                output.Write(answer);
                return ExitStatus.Success;
            }

            var options = isLinux ? ReadLinux(parsed, catalog, error) : MachineOptionsReader.Read(parsed, catalog, HostMemory(), Terminal.TerminalMode.IsAttached());

            session = new Session(options, headStart, error);
            AppDomain.CurrentDomain.ProcessExit += (_, _) => session.RestoreTerminal();
            AppDomain.CurrentDomain.UnhandledException += (_, failure) => Die(session, failure.ExceptionObject as Exception, error);
            var status = session.Run();
            session.Dispose();
            return status;
        }
        catch (UserErrorException failure)
        {
            session?.RestoreTerminal();
            error.WriteLine($"emulator: {failure.Message}");
            return ExitStatus.Usage;
        }
        catch (Exception failure)
        {
            session?.RestoreTerminal();
            Report(session, failure, error);
            return ExitStatus.Internal;
        }
    }

    /// <summary>How much guest RAM this host can give: what it has, as RAM that a guest never touches costs nothing.</summary>
    private static long HostMemory() => Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, 1L << 30) * 4;

    private static MachineOptions ReadLinux(ParsedArguments parsed, Catalog catalog, TextWriter error)
    {
        foreach (var option in (string[])["initrd", "bios"])
        {
            if (parsed.Has(option))
            {
                throw new UserErrorException($"linux -{option}", "the linux command makes its own", $"use emulator -kernel FILE -{option} FILE");
            }
        }

        // Without the kernel, which is prepared last, the reader would find nothing that the text is for.
        var (kernel, append) = (parsed.Last("kernel"), parsed.Last("append"));
        parsed.Remove("kernel");
        parsed.Remove("append");
        var options = MachineOptionsReader.Read(parsed, catalog, HostMemory(), hasTerminal: true);
        var files = LinuxGuest.Prepare(
            kernel, parsed.Last("busybox"), parsed.Last("package"), DebianPackages.DefaultFolder(), line => error.WriteLine($"emulator: {line}"));
        return options with
        {
            MemoryBytes = parsed.Has("m") ? options.MemoryBytes : LinuxGuest.DefaultMemory,
            Kernel = files.Kernel,
            Initrd = files.Initrd,
            Append = append is { } more ? $"{LinuxGuest.CommandLine} {more}" : LinuxGuest.CommandLine,
        };
    }

    private static void Die(Session session, Exception? failure, TextWriter error)
    {
        session.RestoreTerminal();
        Report(session, failure, error);
        Environment.Exit(ExitStatus.Internal);
    }

    private static void Report(Session? session, Exception? failure, TextWriter error)
    {
        if (failure is VerificationException difference)
        {
            error.WriteLine(difference.Report);
        }

        error.WriteLine(
            $"emulator: internal error ({failure?.GetType().Name}: {failure?.Message.ReplaceLineEndings(" ")}) at {session?.Place() ?? "start"}; "
            + "please report this line with the whole command line; EMULATOR_DEBUG=1 shows where in the emulator");
        if (IsDebugging)
        {
            error.WriteLine(failure);
        }
    }
}
