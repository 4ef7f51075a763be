using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>INT n, INT3, INTO, INT1, BOUND, IRET, HLT.</summary>
public static unsafe class Interrupts
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Int, new SystemRow(&Int));
        table.Add(Mnemonic.Int3, new SystemRow(&Int3));
        table.Add(Mnemonic.Into, new SystemRow(&Into));
        table.Add(Mnemonic.Int1, new SystemRow(&Int1));
        table.Add(Mnemonic.Hlt, new SystemRow(&Halt));
        table.Add(Code.Iretw, new SystemRow(&Return, 2));
        table.Add(Code.Iretd, new SystemRow(&Return, 4));
        table.Add(Code.Iretq, new SystemRow(&Return, 8));
        table.Add(Code.Bound_r16_m1616, new HandlerRow(&Bound16));
        table.Add(Code.Bound_r32_m3232, new HandlerRow(&Bound32));
    }

    private static Op* Int(CpuState* s, Op* op) => Deliver(s, op, (byte)op->Immediate, InterruptSource.Software);

    private static Op* Int3(CpuState* s, Op* op) => Deliver(s, op, (byte)Vector.Breakpoint, InterruptSource.SoftwareException);

    private static Op* Into(CpuState* s, Op* op)
        => s->Flags.OF ? Deliver(s, op, (byte)Vector.Overflow, InterruptSource.SoftwareException) : Exits.LeaveNext(s, op);

    // INT1 is a trap-like #DB that sets no bit of DR6 (SDM Vol. 3A, 6.3.2) but clears DR7.GD.
    private static Op* Int1(CpuState* s, Op* op)
    {
        DebugRegisters.ClearGeneralDetect(s);
        return Deliver(s, op, (byte)Vector.Debug, InterruptSource.PrivilegedSoftware);
    }

    private static Op* Deliver(CpuState* s, Op* op, byte vector, InterruptSource source)
    {
        SystemSteps.Begin(s, op);
        return SystemSteps.End(s, op, InterruptDelivery.TrySoftware(s, vector, source, Exits.NextRip(s, op)));
    }

    private static Op* Return(CpuState* s, Op* op)
    {
        SystemSteps.Begin(s, op);
        return SystemSteps.End(s, op, InterruptReturn.TryReturn(s, op->OperandSize, Exits.NextRip(s, op)));
    }

    private static Op* Halt(CpuState* s, Op* op)
    {
        if (!SystemSteps.CheckSupervisor(s))
        {
            return Exits.Faulted(s, op);
        }

        s->Activity = ActivityState.Halted;
        return Exits.LeaveNext(s, op);
    }

    private static Op* Bound16(CpuState* s, Op* op)
        => SystemSteps.TryRead<short>(s, op, 0, out var low) && SystemSteps.TryRead<short>(s, op, 2, out var high)
            && CheckBounds(s, CpuState.Get<short>(s, op->Destination), low, high)
            ? op + 1
            : Exits.Faulted(s, op);

    private static Op* Bound32(CpuState* s, Op* op)
        => SystemSteps.TryRead<int>(s, op, 0, out var low) && SystemSteps.TryRead<int>(s, op, 4, out var high)
            && CheckBounds(s, CpuState.Get<int>(s, op->Destination), low, high)
            ? op + 1
            : Exits.Faulted(s, op);

    private static bool CheckBounds(CpuState* s, int index, int low, int high)
        => (index >= low && index <= high) || Fault.Raise(s, Vector.BoundRange);
}
