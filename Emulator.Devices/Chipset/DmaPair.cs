using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Chipset;

/// <summary>
/// The AT's two 8237A controllers (channels 0-3 and 4-7) and the page registers that hold address bits 23:16
/// (82371SB PIIX3 data sheet, 2.5.1). Page registers without a channel are scratch bytes.
/// </summary>
public sealed class DmaPair : IDevice, IPortHandler
{
    private readonly byte[] _pages = new byte[15];

    /// <summary>Claims the ports of both controllers and the page registers 0x81-0x8f.</summary>
    public DmaPair(IoPortBus ports)
    {
        ports.Claim("dma1", PcPlatform.Dma1Port, 16, First);
        ports.Claim("dma2", PcPlatform.Dma2Port, 32, Second);
        ports.Claim("dma.page", PcPlatform.DmaPagePort, _pages.Length, this);
    }

    /// <inheritdoc/>
    public string StateName => "dma";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>Channels 0-3.</summary>
    public Dma8237 First { get; } = new(1);

    /// <summary>Channels 4-7; 4 is the cascade.</summary>
    public Dma8237 Second { get; } = new(2);

    /// <summary>A channel's page register.</summary>
    public byte Page(int channel)
    {
        ReadOnlySpan<byte> ports = [0x87, 0x83, 0x81, 0x82, 0x8f, 0x8b, 0x89, 0x8a];
        return _pages[ports[channel & 7] - PcPlatform.DmaPagePort];
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size)
    {
        var value = 0u;
        for (var i = 0; i < size; i++)
        {
            value |= (uint)_pages[offset + i] << (8 * i);
        }

        return value;
    }

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        for (var i = 0; i < size; i++)
        {
            _pages[offset + i] = (byte)(value >> (8 * i));
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        First.Reset();
        Second.Reset();
        Array.Clear(_pages);
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        First.Save(writer);
        Second.Save(writer);
        writer.Write(_pages.AsSpan());
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        First.Load(reader);
        Second.Load(reader);
        reader.ReadBytes(_pages);
    }
}
