namespace Emulator.Host.Serial;

/// <summary>
/// A bounded queue of bytes for the guest. A reader thread adds, and waits while it is full, so that the other end feels the
/// guest's pace; the machine's thread takes, and never waits.
/// </summary>
public sealed class InboundQueue(int capacity = 16 << 10)
{
    private readonly Lock _lock = new();
    private readonly Queue<byte> _bytes = new();

    /// <summary>Called, on the adding thread, after bytes were added. It must only wake the machine's thread.</summary>
    public Action? Arrived { get; set; }

    /// <summary>Bytes that wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _bytes.Count;
            }
        }
    }

    /// <summary>Adds bytes; waits while there is no room.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int taken;
            lock (_lock)
            {
                taken = Math.Min(bytes.Length, capacity - _bytes.Count);
                foreach (var item in bytes[..taken])
                {
                    _bytes.Enqueue(item);
                }
            }

            bytes = bytes[taken..];
            if (taken > 0)
            {
                Arrived?.Invoke();
            }

            if (bytes.Length > 0)
            {
                Thread.Sleep(5);
            }
        }
    }

    /// <summary>Adds one byte when there is room, else drops it: keys typed at a guest that does not read.</summary>
    public bool TryAdd(byte item)
    {
        lock (_lock)
        {
            if (_bytes.Count >= capacity)
            {
                return false;
            }

            _bytes.Enqueue(item);
        }

        Arrived?.Invoke();
        return true;
    }

    /// <summary>Takes the next byte.</summary>
    public bool TryTake(out byte item)
    {
        lock (_lock)
        {
            return _bytes.TryDequeue(out item);
        }
    }
}
