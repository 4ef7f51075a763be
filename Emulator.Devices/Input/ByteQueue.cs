using Emulator.Core.Snapshots;

namespace Emulator.Devices.Input;

/// <summary>A bounded ring of bytes.</summary>
internal sealed class ByteQueue(int capacity)
{
    private readonly byte[] _items = new byte[capacity];
    private int _head;

    /// <summary>Bytes in the ring.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes that still fit.</summary>
    public int Room => capacity - Count;

    /// <summary>The byte that was added last; -1 when the ring is empty.</summary>
    public int Newest => Count == 0 ? -1 : _items[(_head + Count - 1) % capacity];

    /// <summary>Adds all the bytes or, when they do not fit, none.</summary>
    public bool TryAdd(params ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Room)
        {
            return false;
        }

        foreach (var value in bytes)
        {
            _items[(_head + Count++) % capacity] = value;
        }

        return true;
    }

    /// <summary>Takes the oldest byte of a ring that has one.</summary>
    public byte Take()
    {
        var value = _items[_head];
        _head = (_head + 1) % capacity;
        Count--;
        return value;
    }

    /// <summary>Forgets all bytes.</summary>
    public void Clear()
    {
        _head = 0;
        Count = 0;
        Array.Clear(_items);
    }

    public void Save(StateWriter writer)
    {
        writer.Write(_items.AsSpan());
        writer.Write(_head);
        writer.Write(Count);
    }

    public void Load(StateReader reader)
    {
        reader.ReadBytes(_items);
        _head = (int)((uint)reader.ReadInt32() % (uint)capacity);
        Count = Math.Clamp(reader.ReadInt32(), 0, capacity);
    }
}
