namespace Emulator.Core.Bus;

/// <summary>Takes message-signalled interrupts: writes to 0xFEExxxxx (SDM Vol. 3A, 11.11).</summary>
public interface IMessageInterrupts
{
    /// <summary>Delivers the interrupt that a write of <paramref name="data"/> to <paramref name="address"/> means.</summary>
    void Deliver(ulong address, uint data);
}
