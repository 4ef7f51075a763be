using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Chipset;

/// <summary>
/// The AT's two 8237A controllers (channels 0-3 and 4-7) and the page registers that hold address bits 23:16
/// (82371SB PIIX3 data sheet, 2.5.1). Page registers without a channel are scratch bytes. Single, demand and block transfers differ in
/// who has the bus in between, which nobody sees here: a device's bytes are moved in bursts as long as it has any.
/// </summary>
public sealed class DmaPair : IDevice, IPortHandler
{
    private const int Channels = 8;
    private const int BurstLength = 4096;

    private readonly byte[] _pages = new byte[15];
    private readonly IDmaClient?[] _clients = new IDmaClient?[Channels];
    private readonly byte[] _burst = new byte[BurstLength];
    private readonly MemoryMap _memory;
    private bool _running;

    /// <summary>Claims the ports of both controllers and the page registers 0x81-0x8f.</summary>
    public DmaPair(IoPortBus ports, MemoryMap memory)
    {
        _memory = memory;
        First.Released = Run;
        Second.Released = Run;
        ports.Claim("dma1", PcPlatform.Dma1Port, 16, First);
        ports.Claim("dma2", PcPlatform.Dma2Port, 32, Second);
        ports.Claim("dma.page", PcPlatform.DmaPagePort, _pages.Length, this);
    }

    /// <inheritdoc/>
    public string StateName => "dma";

    /// <inheritdoc/>
    public int StateVersion => 2;

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

    /// <summary>Joins a device to a channel; channel 4 is the cascade.</summary>
    public void Attach(int channel, IDmaClient client)
    {
        if (channel == 4 || _clients[channel] is not null)
        {
            throw new InvalidOperationException($"DMA channel {channel} is taken.");
        }

        _clients[channel] = client;
    }

    /// <summary>Sets a channel's DREQ. While it is set, bytes are moved whenever the channel lets them.</summary>
    public void Request(int channel, bool level)
    {
        Chip(channel).SetLine(channel, level);
        if (level)
        {
            Run();
        }
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

    private Dma8237 Chip(int channel) => channel < 4 ? First : Second;

    // What a device does with its bytes may ask for more, or be written over the channel's own registers.
    private void Run()
    {
        if (_running)
        {
            return;
        }

        _running = true;
        for (var channel = 0; channel < Channels; channel++)
        {
            while (_clients[channel] is { } client && Chip(channel).MayTransfer(channel & 3) && Burst(channel, client))
            {
            }
        }

        _running = false;
    }

    // Moves bytes within the channel's 64 KiB (128 KiB of words); false when the device has or wants none.
    private bool Burst(int channel, IDmaClient client)
    {
        var chip = Chip(channel);
        var line = channel & 3;
        var width = channel < 4 ? 1 : 2;
        var down = chip.Decrements(line);
        var address = chip.Address(line);
        var direction = chip.Direction(line);
        if (direction == DmaDirection.Illegal)
        {
            return false;
        }

        var room = Math.Min(chip.Count(line), down ? address : 0xffff - address) + 1;
        var length = Math.Min(room, BurstLength / width) * width;
        var physical = Physical(channel, address);
        int moved;
        if (direction == DmaDirection.FromMemory)
        {
            var source = _burst.AsSpan(0, length);
            ReadMemory(physical, source, width, down);
            moved = client.Take(source);
        }
        else
        {
            moved = client.Give(_burst.AsSpan(0, length));
            if (direction == DmaDirection.ToMemory)
            {
                WriteMemory(physical, _burst.AsSpan(0, moved), width, down);
            }
        }

        if (moved < width)
        {
            return false;
        }

        if (chip.Count(line, moved / width))
        {
            client.EndOfProcess();
        }

        return true;
    }

    // The second controller counts words: address bit 0 is zero, and the page register gives bits 23:17.
    private ulong Physical(int channel, ushort address)
        => channel < 4 ? ((ulong)Page(channel) << 16) | address : ((ulong)(Page(channel) & 0xfe) << 16) | ((ulong)address << 1);

    private void ReadMemory(ulong physical, Span<byte> data, int width, bool down)
    {
        if (!down)
        {
            _memory.Read(physical, data);
            return;
        }

        _memory.Read(physical + (ulong)width - (ulong)data.Length, data);
        Reverse(data, width);
    }

    private void WriteMemory(ulong physical, Span<byte> data, int width, bool down)
    {
        if (!down)
        {
            _memory.Write(physical, data);
            return;
        }

        Reverse(data, width);
        _memory.Write(physical + (ulong)width - (ulong)data.Length, data);
    }

    private static void Reverse(Span<byte> data, int width)
    {
        if (width == 1)
        {
            data.Reverse();
        }
        else
        {
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ushort>(data).Reverse();
        }
    }
}
