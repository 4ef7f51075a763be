namespace Emulator.Host.Images.Qcow2;

/// <summary>Opens what an image names as its backing file.</summary>
public delegate IDiskImage BackingOpener(string name, string? format);

/// <summary>An image in QEMU's qcow2 format.</summary>
public static class Qcow2Image
{
    /// <summary>Opens an image.</summary>
    public static IDiskImage Open(ImageFile file, BackingOpener? openBacking)
        => throw new ImageException(file.Path, "qcow2 is not supported yet", "convert it: qemu-img convert -O raw");

    /// <summary>A disk whose writes go to a temporary file over <paramref name="backing"/>.</summary>
    public static IDiskImage CreateTemporary(IDiskImage backing)
        => throw new ImageException(backing.Path, "snapshot=on is not supported yet", "leave it out");
}
