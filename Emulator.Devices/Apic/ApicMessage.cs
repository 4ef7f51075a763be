namespace Emulator.Devices.Apic;

/// <summary>Delivery modes of the ICR, the LVTs, the I/O APIC's redirection entries and MSI data (SDM Vol. 3A, 11.6.1).</summary>
public enum DeliveryMode : byte
{
    Fixed = 0,
    LowestPriority = 1,
    Smi = 2,
    Reserved = 3,
    Nmi = 4,
    Init = 5,

    /// <summary>Start-up in the ICR; reserved elsewhere.</summary>
    StartUp = 6,

    /// <summary>The 8259A answers the acknowledge cycle; reserved in the ICR.</summary>
    ExtInt = 7,
}

/// <summary>One interrupt message on its way to local APICs.</summary>
/// <param name="Destination">The message destination address; <see cref="Broadcast"/> addresses every local APIC.</param>
/// <param name="Logical">Whether the destination is matched against the LDRs rather than the IDs.</param>
/// <param name="Mode">What the receiver does.</param>
/// <param name="Vector">The interrupt's (or start-up page's) number.</param>
/// <param name="Level">Level-triggered: the end of interrupt is broadcast to the I/O APICs.</param>
public readonly record struct ApicMessage(uint Destination, bool Logical, DeliveryMode Mode, byte Vector, bool Level)
{
    /// <summary>The destination that addresses all, in physical and in logical mode (SDM Vol. 3A, 11.6.2.1 and 11.12.9).</summary>
    public const uint Broadcast = uint.MaxValue;

    /// <summary>Widens an 8-bit destination, whose 0xff addresses all.</summary>
    public static uint FromXApic(byte destination) => destination == 0xff ? Broadcast : destination;
}
