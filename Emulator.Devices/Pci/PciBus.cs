using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Pci;

/// <summary>Takes the PCI interrupt request wires of a bus.</summary>
public interface IPirqSink
{
    /// <summary>The PIRQ (0-7 for A-H) to which a slot's interrupt pin (0-3 for INTA#-INTD#) is wired.</summary>
    int PirqOf(int slot, int pin);

    /// <summary>Sets a PIRQ: whether any pin wired to it is asserted.</summary>
    void SetPirq(int pirq, bool asserted);
}

/// <summary>
/// PCI bus 0 (PCI Local Bus Specification 3.0): 32 slots of 8 functions, their windows and their interrupt pins. Devices attach
/// at assembly. Its own state is only which interrupt pins are asserted.
/// </summary>
public sealed class PciBus(MemoryMap memory, IoPortBus ports) : IDevice
{
    private const int Pirqs = 8;

    private readonly PciDevice?[] _functions = new PciDevice?[256];
    private readonly List<PciDevice> _devices = [];
    private readonly int[] _asserted = new int[Pirqs];
    private int _regions;

    /// <inheritdoc/>
    public string StateName => "pci";

    /// <inheritdoc/>
    public int StateVersion => 2;

    /// <summary>The machine's memory, for windows and DMA.</summary>
    public MemoryMap Memory => memory;

    /// <summary>The machine's ports, for windows.</summary>
    public IoPortBus Ports => ports;

    /// <summary>The attached functions, in order of attachment.</summary>
    public IReadOnlyList<PciDevice> Devices => _devices;

    /// <summary>Where the interrupt pins end.</summary>
    public IPirqSink? InterruptSink { get; set; }

    /// <summary>The function at a slot and function number; null where there is none.</summary>
    public PciDevice? At(int devfn) => _functions[devfn & 0xff];

    /// <summary>The first slot from <paramref name="from"/> on with no function 0.</summary>
    public int FreeDevfn(int from = 2 << 3)
    {
        for (var devfn = from; devfn < 256; devfn += 8)
        {
            if (_functions[devfn] is null)
            {
                return devfn;
            }
        }

        throw new InvalidOperationException("All 32 slots of PCI bus 0 are taken.");
    }

    /// <summary>Reads configuration space; all ones where nothing answers. The access does not cross a double word.</summary>
    public uint ReadConfig(int devfn, int offset, int size) => At(devfn)?.ReadConfig(offset, size) ?? uint.MaxValue;

    /// <summary>Writes configuration space.</summary>
    public void WriteConfig(int devfn, int offset, int size, uint value) => At(devfn)?.WriteConfig(offset, size, value);

    /// <inheritdoc/>
    public void Reset() => Array.Clear(_asserted);

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        foreach (var count in _asserted)
        {
            writer.Write(count);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        for (var i = 0; i < _asserted.Length; i++)
        {
            _asserted[i] = reader.ReadInt32();
        }
    }

    internal void Attach(PciDevice device)
    {
        if (_functions[device.Devfn] is { } other)
        {
            throw new InvalidOperationException(
                $"PCI {device.Devfn >> 3:x2}.{device.Devfn & 7} of '{device.StateName}' is taken by '{other.StateName}'.");
        }

        _functions[device.Devfn] = device;
        _devices.Add(device);
    }

    // Each window has a priority of its own below RAM, so that the guest may let windows overlap and can never cover RAM.
    internal int NextRegionPriority() => -1 - _regions++;

    internal void SetPin(int devfn, int pin, bool asserted)
    {
        if (InterruptSink is not { } sink)
        {
            return;
        }

        var pirq = sink.PirqOf(devfn >> 3, pin);
        var before = _asserted[pirq];
        _asserted[pirq] = Math.Max(0, before + (asserted ? 1 : -1));
        if ((before == 0) != (_asserted[pirq] == 0))
        {
            sink.SetPirq(pirq, asserted);
        }
    }

    /// <summary>The wiring of pins to PIRQs has changed: each PIRQ follows the pins that it has now.</summary>
    internal void Rewire()
    {
        Array.Clear(_asserted);
        foreach (var device in _devices)
        {
            if (device.AssertedPin is { } pin)
            {
                _asserted[InterruptSink!.PirqOf(device.Devfn >> 3, pin)]++;
            }
        }

        for (var pirq = 0; pirq < Pirqs; pirq++)
        {
            InterruptSink!.SetPirq(pirq, _asserted[pirq] > 0);
        }
    }

    /// <summary>Makes windows follow their registers: first gives up what moved, then maps what can be mapped.</summary>
    internal void UpdateWindows()
    {
        foreach (var device in _devices)
        {
            device.ReleaseMovedWindows();
        }

        foreach (var device in _devices)
        {
            device.MapWindows();
        }
    }
}
