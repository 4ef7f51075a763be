using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>
/// MONITOR and MWAIT (SDM Vol. 2). No store of another processor is watched, so that the wait, which may end for any reason, ends at once on a
/// machine where others run; alone, the processor halts until an interrupt.
/// </summary>
public static unsafe class MonitorWait
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        foreach (var (code, size) in new[] { (Code.Monitorw, 2), (Code.Monitord, 4), (Code.Monitorq, 8) })
        {
            table.Add(code, new SystemRow(&Monitor, size));
        }

        table.Add(Code.Mwait, new SystemRow(&Wait));
    }

    private static bool Check(CpuState* s) => s->Cpl == 0 || Fault.InvalidOpcode(s);

    // The address is checked like a load of one byte.
    private static Op* Monitor(CpuState* s, Op* op)
    {
        var offset = SystemSteps.GetRegister(s, 0, op->OperandSize);
        var done = Check(s)
            && ((uint)s->Rcx == 0 || Fault.GeneralProtection(s, 0))
            && SegmentAccess.TryLinear(s, op->Segment, offset, 1, write: false, out var linear)
            && SlowMemory.Probe(s, op->Segment, linear, 1, write: false);
        return done ? Exits.LeaveNext(s, op) : Exits.Faulted(s, op);
    }

    // ECX bit 0: interrupts end the wait even when IF is clear.
    private static Op* Wait(CpuState* s, Op* op)
    {
        if (!Check(s) || (((uint)s->Rcx & ~1u) != 0 && !Fault.GeneralProtection(s, 0)))
        {
            return Exits.Faulted(s, op);
        }

        if (Processor.Of(s).IsAlone && ((uint)s->Rcx & 1) == 0)
        {
            s->Activity = ActivityState.Halted;
        }
        else
        {
            Processor.Of(s).Yield();
        }

        return Exits.LeaveNext(s, op);
    }
}
