using System.Runtime.CompilerServices;
using Emulator.Core.Memory;

namespace Emulator.Devices.Pci;

/// <summary>
/// The expansion ROM base address register (PCI Local Bus Specification 3.0, 6.2.5.2) and the ROM behind it: decoded while bit 0 of
/// the register and COMMAND bit 1 are set.
/// </summary>
internal sealed class PciRomBar : PciBar
{
    private const uint Enable = 0x1;
    private const ulong SmallestSize = 0x800;

    // 24 bits of the address lie in the register; a larger ROM than 16 MiB is none.
    private const int LargestSize = 16 << 20;
    private const int PageSize = 0x1000;
    private const byte Erased = 0xff;

    private readonly MemoryMap _memory;
    private readonly MemoryRegion _region;
    private readonly byte[] _image;

    /// <summary>Maps nothing yet; the image is padded to a power of two, of a page at least.</summary>
    public unsafe PciRomBar(string name, MemoryMap memory, int priority, ReadOnlySpan<byte> contents)
        : base(index: 0, PciBarKind.Memory32, SizeOf(contents), prefetchable: false)
    {
        _memory = memory;
        _image = GC.AllocateArray<byte>((int)Size, pinned: true);
        Array.Fill(_image, Erased);
        contents.CopyTo(_image);
        _region = memory.MapHost($"{name}.rom", 0, (byte*)Unsafe.AsPointer(ref _image[0]), Size, RegionKind.Rom, priority);
        memory.Update(_region, 0, enabled: false);
    }

    internal override int Offset => PciRegister.RomAddress;

    internal override void Declare(PciConfigSpace config) => config.Declare(Offset, 4, 0, (uint)(~(Size - 1) & ~(SmallestSize - 1)) | Enable);

    internal override ulong? Wanted(PciConfigSpace config) => (config.Dword(Offset) & Enable) != 0 ? base.Wanted(config) : null;

    internal override bool TryMap(ulong address)
    {
        _memory.Update(_region, address, enabled: true);
        MappedAt = address;
        return true;
    }

    internal override void Unmap()
    {
        if (MappedAt is { } address)
        {
            _memory.Update(_region, address, enabled: false);
            MappedAt = null;
        }
    }

    private static ulong SizeOf(ReadOnlySpan<byte> contents)
        => contents.Length is > 0 and <= LargestSize
            ? Math.Max(PageSize, System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)contents.Length))
            : throw new ArgumentException($"An expansion ROM has 1 to {LargestSize} bytes, not {contents.Length}.", nameof(contents));
}
