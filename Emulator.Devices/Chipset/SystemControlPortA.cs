using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Chipset;

/// <summary>Port 0x92 (82371SB PIIX3 data sheet, 2.5.5.2, and the PS/2's "system control port A"): fast A20 and fast reset.</summary>
public sealed class SystemControlPortA : IDevice, IPortHandler
{
    private const byte FastReset = 0x01;
    private const byte FastA20 = 0x02;

    private readonly ISystemControl _system;
    private readonly A20Gate _a20;
    private byte _value;

    /// <summary>Claims port 0x92.</summary>
    public SystemControlPortA(IoPortBus ports, ISystemControl system, A20Gate a20)
    {
        _system = system;
        _a20 = a20;
        ports.Claim("port-a", PcPlatform.SystemControlPortA, 1, this);
    }

    /// <inheritdoc/>
    public string StateName => "port-a";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size) => (uint)((_value & ~FastA20) | (_a20.Enabled ? FastA20 : 0));

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        var risen = (value & ~_value & FastReset) != 0;
        _value = (byte)(value & (FastReset | FastA20));
        _a20.Set((value & FastA20) != 0);
        if (risen)
        {
            _system.RequestReset();
        }
    }

    /// <inheritdoc/>
    public void Reset() => _value = 0;

    /// <inheritdoc/>
    public void Save(StateWriter writer) => writer.Write(_value);

    /// <inheritdoc/>
    public void Load(StateReader reader) => _value = reader.ReadByte();
}
