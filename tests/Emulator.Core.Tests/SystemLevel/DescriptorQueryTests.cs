using Emulator.Core.Cpu;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>LAR, LSL, VERR, VERW, ARPL, BOUND, LLDT and LTR (SDM Vol. 2).</summary>
public sealed unsafe class DescriptorQueryTests
{
    private static readonly int[] SystemTypes = [.. Enumerable.Range(0, 16)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lar_OfEachSystemType_AnswersForThoseOfTheManual(bool longMode)
    {
        int[] valid = longMode ? [2, 9, 11, 12] : [1, 2, 3, 4, 5, 9, 11, 12];
        Assert.Equal(valid, SystemTypes.Where(type => Ask(longMode, type, a => a.lar(eax, ecx)) == (0x8000ul | ((ulong)type << 8))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lsl_OfEachSystemType_AnswersForThoseOfTheManual(bool longMode)
    {
        int[] valid = longMode ? [2, 9, 11] : [1, 2, 3, 9, 11];
        Assert.Equal(valid, SystemTypes.Where(type => Ask(longMode, type, a => a.lsl(eax, ecx)) == 0x123));
    }

    /// <summary>CPL, selector, whether readable, whether writable.</summary>
    public static TheoryData<int, int, bool, bool> Segments => new()
    {
        { 0, 0, false, false },
        { 0, 3, false, false },
        { 0, SystemMachine.Data32, true, true },
        { 0, SystemMachine.Data32 | 1, false, false },
        { 3, SystemMachine.Data32, false, false },
        { 3, SystemMachine.UserData32, true, true },
        { 0, SystemMachine.UserData32, true, true },
        { 0, SystemMachine.Code32, true, false },
        { 3, SystemMachine.Code32, false, false },
        { 3, SystemMachine.Conforming, true, false },
        { 3, SystemMachine.Conforming | 3, true, false },
        { 0, SystemMachine.ReadOnly, true, false },
        { 0, SystemMachine.TssSelector, false, false },
        { 0, 0x1f8, false, false },
        { 0, 0xc, false, false },
        { 0, SystemMachine.Absent, true, true },
    };

    [Theory]
    [MemberData(nameof(Segments))]
    public void Verr_AndVerw_AnswerByTypeAndPrivilege(int cpl, int selector, bool readable, bool writable)
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(cpl);
        machine.State->Rcx = (ulong)selector;
        machine.Assemble(32, SystemMachine.Code, a =>
        {
            a.verr(cx);
            a.setz(al);
            a.verw(cx);
            a.setz(ah);
            a.int3();
        });
        machine.Run();
        Assert.Equal(3, machine.HandledVector);
        Assert.Equal(readable, (byte)machine.State->Rax == 1);
        Assert.Equal(writable, (byte)(machine.State->Rax >> 8) == 1);
    }

    [Theory]
    [InlineData(SystemMachine.Code32, 2, 0xaaaa_9b00ul)]
    [InlineData(SystemMachine.Code32, 4, 0x00c0_9b00ul)]
    public void Lar_OfASegment_GivesItsRights(int selector, int size, ulong rights)
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        machine.State->Rax = 0xaaaa_aaaa;
        machine.State->Rcx = (ulong)selector;
        machine.Assemble(32, SystemMachine.Code, a =>
        {
            if (size == 2)
            {
                a.lar(ax, cx);
            }
            else
            {
                a.lar(eax, ecx);
            }

            a.hlt();
        });
        machine.Run();
        Assert.Equal(rights, machine.State->Rax);
        Assert.True(machine.State->Flags.ZF);
    }

    [Theory]
    [InlineData(0x10, 0x13, 0x13, true)]
    [InlineData(0x13, 0x10, 0x13, false)]
    [InlineData(0x11, 0x22, 0x12, true)]
    [InlineData(0x12, 0x22, 0x12, false)]
    public void Arpl_WithAHigherSourceLevel_RaisesTheLevel(int destination, int source, int result, bool raised)
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(3);
        machine.State->Rax = (ulong)destination;
        machine.State->Rcx = (ulong)source;
        machine.Assemble(32, SystemMachine.Code, a =>
        {
            a.arpl(ax, cx);
            a.setz(dl);
            a.int3();
        });
        machine.Run();
        Assert.Equal(3, machine.HandledVector);
        Assert.Equal((ulong)result, machine.State->Rax);
        Assert.Equal(raised, (byte)machine.State->Rdx == 1);
    }

    [Theory]
    [InlineData(-5, -5, 5, false)]
    [InlineData(5, -5, 5, false)]
    [InlineData(-6, -5, 5, true)]
    [InlineData(6, -5, 5, true)]
    public void Bound_OutsideItsLimits_FaultsWithRf(int index, int low, int high, bool faults)
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        machine.State->Rax = (uint)index;
        machine.Write(0x30000, low);
        machine.Write(0x30004, high);
        machine.Assemble(32, SystemMachine.Code, a =>
        {
            a.bound(eax, __[0x30000]);
            a.int3();
        });
        machine.Run();
        Assert.Equal(faults ? 5 : 3, machine.HandledVector);
        Assert.Equal(faults ? (uint)SystemMachine.Code : SystemMachine.Code + 7u, machine.Stack32(0));
        Assert.Equal(faults, (machine.Stack32(2) & Rflags.RF) != 0);
    }

    /// <summary>LTR (or LLDT), long mode, type, selector, and vector and error code.</summary>
    public static TheoryData<bool, bool, int, int, int, int> SystemLoads => new()
    {
        { true, false, 9, SystemMachine.Spare, -1, 0 },
        { true, false, 1, SystemMachine.Spare, -1, 0 },
        { true, false, 11, SystemMachine.Spare, 13, SystemMachine.Spare },
        { true, false, 2, SystemMachine.Spare, 13, SystemMachine.Spare },
        { true, false, 9, 0, 13, 0 },
        { true, false, 9, SystemMachine.Spare | 4, 13, SystemMachine.Spare | 4 },
        { true, true, 9, SystemMachine.Spare, -1, 0 },
        { true, true, 1, SystemMachine.Spare, 13, SystemMachine.Spare },
        { false, false, 2, SystemMachine.Spare, -1, 0 },
        { false, false, 9, SystemMachine.Spare, 13, SystemMachine.Spare },
        { false, false, 2, 0, -1, 0 },
        { false, true, 2, SystemMachine.Spare, -1, 0 },
        { false, true, 2, 0x1f8, 13, 0x1f8 },
    };

    [Theory]
    [MemberData(nameof(SystemLoads))]
    public void SystemRegister_Loaded_ChecksTheDescriptor(bool task, bool longMode, int type, int selector, int vector, int errorCode)
    {
        using var machine = new SystemMachine();
        Enter(machine, longMode);
        machine.SetDescriptor(SystemMachine.Spare, SystemMachine.Segment(0x30000, 0x67, 0x80 | type));
        machine.SetDescriptor(SystemMachine.Spare + 8, 0);
        machine.State->Gdtr.Limit = 0xaf;
        machine.State->Rax = (ulong)selector;
        machine.Assemble(longMode ? 64 : 32, SystemMachine.Code, a =>
        {
            if (task)
            {
                a.ltr(ax);
            }
            else
            {
                a.lldt(ax);
            }

            a.hlt();
        });
        machine.Run();
        Assert.Equal(vector, machine.HandledVector);
        if (vector >= 0)
        {
            Assert.Equal((ulong)errorCode, longMode ? machine.Stack64(0) : machine.Stack32(0));
        }
        else if (task)
        {
            Assert.Equal(0x80 | type | 2, machine.Ram[SystemMachine.Gdt + SystemMachine.Spare + 5]);
            Assert.Equal(0x30000ul, machine.State->Tr.Base);
        }
    }

    [Fact]
    public void LocalTable_InUse_GivesSegments()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        machine.Write(SystemMachine.Ldt + 8, SystemMachine.Segment(0x30000, 0xf, 0x4093));
        machine.Write<uint>(0x3000c, 0x1234_5678);
        machine.State->Rax = SystemMachine.LdtSelector;
        machine.State->Rcx = 0xc;
        machine.Assemble(32, SystemMachine.Code, a =>
        {
            a.lldt(ax);
            a.mov(es, cx);
            a.mov(edx, __.es[0xc]);
            a.mov(ebx, __.es[0xd]);
        });
        machine.Run();
        Assert.Equal(13, machine.HandledVector);
        Assert.Equal(0x1234_5678ul, machine.State->Rdx);
    }

    /// <summary>Attributes, limit, offset, and whether four bytes may be read and written there.</summary>
    public static TheoryData<int, uint, uint, bool, bool> Limits => new()
    {
        { 0x4093, 0xfff, 0xffc, true, true },
        { 0x4093, 0xfff, 0xffd, false, false },
        { 0x4091, 0xfff, 0, true, false },
        { 0xc093, 0, 0xffc, true, true },
        { 0xc093, 0, 0xffd, false, false },
        { 0x4097, 0xfff, 0xfff, false, false },
        { 0x4097, 0xfff, 0x1000, true, true },
        { 0x0097, 0xfff, 0xfffc, true, true },
        { 0x0097, 0xfff, 0xfffd, false, false },
        { 0x4095, 0xfff, 0x1000, true, false },
        { 0x409b, 0xfff, 0, true, false },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Segment_OfEachType_AllowsWhatLiesWithinItsLimit(int attributes, uint limit, uint offset, bool reads, bool writes)
    {
        foreach (var write in new[] { false, true })
        {
            using var machine = new SystemMachine();
            machine.EnterProtected(0);
            machine.SetDescriptor(SystemMachine.Spare, SystemMachine.Segment(0x30000, limit, attributes));
            machine.State->Rax = SystemMachine.Spare;
            machine.State->Rcx = offset;
            machine.Assemble(32, SystemMachine.Code, a =>
            {
                a.mov(es, ax);
                if (write)
                {
                    a.mov(__.es[ecx], edx);
                }
                else
                {
                    a.mov(edx, __.es[ecx]);
                }

                a.int3();
            });
            machine.Run();
            Assert.Equal((write ? writes : reads) ? 3 : 13, machine.HandledVector);
        }
    }

    // EAX after the question about a descriptor of a system type; all ones where ZF came back clear.
    private static ulong Ask(bool longMode, int type, Action<Assembler> question)
    {
        using var machine = new SystemMachine();
        Enter(machine, longMode);
        machine.SetDescriptor(SystemMachine.Spare, SystemMachine.Segment(0, 0x123, 0x80 | type));
        machine.SetDescriptor(SystemMachine.Spare + 8, 0);
        machine.State->Gdtr.Limit = 0xaf;
        machine.State->Rax = 0xdead;
        machine.State->Rcx = SystemMachine.Spare;
        machine.Assemble(longMode ? 64 : 32, SystemMachine.Code, a =>
        {
            question(a);
            a.hlt();
        });
        machine.Run();
        Assert.Equal(-1, machine.HandledVector);
        Assert.Equal(machine.State->Flags.ZF, machine.State->Rax != 0xdead);
        return machine.State->Rax;
    }

    private static void Enter(SystemMachine machine, bool longMode)
    {
        if (longMode)
        {
            machine.EnterLong(0);
        }
        else
        {
            machine.EnterProtected(0);
        }
    }
}
