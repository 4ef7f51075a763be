using Emulator.Core.Bus;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Chipset;

/// <summary>
/// One 8237A DMA controller (Intel 8237A data sheet, order 231466): base and current address and count of four channels, command,
/// mode, request, mask and status registers. Channels count transfers for <see cref="DmaPair"/>, which moves the bytes.
/// </summary>
public sealed class Dma8237 : IPortHandler
{
    private const byte Disabled = 0x04;
    private const byte AutoInitialize = 0x10;
    private const byte AddressDecrement = 0x20;
    private const int CascadeMode = 3;

    private readonly int _stride;
    private readonly ushort[] _baseAddress = new ushort[4];
    private readonly ushort[] _baseCount = new ushort[4];
    private readonly ushort[] _address = new ushort[4];
    private readonly ushort[] _count = new ushort[4];
    private readonly byte[] _mode = new byte[4];
    private bool _high;
    private byte _command;
    private byte _request;
    private byte _mask = 0x0f;
    private byte _terminalCount;
    private byte _lines;

    /// <summary>A controller whose registers are <paramref name="stride"/> (1 or 2) ports apart.</summary>
    public Dma8237(int stride) => _stride = stride;

    /// <summary>Called when a register has changed in a way that may let a channel transfer.</summary>
    public Action? Released { get; set; }

    /// <summary>Channels that may not transfer.</summary>
    public byte Mask => _mask;

    /// <summary>The command register.</summary>
    public byte Command => _command;

    /// <summary>A channel's mode register.</summary>
    public byte Mode(int channel) => _mode[channel & 3];

    /// <summary>A channel's current address: bytes in the first controller, words in the second.</summary>
    public ushort Address(int channel) => _address[channel & 3];

    /// <summary>A channel's current count: transfers less one.</summary>
    public ushort Count(int channel) => _count[channel & 3];

    /// <summary>Sets a channel's DREQ, which the status register shows.</summary>
    public void SetLine(int channel, bool level) => _lines = SetBit(_lines, channel & 3, level);

    /// <summary>Whether a channel's device asks for transfers that the controller makes.</summary>
    public bool MayTransfer(int channel)
        => (_command & Disabled) == 0 && (((_lines & ~_mask) >> channel) & 1) != 0 && _mode[channel] >> 6 != CascadeMode;

    /// <summary>Which way a channel's transfers go.</summary>
    public DmaDirection Direction(int channel) => (DmaDirection)(_mode[channel] >> 2 & 3);

    /// <summary>Whether a channel's addresses go down.</summary>
    public bool Decrements(int channel) => (_mode[channel] & AddressDecrement) != 0;

    /// <summary>
    /// Counts transfers of a channel, of which there are no more than the current count plus one; true when it has reached its
    /// terminal count: then the channel is masked, or begins anew.
    /// </summary>
    public bool Count(int channel, int transfers)
    {
        _address[channel] = (ushort)(_address[channel] + (Decrements(channel) ? -transfers : transfers));
        var left = _count[channel] - transfers;
        _count[channel] = (ushort)left;
        if (left >= 0)
        {
            return false;
        }

        _terminalCount |= (byte)(1 << channel);
        _request = SetBit(_request, channel, false);
        if ((_mode[channel] & AutoInitialize) != 0)
        {
            _address[channel] = _baseAddress[channel];
            _count[channel] = _baseCount[channel];
        }
        else
        {
            _mask = SetBit(_mask, channel, true);
        }

        return true;
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size)
    {
        var value = 0u;
        for (var i = 0; i < size; i++)
        {
            value |= (uint)Read((offset + i) / _stride) << (8 * i);
        }

        return value;
    }

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        for (var i = 0; i < size; i++)
        {
            if ((offset + i) % _stride == 0)
            {
                Write((offset + i) / _stride, (byte)(value >> (8 * i)));
            }
        }

        Released?.Invoke();
    }

    /// <summary>Power-on, and the master clear command: all channels masked.</summary>
    public void Clear()
    {
        _high = false;
        _command = 0;
        _request = 0;
        _terminalCount = 0;
        _mask = 0x0f;
    }

    /// <summary>Power-on: master clear, and channel registers zero.</summary>
    public void Reset()
    {
        Clear();
        _lines = 0;
        Array.Clear(_baseAddress);
        Array.Clear(_baseCount);
        Array.Clear(_address);
        Array.Clear(_count);
        Array.Clear(_mode);
    }

    /// <summary>Writes the controller's state.</summary>
    public void Save(StateWriter writer)
    {
        for (var i = 0; i < 4; i++)
        {
            writer.Write(_baseAddress[i]);
            writer.Write(_baseCount[i]);
            writer.Write(_address[i]);
            writer.Write(_count[i]);
            writer.Write(_mode[i]);
        }

        writer.Write(_high);
        writer.Write(_command);
        writer.Write(_request);
        writer.Write(_mask);
        writer.Write(_terminalCount);
        writer.Write(_lines);
    }

    /// <summary>Reads back what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader)
    {
        for (var i = 0; i < 4; i++)
        {
            _baseAddress[i] = reader.ReadUInt16();
            _baseCount[i] = reader.ReadUInt16();
            _address[i] = reader.ReadUInt16();
            _count[i] = reader.ReadUInt16();
            _mode[i] = reader.ReadByte();
        }

        _high = reader.ReadBoolean();
        _command = reader.ReadByte();
        _request = reader.ReadByte();
        _mask = reader.ReadByte();
        _terminalCount = reader.ReadByte();
        _lines = reader.ReadByte();
    }

    private byte Read(int register)
    {
        switch (register)
        {
            case < 8:
                var value = (register & 1) == 0 ? _address[register >> 1] : _count[register >> 1];
                _high = !_high;
                return (byte)(_high ? value : value >> 8);
            case 8:
                var status = (byte)(_terminalCount | ((_request | _lines) << 4));
                _terminalCount = 0;
                return status;
            case 15:
                return (byte)(0xf0 | _mask);
            default:
                // 13 is the temporary register, used by memory-to-memory transfers alone; the rest are write-only.
                return 0;
        }
    }

    private void Write(int register, byte value)
    {
        var channel = value & 3;
        switch (register)
        {
            case < 8:
                WriteChannel(register, value);
                break;
            case 8:
                _command = value;
                break;
            case 9:
                _request = SetBit(_request, channel, (value & 4) != 0);
                break;
            case 10:
                _mask = SetBit(_mask, channel, (value & 4) != 0);
                break;
            case 11:
                _mode[channel] = (byte)(value & 0xfc);
                break;
            case 12:
                _high = false;
                break;
            case 13:
                Clear();
                break;
            case 14:
                _mask = 0;
                break;
            default:
                _mask = (byte)(value & 0x0f);
                break;
        }
    }

    private void WriteChannel(int register, byte value)
    {
        var channel = register >> 1;
        var (bases, current) = (register & 1) == 0 ? (_baseAddress, _address) : (_baseCount, _count);
        var old = bases[channel];
        _high = !_high;
        bases[channel] = (ushort)(_high ? (old & 0xff00) | value : (old & 0x00ff) | (value << 8));
        current[channel] = bases[channel];
    }

    private static byte SetBit(byte register, int bit, bool set) => (byte)(set ? register | (1 << bit) : register & ~(1 << bit));
}
