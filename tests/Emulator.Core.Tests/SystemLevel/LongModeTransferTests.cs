using Emulator.Core.Cpu;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>Far transfers, system calls and segment loads of IA-32e mode (SDM Vol. 2; APM Vol. 3; SDM Vol. 3A, 5.8).</summary>
public sealed unsafe class LongModeTransferTests
{
    private const ulong NonCanonical = 0x0000_8000_0000_0000;
    private const int Pointer = 0x30000;

    [Theory]
    [InlineData(SystemMachine.Code64, 0, 0x40ul, -1, 0)]
    [InlineData(SystemMachine.Code64, 0, NonCanonical, 13, 0)]
    [InlineData(SystemMachine.Code32, 0, 0x40ul, 13, SystemMachine.Code32)]
    [InlineData(0, 0, 0x40ul, 13, 0)]
    [InlineData(SystemMachine.Code64, 0x100, 0x40ul, 13, SystemMachine.Gate)]
    public void CallGate_From64BitUserCode_LeadsTo64BitCode(int selector, int upperType, ulong offset, int vector, int errorCode)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(3);
        machine.SetDescriptor(SystemMachine.Gate, SystemMachine.GateTo(selector, (uint)(SystemMachine.Code + (uint)offset), 12, 3));
        var upper = (offset & ~0xfffful) >> 32;
        machine.Write((ulong)SystemMachine.Gdt + SystemMachine.Gate + 8, upper | ((ulong)upperType << 32));
        PutFarPointer(machine, 0x1234, SystemMachine.Gate | 3, 4);
        machine.Assemble(64, SystemMachine.Code, a => a.db(0xff, 0x18));
        machine.Ram[SystemMachine.Code + 0x40] = 0xf4;
        machine.Run();
        Assert.Equal(vector, machine.HandledVector);
        var s = machine.State;
        if (vector >= 0)
        {
            Assert.Equal((ulong)errorCode, machine.Stack64(0));
            return;
        }

        Assert.Equal(SystemMachine.Code + 0x41ul, s->Rip);
        Assert.Equal(0, s->Cpl);
        Assert.Equal(0, s->Ss.Selector);
        Assert.Equal(SystemMachine.InnerStack - 32ul, s->Rsp);
        Assert.Equal(SystemMachine.Code + 2ul, machine.Stack64(0));
        Assert.Equal((ulong)SystemMachine.UserCode64, machine.Stack64(1));
        Assert.Equal((ulong)SystemMachine.UserStack, machine.Stack64(2));
        Assert.Equal((ulong)SystemMachine.UserData32, machine.Stack64(3));
    }

    [Fact]
    public void TaskGateOrTss_InLongMode_CannotBeCalled()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        PutFarPointer(machine, 0, SystemMachine.OtherTssSelector, 4);
        machine.Assemble(64, SystemMachine.Code, a => a.db(0xff, 0x18));
        machine.Run();
        Assert.Equal(13, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.OtherTssSelector, machine.Stack64(0));
    }

    [Fact]
    public void FarJump_ToACompatibilitySegment_RunsThirtyTwoBitCode()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        PutFarPointer(machine, SystemMachine.Code + 0x40, SystemMachine.Code32, 4);
        machine.Assemble(64, SystemMachine.Code, a => a.db(0xff, 0x28));

        // INC EAX in 32-bit code, a REX prefix in 64-bit code.
        machine.Assemble(32, SystemMachine.Code + 0x40, a => a.db(0x40, 0xf4));
        machine.Run();
        Assert.Equal(Pointer + 1ul, machine.State->Rax);
        Assert.Equal(SystemMachine.Code + 0x42ul, machine.State->Rip);
    }

    /// <summary>What IRETQ at level 0 pops (RIP, CS, RFLAGS, RSP, SS), and the vector and error code; -1 where it returns.</summary>
    public static TheoryData<ulong, int, ulong, ulong, int, int, int> Returns => new()
    {
        { SystemMachine.Code + 0x40, SystemMachine.Code64, 0x2, SystemMachine.KernelStack, 0, -1, 0 },
        { SystemMachine.Code + 0x40, SystemMachine.Code64, 0x2, NonCanonical, 0, -1, 0 },
        { SystemMachine.Code + 0x40, SystemMachine.Code64, 0x2, SystemMachine.KernelStack, SystemMachine.Data32, -1, 0 },
        { SystemMachine.Code + 0x40, SystemMachine.Code64, 0x2, SystemMachine.KernelStack, SystemMachine.UserData32, 13, SystemMachine.UserData32 & ~3 },
        { SystemMachine.Code + 0x40, SystemMachine.Code64, 0x2, SystemMachine.KernelStack, 3, 13, 0 },
        { SystemMachine.Code + 0x40, SystemMachine.UserCode64, 0x2, SystemMachine.UserStack, 0, 13, 0 },
        { SystemMachine.Code + 0x40, SystemMachine.UserCode64, 0x2, SystemMachine.UserStack, 3, 13, 0 },
        { SystemMachine.Code + 0x40, SystemMachine.Code32, 0x2, SystemMachine.KernelStack, 0, 13, 0 },
        { SystemMachine.Code + 0x40, SystemMachine.Code32, 0x2, SystemMachine.KernelStack, SystemMachine.Data32, -1, 0 },
        { NonCanonical, SystemMachine.Code64, 0x2, SystemMachine.KernelStack, 0, 13, 0 },
        { SystemMachine.Code + 0x40, 0, 0x2, SystemMachine.KernelStack, 0, 13, 0 },
        { SystemMachine.Code + 0x40, SystemMachine.Data32, 0x2, SystemMachine.KernelStack, 0, 13, SystemMachine.Data32 },
        { SystemMachine.Code + 0x40, SystemMachine.UserCode64 & ~3, 0x2, SystemMachine.KernelStack, 0, 13, SystemMachine.UserCode64 & ~3 },
        { SystemMachine.Code + 0x40, SystemMachine.Code64, 0x2, SystemMachine.KernelStack, SystemMachine.Absent, 12, SystemMachine.Absent },
        { SystemMachine.Code + 0x40, SystemMachine.Code64, Rflags.VM | 2, SystemMachine.KernelStack, 0, -1, 0 },
    };

    [Theory]
    [MemberData(nameof(Returns))]
    public void Iret_In64BitMode_ChecksCodeAndStack(ulong rip, int cs, ulong flags, ulong rsp, int ss, int vector, int errorCode)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.SetDescriptor(SystemMachine.Absent, SystemMachine.Segment(0, 0xfffff, 0xc013));
        var s = machine.State;
        s->Rsp -= 40;
        foreach (var (value, index) in new[] { rip, (ulong)cs, flags, rsp, (ulong)ss }.Select((value, index) => (value, index)))
        {
            machine.Write(s->Rsp + ((ulong)index * 8), value);
        }

        machine.Assemble(64, SystemMachine.Code, a => a.iretq());
        machine.Ram[SystemMachine.Code + 0x40] = 0xf4;
        machine.Run();
        Assert.Equal(vector, machine.HandledVector);
        if (vector >= 0)
        {
            Assert.Equal((ulong)errorCode, machine.Stack64(0));
            Assert.Equal((ulong)SystemMachine.Code, machine.Stack64(1));
        }
        else
        {
            Assert.Equal(SystemMachine.Code + 0x41ul, s->Rip);
            Assert.Equal(cs, s->Cs.Selector);
            Assert.Equal(cs == SystemMachine.Code32 ? (uint)rsp : rsp, s->Rsp);
            Assert.Equal(0ul, s->SystemFlags & Rflags.VM);
        }
    }

    [Fact]
    public void Iret_WithNestedTask_IsGeneralProtection()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.State->SystemFlags |= Rflags.NT;
        machine.Assemble(64, SystemMachine.Code, a => a.iretq());
        machine.Run();
        Assert.Equal(13, machine.HandledVector);
        Assert.Equal(0ul, machine.Stack64(0));
        Assert.Equal(0ul, machine.State->SystemFlags & Rflags.NT);
    }

    [Theory]
    [InlineData("max", 3)]
    [InlineData("Haswell", 0)]
    public void Sysret_ToANonCanonicalAddress_FaultsAtLevel0OnlyOnIntel(string model, int level)
    {
        using var machine = new SystemMachine(CpuModels.Find(model, []).Model);
        machine.EnterLong(0);
        machine.State->Star = (ulong)(SystemMachine.UserCode64 - 16) << 48;
        machine.State->Rcx = NonCanonical << 9;
        machine.State->R11 = 2;
        machine.Assemble(64, SystemMachine.Code, a => a.sysretq());
        machine.Run();
        Assert.Equal(13, machine.HandledVector);
        Assert.Equal(level, (int)machine.Stack64(2) & 3);
        Assert.Equal(level == 3 ? NonCanonical << 9 : SystemMachine.Code, machine.Stack64(1));
    }

    [Theory]
    [InlineData("max", 32, 0, true)]
    [InlineData("Haswell", 32, 0, false)]
    [InlineData("Haswell", 64, 0, true)]
    [InlineData("max", 64, 3, true)]
    public void Syscall_OutsideLongMode_IsAmdOnly(string model, int bits, int cpl, bool exists)
    {
        using var machine = new SystemMachine(CpuModels.Find(model, []).Model);
        if (bits == 64)
        {
            machine.EnterLong(cpl);
        }
        else
        {
            machine.EnterProtected(cpl);
            machine.State->Efer |= Efer.SCE;
        }

        machine.State->Star = ((ulong)(bits == 64 ? SystemMachine.Code64 : SystemMachine.Code32) << 32) | (SystemMachine.Code + 0x40);
        machine.State->LStar = SystemMachine.Code + 0x40;
        machine.Assemble(bits, SystemMachine.Code, a => a.syscall());
        machine.Ram[SystemMachine.Code + 0x40] = 0xf4;
        machine.Run();
        Assert.Equal(exists ? -1 : 6, machine.HandledVector);
        Assert.Equal(exists, machine.State->Rcx == SystemMachine.Code + 2);
    }

    [Theory]
    [InlineData("max", true, 6)]
    [InlineData("Haswell", true, -1)]
    [InlineData("max", false, -1)]
    [InlineData("Haswell", false, -1)]
    public void Sysenter_InLongMode_IsIntelOnly(string model, bool longMode, int vector)
    {
        using var machine = new SystemMachine(CpuModels.Find(model, []).Model);
        var bits = longMode ? 64 : 32;
        if (longMode)
        {
            machine.EnterLong(3);
        }
        else
        {
            machine.EnterProtected(3);
        }

        var s = machine.State;
        s->SysenterCs = SystemMachine.Code32;
        s->SysenterEip = SystemMachine.Code + 0x40;
        s->SysenterEsp = 0x5_0000;
        s->SystemFlags |= Rflags.IF;
        machine.Assemble(bits, SystemMachine.Code, a => a.sysenter());
        machine.Ram[SystemMachine.Code + 0x40] = 0xf4;
        machine.Run();
        Assert.Equal(vector, machine.HandledVector);
        if (vector < 0)
        {
            Assert.Equal(0x5_0000ul, s->Rsp);
            Assert.Equal(SystemMachine.Code32, s->Cs.Selector);
            Assert.Equal(SystemMachine.Data32, s->Ss.Selector);
            Assert.Equal(0, s->Cpl);
            Assert.Equal(0ul, s->SystemFlags & Rflags.IF);
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(SystemMachine.Code32, false)]
    public void Sysenter_WithANullSelector_IsGeneralProtection(int selector, bool faults)
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(3);
        machine.State->SysenterCs = (ulong)selector;
        machine.State->SysenterEip = SystemMachine.Code + 0x40;
        machine.State->SysenterEsp = SystemMachine.KernelStack;
        machine.Assemble(32, SystemMachine.Code, a => a.sysenter());
        machine.Ram[SystemMachine.Code + 0x40] = 0xf4;
        machine.Run();
        Assert.Equal(faults ? 13 : -1, machine.HandledVector);
    }

    [Theory]
    [InlineData(false, SystemMachine.Code32 + 16 + 3, SystemMachine.Code32 + 24 + 3)]
    [InlineData(true, SystemMachine.Code32 + 32 + 3, SystemMachine.Code32 + 40 + 3)]
    public void Sysexit_OnIntel_GoesToLevel3(bool wide, int code, int stack)
    {
        using var machine = new SystemMachine(CpuModels.Find("Haswell", []).Model);
        machine.EnterLong(0);
        var s = machine.State;
        s->SysenterCs = SystemMachine.Code32;
        s->Rcx = SystemMachine.UserStack;
        s->Rdx = SystemMachine.Code + 0x40;
        machine.Assemble(64, SystemMachine.Code, a => a.db(wide ? [0x48, 0x0f, 0x35] : [0x0f, 0x35]));
        machine.Assemble(64, SystemMachine.Code + 0x40, a => a.ud2());
        machine.Run(2);
        Assert.Equal(0, s->Cpl);
        machine.Run();
        Assert.Equal(6, machine.HandledVector);
        Assert.Equal((ulong)code, machine.Stack64(1));
        Assert.Equal((ulong)stack, machine.Stack64(4));
        Assert.Equal((ulong)SystemMachine.UserStack, machine.Stack64(3));
    }

    [Theory]
    [InlineData(0, 0, -1)]
    [InlineData(0, 1, 13)]
    [InlineData(3, 3, 13)]
    [InlineData(3, 0, 13)]
    public void MovSs_WithANullSelectorIn64BitMode_IsForInnerLevelsWithTheirRpl(int cpl, int selector, int vector)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(cpl);
        machine.State->Rax = (ulong)selector;
        machine.Assemble(64, SystemMachine.Code, a =>
        {
            a.mov(ss, ax);
            a.nop();
            a.int3();
        });
        machine.Run();
        Assert.Equal(vector < 0 ? 3 : vector, machine.HandledVector);
    }

    [Theory]
    [InlineData("max", 0ul)]
    [InlineData("EPYC", 0x1234_5678ul)]
    [InlineData("Haswell", 0ul)]
    public void NullSelector_InFs_ClearsTheBaseByModel(string model, ulong @base)
    {
        using var machine = new SystemMachine(CpuModels.Find(model, []).Model);
        machine.EnterLong(0);
        machine.State->Fs.Base = 0x1234_5678;
        machine.State->Rax = 0;
        machine.Assemble(64, SystemMachine.Code, a =>
        {
            a.mov(fs, ax);
            a.hlt();
        });
        machine.Run();
        Assert.Equal(@base, machine.State->Fs.Base);
    }

    [Theory]
    [InlineData("488B00", 13)]
    [InlineData("488B4500", 12)]
    [InlineData("488B0424", 12)]
    [InlineData("48A5", 13)]
    [InlineData("50", 12)]
    [InlineData("58", 12)]
    [InlineData("E800000000", 12)]
    [InlineData("C3", 12)]
    [InlineData("C8000000", 12)]
    [InlineData("C9", 12)]
    [InlineData("36488B00", 13)]
    [InlineData("3E488B4500", 12)]
    [InlineData("64488B4500", 13)]
    [InlineData("488B0428", 13)]
    [InlineData("488B4405F0", 12)]
    [InlineData("FFE0", 13)]
    [InlineData("0F0100", 13)]
    [InlineData("0FAE38", 13)]
    [InlineData("480FC708", 13)]
    public void NonCanonicalAddress_OfEachForm_IsStackFaultOnlyThroughTheStackPointers(string code, int vector)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.SetGate64(12, SystemMachine.Code64, SystemMachine.Handlers + (12 * 16), 14, 0, 1);
        machine.SetGate64(13, SystemMachine.Code64, SystemMachine.Handlers + (13 * 16), 14, 0, 1);
        var s = machine.State;
        s->Rax = s->Rsi = s->Rbp = s->Rsp = NonCanonical << 9;
        s->Rdi = SystemMachine.UserStack;
        if (code is "488B0428" or "488B4405F0")
        {
            s->Rbp = code == "488B0428" ? 0 : s->Rbp;
            s->Rax = code == "488B0428" ? s->Rax : 0;
        }

        if (code == "FFE0")
        {
            s->Rsp = SystemMachine.KernelStack;
        }

        machine.Assemble(64, SystemMachine.Code, a => a.db(Convert.FromHexString(code)));
        machine.Run();
        Assert.Equal(vector, machine.HandledVector);
        Assert.Equal(0ul, machine.Stack64(0));
    }

    private static void PutFarPointer(SystemMachine machine, ulong offset, int selector, int size)
    {
        machine.State->Rax = Pointer;
        machine.Write(Pointer, offset);
        machine.Write((ulong)(Pointer + size), (ushort)selector);
    }
}
