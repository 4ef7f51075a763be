namespace Emulator.Devices.Serial;

/// <summary>
/// The host's end of a serial line. Called on the machine's thread; must not block. Input goes the other way: the host posts to the
/// event scheduler and calls <see cref="Uart16550.Receive"/> there.
/// </summary>
public interface ISerialBackend
{
    /// <summary>Sends what the guest transmitted: everything since the last call, gathered while the guest kept writing.</summary>
    void Transmit(ReadOnlySpan<byte> bytes);

    /// <summary>The guest's queue has room again after <see cref="Uart16550.CanReceive"/> was false.</summary>
    void ReadyToReceive()
    {
    }

    /// <summary>The guest holds the line in the break state, or lets it go.</summary>
    void SetBreak(bool active)
    {
    }
}

/// <summary>A line with nothing at its other end.</summary>
public sealed class NullSerialBackend : ISerialBackend
{
    /// <inheritdoc/>
    public void Transmit(ReadOnlySpan<byte> bytes)
    {
        // Nobody listens.
    }
}
