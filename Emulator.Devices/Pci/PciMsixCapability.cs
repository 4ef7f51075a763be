using System.Buffers.Binary;
using Emulator.Core.Bus;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Pci;

/// <summary>
/// MSI-X of a function (PCI Local Bus Specification 3.0, 6.8.2): a table of messages and their pending bits in a memory window of their own,
/// which the function adds as a BAR with this as its handler.
/// </summary>
public sealed class PciMsixCapability : IMmioHandler, IByteRegisters
{
    /// <summary>Bytes of the capability.</summary>
    public const int Length = 12;

    /// <summary>Bytes of the window: the table in its first half, the pending bits in its second.</summary>
    public const int WindowLength = 0x1000;

    /// <summary>The most vectors that the window has room for.</summary>
    public const int MaximumVectors = PendingOffset / EntryLength;

    private const byte Id = 0x11;
    private const int Control = 2;
    private const int Table = 4;
    private const int Pending = 8;
    private const ushort Enable = 0x8000;
    private const ushort FunctionMask = 0x4000;
    private const int EntryLength = 16;
    private const int EntryData = 8;
    private const int EntryControl = 12;
    private const byte EntryMask = 1;
    private const int PendingOffset = WindowLength / 2;

    private readonly PciConfigSpace _config;
    private readonly int _offset;
    private readonly IMessageInterrupts _messages;
    private readonly byte[] _table;
    private readonly byte[] _pending;

    /// <summary>Declares the capability's registers; the list that leads to it is the function's.</summary>
    /// <param name="config">The function's configuration space.</param>
    /// <param name="offset">Where it stands.</param>
    /// <param name="next">The next capability; 0 for none.</param>
    /// <param name="vectors">How many messages there are.</param>
    /// <param name="bar">The BAR of the window.</param>
    /// <param name="messages">Where messages go.</param>
    public PciMsixCapability(PciConfigSpace config, int offset, byte next, int vectors, int bar, IMessageInterrupts messages)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vectors);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vectors, MaximumVectors);
        (_config, _offset, _messages) = (config, offset, messages);
        _table = new byte[vectors * EntryLength];
        _pending = new byte[(vectors + 63) / 64 * 8];
        config.Declare(offset, 1, Id);
        config.Declare(offset + 1, 1, next);
        config.Declare(offset + Control, 2, (uint)(vectors - 1), Enable | FunctionMask);
        config.Declare(offset + Table, 4, (uint)bar);
        config.Declare(offset + Pending, 4, (uint)(PendingOffset | bar));
        Reset();
    }

    /// <summary>Whether the guest has messages instead of the interrupt pin.</summary>
    public bool IsEnabled => (_config.Word(_offset + Control) & Enable) != 0;

    private int Vectors => _table.Length / EntryLength;

    /// <summary>Sends a vector's message; while it is masked, it is pending. Nothing happens while MSI-X is disabled.</summary>
    public void Send(int vector)
    {
        if (!IsEnabled || (uint)vector >= (uint)Vectors)
        {
            return;
        }

        if (IsMasked(vector))
        {
            _pending[vector >> 3] |= (byte)(1 << (vector & 7));
            return;
        }

        var entry = _table.AsSpan(vector * EntryLength, EntryLength);
        _messages.Deliver(BinaryPrimitives.ReadUInt64LittleEndian(entry), BinaryPrimitives.ReadUInt32LittleEndian(entry[EntryData..]));
    }

    /// <summary>The function tells of every write to its configuration space, which may unmask vectors.</summary>
    public void OnConfigWritten(int offset, int size)
    {
        if (offset < _offset + Control + 2 && offset + size > _offset + Control)
        {
            SendPending();
        }
    }

    /// <inheritdoc/>
    public ulong ReadMmio(ulong offset, int size) => ByteRegisters.Read(this, offset, size);

    /// <inheritdoc/>
    public void WriteMmio(ulong offset, int size, ulong value)
    {
        for (var i = 0; i < size; i++)
        {
            var at = (int)offset + i;
            if (at < _table.Length)
            {
                _table[at] = (byte)((value >> (8 * i)) & WritableBits(at % EntryLength));
            }
        }

        SendPending();
    }

    /// <summary>Every vector is masked and none pending.</summary>
    public void Reset()
    {
        Array.Clear(_table);
        Array.Clear(_pending);
        for (var entry = 0; entry < _table.Length; entry += EntryLength)
        {
            _table[entry + EntryControl] = EntryMask;
        }
    }

    /// <summary>Writes table and pending bits.</summary>
    public void Save(StateWriter writer)
    {
        writer.Write(_table.AsSpan());
        writer.Write(_pending.AsSpan());
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader)
    {
        reader.ReadBytes(_table);
        reader.ReadBytes(_pending);
    }

    // The address is a double word's; of the vector control, the mask bit alone is there.
    private static byte WritableBits(int register) => register switch
    {
        0 => 0xfc,
        EntryControl => EntryMask,
        > EntryControl => 0,
        _ => 0xff,
    };

    byte IByteRegisters.ReadByte(int at)
        => at < _table.Length ? _table[at]
            : at >= PendingOffset && at - PendingOffset < _pending.Length ? _pending[at - PendingOffset] : (byte)0;

    private bool IsMasked(int vector)
        => (_config.Word(_offset + Control) & FunctionMask) != 0 || (_table[(vector * EntryLength) + EntryControl] & EntryMask) != 0;

    private void SendPending()
    {
        if (!IsEnabled)
        {
            return;
        }

        for (var vector = 0; vector < Vectors; vector++)
        {
            if ((_pending[vector >> 3] & 1 << (vector & 7)) != 0 && !IsMasked(vector))
            {
                _pending[vector >> 3] &= (byte)~(1 << (vector & 7));
                Send(vector);
            }
        }
    }
}
