namespace Emulator.Core.Cpu;

/// <summary>Delivery of exceptions and interrupts through the IDT or the real-mode vector table (SDM Vol. 3A, ch. 6).</summary>
public static unsafe class InterruptDelivery
{
    /// <summary>Delivers the pending fault at <see cref="CpuState.Rip"/>; escalates to #DF and to shutdown as table 6-5 says.</summary>
    public static void DeliverPending(CpuState* s) => throw new NotSupportedException();

    /// <summary>Delivers an external interrupt.</summary>
    public static void DeliverExternal(CpuState* s, byte vector) => throw new NotSupportedException();

    /// <summary>Delivers an NMI.</summary>
    public static void DeliverNmi(CpuState* s) => throw new NotSupportedException();
}
