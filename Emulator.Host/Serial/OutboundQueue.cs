namespace Emulator.Host.Serial;

/// <summary>What a full queue does with more bytes.</summary>
public enum FullQueue
{
    /// <summary>The writer waits: nothing may be lost (a terminal, a file).</summary>
    Wait,

    /// <summary>The oldest bytes go: whoever does not read must not stop the guest (a socket, a pseudo-terminal).</summary>
    DropOldest,
}

/// <summary>A bounded ring of bytes on their way out, written by one thread of its own. Any thread may add.</summary>
public sealed class OutboundQueue : IDisposable
{
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _filled = new();
    private readonly ManualResetEventSlim _drained = new(initialState: true);
    private readonly byte[] _ring;
    private readonly FullQueue _whenFull;
    private readonly Action<ReadOnlySpan<byte>> _sink;
    private readonly Thread _thread;
    private int _head;
    private int _count;
    private bool _closed;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">The thread's name.</param>
    /// <param name="sink">Writes bytes out; may block; an <see cref="IOException"/> ends the output, quietly.</param>
    /// <param name="whenFull">What a full queue does.</param>
    /// <param name="capacity">Bytes it holds.</param>
    public OutboundQueue(string name, Action<ReadOnlySpan<byte>> sink, FullQueue whenFull, int capacity = 1 << 20)
    {
        _ring = new byte[capacity];
        _whenFull = whenFull;
        _sink = sink;
        _thread = new Thread(Drain) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Bytes that were given up.</summary>
    public long Dropped { get; private set; }

    /// <summary>Adds bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int taken;
            lock (_lock)
            {
                if (_closed)
                {
                    return;
                }

                taken = _whenFull == FullQueue.Wait ? Math.Min(bytes.Length, _ring.Length - _count) : MakeRoom(ref bytes);
                Append(bytes[..taken]);
                if (_count > 0)
                {
                    _drained.Reset();
                    _filled.Set();
                }
            }

            bytes = bytes[taken..];
            if (bytes.Length > 0)
            {
                Thread.Sleep(1);
            }
        }
    }

    /// <summary>Waits until everything is out, at most <paramref name="milliseconds"/>.</summary>
    public bool Flush(int milliseconds) => _drained.Wait(milliseconds);

    /// <summary>Ends the thread after what is in the queue, or after two seconds.</summary>
    public void Dispose()
    {
        Flush(2000);
        lock (_lock)
        {
            _closed = true;
            _filled.Set();
        }

        // The events stay: a sink that hangs may still use them.
        _thread.Join(100);
    }

    private int MakeRoom(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _ring.Length)
        {
            Dropped += bytes.Length - _ring.Length;
            bytes = bytes[^_ring.Length..];
        }

        var excess = Math.Max(0, _count + bytes.Length - _ring.Length);
        _head = (_head + excess) % _ring.Length;
        _count -= excess;
        Dropped += excess;
        return bytes.Length;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        var tail = (_head + _count) % _ring.Length;
        var first = Math.Min(bytes.Length, _ring.Length - tail);
        bytes[..first].CopyTo(_ring.AsSpan(tail));
        bytes[first..].CopyTo(_ring);
        _count += bytes.Length;
    }

    private void Drain()
    {
        var chunk = new byte[16 << 10];
        while (true)
        {
            _filled.Wait();
            int count;
            lock (_lock)
            {
                count = Math.Min(_count, chunk.Length);
                var first = Math.Min(count, _ring.Length - _head);
                _ring.AsSpan(_head, first).CopyTo(chunk);
                _ring.AsSpan(0, count - first).CopyTo(chunk.AsSpan(first));
                _head = (_head + count) % _ring.Length;
                _count -= count;
                if (count == 0)
                {
                    _drained.Set();
                    if (_closed)
                    {
                        return;
                    }

                    _filled.Reset();
                    continue;
                }
            }

            if (!TrySink(chunk.AsSpan(0, count)))
            {
                Close();
                return;
            }
        }
    }

    private bool TrySink(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _sink(bytes);
            return true;
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _count = 0;
            _drained.Set();
        }
    }
}
