using Emulator.Core.Bus;

namespace Emulator.Devices.Acpi;

/// <summary>Registers that take accesses of any width: reads by double word, writes byte by byte from the lowest.</summary>
internal sealed class BytePorts(Func<int, uint> read, Action<int, byte> write) : IPortHandler
{
    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        for (var i = 0; i < size; i++)
        {
            write(offset + i, (byte)(value >> (8 * i)));
        }
    }
}

/// <summary>
/// A block of ports that a base register places. Where another device answers already, the block does not: a guest that places it so gets
/// the other device.
/// </summary>
internal sealed class MovablePorts(IoPortBus bus, string name, int length, IPortHandler handler)
{
    private PortClaim? _claim;

    /// <summary>Moves the block, or takes it away.</summary>
    public void Place(ushort first, bool enabled)
    {
        if (_claim is not null)
        {
            bus.Release(_claim);
            _claim = null;
        }

        if (enabled && first + length <= 0x1_0000 && bus.IsFree(first, length))
        {
            _claim = bus.Claim(name, first, length, handler);
        }
    }
}
