using Emulator.Core.Snapshots;

namespace Emulator.Devices.Input;

/// <summary>
/// What sits at the other end of a PS/2 cable (IBM PS/2 Hardware Interface Technical Reference, keyboard and mouse chapters): takes
/// command bytes, and has a bounded buffer of what the user did. A response to a command goes before it.
/// </summary>
public abstract class Ps2Device
{
    /// <summary>Acknowledge.</summary>
    protected const byte Ack = 0xfa;

    /// <summary>Self-test passed.</summary>
    protected const byte SelfTestPassed = 0xaa;

    /// <summary>The last byte was not understood.</summary>
    protected const byte Resend = 0xfe;

    private const int ResponseCapacity = 16;

    private readonly ByteQueue _responses = new(ResponseCapacity);
    private byte _last;

    private protected Ps2Device(int capacity) => Events = new ByteQueue(capacity);

    /// <summary>Called when a byte waits to be sent.</summary>
    internal Action? DataReady { get; set; }

    /// <summary>Whether a byte waits to be sent.</summary>
    internal bool HasData => _responses.Count > 0 || Events.Count > 0;

    /// <summary>What the user did and was not sent yet.</summary>
    private protected ByteQueue Events { get; }

    /// <summary>Sends the oldest byte.</summary>
    internal byte Take()
    {
        if (_responses.Count > 0)
        {
            _last = _responses.Take();
        }
        else if (Events.Count > 0)
        {
            _last = Events.Take();
        }

        return _last;
    }

    /// <summary>A byte from the controller.</summary>
    internal abstract void Write(byte value);

    /// <summary>Power-on.</summary>
    internal virtual void Reset()
    {
        _responses.Clear();
        Events.Clear();
        _last = 0;
    }

    internal virtual void Save(StateWriter writer)
    {
        _responses.Save(writer);
        Events.Save(writer);
        writer.Write(_last);
    }

    internal virtual void Load(StateReader reader)
    {
        _responses.Load(reader);
        Events.Load(reader);
        _last = reader.ReadByte();
    }

    /// <summary>Answers a byte from the controller; whatever of an earlier answer was not fetched is dropped.</summary>
    protected void Respond(params ReadOnlySpan<byte> bytes)
    {
        _responses.Clear();
        _responses.TryAdd(bytes);
        DataReady?.Invoke();
    }

    /// <summary>Sends the last byte again.</summary>
    protected void Repeat() => Respond(_last);
}
