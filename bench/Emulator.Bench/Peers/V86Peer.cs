using System.Globalization;
using Emulator.Host.Packages;

namespace Emulator.Bench.Peers;

/// <summary>v86, a translator to WebAssembly for 32-bit processors, under Node.</summary>
internal sealed class V86Peer : IPeer
{
    private const string Bios = "/usr/share/seabios/bios.bin";
    private const string VgaBios = "/usr/share/seabios/vgabios-stdvga.bin";

    private const string Script =
        """
        import fs from "node:fs";
        import path from "node:path";
        import { pathToFileURL } from "node:url";
        const [library, bios, vga, kernel, initrd, memory, commandLine] = process.argv.slice(2);
        const { V86 } = await import(pathToFileURL(path.join(library, "build", "libv86.mjs")));
        const load = file => {
          const bytes = fs.readFileSync(file);
          return { buffer: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) };
        };
        const machine = new V86({
          wasm_path: path.join(library, "build", "v86.wasm"), bios: load(bios), vga_bios: load(vga), bzimage: load(kernel), initrd: load(initrd),
          cmdline: commandLine, memory_size: Number(memory) * 1024 * 1024, vga_memory_size: 8 * 1024 * 1024,
          autostart: true, disable_keyboard: true, disable_mouse: true, disable_speaker: true,
        });
        machine.add_listener("serial0-output-byte", byte => process.stdout.write(String.fromCharCode(byte)));

        """;

    private static string Library => Path.Combine(InstallFolder, "node_modules", "v86");

    private static string InstallFolder => Path.Combine(DebianPackages.DefaultFolder(), "v86");

    /// <inheritdoc/>
    public string Name => "v86";

    /// <inheritdoc/>
    public string? Missing
        => !CommandRunner.Exists("node") || !File.Exists(Bios) || !File.Exists(VgaBios) ? "apt-get install nodejs npm seabios"
            : File.Exists(Path.Combine(Library, "build", "libv86.mjs")) ? null
            : $"npm install --prefix {InstallFolder} v86";

    /// <inheritdoc/>
    public bool Boots(Guest guest) => !guest.Is64Bit;

    /// <inheritdoc/>
    public PeerCommand Prepare(LinuxGuestFiles files, string folder)
    {
        var script = Path.Combine(folder, "boot.mjs");
        File.WriteAllText(script, Script);
        return new PeerCommand(
            "node",
            [script, Library, Bios, VgaBios, files.Kernel, files.Initrd, Guest.Memory.ToString(CultureInfo.InvariantCulture), Guest.CommandLine]);
    }
}
