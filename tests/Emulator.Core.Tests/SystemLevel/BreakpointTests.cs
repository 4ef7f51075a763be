using Emulator.Core.Cpu;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>Breakpoints and single steps where several things meet (SDM Vol. 3B, 17.2 and 17.3; SDM Vol. 3A, 6.8.3).</summary>
public sealed unsafe class BreakpointTests
{
    private const ulong Data = 0x40000;
    private const ulong Bs = DebugRegisters.BS;
    private const ulong Tf = Rflags.TF;

    /// <summary>
    /// Code, RFLAGS, DR0 (offset into the code below 0x100, else an address), DR7, where the first #DB comes (offset), its DR6 bits, and RF of the
    /// image.
    /// </summary>
    public static TheoryData<string, ulong, ulong, ulong, int, ulong, bool> Traps => new()
    {
        // Single steps.
        { "9090", Tf, 0, 0, 1, Bs, false },
        { "F190", Tf, 0, 0, 1, 0, false },
        { "FB9090", Tf, 0, 0, 1, Bs, false },
        { "8ED89090", Tf, 0, 0, 2, Bs, false },
        { "8ED09090", Tf, 0, 0, 3, Bs, false },
        { "8ED08ED09090", Tf, 0, 0, 4, Bs, false },
        { "0FA290", Tf, 0, 0, 2, Bs, false },
        { "0F319090", Tf, 0, 0, 2, Bs, false },
        { "E680909090", Tf, 0, 0, 2, Bs, false },
        { "EB019090", Tf, 0, 0, 3, Bs, false },
        { "9C9D9090", Tf, 0, 0, 1, Bs, false },
        { "F3A49090", Tf, 0, 0, 0, Bs, true },
        { "0F20C0909090", Tf, 0, 0, 3, Bs, false },
        { "F4", Tf, 0, 0, 1, Bs, false },

        // Instruction breakpoints: faults before the instruction, only at its first byte, only with length 0.
        { "909090", 0, 1, 1, 1, 1, false },
        { "66906690", 0, 2, 1, 2, 1, false },
        { "9090", Tf, 1, 1, 1, Bs, false },
        { "9090", Tf, 0, 1, 0, 1, false },
        { "8ED09090", 0, 2, 1, -1, 0, false },

        // Data breakpoints: traps after the instruction.
        { "8A0690", 0, Data, 0x3_0001, 2, 1, false },
        { "8A0690", 0, Data, 0x1_0001, -1, 0, false },
        { "880690", 0, Data, 0x1_0001, 2, 1, false },
        { "880690", 0, Data + 1, 0x1_0001, -1, 0, false },
        { "880690", 0, Data + 1, 0x5_0001, 2, 1, false },
        { "488B0690", 0, Data + 7, 0x3_0001, 3, 1, false },
        { "488B0690", 0, Data + 8, 0x3_0001, -1, 0, false },
        { "488B4601909090", 0, Data + 8, 0x3_0001, 4, 1, false },
        { "8A0690", 0, Data + 7, 0xb_0001, 2, 1, false },
        { "8A0690", Tf, Data, 0x3_0001, 2, 1 | Bs, false },
        { "8E169090", 0, Data, 0x3_0001, 3, 1, false },
        { "0FB00E90", 0, Data, 0x1_0001, 3, 1, false },
        { "F3A49090", 0, Data + 2, 0x3_0001, 0, 1, true },
        { "0F180690", 0, Data, 0x3_0001, -1, 0, false },
        { "488D0690", 0, Data, 0x3_0001, -1, 0, false },
        { "0FAE3E90", 0, Data, 0x3_0001, -1, 0, false },
        { "8A069090", 0, Data, 0x3_0002, 2, 1, false },
        { "8A069090", 0, Data, 0x3_0000, -1, 0, false },
        { "8A069090", 0, Data, 0x30_0004, -1, 0, false },
    };

    [Theory]
    [MemberData(nameof(Traps))]
    public void Debug_FirstException_ComesWhereTheManualSays(
        string code, ulong flags, ulong address, ulong control, int at, ulong conditions, bool resume)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        var s = machine.State;
        s->SystemFlags = flags;
        s->Rsi = Data;
        s->Rdi = Data + 0x1000;
        s->Rcx = 8;
        s->Rax = code.StartsWith("8ED8", StringComparison.Ordinal) ? SystemMachine.Data32 : 0ul;
        s->Dr[0] = address < 0x100 ? SystemMachine.Code + address : address;
        s->Dr[7] = control | DebugRegisters.Dr7Fixed;
        machine.Processor.Mmu.FlushAll();
        ModeTracker.Update(s);
        Convert.FromHexString(code + "0F0B").CopyTo(new Span<byte>(machine.Ram + SystemMachine.Code, 32));
        machine.Run();
        if (at < 0)
        {
            Assert.Equal(6, machine.HandledVector);
            return;
        }

        Assert.Equal(1, machine.HandledVector);
        Assert.Equal(SystemMachine.Code + at, (long)machine.Stack64(0));
        Assert.Equal(DebugRegisters.Dr6Fixed | conditions, s->Dr[6]);
        Assert.Equal(resume, (machine.Stack64(2) & Rflags.RF) != 0);
        Assert.Equal(flags & Tf, machine.Stack64(2) & Tf);
    }

    [Fact]
    public void DataBreakpoint_OnMovSsBeforeInt3_TrapsInTheHandler()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        var s = machine.State;
        s->Rsi = Data;
        s->Dr[0] = Data;
        s->Dr[7] = 0x3_0401;
        machine.Processor.Mmu.FlushAll();
        ModeTracker.Update(s);
        Convert.FromHexString("8E16CC").CopyTo(new Span<byte>(machine.Ram + SystemMachine.Code, 8));
        machine.Run();
        Assert.Equal(1, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.Handlers + (3 * 16), machine.Stack64(0));
        Assert.Equal(DebugRegisters.Dr6Fixed | 1, s->Dr[6]);
    }

    [Fact]
    public void DebugStatus_OfEarlierTraps_KeepsBsAndReplacesTheBreakpoints()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        var s = machine.State;
        s->Dr[6] = DebugRegisters.Dr6Fixed | DebugRegisters.BD | 8;
        s->SystemFlags = Tf;
        ModeTracker.Update(s);
        Convert.FromHexString("9090").CopyTo(new Span<byte>(machine.Ram + SystemMachine.Code, 8));
        machine.Run();
        Assert.Equal(DebugRegisters.Dr6Fixed | DebugRegisters.BD | Bs, s->Dr[6]);
    }
}
