using Emulator.Core.Bus;
using Emulator.Core.Memory;

namespace Emulator.Devices.Apic;

/// <summary>
/// The memory-mapped registers of all local APICs (SDM Vol. 3A, 11.4.1): an access reaches the local APIC of the CPU that makes
/// it. Each page to which some CPU has its IA32_APIC_BASE set is claimed, over whatever lies there; a CPU whose own registers
/// are elsewhere, or not mapped, reads all ones from such a page.
/// </summary>
public sealed class LocalApicWindow
{
    private const ulong PageSize = 0x1000;
    // Above all else, and no other window has it: whatever a guest moves where, two windows of one priority never overlap.
    private const int Priority = 1 << 20;

    private readonly MemoryMap _map;
    private readonly ApicBus _bus;
    private readonly Func<LocalApic> _current;
    private readonly Dictionary<ulong, MemoryRegion> _pages = [];

    /// <summary>Claims the pages of the local APICs on the bus, which must all be attached.</summary>
    /// <param name="map">The physical address space.</param>
    /// <param name="bus">The local APICs.</param>
    /// <param name="current">The local APIC of the CPU that is running.</param>
    public LocalApicWindow(MemoryMap map, ApicBus bus, Func<LocalApic> current)
    {
        _map = map;
        _bus = bus;
        _current = current;
        foreach (var local in bus.LocalApics)
        {
            local.BaseChanged = Follow;
        }

        Follow();
    }

    private void Follow()
    {
        var wanted = new HashSet<ulong>();
        foreach (var local in _bus.LocalApics)
        {
            if (local.WindowAddress is { } address)
            {
                wanted.Add(address);
            }
        }

        foreach (var (address, region) in _pages)
        {
            if (!wanted.Contains(address))
            {
                _map.Remove(region);
                _pages.Remove(address);
            }
        }

        foreach (var address in wanted)
        {
            if (!_pages.ContainsKey(address))
            {
                _pages[address] = _map.MapMmio("lapic", address, PageSize, new Page(this, address), Priority);
            }
        }
    }

    /// <summary>One claimed page.</summary>
    private sealed class Page(LocalApicWindow window, ulong address) : IMmioHandler
    {
        public ulong ReadMmio(ulong offset, int size)
        {
            var local = window._current();
            return local.WindowAddress == address ? local.ReadWindow(offset, size) : ulong.MaxValue;
        }

        public void WriteMmio(ulong offset, int size, ulong value)
        {
            var local = window._current();
            if (local.WindowAddress == address)
            {
                local.WriteWindow(offset, size, value);
            }
        }
    }
}
