using Emulator.Core.Machine;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Chipset;

/// <summary>
/// The reset control register at port 0xcf9 (82371SB PIIX3 data sheet, 2.5.5.3). The port lies inside the PCI configuration
/// address register, whose owner passes byte accesses on.
/// </summary>
public sealed class ResetControl(ISystemControl system) : IDevice
{
    private const byte ResetCpu = 0x04;
    private const byte Writable = 0x0e;

    /// <inheritdoc/>
    public string StateName => "reset-control";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>The register.</summary>
    public byte Value { get; private set; }

    /// <summary>Writes the register: a rising RCPU resets the machine, soft or hard.</summary>
    public void Write(byte value)
    {
        var risen = (value & ~Value & ResetCpu) != 0;
        Value = (byte)(value & Writable);
        if (risen)
        {
            system.RequestReset();
        }
    }

    /// <inheritdoc/>
    public void Reset() => Value = 0;

    /// <inheritdoc/>
    public void Save(StateWriter writer) => writer.Write(Value);

    /// <inheritdoc/>
    public void Load(StateReader reader) => Value = reader.ReadByte();
}
