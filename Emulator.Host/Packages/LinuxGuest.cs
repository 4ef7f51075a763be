using Emulator.Host.Cli;

namespace Emulator.Host.Packages;

/// <summary>The two files of a Linux guest, on the host's disk.</summary>
public sealed record LinuxGuestFiles(string Kernel, string Initrd);

/// <summary>
/// <c>emulator linux</c>: Debian's kernel and busybox, fetched as packages or given as files, made into a kernel and an initramfs.
/// </summary>
public static class LinuxGuest
{
    /// <summary>The kernel that is fetched when none is named.</summary>
    public const string DefaultPackage = "linux-image-cloud-amd64";

    /// <summary>RAM when none is asked for.</summary>
    public const long DefaultMemory = 512L << 20;

    /// <summary>The kernel's command line, to which <c>-append</c> adds.</summary>
    public const string CommandLine = "console=ttyS0 quiet";

    /// <summary>The options of the subcommand beyond the machine's own.</summary>
    public static IReadOnlyList<OptionDeclaration> Options { get; } =
    [
        new("busybox", "FILE", "a static busybox instead of Debian's package"),
        new("package", "NAME", $"another kernel package than {DefaultPackage}, such as linux-image-amd64 or linux-image-686-pae"),
    ];

    /// <summary>Gets kernel and busybox, and builds the initramfs.</summary>
    /// <param name="kernel">A kernel's path, or null to fetch a package.</param>
    /// <param name="busybox">A busybox's path, or null to fetch a package.</param>
    /// <param name="package">The kernel's package, or null for the default.</param>
    /// <param name="folder">The cache folder.</param>
    /// <param name="report">Gets a line for everything slow.</param>
    public static LinuxGuestFiles Prepare(string? kernel, string? busybox, string? package, string folder, Action<string> report)
    {
        package ??= DefaultPackage;
        var architecture = package.Contains("686", StringComparison.Ordinal) ? "i386" : "amd64";
        kernel ??= Remembered(folder, package);
        busybox ??= Remembered(folder, "busybox-static-" + architecture);
        if ((kernel is null || busybox is null) && !DebianPackages.IsAvailable())
        {
            throw new UserErrorException(
                "linux", "this host has no apt-get, apt-cache and dpkg-deb to fetch Debian's packages with",
                "give the files: emulator linux -kernel VMLINUZ --busybox STATIC_BUSYBOX");
        }

        if (kernel is null || busybox is null)
        {
            var packages = new DebianPackages(folder, architecture, report);
            kernel ??= Remember(folder, package, FetchKernel(packages, package));
            busybox ??= Remember(folder, "busybox-static-" + architecture, FetchBusybox(packages));
        }

        var initrd = Path.Combine(folder, $"initramfs-{architecture}.cpio.gz");
        var content = BusyboxInitramfs.Build(InputFile.Read("--busybox", busybox, "give the path of a static busybox"));
        WriteAtomically(initrd, content);
        return new LinuxGuestFiles(kernel, initrd);
    }

    /// <summary>Fetches a kernel package, following a meta package to the one that holds the kernel; returns vmlinuz's path.</summary>
    public static string FetchKernel(DebianPackages packages, string name)
    {
        var package = packages.Require(name);
        if (package.Depends.FirstOrDefault(item => item.StartsWith("linux-image-", StringComparison.Ordinal)) is { } real)
        {
            package = packages.Require(real);
        }

        var boot = Path.Combine(packages.Extract(packages.Download(package)), "boot");
        return (Directory.Exists(boot) ? Directory.EnumerateFiles(boot, "vmlinuz-*").FirstOrDefault() : null)
            ?? throw new UserErrorException($"--package {name}", "it holds no boot/vmlinuz", $"name a kernel package such as {DefaultPackage}");
    }

    /// <summary>Fetches busybox-static; returns the program's path.</summary>
    public static string FetchBusybox(DebianPackages packages)
    {
        var root = packages.Fetch("busybox-static");
        string[] places = [Path.Combine(root, "bin", "busybox"), Path.Combine(root, "usr", "bin", "busybox")];
        return Array.Find(places, File.Exists)
            ?? throw new UserErrorException("package busybox-static", "it holds no busybox", "give one by --busybox FILE");
    }

    // A later run starts at once and without network: the file that was found stands in a note beside it.
    private static string? Remembered(string folder, string name)
    {
        var note = Path.Combine(folder, name + ".path");
        return File.Exists(note) && File.ReadAllText(note) is { Length: > 0 } path && File.Exists(path) ? path : null;
    }

    private static string Remember(string folder, string name, string path)
    {
        File.WriteAllText(Path.Combine(folder, name + ".path"), path);
        return path;
    }

    private static void WriteAtomically(string path, byte[] content)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(content))
            {
                return;
            }

            var partial = $"{path}.{Environment.ProcessId}";
            File.WriteAllBytes(partial, content);
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cache folder {Path.GetDirectoryName(path)}", "cannot be written (" + error.Message + ")", "set XDG_CACHE_HOME to a folder that can");
        }
    }
}
