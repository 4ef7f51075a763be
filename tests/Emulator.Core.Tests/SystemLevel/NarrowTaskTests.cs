using Emulator.Core.Cpu;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>Tasks with 16-bit state segments (SDM Vol. 3A, 7.6, figure 7-10).</summary>
public sealed unsafe class NarrowTaskTests : IDisposable
{
    private const int Target = 0xb000;
    private const int Available = 0x81;
    private const int Busy = 0x83;
    private const int Link = SystemMachine.OtherTss;
    private const int Ip = SystemMachine.OtherTss + 0x0e;
    private const int Flags = SystemMachine.OtherTss + 0x10;
    private const int Ax = SystemMachine.OtherTss + 0x12;
    private const int Sp = SystemMachine.OtherTss + 0x1a;
    private const int Es = SystemMachine.OtherTss + 0x22;
    private const int Rights = SystemMachine.Gdt + SystemMachine.OtherTssSelector + 5;

    private readonly SystemMachine _machine = new();

    public NarrowTaskTests()
    {
        _machine.EnterProtected(0);
        _machine.SetDescriptor(SystemMachine.OtherTssSelector, SystemMachine.Segment(SystemMachine.OtherTss, 0x2b, Available));
        _machine.Write<ushort>(Ip, Target);
        _machine.Write<ushort>(Flags, 2);
        _machine.Write<ushort>(Ax, 0x77);
        _machine.Write<ushort>(Sp, 0x7000);
        foreach (var (i, selector) in ((int, int)[])[(0, SystemMachine.Data16), (1, SystemMachine.Code16), (2, SystemMachine.Data16), (3, SystemMachine.Data16)])
        {
            _machine.Write((ulong)(Es + (2 * i)), (ushort)selector);
        }
    }

    public void Dispose() => _machine.Dispose();

    private void Go(byte opcode) => _machine.Assemble(32, SystemMachine.Code, a =>
    {
        a.mov(ebx, 0x1234_5678);
        a.db(opcode);
        a.dd(0u);
        a.dw((ushort)SystemMachine.OtherTssSelector);
        a.int3();
    });

    [Fact]
    public void Call_OfANarrowTask_ComesBackByIret()
    {
        Go(0x9a);
        _machine.Assemble(16, Target, a =>
        {
            a.inc(ax);
            a.iret();
        });
        _machine.Run();
        Assert.Equal(3, _machine.HandledVector);
        Assert.Equal(0x1234_5678ul, _machine.State->Rbx);
        Assert.Equal(SystemMachine.TssSelector, _machine.Read<ushort>(Link));
        Assert.Equal(0x78, _machine.Read<ushort>(Ax));

        // The saved IP is behind the IRET; NT is not kept; the task is available again.
        Assert.Equal(Target + 2, _machine.Read<ushort>(Ip));
        Assert.Equal(0, _machine.Read<ushort>(Flags) & 0x4000);
        Assert.Equal(Available, _machine.Read<byte>(Rights));
        Assert.Equal(SystemMachine.TssSelector, _machine.State->Tr.Selector);
    }

    [Fact]
    public void Jump_ToANarrowTask_LoadsItsWordsAndClearsFsAndGs()
    {
        Go(0xea);
        _machine.Assemble(16, Target, a => a.hlt());
        _machine.Run();
        var s = _machine.State;
        Assert.Equal(SystemMachine.OtherTssSelector, s->Tr.Selector);
        Assert.Equal(Busy, _machine.Read<byte>(Rights));
        Assert.Equal((SystemMachine.Code16, SystemMachine.Data16, SystemMachine.Data16), (s->Cs.Selector, s->Ss.Selector, s->Ds.Selector));
        Assert.Equal((0, 0), (s->Fs.Selector, s->Gs.Selector));
        Assert.Equal((0x77, 0x7000), ((ushort)s->Rax, (ushort)s->Rsp));
        Assert.Equal(0ul, s->SystemFlags & Rflags.NT);
        Assert.Equal(0x89, _machine.Read<byte>(SystemMachine.Gdt + SystemMachine.TssSelector + 5));
        Assert.NotEqual(0ul, s->Cr0 & Cr0.TS);
    }

    [Fact]
    public void Jump_ToATooShortNarrowTask_IsAnInvalidTss()
    {
        _machine.SetDescriptor(SystemMachine.OtherTssSelector, SystemMachine.Segment(SystemMachine.OtherTss, 0x2a, Available));
        Go(0xea);
        _machine.Run();
        Assert.Equal((int)Vector.InvalidTss, _machine.HandledVector);
        Assert.Equal((uint)SystemMachine.OtherTssSelector, _machine.Stack32(0));
        Assert.Equal(SystemMachine.TssSelector, _machine.State->Tr.Selector);
    }

    [Fact]
    public void TaskGate_WithAnErrorCode_PushesAWord()
    {
        _machine.SetGate((int)Vector.GeneralProtection, SystemMachine.GateTo(SystemMachine.OtherTssSelector, 0, 5, 3));
        _machine.Assemble(32, SystemMachine.Code, a =>
        {
            a.mov(ax, SystemMachine.Gdt);
            a.mov(ds, ax);
        });
        _machine.Assemble(16, Target, a => a.hlt());
        _machine.Run();
        Assert.Equal(SystemMachine.OtherTssSelector, _machine.State->Tr.Selector);
        Assert.Equal(0x6ffe, (ushort)_machine.State->Rsp);
        Assert.Equal(SystemMachine.Gdt & 0xfffc, _machine.Read<ushort>(0x6ffe));
    }
}
