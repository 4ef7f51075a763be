using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>
/// SYSCALL, SYSRET, SYSENTER, SYSEXIT (SDM Vol. 2; APM Vol. 3). Intel has SYSCALL in 64-bit mode only; AMD has SYSENTER outside IA-32e mode only, and
/// leaves the canonical check of SYSRET's target to the fetch at privilege level 3.
/// </summary>
public static unsafe class FastSystemCalls
{
    private const ushort FlatCode = SegmentCache.Present | SegmentCache.CodeOrData | SegmentCache.Executable | SegmentCache.ReadWrite
        | SegmentCache.Accessed | SegmentCache.Granularity;

    private const ushort FlatData = SegmentCache.Present | SegmentCache.CodeOrData | SegmentCache.ReadWrite | SegmentCache.Accessed
        | SegmentCache.Granularity | SegmentCache.Big;

    private const ulong ReturnFlags = 0x3c_7fd7;

    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Code.Syscall, new SystemRow(&Syscall));
        table.Add(Code.Sysretd, new SystemRow(&Sysret, 4));
        table.Add(Code.Sysretq, new SystemRow(&Sysret, 8));
        table.Add(Code.Sysenter, new SystemRow(&Sysenter));
        table.Add(Code.Sysexitd, new SystemRow(&Sysexit, 4));
        table.Add(Code.Sysexitq, new SystemRow(&Sysexit, 8));
    }

    private static bool IsAmd(CpuState* s) => Processor.Of(s).Model.IsAmd;

    private static SegmentCache Flat(int selector, int attributes, int cpl) => new()
    {
        Selector = (ushort)selector,
        Attributes = (ushort)(attributes | (cpl << 5)),
        Limit = uint.MaxValue,
    };

    // The segments are not read from the tables: they are what the tables must hold.
    private static void Enter(CpuState* s, int code, int stack, int cpl, bool is64)
    {
        s->Cs = Flat((code & 0xfffc) | cpl, FlatCode | (is64 ? SegmentCache.Long : SegmentCache.Big), cpl);
        s->Ss = Flat((stack & 0xfffc) | cpl, FlatData, cpl);
        s->Cpl = cpl;
    }

    private static Op* Leave(CpuState* s, Op* op, ulong rip)
    {
        if (s->Is64Bit && (s->Cs.Attributes & SegmentCache.Long) != 0)
        {
            ModeTracker.UpdatePrivilege(s);
        }
        else
        {
            ModeTracker.Update(s);
        }

        return Exits.LeaveTo(s, op, rip);
    }

    private static bool CheckSyscall(CpuState* s)
        => ((s->Efer & Efer.SCE) != 0 && (s->Is64Bit || IsAmd(s)) && !s->IsReal) || Fault.InvalidOpcode(s);

    private static Op* Syscall(CpuState* s, Op* op)
    {
        if (!CheckSyscall(s))
        {
            return Exits.Faulted(s, op);
        }

        var selector = (int)(s->Star >> 32) & 0xffff;
        var next = Exits.NextRip(s, op);
        s->Rcx = next;
        if (!s->IsLongMode)
        {
            s->SystemFlags &= ~(Rflags.VM | Rflags.IF | Rflags.RF);
            Enter(s, selector, selector + 8, 0, is64: false);
            return Leave(s, op, (uint)s->Star);
        }

        var target = s->Is64Bit ? s->LStar : s->CStar;
        var flags = s->ReadRflags() & ~Rflags.RF;
        s->R11 = flags;
        s->WriteRflags(flags & ~s->SyscallMask);
        Enter(s, selector, selector + 8, 0, is64: true);
        return Leave(s, op, target);
    }

    private static Op* Sysret(CpuState* s, Op* op)
    {
        if (!CheckSyscall(s))
        {
            return Exits.Faulted(s, op);
        }

        var to64 = op->OperandSize == 8;
        if (!SystemSteps.CheckSupervisor(s)
            || (to64 && !IsAmd(s) && !SlowMemory.IsCanonical(s, s->Rcx) && !Fault.GeneralProtection(s, 0)))
        {
            return Exits.Faulted(s, op);
        }

        var selector = (int)(s->Star >> 48);
        if (s->IsLongMode)
        {
            s->WriteRflags(s->R11 & ReturnFlags);
        }
        else
        {
            s->SystemFlags |= Rflags.IF;
        }

        Enter(s, to64 ? selector + 16 : selector, selector + 8, 3, to64);
        Processor.Of(s).PollInterrupts();
        return Leave(s, op, to64 ? s->Rcx : (uint)s->Rcx);
    }

    private static bool CheckSysenter(CpuState* s)
    {
        if (IsAmd(s) && s->IsLongMode)
        {
            return Fault.InvalidOpcode(s);
        }

        return (!s->IsReal && (s->SysenterCs & 0xfffc) != 0) || Fault.GeneralProtection(s, 0);
    }

    private static Op* Sysenter(CpuState* s, Op* op)
    {
        if (!CheckSysenter(s))
        {
            return Exits.Faulted(s, op);
        }

        var selector = (int)s->SysenterCs & 0xfffc;
        var is64 = s->IsLongMode;
        s->SystemFlags &= ~(Rflags.VM | Rflags.IF | Rflags.RF);
        Enter(s, selector, selector + 8, 0, is64);
        s->Rsp = is64 ? s->SysenterEsp : (uint)s->SysenterEsp;
        return Leave(s, op, is64 ? s->SysenterEip : (uint)s->SysenterEip);
    }

    private static Op* Sysexit(CpuState* s, Op* op)
    {
        var to64 = op->OperandSize == 8;
        if (!CheckSysenter(s) || !SystemSteps.CheckSupervisor(s)
            || (to64 && !(SlowMemory.IsCanonical(s, s->Rdx) && SlowMemory.IsCanonical(s, s->Rcx)) && !Fault.GeneralProtection(s, 0)))
        {
            return Exits.Faulted(s, op);
        }

        var selector = (int)s->SysenterCs & 0xfffc;
        var code = selector + (to64 ? 32 : 16);
        Enter(s, code, code + 8, 3, to64);
        s->Rsp = to64 ? s->Rcx : (uint)s->Rcx;
        return Leave(s, op, to64 ? s->Rdx : (uint)s->Rdx);
    }
}
