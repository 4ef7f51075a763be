using Emulator.Core.Cpu;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>Consistency of CR0, CR3, CR4, CR8, IA32_EFER, DR6, DR7 and XCR0 (SDM Vol. 2, MOV and XSETBV; SDM Vol. 3A, 2.5, 4.1, 9.8).</summary>
public sealed unsafe class ControlRegisterTests
{
    public enum Register
    {
        Control0,
        Control3,
        Control4,
        Control8,
        Efer,
        Debug6,
        Debug7,
        Extended0,
    }

    private const ulong Long0 = Cr0.PE | Cr0.ET | Cr0.PG;
    private const ulong Long4 = Cr4.PAE;
    private const ulong LongEfer = Efer.LME | Efer.SCE | Efer.NXE;

    /// <summary>Whether in 64-bit mode, the register, the value, and whether it is allowed.</summary>
    public static TheoryData<bool, Register, ulong, bool> Cases => new()
    {
        { true, Register.Control0, Long0 | Cr0.WP | Cr0.AM | Cr0.NE | Cr0.MP, true },
        { true, Register.Control0, Long0 & ~Cr0.PG, false },
        { true, Register.Control0, Long0 & ~Cr0.PE, false },
        { true, Register.Control0, Long0 | Cr0.NW, false },
        { true, Register.Control0, Long0 | Cr0.NW | Cr0.CD, true },
        { true, Register.Control0, Long0 | (1ul << 32), false },
        { true, Register.Control0, Long0 | (1ul << 63), false },
        { true, Register.Control0, Long0 | (1 << 6) | (1 << 15) | (1 << 17) | (1 << 28), true },
        { false, Register.Control0, Cr0.PE | Cr0.NW, false },
        { false, Register.Control0, Cr0.PG, false },
        { false, Register.Control0, Cr0.PE | Cr0.CD, true },
        { true, Register.Control3, SystemMachine.Tables | 0x18, true },
        { true, Register.Control3, SystemMachine.Tables | 0xfff, true },
        { true, Register.Control3, SystemMachine.Tables | (1ul << 40), false },
        { true, Register.Control3, SystemMachine.Tables | (1ul << 62), false },
        { true, Register.Control3, SystemMachine.Tables | (1ul << 63), false },
        { true, Register.Control4, Long4 | Cr4.PGE | Cr4.PCIDE | Cr4.PKE | Cr4.UMIP | Cr4.FSGSBASE, true },
        { true, Register.Control4, 0, false },
        { true, Register.Control4, Long4 | Cr4.LA57, false },
        { true, Register.Control4, Long4 | (1 << 13), false },
        { true, Register.Control4, Long4 | (1 << 14), false },
        { true, Register.Control4, Long4 | (1 << 15), false },
        { true, Register.Control4, Long4 | (1 << 19), false },
        { true, Register.Control4, Long4 | (1 << 23), false },
        { true, Register.Control4, Long4 | (1 << 24), false },
        { true, Register.Control4, Long4 | (1ul << 32), false },
        { false, Register.Control4, Cr4.PCIDE, false },
        { false, Register.Control4, Cr4.PAE | Cr4.LA57, true },
        { false, Register.Control4, Cr4.PSE | Cr4.PGE | Cr4.VME | Cr4.PVI, true },
        { true, Register.Control8, 15, true },
        { true, Register.Control8, 16, false },
        { true, Register.Efer, LongEfer, true },
        { true, Register.Efer, LongEfer | Efer.LMA, true },
        { true, Register.Efer, LongEfer & ~Efer.LME, false },
        { true, Register.Efer, LongEfer | (1 << 1), false },
        { true, Register.Efer, LongEfer | (1 << 9), false },
        { true, Register.Efer, LongEfer | (1 << 12), false },
        { true, Register.Efer, LongEfer | (1ul << 63), false },
        { false, Register.Efer, Efer.LME, true },
        { false, Register.Efer, Efer.NXE, true },
        { true, Register.Debug6, ulong.MaxValue, false },
        { true, Register.Debug6, uint.MaxValue, true },
        { true, Register.Debug7, 1ul << 32, false },
        { true, Register.Debug7, 0xffff_0000, true },
        { true, Register.Extended0, 7, true },
        { true, Register.Extended0, 1, true },
        { true, Register.Extended0, 3, true },
        { true, Register.Extended0, 0x201, true },
        { true, Register.Extended0, 2, false },
        { true, Register.Extended0, 0, false },
        { true, Register.Extended0, 5, false },
        { true, Register.Extended0, 0x19, false },
        { true, Register.Extended0, 0xe7, false },
        { true, Register.Extended0, 1ul << 63 | 1, false },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Write_OfAValue_IsCheckedAsAWhole(bool in64Bit, Register register, ulong value, bool allowed)
    {
        using var machine = new SystemMachine();
        Enter(machine, in64Bit);
        machine.State->Cr4 |= register == Register.Extended0 ? Cr4.OSXSAVE : 0;
        Write(machine, in64Bit ? 64 : 32, register, value);
        Assert.Equal(allowed ? -1 : 13, machine.HandledVector);
        Assert.Equal(ActivityState.Halted, machine.State->Activity);
        if (!allowed)
        {
            Assert.Equal(0ul, in64Bit ? machine.Stack64(0) : machine.Stack32(0));
        }
    }

    [Fact]
    public void Cr3_WithPcid_TakesBit63AndDoesNotKeepIt()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.State->Cr4 |= Cr4.PCIDE;
        Write(machine, 64, Register.Control3, SystemMachine.Tables | 5 | (1ul << 63));
        Assert.Equal(-1, machine.HandledVector);
        Assert.Equal(SystemMachine.Tables | 5ul, machine.State->Cr3);
    }

    [Fact]
    public void Pcid_WithAPcidInCr3_CannotBeEnabled()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.State->Cr3 |= 1;
        Write(machine, 64, Register.Control4, Long4 | Cr4.PCIDE);
        Assert.Equal(13, machine.HandledVector);
    }

    [Theory]
    [InlineData(false, false, false, false)]
    [InlineData(true, false, false, true)]
    [InlineData(true, true, false, false)]
    [InlineData(true, false, true, false)]
    public void Paging_WithLme_WantsPaeNoLongSegmentAndNo16BitTss(bool pae, bool isLong, bool tss16, bool allowed)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        var s = machine.State;
        s->Cr0 &= ~Cr0.PG;
        s->Efer = LongEfer;
        s->Cr4 = pae ? Cr4.PAE : 0;
        machine.Load(&s->Cs, SystemMachine.Code32);
        s->Cs.Attributes |= isLong ? SegmentCache.Long : (ushort)0;
        s->Tr.Attributes = (ushort)(tss16 ? 0x83 : 0x8b);
        ModeTracker.Update(s);
        Assert.Equal(allowed, ControlRegisterWrites.TryWriteCr0(s, s->Cr0 | Cr0.PG));
        Assert.Equal(allowed, (s->Efer & Efer.LMA) != 0);
    }

    [Fact]
    public void Lmsw_WithPeClear_LeavesProtectedMode()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        machine.State->Rax = Cr0.TS | Cr0.MP | Cr0.NE;
        machine.Assemble(32, SystemMachine.Code, a =>
        {
            a.lmsw(ax);
            a.hlt();
        });
        machine.Run();
        Assert.Equal(Cr0.PE | Cr0.ET | Cr0.TS | Cr0.MP, machine.State->Cr0);
    }

    [Theory]
    [InlineData("0F01E0", 0xffff_ffff_8005_0033ul, 0xffff_ffff_ffff_0033ul)]
    [InlineData("660F01E0", 0xffff_ffff_8005_0033ul, 0xffff_ffff_ffff_0033ul)]
    public void Smsw_OfEachWidth_WritesWhatItHas(string code, ulong cr0, ulong word)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.State->Cr0 = Long0 | Cr0.NE | Cr0.MP | Cr0.WP | Cr0.AM;
        machine.State->Rax = ulong.MaxValue;
        Convert.FromHexString(code + "F4").CopyTo(new Span<byte>(machine.Ram + SystemMachine.Code, 8));
        machine.Run();
        Assert.Equal(code.StartsWith("66", StringComparison.Ordinal) ? word & ~0xfffful | (ushort)machine.State->Cr0 : (uint)machine.State->Cr0, machine.State->Rax);
        Assert.Equal((uint)cr0, (uint)machine.State->Cr0);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, true)]
    [InlineData(4, false)]
    public void DebugRegister4And5_WithDe_AreUndefined(int number, bool extensions)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.State->Cr4 |= extensions ? Cr4.DE : 0;
        var bytes = new byte[] { 0x0f, 0x21, (byte)(0xc0 | (number << 3)), 0xf4 };
        bytes.CopyTo(new Span<byte>(machine.Ram + SystemMachine.Code, 4));
        machine.Run();
        Assert.Equal(extensions ? 6 : -1, machine.HandledVector);
    }

    private static void Enter(SystemMachine machine, bool in64Bit)
    {
        if (in64Bit)
        {
            machine.EnterLong(0);
        }
        else
        {
            machine.EnterProtected(0);
        }
    }

    private static void Write(SystemMachine machine, int bits, Register register, ulong value)
    {
        var s = machine.State;
        s->Rax = value;
        s->Rdx = value >> 32;
        s->Rcx = register == Register.Extended0 ? 0 : Msr.Efer;
        machine.Assemble(bits, SystemMachine.Code, a =>
        {
            switch (register)
            {
                case Register.Efer: a.wrmsr(); break;
                case Register.Extended0: a.xsetbv(); break;
                case Register.Debug6: a.mov(dr6, rax); break;
                case Register.Debug7: a.mov(dr7, rax); break;
                default: MoveToControl(a, bits, register); break;
            }

            a.hlt();
        });
        machine.Run();
    }

    private static void MoveToControl(Assembler a, int bits, Register register)
    {
        var target = register switch { Register.Control0 => cr0, Register.Control3 => cr3, Register.Control4 => cr4, _ => cr8 };
        if (bits == 64)
        {
            a.mov(target, rax);
        }
        else
        {
            a.mov(target, eax);
        }
    }
}
