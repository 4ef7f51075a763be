using Emulator.Core.Snapshots;

namespace Emulator.Devices.Input;

/// <summary>
/// What sits at the other end of a PS/2 cable (IBM PS/2 Hardware Interface Technical Reference, keyboard and mouse chapters): takes
/// command bytes, and has a bounded queue of bytes to send. A response goes before what the user does.
/// </summary>
public abstract class Ps2Device
{
    /// <summary>Acknowledge.</summary>
    protected const byte Ack = 0xfa;

    /// <summary>Self-test passed.</summary>
    protected const byte SelfTestPassed = 0xaa;

    /// <summary>The last byte was not understood.</summary>
    protected const byte Resend = 0xfe;

    private const int Capacity = 64;

    private readonly byte[] _queue = new byte[Capacity];
    private int _head;
    private int _count;
    private byte _last;

    /// <summary>Called when a byte waits to be sent.</summary>
    internal Action? DataReady { get; set; }

    /// <summary>Whether a byte waits to be sent.</summary>
    internal bool HasData => _count > 0;

    /// <summary>Bytes that still fit.</summary>
    protected int Room => Capacity - _count;

    /// <summary>Sends the oldest byte.</summary>
    internal byte Take()
    {
        if (_count == 0)
        {
            return _last;
        }

        _last = _queue[_head];
        _head = (_head + 1) % Capacity;
        _count--;
        return _last;
    }

    /// <summary>A byte from the controller.</summary>
    internal abstract void Write(byte value);

    /// <summary>Power-on.</summary>
    internal virtual void Reset()
    {
        ClearQueue();
        _last = 0;
    }

    internal virtual void Save(StateWriter writer)
    {
        writer.Write(_queue.AsSpan());
        writer.Write(_head);
        writer.Write(_count);
        writer.Write(_last);
    }

    internal virtual void Load(StateReader reader)
    {
        reader.ReadBytes(_queue);
        _head = reader.ReadInt32() & (Capacity - 1);
        _count = Math.Clamp(reader.ReadInt32(), 0, Capacity);
        _last = reader.ReadByte();
    }

    /// <summary>Forgets what waits.</summary>
    protected void ClearQueue()
    {
        _head = 0;
        _count = 0;
    }

    /// <summary>Queues all the bytes or, when they do not fit, none.</summary>
    protected bool TrySend(params ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Room)
        {
            return false;
        }

        foreach (var value in bytes)
        {
            _queue[(_head + _count++) % Capacity] = value;
        }

        DataReady?.Invoke();
        return true;
    }

    /// <summary>Sends the last byte again.</summary>
    protected void Repeat() => TrySend(_last);
}
