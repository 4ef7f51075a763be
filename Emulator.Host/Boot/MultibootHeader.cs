using static Emulator.Host.Boot.LowMemory;

namespace Emulator.Host.Boot;

/// <summary>The addresses of header flag 16, which replace an ELF file's program headers.</summary>
internal readonly record struct MultibootAddresses(uint Header, uint Load, uint LoadEnd, uint BssEnd, uint Entry);

/// <summary>A Multiboot 1 header: Multiboot Specification 0.6.96, 3.1 "OS image format".</summary>
/// <param name="Offset">Where in the file it stands.</param>
/// <param name="Flags">What the kernel asks for.</param>
internal readonly record struct MultibootHeader(int Offset, uint Flags)
{
    /// <summary>The kernel asks for a video mode.</summary>
    public const uint VideoFlag = 1u << 2;

    private const uint Magic = 0x1bad_b002;
    private const int SearchLength = 8192;
    private const uint AddressesFlag = 1u << 16;
    private const uint KnownRequirements = 0x7;

    /// <summary>Whether <see cref="ReadAddresses"/> says how to load the image.</summary>
    public bool HasAddresses => (Flags & AddressesFlag) != 0;

    /// <summary>Requirements (flags 0 to 15) that this loader does not know, and must refuse.</summary>
    public uint UnknownRequirements => Flags & 0xffff & ~KnownRequirements;

    /// <summary>Finds the header: 32-bit aligned, wholly in the first 8 KiB, magic, flags and checksum adding up to zero.</summary>
    public static MultibootHeader? Find(ReadOnlySpan<byte> image)
    {
        for (var offset = 0; offset + 12 <= Math.Min(image.Length, SearchLength); offset += 4)
        {
            if (U32(image, offset) == Magic && unchecked(Magic + U32(image, offset + 4) + U32(image, offset + 8)) == 0)
            {
                return new MultibootHeader(offset, U32(image, offset + 4));
            }
        }

        return null;
    }

    /// <summary>Reads the address fields; null when the image ends before them.</summary>
    public MultibootAddresses? ReadAddresses(ReadOnlySpan<byte> image)
        => Offset + 32 > image.Length
            ? null
            : new MultibootAddresses(
                U32(image, Offset + 12), U32(image, Offset + 16), U32(image, Offset + 20), U32(image, Offset + 24), U32(image, Offset + 28));
}
