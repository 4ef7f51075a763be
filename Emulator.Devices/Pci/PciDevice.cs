using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Pci;

/// <summary>The constant part of a configuration header.</summary>
/// <param name="VendorId">Vendor.</param>
/// <param name="DeviceId">Device.</param>
/// <param name="ClassCode">Base class, sub-class and programming interface: 24 bits.</param>
public sealed record PciIdentity(ushort VendorId, ushort DeviceId, uint ClassCode)
{
    /// <summary>Revision.</summary>
    public byte Revision { get; init; }

    /// <summary>Subsystem vendor; 0 when the function has no subsystem.</summary>
    public ushort SubsystemVendorId { get; init; }

    /// <summary>Subsystem.</summary>
    public ushort SubsystemId { get; init; }

    /// <summary>0 for none, 1-4 for INTA#-INTD#.</summary>
    public byte InterruptPin { get; init; }

    /// <summary>Whether the slot has further functions.</summary>
    public bool Multifunction { get; init; }
}

/// <summary>
/// A function on the PCI bus (PCI Local Bus Specification 3.0, chapter 6): header, windows and interrupt pin. A device declares its
/// own registers in <see cref="Config"/> and its windows in its constructor.
/// </summary>
public abstract class PciDevice : IDevice
{
    private const ushort WritableCommand = PciRegister.CommandIo | PciRegister.CommandMemory | PciRegister.CommandMaster
        | PciRegister.CommandParity | PciRegister.CommandSerr | PciRegister.CommandIntxDisable;

    private readonly List<PciBar> _bars = [];
    private readonly List<PciBar> _windows = [];
    private readonly int _pin;
    private bool _interrupt;
    private bool _pinAsserted;

    /// <summary>Attaches to the bus and declares the header.</summary>
    protected PciDevice(PciBus bus, int devfn, string name, PciIdentity identity)
    {
        Bus = bus;
        Devfn = devfn;
        StateName = name;
        _pin = identity.InterruptPin - 1;
        Config.Declare(PciRegister.VendorId, 2, identity.VendorId);
        Config.Declare(PciRegister.DeviceId, 2, identity.DeviceId);
        Config.Declare(PciRegister.Command, 2, 0, WritableCommand);
        Config.Declare(PciRegister.Status, 2, 0, 0, PciRegister.StatusErrors);
        Config.Declare(PciRegister.Revision, 1, identity.Revision);
        Config.Declare(PciRegister.ClassCode, 3, identity.ClassCode);
        Config.Declare(PciRegister.CacheLineSize, 1, 0, 0xff);
        Config.Declare(PciRegister.LatencyTimer, 1, 0, 0xff);
        Config.Declare(PciRegister.HeaderType, 1, identity.Multifunction ? PciRegister.HeaderMultifunction : 0u);
        Config.Declare(PciRegister.SubsystemVendorId, 2, identity.SubsystemVendorId);
        Config.Declare(PciRegister.SubsystemId, 2, identity.SubsystemId);
        Config.Declare(PciRegister.InterruptLine, 1, 0, 0xff);
        Config.Declare(PciRegister.InterruptPin, 1, identity.InterruptPin);
        bus.Attach(this);
    }

    /// <inheritdoc/>
    public string StateName { get; }

    /// <inheritdoc/>
    public virtual int StateVersion => 1;

    /// <summary>The bus.</summary>
    public PciBus Bus { get; }

    /// <summary>Slot number times 8 plus function number.</summary>
    public int Devfn { get; }

    /// <summary>The configuration space.</summary>
    public PciConfigSpace Config { get; } = new();

    /// <summary>The windows, by BAR.</summary>
    public IReadOnlyList<PciBar> Bars => _bars;

    /// <summary>The expansion ROM's window; null where there is none.</summary>
    public PciBar? Rom { get; private set; }

    /// <summary>Whether the function may access memory by itself (COMMAND bit 2).</summary>
    public bool IsBusMaster => (Config.Word(PciRegister.Command) & PciRegister.CommandMaster) != 0;

    /// <summary>Reads configuration space.</summary>
    public virtual uint ReadConfig(int offset, int size) => Config.Read(offset, size);

    /// <summary>Writes configuration space and lets windows, the interrupt pin and the device itself follow.</summary>
    public void WriteConfig(int offset, int size, uint value)
    {
        Config.Write(offset, size, value);
        if (offset < PciRegister.RomAddress + sizeof(uint))
        {
            Bus.UpdateWindows();
            UpdatePin();
        }

        OnConfigWritten(offset, size);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        Config.Reset();
        _interrupt = false;
        UpdatePin();
        Bus.UpdateWindows();
        ResetDevice();
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        Config.Save(writer);
        writer.Write(_interrupt);
        writer.Write(_pinAsserted);
        SaveDevice(writer);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        Config.Load(reader);
        _interrupt = reader.ReadBoolean();
        _pinAsserted = reader.ReadBoolean();
        LoadDevice(reader);
        Bus.UpdateWindows();
    }

    /// <summary>The interrupt pin (0-3) while the function asserts it; null while it does not.</summary>
    internal int? AssertedPin => _pinAsserted ? _pin : null;

    internal void ReleaseMovedWindows()
    {
        foreach (var bar in _windows)
        {
            if (bar.MappedAt is not null && bar.MappedAt != bar.Wanted(Config))
            {
                bar.Unmap();
            }
        }
    }

    internal void MapWindows()
    {
        foreach (var bar in _windows)
        {
            if (bar.MappedAt is null && bar.Wanted(Config) is { } address)
            {
                bar.TryMap(address);
            }
        }
    }

    /// <summary>Adds a window of I/O ports.</summary>
    protected PciBar AddIoBar(int index, int size, IPortHandler handler)
        => Add(new PciIoBar(index, (ulong)size, $"{StateName}.bar{index}", Bus.Ports, handler));

    /// <summary>Adds a window of device memory.</summary>
    protected PciBar AddMemoryBar(int index, PciBarKind kind, ulong size, IMmioHandler handler, bool prefetchable = false)
    {
        var region = Bus.Memory.MapMmio($"{StateName}.bar{index}", 0, size, handler, Bus.NextRegionPriority());
        Bus.Memory.Update(region, 0, enabled: false);
        return Add(new PciMemoryBar(index, kind, size, prefetchable, Bus.Memory, region));
    }

    /// <summary>Adds a window of host memory that the guest reads and writes directly, such as a frame buffer; the caller keeps it alive.</summary>
    protected unsafe PciBar AddHostMemoryBar(int index, PciBarKind kind, ulong size, byte* host)
    {
        var region = Bus.Memory.MapHost($"{StateName}.bar{index}", 0, host, size, RegionKind.Ram, Bus.NextRegionPriority());
        Bus.Memory.Update(region, 0, enabled: false);
        return Add(new PciMemoryBar(index, kind, size, prefetchable: true, Bus.Memory, region));
    }

    /// <summary>Gives the function an expansion ROM, once, at assembly; firmware finds, copies and runs it.</summary>
    /// <exception cref="ArgumentException">The image is empty or longer than 16 MiB.</exception>
    public void AddRom(ReadOnlySpan<byte> image)
    {
        if (Rom is not null)
        {
            throw new InvalidOperationException($"'{StateName}' has an expansion ROM already.");
        }

        Rom = new PciRomBar(StateName, Bus.Memory, Bus.NextRegionPriority(), image);
        Rom.Declare(Config);
        _windows.Add(Rom);
    }

    /// <summary>Asserts or deasserts the function's interrupt pin (INTx), subject to COMMAND bit 10.</summary>
    protected void SetInterrupt(bool asserted)
    {
        _interrupt = asserted;
        UpdatePin();
    }

    /// <summary>Called after the guest wrote configuration space.</summary>
    protected virtual void OnConfigWritten(int offset, int size)
    {
    }

    /// <summary>Resets what the device adds to the header.</summary>
    protected abstract void ResetDevice();

    /// <summary>Saves what the device adds to the header.</summary>
    protected abstract void SaveDevice(StateWriter writer);

    /// <summary>Loads what <see cref="SaveDevice"/> wrote.</summary>
    protected abstract void LoadDevice(StateReader reader);

    private PciBar Add(PciBar bar)
    {
        bar.Declare(Config);
        _bars.Add(bar);
        _windows.Add(bar);
        return bar;
    }

    private void UpdatePin()
    {
        var status = Config.Word(PciRegister.Status) & ~PciRegister.StatusInterrupt;
        Config.SetWord(PciRegister.Status, (ushort)(status | (_interrupt ? PciRegister.StatusInterrupt : 0)));
        var asserted = _interrupt && (Config.Word(PciRegister.Command) & PciRegister.CommandIntxDisable) == 0;
        if (asserted != _pinAsserted && _pin >= 0)
        {
            _pinAsserted = asserted;
            Bus.SetPin(Devfn, _pin, asserted);
        }
    }
}
