using Emulator.Host.Cli;
using Emulator.Host.Packages;

namespace Emulator.Guests.Tests.Bios;

/// <summary>A bootable CD that is made of Debian's boot loaders, in a folder that goes with it.</summary>
internal sealed class BootDisc : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("disc-");

    /// <summary>The image's path.</summary>
    public string Path => System.IO.Path.Combine(_folder.FullName, "disc.iso");

    private string Content => System.IO.Path.Combine(_folder.FullName, "content");

    /// <summary>A file of a Debian package: the installed one, or one of the cache; a package that cannot be had skips the test.</summary>
    public static string FileOf(string package, string path)
    {
        var installed = "/" + path;
        if (File.Exists(installed))
        {
            return installed;
        }

        try
        {
            return System.IO.Path.Combine(new DebianPackages(DebianPackages.DefaultFolder(), "amd64", _ => { }).Fetch(package), path);
        }
        catch (UserErrorException reason)
        {
            Assert.Skip(reason.Message);
            throw;
        }
    }

    /// <summary>Copies a file onto the disc.</summary>
    public BootDisc Add(string name, string file)
    {
        File.Copy(file, Place(name), overwrite: true);
        return this;
    }

    /// <summary>Makes it bootable by ISOLINUX, with the modules that are named and what they need.</summary>
    public BootDisc WithIsolinux(string configuration, params IReadOnlyList<string> modules)
    {
        Add("isolinux/isolinux.bin", FileOf("isolinux", "usr/lib/ISOLINUX/isolinux.bin"));
        foreach (var module in (string[])["ldlinux", "libcom32", "libutil", .. modules])
        {
            Add($"isolinux/{module}.c32", FileOf("syslinux-common", $"usr/lib/syslinux/modules/bios/{module}.c32"));
        }

        File.WriteAllText(Place("isolinux/isolinux.cfg"), configuration);
        return Make("isolinux/isolinux.bin", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table");
    }

    /// <summary>Makes it bootable by a file of it that the BIOS shows as a floppy, or as a disk with <c>-hard-disk-boot</c>.</summary>
    public BootDisc WithEmulation(string image, params IReadOnlyList<string> options) => Make(image, options);

    /// <summary>Makes it bootable by GRUB, by a BIOS and by UEFI, with its configuration.</summary>
    public BootDisc WithGrub(string configuration)
    {
        // Without the modules of a platform grub-mkrescue makes a disc that does not start there, and says nothing.
        Assert.SkipUnless(Directory.Exists("/usr/lib/grub/i386-pc"), "no grub-pc-bin");
        Assert.SkipUnless(Directory.Exists("/usr/lib/grub/x86_64-efi"), "no grub-efi-amd64-bin");
        File.WriteAllText(Place("boot/grub/grub.cfg"), configuration);
        Run("grub-mkrescue", "-o", Path, Content);
        return this;
    }

    /// <summary>Copies a folder onto the disc.</summary>
    public BootDisc AddFolder(string name, string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            Add($"{name}/{System.IO.Path.GetRelativePath(folder, file)}", file);
        }

        return this;
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    private BootDisc Make(string image, params IReadOnlyList<string> options)
    {
        Run("xorriso", ["-as", "mkisofs", "-R", "-o", Path, "-b", image, "-c", "boot.cat", .. options, Content]);
        return this;
    }

    private static void Run(string program, params IReadOnlyList<string> arguments)
    {
        Assert.SkipUnless(CommandRunner.Exists(program), $"no {program}");
        var result = CommandRunner.Run(program, arguments, null);
        Assert.True(result.Status == 0, result.Error);
    }

    private string Place(string name)
    {
        var path = System.IO.Path.Combine(Content, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        return path;
    }
}
