namespace Emulator.Host.Serial;

/// <summary>The host's end of a byte channel: a terminal, a file, a socket, a pseudo-terminal.</summary>
public interface IHostChannel : IDisposable
{
    /// <summary>Bytes for the guest.</summary>
    InboundQueue Input { get; }

    /// <summary>Called, on any thread, when the other end sends a break (Ctrl-A b).</summary>
    Action? BreakReceived { get; set; }

    /// <summary>Sends bytes of the guest. Any thread; waits only where losing bytes would be worse than waiting.</summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Opens the channel and starts its threads; a server that waits for its first client waits here.</summary>
    void Start();
}

/// <summary>A channel to nowhere.</summary>
public sealed class NullChannel : IHostChannel
{
    /// <inheritdoc/>
    public InboundQueue Input { get; } = new();

    /// <inheritdoc/>
    public Action? BreakReceived { get; set; }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        // Dropped: that is what a null channel is for.
    }

    /// <inheritdoc/>
    public void Start()
    {
        // Nothing to open.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }
}
