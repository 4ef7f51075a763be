using Emulator.Core.Time;
using static Emulator.Devices.Serial.UartRegister;

namespace Emulator.Devices.Serial;

/// <content>The receiver: the host's queue, the pace of arrivals, the FIFO and its timeout.</content>
public sealed partial class Uart16550
{
    /// <summary>
    /// Whether the guest's driver is ready for input: it asks to be sent to (RTS), takes interrupts, or polls. Until then what is typed
    /// waits, or drivers would throw it away when they probe and open the port.
    /// </summary>
    private bool IsOpen => (_mcr & McrRts) != 0 || (_ier & (IerReceivedData | IerLineStatus)) != 0 || _polls >= OpeningPolls;

    // Two reads of LSR with nothing between are a driver that waits for input, unless each pair comes with a line of output.
    private void NotePoll()
    {
        if (_polls < OpeningPolls && _pollsInARow++ > 0)
        {
            _polls += PollWeight;
            if (_polls >= OpeningPolls)
            {
                ArmArrival();
            }
        }
    }

    private void NoteTransmission()
    {
        _pollsInARow = 0;
        if (_polls is > 0 and < OpeningPolls)
        {
            _polls--;
        }
    }

    private void Enqueue(int item)
    {
        if (!_queue.TryAdd((ushort)item))
        {
            return;
        }

        _refused |= _queue.IsFull;
        if (!_arrival.IsArmed)
        {
            ArmArrival();
        }
    }

    private void ArmArrival()
    {
        if (_queue.Count == 0 || Loop || !IsOpen || !HasRoom())
        {
            _arrival.Cancel();
        }
        else if (!_arrival.IsArmed)
        {
            _arrival.Arm(_scheduler.Now + Math.Min(CharacterTime(), FastestArrival));
        }
    }

    private bool HasRoom() => FifosEnabled ? !_fifo.IsFull : _fifo.Count == 0;

    private void OnArrival()
    {
        if (_queue.Count == 0 || Loop || !IsOpen || !HasRoom())
        {
            return;
        }

        Arrive(_queue.Take());
        ArmArrival();
        UpdateInterrupt();
        if (_refused && _queue.Count <= QueueCapacity / 2)
        {
            _refused = false;
            _backend.ReadyToReceive();
        }
    }

    // A character from the shift register. With the FIFO full it is lost; without FIFOs it replaces the one that nobody read.
    private void Arrive(int item)
    {
        if (!HasRoom())
        {
            _overrun = true;
            if (FifosEnabled)
            {
                return;
            }

            _fifo.Clear();
        }

        _fifo.TryAdd((ushort)(item & WordMask()));
        RestartTimeout();
    }

    private int WordMask() => 0xff00 | (0xff >> (3 - (_lcr & 3)));

    private void RestartTimeout()
    {
        if (FifosEnabled && _fifo.Count > 0)
        {
            _timeout.Arm(_scheduler.Now + (4 * CharacterTime()));
        }
        else
        {
            _timeout.Cancel();
        }
    }

    private void OnTimeout()
    {
        if (FifosEnabled && _fifo.Count > 0)
        {
            _timedOut = true;
            UpdateInterrupt();
        }
    }

    private long CharacterTime()
    {
        var bits = 7 + (_lcr & 3) + ((_lcr & 4) != 0 ? 1 : 0) + ((_lcr & 8) != 0 ? 1 : 0);
        var divisor = Math.Max(1, (int)_divisor);
        return VirtualClock.TicksPerSecond * bits * divisor / BaseRate;
    }
}
