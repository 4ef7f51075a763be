using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>PUSHF, POPF, CLI, STI, CLAC, STAC (SDM Vol. 2; virtual interrupt flag: SDM Vol. 3A, 20.3 and 20.4).</summary>
public static unsafe class SystemFlags
{
    private const ulong PopUser = Rflags.Arithmetic | Rflags.TF | Rflags.DF | Rflags.NT | Rflags.AC | Rflags.ID;

    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        foreach (var (size, push, pop) in new[] { (2, Code.Pushfw, Code.Popfw), (4, Code.Pushfd, Code.Popfd), (8, Code.Pushfq, Code.Popfq) })
        {
            table.Add(push, new SystemRow(&Push, size) { EndsBlock = false });
            table.Add(pop, new SystemRow(&Pop, size));
        }

        table.Add(Mnemonic.Cli, new SystemRow(&Cli) { EndsBlock = false });
        table.Add(Mnemonic.Sti, new SystemRow(&Sti));
        table.Add(Mnemonic.Clac, new SystemRow(&Clac) { EndsBlock = false });
        table.Add(Mnemonic.Stac, new SystemRow(&Stac) { EndsBlock = false });
    }

    private static int Iopl(CpuState* s) => (int)((s->SystemFlags & Rflags.IOPL) >> Rflags.IoplShift);

    private static Op* Push(CpuState* s, Op* op)
    {
        var image = s->ReadRflags() & ~(Rflags.VM | Rflags.RF);
        if (s->IsVirtual8086 && Iopl(s) < 3)
        {
            if ((s->Cr4 & Cr4.VME) == 0 || op->OperandSize != 2)
            {
                Fault.GeneralProtection(s, 0);
                return Exits.Faulted(s, op);
            }

            image = (image & ~Rflags.IF) | Rflags.IOPL | ((image & Rflags.VIF) != 0 ? Rflags.IF : 0);
        }

        var stack = StackCursor.Current(s);
        if (!stack.TryPush(s, op->OperandSize, image))
        {
            return Exits.Faulted(s, op);
        }

        stack.CommitPointer(s);
        return op + 1;
    }

    private static Op* Pop(CpuState* s, Op* op)
    {
        var virtualized = s->IsVirtual8086 && Iopl(s) < 3;
        if (virtualized && ((s->Cr4 & Cr4.VME) == 0 || op->OperandSize != 2))
        {
            Fault.GeneralProtection(s, 0);
            return Exits.Faulted(s, op);
        }

        var stack = StackCursor.Current(s);
        if (!stack.TryPop(s, op->OperandSize, out var image)
            || (virtualized && !FlagWrites.AllowsVirtual(s, image) && !Fault.GeneralProtection(s, 0)))
        {
            return Exits.Faulted(s, op);
        }

        stack.CommitPointer(s);
        var mask = PopUser
            | (s->Cpl == 0 ? Rflags.IOPL : 0)
            | (s->Cpl <= Iopl(s) ? Rflags.IF : 0);
        FlagWrites.Replace(s, image, virtualized ? PopUser : mask, op->OperandSize);
        if (virtualized)
        {
            FlagWrites.SetVirtualInterrupt(s, (image & Rflags.IF) != 0);
        }

        ModeTracker.UpdatePrivilege(s);
        return Exits.LeaveNext(s, op);
    }

    // Whether CLI and STI mean IF, VIF, or neither.
    private enum InterruptFlagAccess
    {
        Real,
        Virtual,
        None,
    }

    private static InterruptFlagAccess AccessOf(CpuState* s)
    {
        if (s->IsReal || s->Cpl <= Iopl(s))
        {
            return InterruptFlagAccess.Real;
        }

        var virtualized = s->IsVirtual8086 ? (s->Cr4 & Cr4.VME) != 0 : s->Cpl == 3 && (s->Cr4 & Cr4.PVI) != 0;
        return virtualized ? InterruptFlagAccess.Virtual : InterruptFlagAccess.None;
    }

    private static Op* Cli(CpuState* s, Op* op)
    {
        switch (AccessOf(s))
        {
            case InterruptFlagAccess.Real:
                FlagWrites.SetInterrupt(s, false);
                return op + 1;
            case InterruptFlagAccess.Virtual:
                FlagWrites.SetVirtualInterrupt(s, false);
                return op + 1;
            default:
                Fault.GeneralProtection(s, 0);
                return Exits.Faulted(s, op);
        }
    }

    private static Op* Sti(CpuState* s, Op* op)
    {
        switch (AccessOf(s))
        {
            case InterruptFlagAccess.Real:
                if ((s->SystemFlags & Rflags.IF) == 0)
                {
                    FlagWrites.SetInterrupt(s, true);
                    s->Shadow = InterruptShadow.Sti;
                    Processor.Of(s).PollInterrupts();
                }

                return Exits.LeaveNext(s, op);
            case InterruptFlagAccess.Virtual when (s->SystemFlags & Rflags.VIP) == 0:
                FlagWrites.SetVirtualInterrupt(s, true);
                return Exits.LeaveNext(s, op);
            default:
                Fault.GeneralProtection(s, 0);
                return Exits.Faulted(s, op);
        }
    }

    private static Op* Clac(CpuState* s, Op* op) => SetAccessCheck(s, op, 0);

    private static Op* Stac(CpuState* s, Op* op) => SetAccessCheck(s, op, Rflags.AC);

    private static Op* SetAccessCheck(CpuState* s, Op* op, ulong value)
    {
        if (s->Cpl != 0)
        {
            Fault.InvalidOpcode(s);
            return Exits.Faulted(s, op);
        }

        s->SystemFlags = (s->SystemFlags & ~Rflags.AC) | value;
        ModeTracker.UpdateTlbTable(s);
        return op + 1;
    }
}
