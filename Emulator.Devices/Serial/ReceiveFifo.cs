using Emulator.Core.Snapshots;

namespace Emulator.Devices.Serial;

/// <summary>A bounded ring of received characters, each with its error bits (LSR bits 4:2) in the high byte.</summary>
internal sealed class ReceiveFifo(int capacity)
{
    private readonly ushort[] _items = new ushort[capacity];
    private int _head;

    public int Count { get; private set; }

    public bool IsFull => Count == capacity;

    public ushort Peek() => Count == 0 ? (ushort)0 : _items[_head];

    /// <summary>Whether any character in the ring carries an error.</summary>
    public bool AnyError()
    {
        for (var i = 0; i < Count; i++)
        {
            if (_items[(_head + i) % capacity] > 0xff)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Forgets the error bits of the oldest character.</summary>
    public void ClearError()
    {
        if (Count > 0)
        {
            _items[_head] &= 0xff;
        }
    }

    public bool TryAdd(ushort item)
    {
        if (IsFull)
        {
            return false;
        }

        _items[(_head + Count) % capacity] = item;
        Count++;
        return true;
    }

    public ushort Take()
    {
        if (Count == 0)
        {
            return 0;
        }

        var item = _items[_head];
        _head = (_head + 1) % capacity;
        Count--;
        return item;
    }

    public void Clear()
    {
        _head = 0;
        Count = 0;
    }

    public void Save(StateWriter writer)
    {
        writer.Write(Count);
        for (var i = 0; i < Count; i++)
        {
            writer.Write(_items[(_head + i) % capacity]);
        }
    }

    public void Load(StateReader reader)
    {
        Clear();
        var count = reader.ReadInt32();
        if (count < 0 || count > capacity)
        {
            throw new SnapshotException($"{count} characters stand where at most {capacity} fit.");
        }

        for (var i = 0; i < count; i++)
        {
            TryAdd(reader.ReadUInt16());
        }
    }
}
