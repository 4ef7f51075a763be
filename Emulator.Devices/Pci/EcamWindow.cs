using Emulator.Core.Bus;
using Emulator.Core.Memory;

namespace Emulator.Devices.Pci;

/// <summary>
/// The memory-mapped configuration space (PCI Express Base Specification 3.0, 7.2.2): 4 KiB for each function, of which devices here have
/// the first 256 bytes; the rest reads as zeros, which is an empty list of extended capabilities.
/// </summary>
internal sealed class EcamWindow(PciBus bus) : IMmioHandler
{
    private const int FunctionShift = 12;
    private const int BusShift = 20;

    private MemoryRegion? _region;

    /// <summary>Where the window is; null while it is nowhere.</summary>
    public ulong? Address => _region?.Start;

    /// <summary>Moves the window; a length of zero takes it away.</summary>
    public void Place(ulong address, ulong length)
    {
        if (_region is { } region && region.Start == address && region.Length == length)
        {
            return;
        }

        if (_region is { } old)
        {
            bus.Memory.Remove(old);
            _region = null;
        }

        if (length > 0)
        {
            _region = bus.Memory.MapMmio("ecam", address, length, this, PcPlatform.EcamPriority);
        }
    }

    /// <inheritdoc/>
    public ulong ReadMmio(ulong offset, int size)
    {
        var value = 0ul;
        for (var done = 0; done < size;)
        {
            var at = offset + (ulong)done;
            var count = Piece(at, size - done);
            value |= (ulong)Read(at, count) << (8 * done);
            done += count;
        }

        return value;
    }

    /// <inheritdoc/>
    public void WriteMmio(ulong offset, int size, ulong value)
    {
        for (var done = 0; done < size;)
        {
            var at = offset + (ulong)done;
            var count = Piece(at, size - done);
            if (At(at) is { } device && Register(at) < PciConfigSpace.Size)
            {
                device.WriteConfig(Register(at), count, (uint)(value >> (8 * done)) & Mask(count));
            }

            done += count;
        }
    }

    private uint Read(ulong at, int count)
        => At(at) is not { } device ? Mask(count)
            : Register(at) < PciConfigSpace.Size ? device.ReadConfig(Register(at), count) & Mask(count) : 0;

    private PciDevice? At(ulong offset) => offset >> BusShift == 0 ? bus.At((int)(offset >> FunctionShift)) : null;

    private static int Register(ulong offset) => (int)(offset & ((1 << FunctionShift) - 1));

    // The largest power of two that fits and does not cross a double word.
    private static int Piece(ulong offset, int left)
    {
        var size = 4 - (int)(offset & 3);
        while (size > left || size == 3)
        {
            size = size == 3 ? 1 : size >> 1;
        }

        return size;
    }

    private static uint Mask(int bytes) => bytes == 4 ? uint.MaxValue : (1u << (8 * bytes)) - 1;
}
