using Emulator.Core.Cpu;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>Single step, breakpoints, shadows (SDM Vol. 3B, ch. 17).</summary>
public sealed unsafe class DebugTrapTests
{
    private const int Data = 0x40000;

    [Fact]
    public void TrapFlag_SetByPopf_TrapsAfterTheNextInstruction()
    {
        using var machine = Start();
        machine.Assemble(64, SystemMachine.Code, a =>
        {
            a.push(0x102);
            a.popfq();
            a.nop();
            a.nop();
        });
        machine.Run();
        Assert.Equal(1, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.Code + 7, machine.Stack64(0));
        Assert.Equal(DebugRegisters.Dr6Fixed | DebugRegisters.BS, machine.State->Dr[6]);
        Assert.Equal(0x102ul, machine.Stack64(2));
    }

    [Fact]
    public void TrapFlag_OnMovSs_WaitsForTheInstructionAfter()
    {
        using var machine = Start(Rflags.TF);
        machine.State->Rax = 0;
        machine.Assemble(64, SystemMachine.Code, a =>
        {
            a.mov(ss, ax);
            a.nop();
            a.nop();
        });
        machine.Run();
        Assert.Equal(1, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.Code + 4, machine.Stack64(0));
    }

    [Fact]
    public void TrapFlag_OnASoftwareInterrupt_DoesNotTrap()
    {
        using var machine = Start(Rflags.TF);
        machine.Assemble(64, SystemMachine.Code, a => a.@int(0x40));
        machine.Run();
        Assert.Equal(0x40, machine.HandledVector);
        Assert.Equal(0x102ul, machine.Stack64(2));
    }

    [Fact]
    public void TrapFlag_OnAFault_IsInTheImageWithRf()
    {
        using var machine = Start(Rflags.TF);
        machine.Assemble(64, SystemMachine.Code, a => a.ud2());
        machine.Run();
        Assert.Equal(6, machine.HandledVector);
        Assert.Equal(0x10102ul, machine.Stack64(2));
    }

    [Fact]
    public void TrapFlag_OnARepeatedString_TrapsAfterEachIteration()
    {
        using var machine = Start(Rflags.TF);
        machine.State->Rcx = 5;
        machine.State->Rdi = Data;
        machine.Assemble(64, SystemMachine.Code, a => a.rep.stosb());
        machine.Run();
        Assert.Equal(1, machine.HandledVector);
        Assert.Equal(4ul, machine.State->Rcx);
        Assert.Equal((ulong)SystemMachine.Code, machine.Stack64(0));
    }

    [Fact]
    public void TrapFlag_OnARepeatedStringToATranslatedPage_TrapsAfterEachIteration()
    {
        using var machine = Start();
        machine.State->Rcx = 5;
        machine.State->Rdi = Data;
        machine.Assemble(64, SystemMachine.Code, a =>
        {
            a.mov(__byte_ptr[rdi], al);
            a.push(0x102);
            a.popfq();
            a.rep.stosb();
        });
        machine.Run();
        Assert.Equal(1, machine.HandledVector);
        Assert.Equal(4ul, machine.State->Rcx);
        Assert.Equal((ulong)Data + 1, machine.State->Rdi);
    }

    [Theory]
    [InlineData(false, 1, SystemMachine.Code + 1)]
    [InlineData(true, 0x40, SystemMachine.Code + 3)]
    public void InstructionBreakpoint_BeforeTheInstruction_IsAFaultUnlessRf(bool resume, int vector, int rip)
    {
        using var machine = Start();
        machine.State->Dr[0] = SystemMachine.Code + (resume ? 0ul : 1ul);
        machine.State->Dr[7] = 0x401;
        machine.State->SystemFlags |= resume ? Rflags.RF : 0;
        ModeTracker.Update(machine.State);
        machine.Assemble(64, SystemMachine.Code, a =>
        {
            a.nop();
            a.@int(0x40);
        });
        machine.Run();
        Assert.Equal(vector, machine.HandledVector);
        Assert.Equal((ulong)rip, machine.Stack64(0));
        Assert.Equal(0ul, machine.Stack64(2) & Rflags.RF);
        Assert.Equal(resume ? DebugRegisters.Dr6Fixed : DebugRegisters.Dr6Fixed | 1, machine.State->Dr[6]);
    }

    [Theory]
    [InlineData(0xd_0402ul, Data, true)]
    [InlineData(0xd_0402ul, Data + 3, true)]
    [InlineData(0xd_0402ul, Data + 4, false)]
    [InlineData(0xd_0402ul, Data - 3, true)]
    public void WriteBreakpoint_AfterAnOverlappingWrite_Traps(ulong control, int address, bool hits)
    {
        using var machine = Start();
        machine.State->Rax = Data;
        machine.State->Rbx = control;
        machine.State->Rsi = (ulong)address;
        machine.Assemble(64, SystemMachine.Code, a =>
        {
            a.mov(dr0, rax);
            a.mov(dr7, rbx);
            a.mov(ecx, __dword_ptr[rsi]);
            a.mov(__dword_ptr[rsi], ecx);
            a.@int(0x40);
        });
        machine.Run();
        Assert.Equal(hits ? 1 : 0x40, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.Code + (hits ? 10ul : 12ul), machine.Stack64(0));
        Assert.Equal(hits ? DebugRegisters.Dr6Fixed | 1 : DebugRegisters.Dr6Fixed, machine.State->Dr[6]);
    }

    [Fact]
    public void PortBreakpoint_WithDe_Traps()
    {
        using var machine = Start();
        machine.State->Cr4 |= Cr4.DE;
        machine.State->Dr[1] = 0x80;
        machine.State->Dr[7] = 0x20_0404;
        ModeTracker.Update(machine.State);
        machine.Assemble(64, SystemMachine.Code, a => a.@out(0x80, al));
        machine.Run();
        Assert.Equal(1, machine.HandledVector);
        Assert.Equal(DebugRegisters.Dr6Fixed | 2, machine.State->Dr[6]);
        Assert.Equal((ulong)SystemMachine.Code + 2, machine.Stack64(0));
    }

    [Fact]
    public void GeneralDetect_OnAccess_FaultsAndIsCleared()
    {
        using var machine = Start();
        machine.State->Dr[7] = 0x2400;
        machine.Assemble(64, SystemMachine.Code, a => a.mov(rax, dr6));
        machine.Run();
        Assert.Equal(1, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.Code, machine.Stack64(0));
        Assert.Equal(DebugRegisters.Dr6Fixed | DebugRegisters.BD, machine.State->Dr[6]);
        Assert.Equal(0x400ul, machine.State->Dr[7]);
    }

    [Fact]
    public void Sti_BeforeHlt_LetsNoInterruptBetween()
    {
        using var machine = Start();
        var apic = new OneInterrupt(machine.Processor, 0x41);
        machine.Processor.Apic = apic;
        machine.Processor.SetInterruptRequest(true);
        machine.Assemble(64, SystemMachine.Code, a =>
        {
            a.sti();
            a.nop();
            a.nop();
        });
        machine.Run();
        Assert.Equal(0x41, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.Code + 2, machine.Stack64(0));
    }

    private static SystemMachine Start(ulong flags = 0)
    {
        var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.State->SystemFlags = flags;
        ModeTracker.Update(machine.State);
        return machine;
    }

    private sealed class OneInterrupt(Processor processor, int vector) : ILocalApic
    {
        public uint ApicId => 0;

        public byte TaskPriorityClass { get; set; }

        public ulong ApicBase => 0xfee0_0900;

        public int Acknowledge()
        {
            processor.SetInterruptRequest(false);
            return vector;
        }

        public bool TryWriteApicBase(ulong value) => false;

        public bool TryReadMsr(uint index, out ulong value)
        {
            value = 0;
            return false;
        }

        public bool TryWriteMsr(uint index, ulong value) => false;

        public void TimestampChanged()
        {
            // No timer of its own.
        }
    }
}
