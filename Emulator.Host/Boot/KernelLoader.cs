using Emulator.Core.Memory;

namespace Emulator.Host.Boot;

/// <summary>Finds out what kind of kernel an image is, and loads it.</summary>
public static class KernelLoader
{
    /// <summary>What <c>-kernel</c> takes, for messages.</summary>
    public const string Kinds = "give a Linux bzImage, an ELF kernel with a PVH entry, or a Multiboot 1 kernel";

    /// <summary>
    /// Places the kernel in memory and returns the registers it starts with. The order is QEMU's: Linux, Multiboot, PVH.
    /// </summary>
    /// <exception cref="BootException">The image is no kernel, or cannot be loaded here.</exception>
    public static BootState Load(BootRequest request, MemoryMap memory, int serialPorts = 1)
    {
        LowMemory.WriteBiosDataArea(memory, serialPorts);
        RealModeVectors.Write(memory);
        if (LinuxSetupHeader.IsPresent(request.Head))
        {
            return LinuxLoader.Load(request, memory);
        }

        var image = request.Kernel;
        if (MultibootHeader.Find(image) is { } header)
        {
            return MultibootLoader.Load(request, memory, header);
        }

        if (ElfImage.IsPresent(image))
        {
            var elf = ElfImage.Read(request);
            return PvhLoader.FindEntry(elf, image) is { } entry
                ? PvhLoader.Load(request, memory, elf, entry)
                : throw new BootException(request.Subject, "an ELF file without a PVH note and without a Multiboot header", Kinds);
        }

        throw new BootException(request.Subject, Describe(image), Kinds);
    }

    /// <summary>Places a Multiboot kernel alone: the firmware's data areas and vectors stay.</summary>
    /// <exception cref="BootException">The image is no Multiboot kernel, or cannot be loaded here.</exception>
    public static BootState LoadMultiboot(BootRequest request, MemoryMap memory)
        => MultibootHeader.Find(request.Kernel) is { } header
            ? MultibootLoader.Load(request, memory, header)
            : throw new BootException(request.Subject, "no Multiboot kernel any more", Kinds);

    private static string Describe(ReadOnlySpan<byte> image) => image switch
    {
        [] => "an empty file",
        [0x1f, 0x8b, ..] => "a gzip archive, no kernel",
        [0xfd, (byte)'7', (byte)'z', ..] => "an xz archive, no kernel",
        _ when image.StartsWith("070701"u8) => "a cpio archive, no kernel (it belongs to -initrd)",
        _ when image.StartsWith("!<arch>"u8) => "a package or library, no kernel",
        _ when image.Length >= 0x8006 && image.Slice(0x8001, 5).SequenceEqual("CD001"u8) => "a CD image, no kernel",
        _ when image.Length < 0x206 && image is [(byte)'M', (byte)'Z', ..] => "a truncated Linux image",
        _ => "no kernel that is known here",
    };
}
