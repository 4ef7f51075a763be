using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Emulator.Host.Cli;

namespace Emulator.Host.Packages;

/// <summary>What apt knows of a package: name, version, size, checksum, and the packages it depends on.</summary>
public sealed record PackageInfo(string Name, string Version, string Architecture, long Size, string Sha256, IReadOnlyList<string> Depends)
{
    /// <summary>The name under which <c>apt-get download</c> leaves it.</summary>
    public string FileName => $"{Name}_{Version.Replace(":", "%3a", StringComparison.Ordinal)}_{Architecture}.deb";
}

/// <summary>
/// Fetches Debian packages into a cache folder by the host's <c>apt-get</c>, without root and without installing anything. Where
/// the host has no package lists, or for another architecture, apt gets lists and caches of its own inside the folder.
/// </summary>
public sealed class DebianPackages
{
    private readonly string _folder;
    private readonly string _architecture;
    private readonly Action<string> _report;
    private bool _private;

    /// <summary>Prepares; nothing is run yet.</summary>
    /// <param name="folder">The cache folder, which is made when needed.</param>
    /// <param name="architecture">Debian's name of the packages' architecture: <c>amd64</c> or <c>i386</c>.</param>
    /// <param name="report">Gets a line for everything slow.</param>
    public DebianPackages(string folder, string architecture, Action<string> report)
    {
        _folder = folder;
        _architecture = architecture;
        _report = report;
        _private = architecture != "amd64" || HostArchitecture() != "amd64";
    }

    /// <summary>The cache folder for this user: <c>XDG_CACHE_HOME/emulator</c>, or the system's own place for caches.</summary>
    public static string DefaultFolder()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(cache))
        {
            cache = OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        }

        return Path.Combine(cache, "emulator");
    }

    /// <summary>Whether this host has Debian's tools.</summary>
    public static bool IsAvailable() => CommandRunner.Exists("apt-get") && CommandRunner.Exists("apt-cache") && CommandRunner.Exists("dpkg-deb");

    /// <summary>What apt knows of a package, its newest version; null when it knows none of that name.</summary>
    public PackageInfo? Find(string name)
    {
        var info = Parse(CommandRunner.Run("apt-cache", [.. Configuration(), "show", "--no-all-versions", name], _folder).Output);
        if (info is null && !_private)
        {
            // The host has no lists, or not this package: a private copy of the lists needs no root.
            _private = true;
        }

        if (info is null)
        {
            var update = UpdatePrivateLists();
            info = Parse(CommandRunner.Run("apt-cache", [.. Configuration(), "show", "--no-all-versions", name], _folder).Output);
            if (info is null && update.Status != 0)
            {
                throw new UserErrorException(
                    "apt-get update", "the package lists cannot be fetched (" + LastLine(update.Error) + ")", "check the network and /etc/apt/sources.list");
            }
        }

        return info;
    }

    /// <summary>Downloads a package, unless it is there already with the right checksum; returns the file's path.</summary>
    /// <exception cref="UserErrorException">It cannot be fetched, or its checksum is wrong.</exception>
    public string Download(PackageInfo package)
    {
        Directory.CreateDirectory(_folder);
        var path = Path.Combine(_folder, package.FileName);
        if (File.Exists(path) && Checksum(path) == package.Sha256)
        {
            return path;
        }

        _report(string.Create(CultureInfo.InvariantCulture, $"fetching {package.Name} {package.Version} ({package.Size / 1e6:0.0} MB) into {_folder}"));
        var result = CommandRunner.Run("apt-get", [.. Configuration(), "-q", "download", $"{package.Name}={package.Version}"], _folder);
        if (result.Status != 0 || !File.Exists(path))
        {
            throw new UserErrorException(
                $"package {package.Name}", "apt-get cannot fetch it (" + LastLine(result.Error) + ")", "check the network and /etc/apt/sources.list");
        }

        if (Checksum(path) != package.Sha256)
        {
            File.Delete(path);
            throw new UserErrorException($"package {package.Name}", "its checksum is not the one that Debian signed", "try again; the file was deleted");
        }

        return path;
    }

    /// <summary>Unpacks a package below the cache folder, once; returns the folder with its files.</summary>
    public string Extract(string packagePath)
    {
        var target = Path.Combine(_folder, Path.GetFileNameWithoutExtension(packagePath));
        if (Directory.Exists(target))
        {
            return target;
        }

        _report($"unpacking {Path.GetFileName(packagePath)}");
        var partial = target + ".partial";
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }

        var result = CommandRunner.Run("dpkg-deb", ["-x", packagePath, partial], _folder);
        if (result.Status != 0)
        {
            throw new UserErrorException($"package {packagePath}", "dpkg-deb cannot unpack it (" + LastLine(result.Error) + ")", "delete it and try again");
        }

        Directory.Move(partial, target);
        return target;
    }

    /// <summary>Finds, downloads and unpacks a package; returns the folder with its files.</summary>
    public string Fetch(string name) => Extract(Download(Require(name)));

    /// <summary>Like <see cref="Find"/>, but a package that is not there is an error.</summary>
    public PackageInfo Require(string name)
        => Find(name) ?? throw new UserErrorException(
            $"package {name}", "apt knows no such package", "check /etc/apt/sources.list and the network, or give the files by -kernel and --busybox");

    internal static PackageInfo? Parse(string text)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            if (line.Length == 0 && fields.Count > 0)
            {
                break;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line[0] != ' ')
            {
                fields[line[..colon]] = line[(colon + 1)..].Trim();
            }
        }

        return fields.TryGetValue("Package", out var name) && fields.TryGetValue("Version", out var version)
            && fields.TryGetValue("SHA256", out var sum) && fields.TryGetValue("Architecture", out var architecture)
            && long.TryParse(fields.GetValueOrDefault("Size"), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? new PackageInfo(name, version, architecture, size, sum, Names(fields.GetValueOrDefault("Depends", "")))
            : null;
    }

    private static List<string> Names(string depends)
        => [.. depends.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(item => item.Split(' ', '|')[0])];

    private static string Checksum(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static string HostArchitecture() => CommandRunner.Run("dpkg", ["--print-architecture"], null).Output.Trim();

    private static string LastLine(string text)
        => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "no message";

    private string[] Configuration()
    {
        if (!_private)
        {
            return [];
        }

        var state = Path.Combine(_folder, "apt-" + _architecture);
        return
        [
            "-o", $"APT::Architecture={_architecture}", "-o", $"APT::Architectures={_architecture}",
            "-o", $"Dir::State={state}/state", "-o", $"Dir::State::status={state}/status", "-o", $"Dir::Cache={state}/cache",
            "-o", "APT::Sandbox::User=", "-o", "Acquire::Languages=none",
        ];
    }

    // One archive of several may fail: what the others list is good.
    private CommandResult UpdatePrivateLists()
    {
        var state = Path.Combine(_folder, "apt-" + _architecture);
        Directory.CreateDirectory(Path.Combine(state, "state", "lists", "partial"));
        Directory.CreateDirectory(Path.Combine(state, "cache", "archives", "partial"));
        File.WriteAllText(Path.Combine(state, "status"), "");
        _report($"fetching Debian's package lists for {_architecture} (about 10 MB) into {state}");
        return CommandRunner.Run("apt-get", [.. Configuration(), "-q", "update"], _folder);
    }
}

/// <summary>A program's end: its status and what it wrote.</summary>
public readonly record struct CommandResult(int Status, string Output, string Error);

/// <summary>Runs the host's own programs.</summary>
public static class CommandRunner
{
    /// <summary>Whether a program of that name is on the path.</summary>
    public static bool Exists(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Runs a program to its end; status 127 when it cannot be started.</summary>
    public static CommandResult Run(string program, IReadOnlyList<string> arguments, string? folder)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
            start.WorkingDirectory = folder;
        }

        start.Environment["LC_ALL"] = "C";
        try
        {
            using var process = Process.Start(start);
            if (process is null)
            {
                return new CommandResult(127, "", $"{program} cannot be started");
            }

            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return new CommandResult(process.ExitCode, output, error.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            return new CommandResult(127, "", failure.Message);
        }
    }
}
