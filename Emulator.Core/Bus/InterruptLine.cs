namespace Emulator.Core.Bus;

/// <summary>Takes interrupt lines: an 8259A, an I/O APIC, a PCI interrupt router.</summary>
public interface IInterruptSink
{
    /// <summary>Sets input <paramref name="line"/> to a level. Setting the level it already has makes no edge.</summary>
    void SetLine(int line, bool level);
}

/// <summary>
/// One wire from a device to an interrupt controller. The device sets levels; the controller makes edges of them.
/// Restoring a snapshot restores the controller's own view of its inputs, so a device must not set its line in <c>Load</c>.
/// </summary>
public sealed class InterruptLine(IInterruptSink sink, int number)
{
    /// <summary>The input's number at its controller.</summary>
    public int Number => number;

    /// <summary>Sets the wire's level.</summary>
    public void Set(bool level) => sink.SetLine(number, level);

    /// <summary>A pulse: high, then low.</summary>
    public void Pulse()
    {
        sink.SetLine(number, true);
        sink.SetLine(number, false);
    }
}
