using Emulator.Host.Cli;
using Emulator.Host.Packages;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>
/// A program of a Debian package that judges this one: the host's own, or a copy in the cache folder with those libraries that the host
/// lacks, which needs no root.
/// </summary>
/// <param name="Path">The program.</param>
/// <param name="Libraries">Where its libraries are, for <c>LD_LIBRARY_PATH</c>; empty for the host's own.</param>
internal sealed record StockProgram(string Path, string Libraries)
{
    /// <summary>Finds or fetches it; the test is skipped, with the reason, where neither can be done.</summary>
    /// <param name="package">The package's name.</param>
    /// <param name="file">The program's path, without the root.</param>
    public static StockProgram Require(string package, string file)
    {
        var installed = System.IO.Path.Combine("/", file);
        if (File.Exists(installed))
        {
            return new StockProgram(installed, "");
        }

        Assert.SkipUnless(DebianPackages.IsAvailable(), $"{installed} is not installed, and there is no apt-get to fetch the package {package}");
        try
        {
            var root = Fetch(package);
            return new StockProgram(System.IO.Path.Combine(root, file), System.IO.Path.Combine(root, "usr/lib/x86_64-linux-gnu"));
        }
        catch (UserErrorException reason)
        {
            Assert.Skip(reason.Message);
            throw;
        }
    }

    /// <summary>Runs it to its end.</summary>
    public CommandResult TryRun(params IReadOnlyList<string> arguments) => CommandRunner.Run("env", [$"LD_LIBRARY_PATH={Libraries}", Path, .. arguments], null);

    /// <summary>Runs it to its end, which must be a good one.</summary>
    public void Run(params IReadOnlyList<string> arguments) => Succeed(TryRun(arguments));

    /// <summary>Runs it to its end, which must be a good one, with a file for its output.</summary>
    public void RunTo(string output, params IReadOnlyList<string> arguments)
        => Succeed(CommandRunner.Run("env", [$"LD_LIBRARY_PATH={Libraries}", "sh", "-c", "exec \"$@\" > \"$0\"", output, Path, .. arguments], null));

    private void Succeed(CommandResult result) => Assert.True(result.Status == 0, $"{Path}: status {result.Status}\n{result.Output}{result.Error}");

    // What apt would install, all in one folder, so that the program finds its files beside it.
    private static string Fetch(string package)
    {
        var folder = DebianPackages.DefaultFolder();
        var root = System.IO.Path.Combine(folder, "programs", package);
        if (Directory.Exists(root))
        {
            return root;
        }

        var plan = CommandRunner.Run("apt-get", ["-s", "install", "--no-install-recommends", package], folder);
        Assert.SkipUnless(plan.Status == 0, $"apt-get knows no way to install {package}: {plan.Error.Trim()}");
        var packages = new DebianPackages(folder, "amd64", _ => { });
        var partial = root + ".partial";
        Directory.CreateDirectory(partial);
        foreach (var line in plan.Output.Split('\n').Where(line => line.StartsWith("Inst ", StringComparison.Ordinal)))
        {
            var file = packages.Download(packages.Require(line.Split(' ')[1]));
            Assert.Equal(0, CommandRunner.Run("dpkg-deb", ["-x", file, partial], folder).Status);
        }

        Directory.Move(partial, root);
        return root;
    }
}
