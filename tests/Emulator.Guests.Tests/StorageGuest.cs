using System.Diagnostics;
using Emulator.Host.Packages;

namespace Emulator.Guests.Tests;

/// <summary>
/// Debian's standard kernel with modules in its initramfs, those for disks unless others are asked for, and images made by the host's tools. What the host lacks
/// skips the test that needs it.
/// </summary>
internal sealed class StorageGuest : IDisposable
{
    // In an order in which each finds what it needs.
    private static readonly string[] Modules =
    [
        "crypto/crct10dif_common", "crypto/crct10dif_generic", "lib/crc-t10dif", "lib/crc64", "crypto/crc64_rocksoft_generic", "lib/crc64-rocksoft",
        "block/t10-pi", "drivers/scsi/scsi_common", "drivers/scsi/scsi_mod", "drivers/ata/libata", "drivers/ata/ata_piix", "drivers/ata/libahci",
        "drivers/ata/ahci", "drivers/scsi/sd_mod", "drivers/cdrom/cdrom", "drivers/scsi/sr_mod", "drivers/block/floppy", "crypto/crc32c_generic",
        "lib/crc16", "fs/mbcache", "fs/jbd2/jbd2", "fs/ext4/ext4", "fs/isofs/isofs", "fs/fat/fat", "fs/fat/vfat", "fs/nls/nls_cp437", "fs/nls/nls_ascii",
    ];

    private readonly DebianFiles _files;

    /// <summary>Makes the initramfs, with modules for disks and those that are named, in an order in which each finds what it needs.</summary>
    public StorageGuest(DebianGuests guests, params IReadOnlyList<string> modules)
    {
        Folder = Directory.CreateTempSubdirectory("emulator-storage-").FullName;
        _files = guests.Get("linux-image-amd64");
        _files = _files with { Initrd = MakeInitramfs(_files.Kernel, modules) };
    }

    /// <summary>A folder of the test's own.</summary>
    public string Folder { get; }

    /// <summary>A file's path in the folder.</summary>
    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Boots it to the shell.</summary>
    public LinuxShell Boot(params IReadOnlyList<string> arguments)
    {
        var shell = new LinuxShell(_files, arguments);
        shell.WaitForShell();
        return shell;
    }

    /// <summary>The command line of a process that boots it to the shell.</summary>
    public string[] Arguments(params IReadOnlyList<string> arguments)
        => ["-m", "512", "-kernel", _files.Kernel, "-initrd", _files.Initrd, "-append", "console=ttyS0 quiet panic=-1", .. arguments];

    /// <summary>Runs a tool of the host's; returns what it wrote.</summary>
    public static string Run(string tool, params IReadOnlyList<string> arguments)
    {
        var path = Array.Find([$"/usr/bin/{tool}", $"/usr/sbin/{tool}", $"/sbin/{tool}"], File.Exists);
        if (path is null)
        {
            Assert.Skip($"{tool} is not installed");
        }

        using var process = Process.Start(new ProcessStartInfo(path!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{tool} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}{errors.Result}");
        return output;
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private string MakeInitramfs(string kernel, IReadOnlyList<string> others)
    {
        var root = Path.GetDirectoryName(Path.GetDirectoryName(kernel))!;
        var modules = Directory.GetDirectories(Path.Combine(root, "lib", "modules")).Single();
        var files = Modules.Concat(others).Select((name, i) => ($"tmp/{i:d2}.ko", File.ReadAllBytes(Path.Combine(modules, "kernel", name + ".ko")), 0x1a4)).ToArray();
        var busybox = LinuxGuest.FetchBusybox(new DebianPackages(DebianPackages.DefaultFolder(), "amd64", _ => { }));
        var init = BusyboxInitramfs.DefaultInit.ReplaceLineEndings("\n").Replace(
            "cd /root\n", "for m in /tmp/*.ko; do insmod $m; done\nsleep 1\ncd /root\n", StringComparison.Ordinal);
        var path = PathOf("initramfs.gz");
        File.WriteAllBytes(path, BusyboxInitramfs.Build(File.ReadAllBytes(busybox), init, files));
        return path;
    }
}
