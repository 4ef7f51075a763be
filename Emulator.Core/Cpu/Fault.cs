namespace Emulator.Core.Cpu;

/// <summary>Exception vectors (SDM Vol. 3A, table 6-1).</summary>
public enum Vector : byte
{
    DivideError = 0,
    Debug = 1,
    Nmi = 2,
    Breakpoint = 3,
    Overflow = 4,
    BoundRange = 5,
    InvalidOpcode = 6,
    DeviceNotAvailable = 7,
    DoubleFault = 8,
    CoprocessorSegmentOverrun = 9,
    InvalidTss = 10,
    SegmentNotPresent = 11,
    StackFault = 12,
    GeneralProtection = 13,
    PageFault = 14,
    FloatingPoint = 16,
    AlignmentCheck = 17,
    MachineCheck = 18,
    SimdFloatingPoint = 19,
}

/// <summary>
/// Records a fault in the state for the engine to deliver; a fault is a value, never a C# exception.
/// Each method returns false, so that a failing step reads <c>return Fault.GeneralProtection(s, 0);</c>.
/// </summary>
public static unsafe class Fault
{
    /// <summary>The value of <see cref="CpuState.PendingVector"/> when nothing is pending.</summary>
    public const int None = -1;

    public static bool Raise(CpuState* s, Vector vector)
    {
        s->PendingVector = (int)vector;
        s->PendingErrorCode = 0;
        s->PendingHasErrorCode = 0;
        return false;
    }

    public static bool Raise(CpuState* s, Vector vector, int errorCode)
    {
        s->PendingVector = (int)vector;
        s->PendingErrorCode = (uint)errorCode;
        s->PendingHasErrorCode = 1;
        return false;
    }

    public static bool InvalidOpcode(CpuState* s) => Raise(s, Vector.InvalidOpcode);

    public static bool GeneralProtection(CpuState* s, int errorCode) => Raise(s, Vector.GeneralProtection, errorCode);

    public static bool StackFault(CpuState* s, int errorCode) => Raise(s, Vector.StackFault, errorCode);

    /// <summary>#PF; CR2 is written when the fault is delivered.</summary>
    public static bool PageFault(CpuState* s, ulong linear, int errorCode)
    {
        s->PendingCr2 = linear;
        return Raise(s, Vector.PageFault, errorCode);
    }
}
