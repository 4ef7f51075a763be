using Emulator.Core.Bus;
using Emulator.Core.Memory;

namespace Emulator.Devices.Pci;

/// <summary>What a base address register decodes (PCI Local Bus Specification 3.0, 6.2.5.1).</summary>
public enum PciBarKind
{
    Io,
    Memory32,
    Memory64,
}

/// <summary>
/// One base address register and its window on the port bus or in the memory map. A window that the guest puts over ports in use is
/// not decoded until they are free; one over RAM or a fixed device is hidden by it.
/// </summary>
public abstract class PciBar
{
    private const uint IoSpace = 0x1;
    private const uint Type64 = 0x4;
    private const uint PrefetchableBit = 0x8;

    private protected PciBar(int index, PciBarKind kind, ulong size, bool prefetchable)
    {
        if (!ulong.IsPow2(size) || size < (kind == PciBarKind.Io ? 4u : 16u))
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "A BAR's size is a power of two, of at least 4 ports or 16 bytes.");
        }

        Index = index;
        Kind = kind;
        Size = size;
        Flags = kind switch
        {
            PciBarKind.Io => IoSpace,
            PciBarKind.Memory64 => Type64,
            _ => 0,
        };
        Flags |= prefetchable ? PrefetchableBit : 0;
    }

    /// <summary>0-5.</summary>
    public int Index { get; }

    /// <summary>What it decodes.</summary>
    public PciBarKind Kind { get; }

    /// <summary>Ports or bytes.</summary>
    public ulong Size { get; }

    /// <summary>Where the window is mapped; null while it is not.</summary>
    public ulong? MappedAt { get; private protected set; }

    internal uint Flags { get; }

    internal virtual int Offset => PciRegister.BaseAddress + (4 * Index);

    internal virtual void Declare(PciConfigSpace config)
    {
        var writable = ~(Size - 1) & (Kind == PciBarKind.Io ? 0xfffffffcul : ~0xful);
        config.Declare(Offset, 4, Flags, (uint)writable);
        if (Kind == PciBarKind.Memory64)
        {
            config.Declare(Offset + 4, 4, 0, (uint)(writable >> 32));
        }
    }

    /// <summary>Where the registers ask for the window; null when they do not ask for a usable place.</summary>
    internal virtual ulong? Wanted(PciConfigSpace config)
    {
        var command = config.Word(PciRegister.Command);
        var enable = Kind == PciBarKind.Io ? PciRegister.CommandIo : PciRegister.CommandMemory;
        if ((command & enable) == 0)
        {
            return null;
        }

        var address = (ulong)config.Dword(Offset) & ~(Size - 1) & ~0xful;
        var limit = Kind switch
        {
            PciBarKind.Io => 0x1_0000ul,
            PciBarKind.Memory32 => 0x1_0000_0000ul,
            _ => 1ul << 52,
        };
        if (Kind == PciBarKind.Io)
        {
            address = config.Dword(Offset) & ~(Size - 1) & ~0x3ul;
        }
        else if (Kind == PciBarKind.Memory64)
        {
            address |= (ulong)config.Dword(Offset + 4) << 32;
        }

        return address != 0 && address < limit && limit - address >= Size ? address : null;
    }

    /// <summary>Tries to map at <paramref name="address"/>; false when it is taken.</summary>
    internal abstract bool TryMap(ulong address);

    internal abstract void Unmap();
}

/// <summary>A window of I/O ports.</summary>
internal sealed class PciIoBar(int index, ulong size, string name, IoPortBus ports, IPortHandler handler)
    : PciBar(index, PciBarKind.Io, size, prefetchable: false)
{
    private PortClaim? _claim;

    internal override bool TryMap(ulong address)
    {
        if (!ports.IsFree((ushort)address, (int)Size))
        {
            return false;
        }

        _claim = ports.Claim(name, (ushort)address, (int)Size, handler);
        MappedAt = address;
        return true;
    }

    internal override void Unmap()
    {
        if (_claim is not null)
        {
            ports.Release(_claim);
            _claim = null;
            MappedAt = null;
        }
    }
}

/// <summary>A window of memory, whose region exists from assembly on and is moved, shown and hidden.</summary>
internal sealed class PciMemoryBar(int index, PciBarKind kind, ulong size, bool prefetchable, MemoryMap memory, MemoryRegion region)
    : PciBar(index, kind, size, prefetchable)
{
    internal override bool TryMap(ulong address)
    {
        memory.Update(region, address, enabled: true);
        MappedAt = address;
        return true;
    }

    internal override void Unmap()
    {
        if (MappedAt is { } address)
        {
            memory.Update(region, address, enabled: false);
            MappedAt = null;
        }
    }
}
