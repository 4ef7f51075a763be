using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>RDMSR, WRMSR, RDTSC, RDTSCP, RDPMC, RDPID, SWAPGS, FS and GS base, RDPKRU, WRPKRU, CPUID, RDRAND, RDSEED (SDM Vol. 2).</summary>
public static unsafe class MachineRegisters
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Rdmsr, new SystemRow(&ReadMsr));
        table.Add(Mnemonic.Wrmsr, new SystemRow(&WriteMsr));
        table.Add(Mnemonic.Rdtsc, new SystemRow(&ReadTsc) { EndsBlock = false });
        table.Add(Mnemonic.Rdtscp, new SystemRow(&ReadTscAndAux) { EndsBlock = false });
        table.Add(Mnemonic.Rdpmc, new SystemRow(&ReadCounter) { EndsBlock = false });
        table.Add(Code.Rdpid_r32, new SystemRow(&ReadProcessorId, 4) { EndsBlock = false });
        table.Add(Code.Rdpid_r64, new SystemRow(&ReadProcessorId, 8) { EndsBlock = false });
        table.Add(Mnemonic.Swapgs, new SystemRow(&SwapGs) { EndsBlock = false });
        foreach (var (size, readFs, readGs, writeFs, writeGs) in new[]
        {
            (4, Code.Rdfsbase_r32, Code.Rdgsbase_r32, Code.Wrfsbase_r32, Code.Wrgsbase_r32),
            (8, Code.Rdfsbase_r64, Code.Rdgsbase_r64, Code.Wrfsbase_r64, Code.Wrgsbase_r64),
        })
        {
            table.Add(readFs, new SystemRow(&ReadFsBase, size) { EndsBlock = false });
            table.Add(readGs, new SystemRow(&ReadGsBase, size) { EndsBlock = false });
            table.Add(writeFs, new SystemRow(&WriteFsBase, size) { EndsBlock = false });
            table.Add(writeGs, new SystemRow(&WriteGsBase, size) { EndsBlock = false });
        }

        table.Add(Mnemonic.Rdpkru, new SystemRow(&ReadPkru) { EndsBlock = false });
        table.Add(Mnemonic.Wrpkru, new SystemRow(&WritePkru));
        table.Add(Mnemonic.Cpuid, new SystemRow(&Identify));
        foreach (var (size, rdrand, rdseed) in new[]
        {
            (2, Code.Rdrand_r16, Code.Rdseed_r16), (4, Code.Rdrand_r32, Code.Rdseed_r32), (8, Code.Rdrand_r64, Code.Rdseed_r64),
        })
        {
            table.Add(rdrand, new SystemRow(&ReadRandom, size) { EndsBlock = false });
            table.Add(rdseed, new SystemRow(&ReadRandom, size) { EndsBlock = false });
        }
    }

    private static Op* ReadMsr(CpuState* s, Op* op)
    {
        if (!SystemSteps.CheckSupervisor(s) || !ModelSpecificRegisters.TryRead(s, (uint)s->Rcx, out var value))
        {
            return Exits.Faulted(s, op);
        }

        SetPair(s, value);
        return Exits.LeaveNext(s, op);
    }

    private static Op* WriteMsr(CpuState* s, Op* op)
    {
        var value = (uint)s->Rax | (s->Rdx << 32);
        return SystemSteps.CheckSupervisor(s) && ModelSpecificRegisters.TryWrite(s, (uint)s->Rcx, value)
            ? Exits.LeaveNext(s, op)
            : Exits.Faulted(s, op);
    }

    private static void SetPair(CpuState* s, ulong value)
    {
        s->Rax = (uint)value;
        s->Rdx = value >> 32;
    }

    private static bool CheckTimeStamp(CpuState* s)
        => (s->Cr4 & Cr4.TSD) == 0 || s->Cpl == 0 || Fault.GeneralProtection(s, 0);

    private static Op* ReadTsc(CpuState* s, Op* op)
    {
        if (!CheckTimeStamp(s))
        {
            return Exits.Faulted(s, op);
        }

        SetPair(s, Processor.Of(s).ReadTsc());
        return op + 1;
    }

    private static Op* ReadTscAndAux(CpuState* s, Op* op)
    {
        if (!CheckTimeStamp(s))
        {
            return Exits.Faulted(s, op);
        }

        SetPair(s, Processor.Of(s).ReadTsc());
        s->Rcx = (uint)s->TscAux;
        return op + 1;
    }

    // No performance counter is announced, so that every index is one that does not exist.
    private static Op* ReadCounter(CpuState* s, Op* op)
    {
        Fault.GeneralProtection(s, 0);
        return Exits.Faulted(s, op);
    }

    private static Op* ReadProcessorId(CpuState* s, Op* op)
    {
        CpuState.Set(s, op->Destination, (ulong)(uint)s->TscAux);
        return op + 1;
    }

    private static Op* SwapGs(CpuState* s, Op* op)
    {
        if (!SystemSteps.CheckSupervisor(s))
        {
            return Exits.Faulted(s, op);
        }

        (s->Gs.Base, s->KernelGsBase) = (s->KernelGsBase, s->Gs.Base);
        return op + 1;
    }

    private static Op* ReadFsBase(CpuState* s, Op* op) => ReadBase(s, op, s->Fs.Base);

    private static Op* ReadGsBase(CpuState* s, Op* op) => ReadBase(s, op, s->Gs.Base);

    private static Op* WriteFsBase(CpuState* s, Op* op) => WriteBase(s, op, &s->Fs.Base);

    private static Op* WriteGsBase(CpuState* s, Op* op) => WriteBase(s, op, &s->Gs.Base);

    private static bool CheckBaseAccess(CpuState* s) => (s->Cr4 & Cr4.FSGSBASE) != 0 || Fault.InvalidOpcode(s);

    private static Op* ReadBase(CpuState* s, Op* op, ulong value)
    {
        if (!CheckBaseAccess(s))
        {
            return Exits.Faulted(s, op);
        }

        SystemSteps.SetRegister(s, op->Destination, op->OperandSize, value);
        return op + 1;
    }

    private static Op* WriteBase(CpuState* s, Op* op, ulong* destination)
    {
        var value = SystemSteps.GetRegister(s, op->Destination, op->OperandSize);
        if (!CheckBaseAccess(s) || (!SlowMemory.IsCanonicalBase(s, value) && !Fault.GeneralProtection(s, 0)))
        {
            return Exits.Faulted(s, op);
        }

        *destination = value;
        return op + 1;
    }

    private static bool CheckKeys(CpuState* s)
        => ((s->Cr4 & Cr4.PKE) != 0 || Fault.InvalidOpcode(s)) && ((uint)s->Rcx == 0 || Fault.GeneralProtection(s, 0));

    private static Op* ReadPkru(CpuState* s, Op* op)
    {
        if (!CheckKeys(s))
        {
            return Exits.Faulted(s, op);
        }

        SetPair(s, s->Pkru);
        return op + 1;
    }

    private static Op* WritePkru(CpuState* s, Op* op)
    {
        if (!CheckKeys(s) || ((uint)s->Rdx != 0 && !Fault.GeneralProtection(s, 0)))
        {
            return Exits.Faulted(s, op);
        }

        Processor.Of(s).Mmu.WritePkru((uint)s->Rax);
        return Exits.LeaveNext(s, op);
    }

    private static Op* Identify(CpuState* s, Op* op)
    {
        var leaf = CpuidLeaves.Read(Processor.Of(s), (uint)s->Rax, (uint)s->Rcx);
        s->Rax = leaf.Eax;
        s->Rbx = leaf.Ebx;
        s->Rcx = leaf.Ecx;
        s->Rdx = leaf.Edx;
        return Exits.LeaveNext(s, op);
    }

    private static Op* ReadRandom(CpuState* s, Op* op)
    {
        SystemSteps.SetRegister(s, op->Destination, op->OperandSize, Processor.Of(s).NextRandom());
        s->Flags.FromRflags(Rflags.CF);
        return op + 1;
    }
}
