using Emulator.Core.Cpu;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>Call gates, far returns, IRET, virtual-8086 mode, task switches (SDM Vol. 3A, ch. 5, 7 and 20).</summary>
public sealed unsafe class FarTransferTests
{
    private const int Target = 0xb000;

    [Fact]
    public void CallGate_ToAnInnerLevel_CopiesParametersAndReturns()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(3);
        machine.SetDescriptor(SystemMachine.Gate, SystemMachine.GateTo(SystemMachine.Code32, Target, 12, 3, count: 2));
        machine.Assemble(32, SystemMachine.Code, a =>
        {
            a.push(0x11);
            a.push(0x22);
            Far(a, 0x9a, SystemMachine.Gate | 3);
            a.int3();
        });
        machine.Assemble(32, Target, a =>
        {
            a.mov(eax, __dword_ptr[esp + 8]);
            a.mov(ebx, __dword_ptr[esp + 12]);
            a.mov(ecx, esp);
            a.retf(8);
        });
        machine.Run();
        Assert.Equal(3, machine.HandledVector);
        Assert.Equal(0x22ul, machine.State->Rax);
        Assert.Equal(0x11ul, machine.State->Rbx);
        Assert.Equal((ulong)SystemMachine.InnerStack - 24, machine.State->Rcx);
        Assert.Equal((uint)SystemMachine.UserStack, machine.Stack32(3));
    }

    [Fact]
    public void FarReturn_ToAnOuterLevel_DropsInnerDataSegments()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        machine.Load(&machine.State->Es, SystemMachine.UserData32);
        machine.Assemble(32, SystemMachine.Code, a =>
        {
            a.push(SystemMachine.UserData32);
            a.push(SystemMachine.UserStack);
            a.push(SystemMachine.UserCode32);
            a.push(Target);
            a.retf();
        });
        machine.Assemble(32, Target, a => a.int3());
        machine.Run();
        Assert.Equal(3, machine.HandledVector);
        Assert.Equal(0, machine.State->Ds.Selector);
        Assert.False(machine.State->Ds.IsUsable);
        Assert.Equal(SystemMachine.UserData32, machine.State->Es.Selector);
        Assert.Equal((uint)SystemMachine.UserCode32, machine.Stack32(1));
    }

    [Theory]
    [InlineData(0, 0ul)]
    [InlineData(3, Rflags.IF | Rflags.IOPL)]
    public void Iret_ToTheSameLevel_ChangesIfAndIoplByPrivilege(int cpl, ulong kept)
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(cpl);
        machine.State->SystemFlags = Rflags.IF | Rflags.IOPL;
        machine.State->SystemFlags &= cpl == 0 ? ~Rflags.IOPL : ~0ul;
        machine.Assemble(32, SystemMachine.Code, a =>
        {
            a.push((int)(Rflags.ID | 2));
            a.push(cpl == 0 ? SystemMachine.Code32 : SystemMachine.UserCode32);
            a.push(Target);
            a.iretd();
        });
        machine.Assemble(32, Target, a => a.int3());
        machine.Run();
        Assert.Equal(3, machine.HandledVector);
        var saved = machine.Stack32(2);
        Assert.Equal(cpl == 0 ? kept : Rflags.IOPL, saved & (Rflags.IF | Rflags.IOPL));
        Assert.NotEqual(0u, saved & (uint)Rflags.ID);
    }

    [Fact]
    public void Virtual8086_InterruptAndReturn_KeepEverySegment()
    {
        using var machine = new SystemMachine();
        EnterVirtual8086(machine, 3);
        machine.Assemble(16, 0x30000, a => a.@int(0x40), 0);
        machine.Run();
        Assert.Equal(0x40, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.InnerStack - 36, machine.State->Rsp);
        Assert.Equal(2u, machine.Stack32(0));
        Assert.Equal(0x3000u, machine.Stack32(1));
        Assert.NotEqual(0u, machine.Stack32(2) & (uint)Rflags.VM);
        Assert.Equal(0xff0u, machine.Stack32(3));
        Assert.Equal(0x3100u, machine.Stack32(4));
        Assert.Equal(0x11u, machine.Stack32(5));
        Assert.Equal(0x44u, machine.Stack32(8));
        Assert.Equal(0, machine.State->Ds.Selector);
    }

    [Theory]
    [InlineData(0xcd, 0x40)]
    [InlineData(0xfa, 0x90)]
    [InlineData(0x9c, 0x90)]
    [InlineData(0xcf, 0x90)]
    public void Virtual8086_BelowIopl3_SensitiveInstructionsFault(byte first, byte second)
    {
        using var machine = new SystemMachine();
        EnterVirtual8086(machine, 0);
        machine.Ram[0x30000] = first;
        machine.Ram[0x30001] = second;
        machine.Run();
        Assert.Equal(13, machine.HandledVector);
        Assert.Equal(0u, machine.Stack32(0));
        Assert.Equal(0u, machine.Stack32(1));
    }

    [Fact]
    public void Virtual8086_WithVme_CliChangesVif()
    {
        using var machine = new SystemMachine();
        EnterVirtual8086(machine, 0);
        machine.State->Cr4 |= Cr4.VME;
        machine.State->SystemFlags |= Rflags.VIF | Rflags.IF;
        machine.Assemble(16, 0x30000, a =>
        {
            a.cli();
            a.pushf();
            a.pop(ax);
            a.int3();
        }, 0);
        machine.Run();
        Assert.Equal(3, machine.HandledVector);
        Assert.Equal(Rflags.IOPL, machine.State->Rax & (Rflags.IOPL | Rflags.IF));
    }

    [Fact]
    public void TaskSwitch_ByCallAndIret_SavesLinksAndReturns()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        WriteTask(machine, SystemMachine.OtherTss, Target);
        machine.Assemble(32, SystemMachine.Code, a =>
        {
            a.mov(ebx, 0x1234);
            Far(a, 0x9a, SystemMachine.OtherTssSelector);
            a.int3();
        });
        machine.Assemble(32, Target, a =>
        {
            a.inc(eax);
            a.iretd();
        });
        machine.Run();
        Assert.Equal(3, machine.HandledVector);
        Assert.Equal(0x1234ul, machine.State->Rbx);
        Assert.Equal(0x78u, machine.Read<uint>(SystemMachine.OtherTss + 0x28));
        Assert.Equal(SystemMachine.TssSelector, machine.Read<ushort>(SystemMachine.OtherTss));
        Assert.Equal(0x89, machine.Ram[SystemMachine.Gdt + SystemMachine.OtherTssSelector + 5]);
        Assert.Equal(0x8b, machine.Ram[SystemMachine.Gdt + SystemMachine.TssSelector + 5]);
        Assert.NotEqual(0ul, machine.State->Cr0 & Cr0.TS);
    }

    [Fact]
    public void TaskGate_ForAFault_PushesTheErrorCodeInTheNewTask()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        WriteTask(machine, SystemMachine.TaskGateTss, Target);
        machine.SetGate(13, SystemMachine.GateTo(SystemMachine.TaskGateTssSelector, 0, 5, 0));
        machine.Assemble(32, SystemMachine.Code, a => Far(a, 0xea, SystemMachine.Data32));
        machine.Assemble(32, Target, a => a.hlt());
        machine.Run();
        Assert.Equal(ActivityState.Halted, machine.State->Activity);
        Assert.Equal((ulong)Target + 1, machine.State->Rip);
        Assert.Equal((uint)SystemMachine.Data32, machine.Stack32(0));
        Assert.Equal((uint)SystemMachine.Code, machine.Read<uint>(SystemMachine.Tss + 0x20));
        Assert.NotEqual(0ul, machine.State->SystemFlags & Rflags.NT);
    }

    [Fact]
    public void TaskSwitch_ToATaskWithBadSegments_FaultsInTheNewTask()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        WriteTask(machine, SystemMachine.OtherTss, Target);
        machine.Write<ushort>(SystemMachine.OtherTss + 0x54, SystemMachine.TssSelector);
        machine.Assemble(32, SystemMachine.Code, a => Far(a, 0xea, SystemMachine.OtherTssSelector));
        machine.Run();
        Assert.Equal((int)Vector.InvalidTss, machine.HandledVector);
        Assert.Equal((uint)SystemMachine.TssSelector, machine.Stack32(0));
        Assert.Equal((uint)Target, machine.Stack32(1));
        Assert.Equal(SystemMachine.OtherTssSelector, machine.State->Tr.Selector);
    }

    [Fact]
    public void TaskSwitch_ToATaskWithTheTrapFlag_RaisesDebugWithBt()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        WriteTask(machine, SystemMachine.OtherTss, Target);
        machine.Ram[SystemMachine.OtherTss + 0x64] = 1;
        machine.Assemble(32, SystemMachine.Code, a => Far(a, 0xea, SystemMachine.OtherTssSelector));
        machine.Run();
        Assert.Equal(1, machine.HandledVector);
        Assert.Equal((uint)Target, machine.Stack32(0));
        Assert.NotEqual(0ul, machine.State->Dr[6] & DebugRegisters.BT);
    }

    [Fact]
    public void LongMode_SyscallAndSysret_GoThereAndBack()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(3);
        machine.State->Star = ((ulong)SystemMachine.Code32 << 32) | ((ulong)0x30 << 48);
        machine.State->LStar = Target;
        machine.State->SyscallMask = Rflags.IF;
        machine.State->SystemFlags = Rflags.IF;
        machine.Assemble(64, SystemMachine.Code, a =>
        {
            a.syscall();
            a.int3();
        });
        machine.Assemble(64, Target, a =>
        {
            a.pushfq();
            a.pop(rax);
            a.sysretq();
        });
        machine.Run();
        Assert.Equal(3, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.Code + 2, machine.State->Rcx);
        Assert.Equal(0ul, machine.State->Rax & Rflags.IF);
        Assert.Equal((ulong)SystemMachine.UserCode64, machine.Stack64(1));
        Assert.NotEqual(0ul, machine.Stack64(2) & Rflags.IF);
    }

    [Theory]
    [InlineData(SystemMachine.Code64, 0)]
    [InlineData(SystemMachine.UserCode64, SystemMachine.UserData32)]
    [InlineData(SystemMachine.UserCode32, SystemMachine.UserData32)]
    public void LongMode_Iretq_GoesToEachKindOfCode(int code, int stack)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.Assemble(64, SystemMachine.Code, a =>
        {
            a.push(stack);
            a.push(SystemMachine.UserStack);
            a.push(2);
            a.push(code);
            a.push(Target);
            a.iretq();
        });
        machine.Ram[Target] = 0xcc;
        machine.Run();
        Assert.Equal(3, machine.HandledVector);
        Assert.Equal((ulong)Target + 1, machine.Stack64(0));
        Assert.Equal((ulong)code, machine.Stack64(1));
        Assert.Equal((ulong)SystemMachine.UserStack, machine.Stack64(3));
        Assert.Equal((ulong)stack, machine.Stack64(4));
    }

    private static void EnterVirtual8086(SystemMachine machine, int iopl)
    {
        machine.EnterProtected(0);
        var s = machine.State;
        s->SystemFlags = Rflags.VM | ((ulong)iopl << Rflags.IoplShift);
        s->Cpl = 3;
        SegmentLoader.LoadVirtual8086(&s->Cs, 0x3000);
        SegmentLoader.LoadVirtual8086(&s->Ss, 0x3100);
        SegmentLoader.LoadVirtual8086(&s->Es, 0x11);
        SegmentLoader.LoadVirtual8086(&s->Ds, 0x22);
        SegmentLoader.LoadVirtual8086(&s->Fs, 0x33);
        SegmentLoader.LoadVirtual8086(&s->Gs, 0x44);
        s->Rip = 0;
        s->Rsp = 0xff0;
        ModeTracker.Update(s);
    }

    private static void WriteTask(SystemMachine machine, ulong at, uint eip)
    {
        machine.Write(at + 0x20, eip);
        machine.Write(at + 0x24, 2u);
        machine.Write(at + 0x28, 0x77u);
        machine.Write(at + 0x38, (uint)SystemMachine.ListStack);
        foreach (var (offset, selector) in new[] { (0x48u, SystemMachine.Data32), (0x4cu, SystemMachine.Code32), (0x50u, SystemMachine.Data32), (0x54u, SystemMachine.Data32) })
        {
            machine.Write(at + offset, (uint)selector);
        }
    }

    private static void Far(Assembler a, byte opcode, int selector)
    {
        a.db(opcode);
        a.dd(0u);
        a.dw((ushort)selector);
    }
}
