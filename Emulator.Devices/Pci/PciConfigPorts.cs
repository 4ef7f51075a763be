using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;
using Emulator.Devices.Chipset;

namespace Emulator.Devices.Pci;

/// <summary>
/// PCI configuration mechanism 1 (PCI Local Bus Specification 3.0, 3.2.2.3.2): CONFIG_ADDRESS at 0xcf8, double words only, and
/// CONFIG_DATA at 0xcfc, any size. Byte accesses of 0xcf9 are the reset control register.
/// </summary>
public sealed class PciConfigPorts : IDevice, IPortHandler
{
    private const uint Enable = 0x8000_0000;
    private const uint Writable = 0x80ff_fffc;

    private readonly PciBus _bus;
    private readonly ResetControl _reset;
    private uint _address;

    /// <summary>Claims ports 0xcf8-0xcff.</summary>
    public PciConfigPorts(IoPortBus ports, PciBus bus, ResetControl reset)
    {
        _bus = bus;
        _reset = reset;
        ports.Claim("pci.config", PcPlatform.PciConfigPort, 8, this);
    }

    /// <inheritdoc/>
    public string StateName => "pci.config";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size)
    {
        if (offset >= 4)
        {
            return offset + size <= 8 && TryTarget(offset, size, out var register)
                ? _bus.ReadConfig((int)(_address >> 8) & 0xff, register, size)
                : uint.MaxValue;
        }

        if (offset == 0 && size == 4)
        {
            return _address;
        }

        return offset == 1 && size == 1 ? _reset.Value : uint.MaxValue;
    }

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        if (offset >= 4)
        {
            if (offset + size <= 8 && TryTarget(offset, size, out var register))
            {
                _bus.WriteConfig((int)(_address >> 8) & 0xff, register, size, value);
            }
        }
        else if (offset == 0 && size == 4)
        {
            _address = value & Writable;
        }
        else if (offset == 1 && size == 1)
        {
            _reset.Write((byte)value);
        }
    }

    /// <inheritdoc/>
    public void Reset() => _address = 0;

    /// <inheritdoc/>
    public void Save(StateWriter writer) => writer.Write(_address);

    /// <inheritdoc/>
    public void Load(StateReader reader) => _address = reader.ReadUInt32() & Writable;

    // Only bus 0 exists.
    private bool TryTarget(int offset, int size, out int register)
    {
        register = (int)(_address & 0xfc) + (offset & 3);
        return (_address & Enable) != 0 && (_address & 0xff0000) == 0 && (offset & 3) + size <= 4;
    }
}
