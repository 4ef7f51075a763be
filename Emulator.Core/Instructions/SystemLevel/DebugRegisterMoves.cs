using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>MOV to and from debug registers (SDM Vol. 2, MOV; SDM Vol. 3B, 17.2).</summary>
public static unsafe class DebugRegisterMoves
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Code.Mov_r32_dr, new SystemRow(&Read, 4));
        table.Add(Code.Mov_r64_dr, new SystemRow(&Read, 8));
        table.Add(Code.Mov_dr_r32, new SystemRow(&Write, 4));
        table.Add(Code.Mov_dr_r64, new SystemRow(&Write, 8));
    }

    // DR4 and DR5 are DR6 and DR7, unless CR4.DE makes them undefined. With DR7.GD any access is a #DB of its own.
    private static bool TryAccess(CpuState* s, ref int number)
    {
        if (number > 7 || (number is 4 or 5 && (s->Cr4 & Cr4.DE) != 0))
        {
            return Fault.InvalidOpcode(s);
        }

        if (!SystemSteps.CheckSupervisor(s))
        {
            return false;
        }

        if ((s->Dr[7] & DebugRegisters.GD) != 0)
        {
            DebugRegisters.Enter(s, DebugRegisters.BD);
            return Fault.Raise(s, Vector.Debug);
        }

        number = number is 4 or 5 ? number + 2 : number;
        return true;
    }

    private static Op* Read(CpuState* s, Op* op)
    {
        var number = (int)op->Source;
        if (!TryAccess(s, ref number))
        {
            return Exits.Faulted(s, op);
        }

        SystemSteps.SetRegister(s, op->Destination, op->OperandSize, s->Dr[number]);
        return Exits.LeaveNext(s, op);
    }

    private static Op* Write(CpuState* s, Op* op)
    {
        var number = (int)op->Destination;
        var value = SystemSteps.GetRegister(s, op->Source, op->OperandSize);
        if (!TryAccess(s, ref number) || (number >= 6 && value >> 32 != 0 && !Fault.GeneralProtection(s, 0)))
        {
            return Exits.Faulted(s, op);
        }

        var enabled = Breakpoints.AnyEnabled(s);
        s->Dr[number] = number switch
        {
            6 => (value & DebugRegisters.Dr6Writable) | DebugRegisters.Dr6Fixed,
            7 => (value & DebugRegisters.Dr7Writable) | DebugRegisters.Dr7Fixed,
            _ => value,
        };

        // Pages with data breakpoints take the slow path from now on, others no longer.
        if (enabled || Breakpoints.AnyEnabled(s))
        {
            Processor.Of(s).Mmu.FlushAll();
        }

        ModeTracker.Update(s);
        return Exits.LeaveNext(s, op);
    }
}
