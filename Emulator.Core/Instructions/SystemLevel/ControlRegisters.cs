using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>MOV to and from control registers, LMSW, SMSW, CLTS (SDM Vol. 2).</summary>
public static unsafe class ControlRegisters
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Code.Mov_r32_cr, new SystemRow(&Read, 4));
        table.Add(Code.Mov_r64_cr, new SystemRow(&Read, 8));
        table.Add(Code.Mov_cr_r32, new SystemRow(&Write, 4));
        table.Add(Code.Mov_cr_r64, new SystemRow(&Write, 8));
        table.Add(Mnemonic.Clts, new SystemRow(&ClearTaskSwitched));
        table.Add(Mnemonic.Lmsw, new SystemRow(&LoadStatusRegister, &LoadStatusMemory, 2));
        table.Add(Code.Smsw_rm16, new SystemRow(&StoreStatusRegister, &StoreStatusMemory, 2));
        table.Add(Code.Smsw_r32m16, new SystemRow(&StoreStatusRegister, &StoreStatusMemory, 4));
        table.Add(Code.Smsw_r64m16, new SystemRow(&StoreStatusRegister, &StoreStatusMemory, 8));
    }

    private static Op* Read(CpuState* s, Op* op)
    {
        var number = op->Source;
        if (!CheckExists(s, number) || !SystemSteps.CheckSupervisor(s))
        {
            return Exits.Faulted(s, op);
        }

        var value = number switch
        {
            0 => s->Cr0,
            2 => s->Cr2,
            3 => s->Cr3,
            4 => s->Cr4,
            _ => Processor.Of(s).Apic?.TaskPriorityClass ?? 0ul,
        };
        SystemSteps.SetRegister(s, op->Destination, op->OperandSize, value);
        return Exits.LeaveNext(s, op);
    }

    private static Op* Write(CpuState* s, Op* op)
    {
        var number = op->Destination;
        var value = SystemSteps.GetRegister(s, op->Source, op->OperandSize);
        var done = CheckExists(s, number) && SystemSteps.CheckSupervisor(s) && number switch
        {
            0 => ControlRegisterWrites.TryWriteCr0(s, value),
            2 => TryWriteCr2(s, value),
            3 => ControlRegisterWrites.TryWriteCr3(s, value),
            4 => ControlRegisterWrites.TryWriteCr4(s, value),
            _ => TryWriteCr8(s, value),
        };
        return done ? Exits.LeaveNext(s, op) : Exits.Faulted(s, op);
    }

    // CR8 is reached by REX.R, or with AMD by LOCK in any mode.
    private static bool CheckExists(CpuState* s, int number)
        => number is 0 or 2 or 3 or 4 or 8 || Fault.InvalidOpcode(s);

    private static bool TryWriteCr2(CpuState* s, ulong value)
    {
        s->Cr2 = value;
        return true;
    }

    private static bool TryWriteCr8(CpuState* s, ulong value)
    {
        if (value > 15)
        {
            return Fault.GeneralProtection(s, 0);
        }

        if (Processor.Of(s).Apic is { } apic)
        {
            apic.TaskPriorityClass = (byte)value;
        }

        return true;
    }

    private static Op* ClearTaskSwitched(CpuState* s, Op* op)
    {
        if (!SystemSteps.CheckSupervisor(s))
        {
            return Exits.Faulted(s, op);
        }

        s->Cr0 &= ~Cr0.TS;
        ModeTracker.Update(s);
        return Exits.LeaveNext(s, op);
    }

    private static Op* LoadStatusRegister(CpuState* s, Op* op)
        => SystemSteps.CheckSupervisor(s) ? LoadStatus(s, op, CpuState.Get<ushort>(s, op->Destination)) : Exits.Faulted(s, op);

    private static Op* LoadStatusMemory(CpuState* s, Op* op)
        => SystemSteps.CheckSupervisor(s) && SystemSteps.TryRead<ushort>(s, op, 0, out var value)
            ? LoadStatus(s, op, value)
            : Exits.Faulted(s, op);

    // Only PE, MP, EM and TS are loaded, and PE is never cleared.
    private static Op* LoadStatus(CpuState* s, Op* op, ushort value)
    {
        const ulong Loaded = Cr0.PE | Cr0.MP | Cr0.EM | Cr0.TS;
        var cr0 = (s->Cr0 & ~(Loaded & ~Cr0.PE)) | (value & Loaded);
        return ControlRegisterWrites.TryWriteCr0(s, cr0) ? Exits.LeaveNext(s, op) : Exits.Faulted(s, op);
    }

    private static Op* StoreStatusRegister(CpuState* s, Op* op)
    {
        if (!SystemSteps.CheckUserPrevention(s))
        {
            return Exits.Faulted(s, op);
        }

        SystemSteps.SetRegister(s, op->Destination, op->OperandSize, s->Cr0);
        return Exits.LeaveNext(s, op);
    }

    private static Op* StoreStatusMemory(CpuState* s, Op* op)
        => SystemSteps.CheckUserPrevention(s) && SystemSteps.TryWrite(s, op, 0, (ushort)s->Cr0)
            ? Exits.LeaveNext(s, op)
            : Exits.Faulted(s, op);
}
