using System.Runtime.InteropServices;
using Emulator.Host.Cli;
using Emulator.Host.Packages;

namespace Emulator.Guests.Tests;

/// <summary>
/// An Arm64 host on an x64 one: the program published for it, and Debian's user-mode QEMU with an Arm64 C library to run it by. All of it
/// is fetched or built into the emulator's cache folder, outside the source tree; what cannot be had skips the test, with the reason.
/// </summary>
internal sealed class Arm64Host
{
    private static readonly string[] Libraries = ["libc6-arm64-cross", "libstdc++6-arm64-cross", "libgcc-s1-arm64-cross"];

    private readonly string _qemu;
    private readonly string _program;
    private readonly List<string> _libraryFolders = [];

    private Arm64Host(DebianPackages packages, string folder)
    {
        _qemu = Path.Combine(packages.Fetch("qemu-user-static"), "usr", "bin", "qemu-aarch64-static");
        foreach (var library in Libraries)
        {
            _libraryFolders.Add(Path.Combine(packages.Fetch(library), "usr", "aarch64-linux-gnu"));
        }

        _program = Publish(folder);
    }

    /// <summary>Fetches and builds.</summary>
    public static Arm64Host Prepare()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64, "made for a Linux x64 host: others run the tests themselves");
        var folder = DebianPackages.DefaultFolder();
        try
        {
            if (!DebianPackages.IsAvailable())
            {
                Assert.Skip("this host has no apt-get, apt-cache and dpkg-deb to fetch qemu-user-static with");
            }

            return new Arm64Host(new DebianPackages(folder, "amd64", line => TestContext.Current.SendDiagnosticMessage("{0}", line)), folder);
        }
        catch (UserErrorException reason)
        {
            Assert.Skip(reason.Message);
            throw;
        }
    }

    /// <summary>Starts the program with a command line.</summary>
    public ProgramRun Start(params IReadOnlyList<string> arguments)
    {
        var paths = string.Join(':', _libraryFolders.Select(folder => Path.Combine(folder, "lib")));
        return new ProgramRun(_qemu, ["-L", _libraryFolders[0], "-E", $"LD_LIBRARY_PATH={paths}", _program, .. arguments]);
    }

    private static string Publish(string folder)
    {
        var root = SourceRoot();
        var output = Path.Combine(folder, "linux-arm64");
        var result = CommandRunner.Run(
            "dotnet",
            [
                "publish", Path.Combine(root, "Emulator.Host", "Emulator.Host.csproj"), "-c", "Release", "-r", "linux-arm64", "--self-contained", "true",
                "--artifacts-path", Path.Combine(folder, "linux-arm64-build"), "-o", output, "-v", "quiet", "-nologo", "-nodeReuse:false",
                "-p:UseSharedCompilation=false",
            ],
            root);

        // NU1301 and its neighbours: the registry that has the Arm64 runtime is not reached.
        Assert.SkipWhen(
            result.Status != 0 && result.Output.Contains("error NU1", StringComparison.Ordinal), "the Arm64 runtime cannot be fetched: " + LastLine(result.Output));
        Assert.True(result.Status == 0, result.Output + result.Error);
        return Path.Combine(output, "emulator");
    }

    private static string SourceRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Emulator.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("Emulator.sln stands in no folder above the test.");
    }

    private static string LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";
}
