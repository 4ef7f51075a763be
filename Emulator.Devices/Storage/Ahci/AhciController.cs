using Emulator.Core.Bus;
using Emulator.Core.Snapshots;
using Emulator.Devices.Pci;
using Emulator.Devices.Storage.Ata;

namespace Emulator.Devices.Storage.Ahci;

/// <summary>
/// AHCI host bus adapter of ICH9 (Serial ATA AHCI 1.0; Intel I/O Controller Hub 9 data sheet, order 316972, 15): PCI 8086:2922, six
/// ports of 32 command slots, native command queuing, 64-bit addresses, one message-signalled interrupt. AHCI mode alone: no legacy
/// ports.
/// </summary>
public sealed class AhciController : PciDevice, IMmioHandler, IPortHandler
{
    /// <summary>Ports.</summary>
    public const int PortCount = 6;

    private const int MemoryBar = 5;
    private const int MemorySize = 0x1000;
    private const int IndexBar = 4;
    private const int IndexSize = 32;
    private const int IndexPort = 0x10;
    private const int DataPort = 0x14;
    private const byte MsiOffset = 0x80;
    private const byte SataOffset = 0xa8;

    private const ulong AddressLimit = 1ul << 52;
    private const uint Address64 = 1u << 31;
    private const uint NativeQueuing = 1u << 30;
    private const uint CommandListOverride = 1u << 24;
    private const uint Generation2 = 2u << 20;
    private const uint AhciOnly = 1u << 18;
    private const uint Slots32 = 31u << 8;
    private const uint Capabilities = Address64 | NativeQueuing | CommandListOverride | Generation2 | AhciOnly | Slots32 | (PortCount - 1);
    private const uint Version10 = 0x0001_0000;
    private const uint AhciEnable = 1u << 31;
    private const uint InterruptEnable = 1u << 1;
    private const uint HbaReset = 1u << 0;

    private readonly AhciPort[] _ports = new AhciPort[PortCount];
    private readonly PciMsiCapability _msi;
    private uint _control = AhciEnable;
    private uint _index;
    private bool _moving;

    /// <summary>Attaches to the bus.</summary>
    /// <param name="bus">The PCI bus.</param>
    /// <param name="devfn">Slot and function.</param>
    /// <param name="name">The name of its state.</param>
    /// <param name="messages">Where message-signalled interrupts go.</param>
    public AhciController(PciBus bus, int devfn, string name, IMessageInterrupts messages)
        : base(bus, devfn, name, new PciIdentity(0x8086, 0x2922, 0x010601)
        {
            Revision = 2,
            SubsystemVendorId = 0x1af4,
            SubsystemId = 0x1100,
            InterruptPin = 1,
        })
    {
        Config.Declare(PciRegister.Status, 2, PciRegister.StatusCapabilities | PciRegister.StatusDevselMedium, 0, PciRegister.StatusErrors);
        Config.Declare(PciRegister.Capabilities, 1, MsiOffset);
        Config.Declare(0x90, 1, 0x40); // MAP: AHCI mode
        _msi = new PciMsiCapability(Config, MsiOffset, SataOffset, messages);

        // Serial ATA capability: the index and data pair lies in BAR 4, from its port 0x10 on.
        Config.Declare(SataOffset, 4, 0x0010_0012);
        Config.Declare(SataOffset + 4, 4, (IndexPort << 2) | (IndexBar + 4));
        AddIoBar(IndexBar, IndexSize, this);
        AddMemoryBar(MemoryBar, PciBarKind.Memory32, MemorySize, this);
        for (var i = 0; i < PortCount; i++)
        {
            _ports[i] = new AhciPort(this);
        }
    }

    /// <summary>The ports.</summary>
    internal IReadOnlyList<AhciPort> Ports => _ports;

    /// <summary>The drives, by port.</summary>
    public IReadOnlyList<AtaDevice?> Devices => [.. _ports.Select(port => port.Device)];

    private uint Pending
    {
        get
        {
            var pending = 0u;
            for (var i = 0; i < PortCount; i++)
            {
                pending |= _ports[i].HasInterrupt ? 1u << i : 0;
            }

            return pending;
        }
    }

    /// <summary>Attaches a device to a port, before the machine runs.</summary>
    public void Attach(int port, AtaDevice device)
    {
        if (_ports[port].Device is { } other)
        {
            throw new InvalidOperationException($"Port {port} of '{device.Name}' is taken by '{other.Name}'.");
        }

        _ports[port].Attach(device);
    }

    /// <inheritdoc/>
    public ulong ReadMmio(ulong offset, int size)
    {
        if (size == 8)
        {
            return ReadMmio(offset, 4) | (ReadMmio(offset + 4, 4) << 32);
        }

        // Registers are 32 bits wide; a narrower access sees its part.
        return ReadRegister((int)offset & ~3) >> (8 * ((int)offset & 3));
    }

    /// <inheritdoc/>
    public void WriteMmio(ulong offset, int size, ulong value)
    {
        // What the adapter itself moves does not reach its own registers.
        if (_moving)
        {
            return;
        }

        if (size == 8)
        {
            WriteMmio(offset, 4, (uint)value);
            WriteMmio(offset + 4, 4, value >> 32);
            return;
        }

        if (((int)offset & 3) + size <= 4)
        {
            WriteRegister((int)offset & ~3, (uint)value << (8 * ((int)offset & 3)));
        }
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size) => (offset & ~3) switch
    {
        IndexPort => _index >> (8 * (offset & 3)),
        DataPort => (uint)ReadMmio(_index + (ulong)(offset & 3), Math.Min(size, 4)),
        _ => 0,
    };

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        if (offset == IndexPort && size == 4)
        {
            _index = value & (MemorySize - 4);
        }
        else if ((offset & ~3) == DataPort)
        {
            WriteMmio(_index + (ulong)(offset & 3), size, value);
        }
    }

    /// <summary>Reads guest memory for a port; all ones beyond what can be addressed.</summary>
    internal void ReadMemory(ulong address, Span<byte> data)
    {
        if (!IsBusMaster || address >= AddressLimit)
        {
            data.Fill(0xff);
            return;
        }

        _moving = true;
        Bus.Memory.Read(address, data);
        _moving = false;
    }

    /// <summary>Writes guest memory for a port.</summary>
    internal void WriteMemory(ulong address, ReadOnlySpan<byte> data)
    {
        if (IsBusMaster && address < AddressLimit)
        {
            _moving = true;
            Bus.Memory.Write(address, data);
            _moving = false;
        }
    }

    /// <summary>Makes the interrupt follow the ports.</summary>
    /// <param name="news">Whether something has been added to what is pending: a message is sent for it.</param>
    internal void UpdateInterrupt(bool news)
    {
        var asserted = (_control & InterruptEnable) != 0 && Pending != 0;
        SetInterrupt(asserted && !_msi.IsEnabled);
        if (asserted && news)
        {
            _msi.Send();
        }
    }

    /// <inheritdoc/>
    protected override void OnConfigWritten(int offset, int size) => UpdateInterrupt(news: false);

    /// <inheritdoc/>
    protected override void ResetDevice()
    {
        _index = 0;
        ResetAdapter();
    }

    /// <inheritdoc/>
    protected override void SaveDevice(StateWriter writer)
    {
        writer.Write(_control);
        writer.Write(_index);
        foreach (var port in _ports)
        {
            port.Save(writer);
        }
    }

    /// <inheritdoc/>
    protected override void LoadDevice(StateReader reader)
    {
        _control = reader.ReadUInt32();
        _index = reader.ReadUInt32();
        foreach (var port in _ports)
        {
            port.Load(reader);
        }
    }

    private void ResetAdapter()
    {
        _control = AhciEnable;
        foreach (var port in _ports)
        {
            port.Reset();
        }

        UpdateInterrupt(news: false);
    }

    private uint ReadRegister(int offset)
    {
        if (offset >= AhciRegister.FirstPort)
        {
            var port = (offset - AhciRegister.FirstPort) / AhciRegister.PortLength;
            return port < PortCount ? _ports[port].Read(offset % AhciRegister.PortLength) : 0;
        }

        return offset switch
        {
            AhciRegister.Capabilities => Capabilities,
            AhciRegister.GlobalControl => _control,
            AhciRegister.InterruptStatus => Pending,
            AhciRegister.PortsImplemented => (1 << PortCount) - 1,
            AhciRegister.Version => Version10,
            _ => 0,
        };
    }

    private void WriteRegister(int offset, uint value)
    {
        if (offset >= AhciRegister.FirstPort)
        {
            var port = (offset - AhciRegister.FirstPort) / AhciRegister.PortLength;
            if (port < PortCount)
            {
                _ports[port].Write(offset % AhciRegister.PortLength, value);
            }

            return;
        }

        switch (offset)
        {
            case AhciRegister.GlobalControl when (value & HbaReset) != 0:
                ResetAdapter();
                break;
            case AhciRegister.GlobalControl:
                _control = AhciEnable | (value & InterruptEnable);
                UpdateInterrupt(news: true);
                break;
            case AhciRegister.InterruptStatus:
                // A bit is what its port says; what is left pending is told again (10.7.2.1).
                UpdateInterrupt(news: true);
                break;
            default:
                break;
        }
    }
}
