using Emulator.Core.Time;
using Emulator.Devices.Serial;

namespace Emulator.Host.Serial;

/// <summary>
/// Joins a UART to a channel: what the guest sends goes out at once; what arrives is posted to the machine's thread and handed over
/// as far as the UART takes it.
/// </summary>
public sealed class SerialLink : ISerialBackend
{
    private readonly IHostChannel _channel;
    private readonly EventScheduler _scheduler;
    private Uart16550? _uart;
    private int _posted;

    /// <summary>Joins the channel's side.</summary>
    public SerialLink(IHostChannel channel, EventScheduler scheduler)
    {
        _channel = channel;
        _scheduler = scheduler;
    }

    /// <summary>Joins the UART's side, once it exists.</summary>
    public void Attach(Uart16550 uart)
    {
        _uart = uart;
        _channel.BreakReceived = () => _scheduler.Post(uart.ReceiveBreak);
        _channel.Input.Arrived = Announce;
        Announce();
    }

    /// <inheritdoc/>
    public void Transmit(ReadOnlySpan<byte> bytes) => _channel.Write(bytes);

    /// <inheritdoc/>
    public void ReadyToReceive() => Deliver();

    // Many arrivals make one posted delivery: a flood of input does not grow the scheduler's queue.
    private void Announce()
    {
        if (Interlocked.Exchange(ref _posted, 1) == 0)
        {
            _scheduler.Post(Deliver);
        }
    }

    private void Deliver()
    {
        Interlocked.Exchange(ref _posted, 0);
        while (_uart is { CanReceive: true } uart && _channel.Input.TryTake(out var item))
        {
            uart.Receive(item);
        }
    }
}
