using Emulator.Host.Cli;

namespace Emulator.Host.Images.Commands;

/// <summary><c>emulator img</c>: disk images made, looked at, checked and changed, with the options and exit statuses of <c>qemu-img</c>.</summary>
internal sealed class ImgCommand(TextWriter output, TextWriter error)
{
    private const string Usage = """
        usage: emulator img COMMAND [OPTION...] FILE...
          create   [-q] [-u] [-f FORMAT] [-b BACKING [-F FORMAT]] [-o OPTIONS] FILE [SIZE]
          info     [-f FORMAT] [-U] [--output=human|json] [--backing-chain] FILE
          check    [-q] [-f FORMAT] [-U] [--output=human|json] [-r leaks|all] FILE
          convert  [-c] [-q] [-p] [-n] [-U] [-f FORMAT] [-O FORMAT] [-B BACKING [-F FORMAT]] [-o OPTIONS] [-l SNAPSHOT] FILE OUTPUT
          snapshot [-q] [-U] [-l | -a NAME | -c NAME | -d NAME] FILE
          resize   [-q] [-f FORMAT] [--shrink] FILE [+|-]SIZE
          rebase   [-q] [-p] [-u] [-f FORMAT] -b BACKING [-F FORMAT] FILE
          commit   [-q] [-p] [-f FORMAT] [-d] FILE
          compare  [-q] [-p] [-s] [-U] [-f FORMAT] [-F FORMAT] FILE1 FILE2
        Formats: raw, qcow2. OPTIONS of qcow2: cluster_size=, compat=0.10|1.1, lazy_refcounts=on|off, refcount_bits=, compression_type=zlib|zstd,
        preallocation=off|metadata, backing_file=, backing_fmt=, size=.

        """;

    /// <summary>Runs a command; returns the exit status.</summary>
    public int Run(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0)
        {
            throw new UserErrorException("img", "no command", "emulator img --help lists the commands");
        }

        var rest = arguments.Skip(1).ToArray();
        var inspect = new InspectCommands(output, error);
        var change = new ChangeCommands(output, error);
        return arguments[0] switch
        {
            "-h" or "--help" or "help" => Help(),
            "create" => new CreateCommand(output, error).Run(rest),
            "info" => inspect.Info(rest),
            "check" => inspect.Check(rest),
            "compare" => inspect.Compare(rest),
            "convert" => new ConvertCommand(error).Run(rest),
            "snapshot" => change.Snapshot(rest),
            "resize" => change.Resize(rest),
            "rebase" => change.Rebase(rest),
            "commit" => change.Commit(rest),
            var other => throw new UserErrorException(
                $"img {other}", "unknown command",
                Suggestion.Mend(other, ["create", "info", "check", "convert", "snapshot", "resize", "rebase", "commit", "compare"], "emulator img --help lists the commands")),
        };
    }

    private int Help()
    {
        output.Write(Usage);
        return ExitStatus.Success;
    }
}
