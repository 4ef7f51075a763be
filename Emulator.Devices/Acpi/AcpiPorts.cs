using Emulator.Core.Bus;

namespace Emulator.Devices.Acpi;

/// <summary>
/// Where the ACPI registers stand in I/O space: the PM block, which PIIX4 configuration registers PMBA and PMREGMISC place and
/// enable (82371AB data sheet 290562, 7.0.13 and 7.0.24), and the fixed GPE0 block and SMI command port.
/// </summary>
public sealed class AcpiPorts
{
    /// <summary>Where QEMU's firmware places the PM block.</summary>
    public const ushort DefaultPmBase = 0x600;

    /// <summary>Bytes of the PM block.</summary>
    public const int PmLength = 64;

    /// <summary>QEMU's GPE0 block: two status and two enable bytes.</summary>
    public const ushort GpeBase = 0xafe0;

    /// <summary>Bytes of the GPE0 block.</summary>
    public const int GpeLength = 4;

    /// <summary>APMC, the FADT's SMI_CMD.</summary>
    public const ushort SmiCommandPort = 0xb2;

    /// <summary>Written to the SMI command port: SCI_EN is set.</summary>
    public const byte AcpiEnableCommand = 0xf1;

    /// <summary>Written to the SMI command port: SCI_EN is cleared.</summary>
    public const byte AcpiDisableCommand = 0xf0;

    private const string PmName = "acpi-pm";

    private readonly IoPortBus _bus;
    private readonly BytePorts _pm;
    private PortClaim? _claim;

    /// <summary>Claims the fixed ports; the PM block answers only once placed.</summary>
    public AcpiPorts(IoPortBus bus, AcpiFixedHardware hardware)
    {
        _bus = bus;
        _pm = new BytePorts(hardware.ReadPm, hardware.WritePm);
        bus.Claim("acpi-gpe0", GpeBase, GpeLength, new BytePorts(hardware.ReadGpe, hardware.WriteGpe));
        bus.Claim("apm", SmiCommandPort, 2, new BytePorts(hardware.ReadSmi, hardware.WriteSmi));
    }

    /// <summary>
    /// Moves the PM block, or takes it away. Where another device answers already, the block does not: a guest that places it
    /// so gets the other device.
    /// </summary>
    public void PlacePm(ushort first, bool enabled)
    {
        if (_claim is not null)
        {
            _bus.Release(_claim);
            _claim = null;
        }

        first &= 0xffc0;
        if (enabled && IsFree(first))
        {
            _claim = _bus.Claim(PmName, first, PmLength, _pm);
        }
    }

    private bool IsFree(ushort first)
    {
        for (var i = 0; i < PmLength; i++)
        {
            if (_bus.ClaimAt((ushort)(first + i)) is not null)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Registers that take accesses of any width: reads by double word, writes byte by byte from the lowest.</summary>
    private sealed class BytePorts(Func<int, uint> read, Action<int, byte> write) : IPortHandler
    {
        public uint ReadPort(ushort offset, int size)
        {
            var aligned = offset & ~3;
            ulong value = read(aligned);
            if ((offset & 3) + size > 4)
            {
                value |= (ulong)read(aligned + 4) << 32;
            }

            return (uint)(value >> ((offset & 3) << 3));
        }

        public void WritePort(ushort offset, int size, uint value)
        {
            for (var i = 0; i < size; i++)
            {
                write(offset + i, (byte)(value >> (8 * i)));
            }
        }
    }
}
