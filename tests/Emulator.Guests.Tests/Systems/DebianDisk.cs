using Emulator.Host.Packages;

namespace Emulator.Guests.Tests.Systems;

/// <summary>
/// A disk with an installed Debian 12, made by <c>make-debian-disk.sh</c> once and kept in the emulator's cache folder; a test gets one of its own.
/// The script needs root, and says which tools.
/// </summary>
internal static class DebianDisk
{
    /// <summary>Where its file system begins.</summary>
    public const int RootOffset = 1 << 20;

    // Goes up with the script.
    private const string Name = "debian-12-disk-1.img";

    /// <summary>A raw copy, or a qcow2 over the original as its backing file.</summary>
    public static string Make(string folder, string format)
    {
        var original = Original();
        var path = Path.Combine(folder, "disk." + format);
        if (format == "raw")
        {
            StorageGuest.Run("cp", "--sparse=always", "--reflink=auto", original, path);
        }
        else
        {
            StorageGuest.Run("qemu-img", "create", "-q", "-f", format, "-b", original, "-F", "raw", path);
        }

        return path;
    }

    /// <summary>Holds the file system to be clean; returns the contents of a file in it.</summary>
    public static byte[] Check(string folder, string disk, string format, string file)
    {
        if (format != "raw")
        {
            StorageGuest.Run("qemu-img", "check", "-q", disk);
            var raw = Path.Combine(folder, "converted.raw");
            StorageGuest.Run("qemu-img", "convert", "-O", "raw", disk, raw);
            disk = raw;
        }

        var root = $"{disk}?offset={RootOffset}";
        StorageGuest.Run("e2fsck", "-fn", root);
        var dump = Path.Combine(folder, "dump");
        StorageGuest.Run("debugfs", "-R", $"dump {file} {dump}", root);
        return File.ReadAllBytes(dump);
    }

    private static string Original()
    {
        var path = Path.Combine(DebianPackages.DefaultFolder(), Name);
        if (!File.Exists(path))
        {
            Assert.SkipUnless(CommandRunner.Exists("debootstrap"), "no debootstrap");
            var script = Path.Combine(AppContext.BaseDirectory, "Systems", "make-debian-disk.sh");
            Directory.CreateDirectory(DebianPackages.DefaultFolder());
            string[] command = [script, Mirror(), path];
            var made = Environment.IsPrivilegedProcess ? CommandRunner.Run("bash", command, null) : CommandRunner.Run("sudo", ["-n", "bash", .. command], null);
            Assert.True(made.Status == 0, $"{script} ended with {made.Status}:\n{made.Output}\n{made.Error}");
        }

        return path;
    }

    // The mirror that this host's apt takes Debian 12 from.
    private static string Mirror()
    {
        var lines = CommandRunner.Run("apt-get", ["indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)", "Created-By: Packages"], null).Output.Split('\n');
        var line = Array.Find(lines, line => line.EndsWith(" bookworm main", StringComparison.Ordinal));
        Assert.SkipWhen(line is null, "apt has no mirror of Debian 12 (bookworm)");
        return line!.Split(' ')[0];
    }
}
