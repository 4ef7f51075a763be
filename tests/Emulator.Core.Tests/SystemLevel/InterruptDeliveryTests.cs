using Emulator.Core.Cpu;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>Gates, stack switches, error codes, escalation (SDM Vol. 3A, ch. 6).</summary>
public sealed unsafe class InterruptDeliveryTests
{
    [Fact]
    public void SoftwareInterrupt_InRealMode_PushesFlagsAndClearsThem()
    {
        using var machine = new SystemMachine();
        machine.EnterReal();
        machine.State->SystemFlags = Rflags.IF;
        machine.Assemble(16, SystemMachine.Code, a => a.@int(0x21));
        machine.Run();
        Assert.Equal(0x21, machine.HandledVector);
        Assert.Equal(0x6ffaul, machine.State->Rsp);
        Assert.Equal(SystemMachine.Code + 2, machine.Read<ushort>(0x6ffa));
        Assert.Equal(0x202, machine.Read<ushort>(0x6ffe));
        Assert.Equal(0ul, machine.State->SystemFlags & Rflags.IF);
    }

    [Fact]
    public void SoftwareInterrupt_FromUser_SwitchesToTheStackOfTheTss()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(3);
        machine.Assemble(32, SystemMachine.Code, a => a.@int(0x80));
        machine.Run();
        Assert.Equal(0x80, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.InnerStack - 20, machine.State->Rsp);
        Assert.Equal((uint)SystemMachine.Code + 2, machine.Stack32(0));
        Assert.Equal((uint)SystemMachine.UserCode32, machine.Stack32(1));
        Assert.Equal((uint)SystemMachine.UserStack, machine.Stack32(3));
        Assert.Equal((uint)SystemMachine.UserData32, machine.Stack32(4));
        Assert.Equal(SystemMachine.Data32, machine.State->Ss.Selector);
    }

    [Theory]
    [InlineData(0x80)]
    [InlineData(3)]
    [InlineData(4)]
    public void SoftwareInterrupt_ThroughAGateOfLevel0FromUser_IsGeneralProtection(int vector)
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(3);
        machine.SetGate(vector, SystemMachine.GateTo(SystemMachine.Code32, 0x9000, 14, 0));
        machine.State->Flags.FromRflags(Rflags.OF);
        machine.Assemble(32, SystemMachine.Code, a =>
        {
            switch (vector)
            {
                case 3: a.int3(); break;
                case 4: a.into(); break;
                default: a.@int((byte)vector); break;
            }
        });
        machine.Run();
        Assert.Equal(13, machine.HandledVector);
        Assert.Equal((uint)((vector * 8) + 2), machine.Stack32(0));
        Assert.Equal((uint)SystemMachine.Code, machine.Stack32(1));
    }

    [Fact]
    public void Int1_ThroughAGateOfLevel0FromUser_IsDelivered()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(3);
        machine.SetGate(1, SystemMachine.GateTo(SystemMachine.Code32, SystemMachine.Handlers + 16, 14, 0));
        machine.Assemble(32, SystemMachine.Code, a => a.int1());
        machine.Run();
        Assert.Equal(1, machine.HandledVector);
        Assert.Equal((uint)SystemMachine.Code + 1, machine.Stack32(0));
    }

    [Theory]
    [InlineData(14, false)]
    [InlineData(15, true)]
    public void Gate_OfEachKind_LeavesOrClearsIf(int type, bool keeps)
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        machine.State->SystemFlags = Rflags.IF | Rflags.NT;
        machine.SetGate(0x40, SystemMachine.GateTo(SystemMachine.Code32, SystemMachine.Handlers + 0x400, type, 0));
        machine.Assemble(32, SystemMachine.Code, a => a.@int(0x40));
        machine.Run();
        Assert.Equal(0x40, machine.HandledVector);
        Assert.Equal(keeps ? Rflags.IF : 0, machine.State->SystemFlags & (Rflags.IF | Rflags.NT));
    }

    [Fact]
    public void Gate_Of16Bits_PushesWords()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        machine.SetGate(0x40, SystemMachine.GateTo(SystemMachine.Code32, SystemMachine.Handlers + 0x400, 6, 0));
        machine.Assemble(32, SystemMachine.Code, a => a.@int(0x40));
        machine.Run();
        Assert.Equal(0x40, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.KernelStack - 6, machine.State->Rsp);
        Assert.Equal(SystemMachine.Code + 2, machine.Read<ushort>(machine.State->Rsp));
    }

    [Theory]
    [InlineData(0, 0, (int)Vector.GeneralProtection, 0)]
    [InlineData(SystemMachine.Absent, 0, (int)Vector.GeneralProtection, SystemMachine.Absent)]
    [InlineData(SystemMachine.Data32, 0, (int)Vector.GeneralProtection, SystemMachine.Data32)]
    [InlineData(0x1f8, 0, (int)Vector.GeneralProtection, 0x1f8)]
    [InlineData(SystemMachine.UserCode32, 0, (int)Vector.GeneralProtection, SystemMachine.UserCode32 & ~3)]
    public void Gate_ToABadSegment_FaultsWithItsSelector(int selector, int external, int vector, int errorCode)
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        machine.SetGate(0x40, SystemMachine.GateTo(selector, 0x9000, 14, 3));
        machine.Assemble(32, SystemMachine.Code, a => a.@int(0x40));
        machine.Run();
        Assert.Equal(vector, machine.HandledVector);
        Assert.Equal((uint)(errorCode + external), machine.Stack32(0));
    }

    [Fact]
    public void Fault_WhoseGateIsAbsent_SetsExt()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        machine.SetGate(6, SystemMachine.GateTo(SystemMachine.Code32, 0x9000, 14, 3) & ~(0x80ul << 40));
        machine.Assemble(32, SystemMachine.Code, a => a.ud2());
        machine.Run();
        Assert.Equal((int)Vector.SegmentNotPresent, machine.HandledVector);
        Assert.Equal((6u * 8) + 2 + 1, machine.Stack32(0));
    }

    [Fact]
    public void ContributoryFault_WhileDeliveringAnother_IsADoubleFault()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        machine.SetGate(13, 0);
        machine.Assemble(32, SystemMachine.Code, a =>
        {
            a.mov(ds, __word_ptr[SystemMachine.Code + 16]);
            a.nop(10);
            a.dw(0x1f8);
        });
        machine.Run();
        Assert.Equal((int)Vector.DoubleFault, machine.HandledVector);
        Assert.Equal(0u, machine.Stack32(0));
        Assert.Equal((uint)SystemMachine.Code, machine.Stack32(1));
    }

    [Fact]
    public void Fault_WhileDeliveringADoubleFault_ResetsTheMachine()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        machine.State->Idtr.Limit = 0;
        machine.Assemble(32, SystemMachine.Code, a => a.ud2());
        machine.Run();
        Assert.Equal(ActivityState.Shutdown, machine.State->Activity);
        Assert.NotNull(machine.ResetCause);
    }

    [Fact]
    public void InnerStack_WithABadSelectorInTheTss_IsInvalidTss()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(3);
        machine.Write<uint>(SystemMachine.Tss + 8, SystemMachine.UserData32);
        machine.SetGate(10, SystemMachine.GateTo(SystemMachine.Conforming, SystemMachine.Handlers + 160, 14, 3));
        machine.Assemble(32, SystemMachine.Code, a => a.@int(0x40));
        machine.Run();
        Assert.Equal((int)Vector.InvalidTss, (int)((machine.State->Rip - SystemMachine.Handlers) / 16));
    }

    [Fact]
    public void LongMode_FromUser_SwitchesStackAndLoadsANullStackSegment()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(3);
        machine.Assemble(64, SystemMachine.Code, a => a.@int(0x80));
        machine.Run();
        Assert.Equal(0x80, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.InnerStack - 40, machine.State->Rsp);
        Assert.Equal((ulong)SystemMachine.Code + 2, machine.Stack64(0));
        Assert.Equal((ulong)SystemMachine.UserCode64, machine.Stack64(1));
        Assert.Equal((ulong)SystemMachine.UserStack, machine.Stack64(3));
        Assert.Equal(0, machine.State->Ss.Selector);
    }

    [Fact]
    public void LongMode_WithInterruptStack_UsesItAtTheSameLevelToo()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.SetGate64(0x40, SystemMachine.Code64, SystemMachine.Handlers + 0x400, 14, 0, ist: 1);
        machine.Assemble(64, SystemMachine.Code, a => a.@int(0x40));
        machine.Run();
        Assert.Equal(0x40, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.ListStack - 40, machine.State->Rsp);
        Assert.Equal(SystemMachine.Data32, machine.State->Ss.Selector);
    }

    [Fact]
    public void LongMode_WithoutStackSwitch_AlignsTheStack()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.State->Rsp -= 8;
        machine.Assemble(64, SystemMachine.Code, a => a.ud2());
        machine.Run();
        Assert.Equal(6, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.KernelStack - 16 - 40, machine.State->Rsp);
        Assert.Equal((ulong)SystemMachine.KernelStack - 8, machine.Stack64(3));
    }

    [Fact]
    public void PageFault_InLongMode_SetsCr2AndErrorCode()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(3);
        machine.Assemble(64, SystemMachine.Code, a => a.mov(__byte_ptr[0x900123], al));
        machine.Run();
        Assert.Equal(14, machine.HandledVector);
        Assert.Equal(6ul, machine.Stack64(0));
        Assert.Equal(0x900123ul, machine.State->Cr2);
    }

    [Theory]
    [InlineData(0x0000_8000_0000_0000ul, 13)]
    [InlineData(0xffff_7fff_ffff_ffffUL, 13)]
    public void NonCanonicalAddress_InLongMode_IsGeneralProtection(ulong address, int vector)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.State->Rbx = address;
        machine.Assemble(64, SystemMachine.Code, a => a.mov(al, __byte_ptr[rbx]));
        machine.Run();
        Assert.Equal(vector, machine.HandledVector);
        Assert.Equal(0ul, machine.Stack64(0));
    }

    [Fact]
    public void Nmi_UntilIret_BlocksTheNext()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        machine.Assemble(32, SystemMachine.Code, a =>
        {
            a.nop();
            a.hlt();
        });
        machine.Processor.RaiseNmi();
        machine.Run();
        Assert.Equal(2, machine.HandledVector);
        machine.Processor.RaiseNmi();
        Assert.False(machine.Processor.HasWork);
        machine.Processor.UnblockNmi();
        Assert.True(machine.Processor.HasWork);
    }
}
