using Emulator.Host.Packages;

namespace Emulator.Bench.Peers;

/// <summary>Bochs, an interpreter. It has no loader for kernels: GRUB boots them from an image of a CD.</summary>
internal sealed class BochsPeer : IPeer
{
    private const string Bios = "/usr/share/bochs/BIOS-bochs-latest";
    private const string VgaBios = "/usr/share/bochs/VGABIOS-lgpl-latest";

    /// <inheritdoc/>
    public string Name => "Bochs";

    /// <inheritdoc/>
    public string? Missing
        => CommandRunner.Exists("bochs") && CommandRunner.Exists("grub-mkrescue") && CommandRunner.Exists("xorriso") && CommandRunner.Exists("mformat")
            && File.Exists(Bios)
            && File.Exists(VgaBios) && Directory.Exists("/usr/lib/grub/i386-pc")
            ? null
            : "apt-get install bochs bochs-term bochsbios vgabios grub-pc-bin grub-common xorriso mtools";

    /// <inheritdoc/>
    public bool Boots(Guest guest) => true;

    /// <inheritdoc/>
    public PeerCommand Prepare(LinuxGuestFiles files, string folder)
    {
        var image = MakeImage(files, folder);
        var configuration = Path.Combine(folder, "bochsrc");
        File.WriteAllText(configuration, Configuration(image, Path.Combine(folder, "bochs.log")));

        // Debian's build has the debugger, which waits for a command before the first instruction.
        var commands = Path.Combine(folder, "commands");
        File.WriteAllText(commands, "c\n");
        return new PeerCommand("bochs", ["-q", "-f", configuration, "-rc", commands]);
    }

    private static string MakeImage(LinuxGuestFiles files, string folder)
    {
        var tree = Path.Combine(folder, "tree");
        Directory.CreateDirectory(Path.Combine(tree, "boot", "grub"));
        File.Copy(files.Kernel, Path.Combine(tree, "boot", "kernel"), overwrite: true);
        File.Copy(files.Initrd, Path.Combine(tree, "boot", "initrd"), overwrite: true);
        File.WriteAllText(
            Path.Combine(tree, "boot", "grub", "grub.cfg"),
            $"""
            set timeout=0
            set gfxpayload=text
            linux /boot/kernel {Guest.CommandLine}
            initrd /boot/initrd
            boot

            """);
        var image = Path.Combine(folder, "guest.iso");
        var made = CommandRunner.Run("grub-mkrescue", ["-d", "/usr/lib/grub/i386-pc", "-o", image, tree], folder);
        return made.Status == 0 ? image : throw new UsageException("grub-mkrescue: " + made.Error.ReplaceLineEndings(" "));
    }

    // The clock is not held back, and the display is one that waits for no viewer.
    private static string Configuration(string image, string log) =>
        $"""
        config_interface: textconfig
        display_library: rfb, options="timeout=0"
        memory: guest={Guest.Memory}, host={Guest.Memory}
        romimage: file={Bios}
        vgaromimage: file={VgaBios}
        cpu: model=core2_penryn_t9600, count=1, ips=100000000
        clock: sync=none
        ata0-master: type=cdrom, path="{image}", status=inserted
        boot: cdrom
        com1: enabled=1, mode=file, dev=/dev/stdout
        log: {log}
        panic: action=fatal
        error: action=ignore
        info: action=ignore
        debug: action=ignore

        """;
}
