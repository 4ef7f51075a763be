namespace Emulator.Devices.Apic;

/// <summary>
/// The local APIC's registers by number: MMIO offset / 16, or x2APIC MSR - 0x800 (SDM Vol. 3A, tables 11-1 and 11-6).
/// </summary>
internal static class LocalApicRegister
{
    public const int Id = 0x02;
    public const int Version = 0x03;
    public const int TaskPriority = 0x08;
    public const int ArbitrationPriority = 0x09;
    public const int ProcessorPriority = 0x0a;
    public const int Eoi = 0x0b;
    public const int RemoteRead = 0x0c;
    public const int LogicalDestination = 0x0d;
    public const int DestinationFormat = 0x0e;
    public const int SpuriousVector = 0x0f;
    public const int InService = 0x10;
    public const int TriggerMode = 0x18;
    public const int InterruptRequest = 0x20;
    public const int ErrorStatus = 0x28;
    public const int CommandLow = 0x30;
    public const int CommandHigh = 0x31;
    public const int LvtTimer = 0x32;
    public const int LvtThermal = 0x33;
    public const int LvtPerformance = 0x34;
    public const int LvtLint0 = 0x35;
    public const int LvtLint1 = 0x36;
    public const int LvtError = 0x37;
    public const int InitialCount = 0x38;
    public const int CurrentCount = 0x39;
    public const int DivideConfiguration = 0x3e;

    /// <summary>x2APIC only.</summary>
    public const int SelfIpi = 0x3f;
}

/// <summary>Bits of the error status register (SDM Vol. 3A, figure 11-9).</summary>
[Flags]
internal enum ApicErrors : byte
{
    None = 0,
    SendIllegalVector = 1 << 5,
    ReceivedIllegalVector = 1 << 6,
    IllegalRegisterAddress = 1 << 7,
}
