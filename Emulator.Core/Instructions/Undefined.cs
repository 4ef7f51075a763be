using Emulator.Core.Cpu;
using Emulator.Core.Decoding;

namespace Emulator.Core.Instructions;

/// <summary>What stands for bytes that are no instruction.</summary>
public static unsafe class Undefined
{
    /// <summary>#UD.</summary>
    public static Op* InvalidOpcode(CpuState* s, Op* op)
    {
        Fault.InvalidOpcode(s);
        return Exits.Faulted(s, op);
    }

    /// <summary>More than 15 bytes: #GP(0).</summary>
    public static Op* TooLong(CpuState* s, Op* op)
    {
        Fault.GeneralProtection(s, 0);
        return Exits.Faulted(s, op);
    }

    /// <summary>#NM: the x87, MMX or SSE state is not this task's (CR0.TS) or not there (CR0.EM).</summary>
    public static Op* DeviceNotAvailable(CpuState* s, Op* op)
    {
        Fault.Raise(s, Vector.DeviceNotAvailable);
        return Exits.Faulted(s, op);
    }
}
