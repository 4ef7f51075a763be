using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Interpreter;

/// <summary>
/// Runs one instruction with everything that can trap on it: TF, RF, breakpoints, interrupt shadows (SDM Vol. 3B, ch. 17; the order is
/// that of SDM Vol. 3A, table 6-2).
/// </summary>
internal static unsafe class DebugTraps
{
    private const ulong BranchTrapFlag = 2;

    /// <summary>Runs the instruction at RIP and delivers the debug exceptions that it causes.</summary>
    public static void Step(CpuState* s, CodeFetcher fetcher)
    {
        if (s->PendingDebug != 0 && s->Shadow != InterruptShadow.MovSs)
        {
            Trap(s, TakePending(s));
            return;
        }

        var shadow = s->Shadow;
        if (shadow != InterruptShadow.MovSs && (s->SystemFlags & Rflags.RF) == 0 && TryInstructionBreakpoint(s))
        {
            return;
        }

        // RF holds for one instruction, and is what that instruction leaves (IRET, task switch).
        var resumes = (s->SystemFlags & Rflags.RF) != 0;
        var steps = (s->SystemFlags & Rflags.TF) != 0;
        s->Shadow = InterruptShadow.None;
        s->SystemFlags &= ~Rflags.RF;
        var rip = s->Rip;

        // After STI or IRET the same instruction comes again and again; under a debugger it is a different one each time.
        var op = InterpreterEngine.RunSingle(s, fetcher, builds: !steps && !Breakpoints.AnyEnabled(s));
        if (op == null)
        {
            Faulted(s);
            return;
        }

        if (s->Exit == ExitReason.Interrupted)
        {
            s->SystemFlags |= Rflags.RF;
        }

        // Of two instructions in a row that load SS, only the first holds traps off.
        if (shadow == InterruptShadow.MovSs && s->Shadow == InterruptShadow.MovSs)
        {
            s->Shadow = InterruptShadow.None;
        }

        Finish(s, op, rip, steps, resumes);
    }

    // A fault discards the traps of the instruction that it aborts; those of a task switch are the new task's.
    private static void Faulted(CpuState* s)
    {
        s->PendingDebug &= DebugRegisters.BT;
        ModeTracker.UpdateStep(s);
    }

    private static void Finish(CpuState* s, Op* op, ulong rip, bool steps, bool resumes)
    {
        if (s->Shadow == InterruptShadow.MovSs)
        {
            ModeTracker.UpdateStep(s);
            return;
        }

        var conditions = TakePending(s);
        if (SingleSteps(s, op, rip, steps))
        {
            conditions |= DebugRegisters.BS;
        }

        if (conditions != 0)
        {
            Trap(s, conditions);
        }
        else if (resumes || (s->SystemFlags & Rflags.RF) != 0)
        {
            ModeTracker.UpdateStep(s);
        }
    }

    private static ulong TakePending(CpuState* s)
    {
        var conditions = s->PendingDebug;
        s->PendingDebug = 0;
        return conditions;
    }

    // The trap is for the instruction that began with TF set. A software interrupt has cleared TF before its handler begins, and SYSCALL and
    // SYSRET trap by the TF that they leave.
    private static bool SingleSteps(CpuState* s, Op* op, ulong rip, bool steps)
    {
        switch ((Code)op->Code)
        {
            case Code.Int_imm8 or Code.Int3 or Code.Int1:
                return false;
            case Code.Into when s->Rip != Exits.Wrap(s, rip + op->Length):
                return false;
            case Code.Syscall or Code.Sysretd or Code.Sysretq:
                return (s->SystemFlags & Rflags.TF) != 0;
            default:
                return steps && !StepsBranches(s, op, rip);
        }
    }

    // IA32_DEBUGCTL.BTF: only taken branches trap (SDM Vol. 3B, 17.4.3).
    private static bool StepsBranches(CpuState* s, Op* op, ulong rip)
        => Processor.Of(s).Msrs.TryRead(Msr.DebugCtl, out var control) && (control & BranchTrapFlag) != 0
            && (s->Rip == Exits.Wrap(s, rip + op->Length) || s->Exit == ExitReason.Interrupted);

    private static bool TryInstructionBreakpoint(CpuState* s)
    {
        if (!Breakpoints.AnyEnabled(s))
        {
            return false;
        }

        var linear = s->Is64Bit ? s->Rip : (uint)(s->Cs.Base + s->Rip);
        var hits = Breakpoints.MatchExecute(s, linear);
        if (hits == 0)
        {
            return false;
        }

        InterruptDelivery.DeliverDebug(s, hits);
        ModeTracker.UpdateStep(s);
        return true;
    }

    // A trap wakes a processor that its HLT has just stopped.
    private static void Trap(CpuState* s, ulong conditions)
    {
        s->Activity = ActivityState.Active;
        InterruptDelivery.DeliverDebug(s, conditions);
        ModeTracker.UpdateStep(s);
    }
}
