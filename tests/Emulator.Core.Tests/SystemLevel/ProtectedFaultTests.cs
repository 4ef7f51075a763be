using Emulator.Core.Cpu;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>One instruction in 32-bit protected mode, and the fault that the manual names for it: vector and error code.</summary>
public sealed unsafe class ProtectedFaultTests
{
    public sealed record Case(string Name, int Cpl, Action<Assembler> Code, Vector Vector, int? ErrorCode)
    {
        public override string ToString() => Name;
    }

    public static TheoryData<Case> Cases => [.. All()];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Instruction_InProtectedMode_Faults(Case @case)
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(@case.Cpl);
        machine.State->Cr4 |= Cr4.UMIP;
        machine.Assemble(32, SystemMachine.Code, @case.Code);
        machine.Run();
        Assert.Equal((int)@case.Vector, machine.HandledVector);
        var index = 0;
        if (@case.ErrorCode is { } errorCode)
        {
            Assert.Equal((uint)errorCode, machine.Stack32(index++));
        }

        Assert.Equal((uint)SystemMachine.Code, machine.Stack32(index));
        Assert.Equal(@case.Cpl == 0 ? SystemMachine.Code32 : (uint)SystemMachine.UserCode32, machine.Stack32(index + 1));
        Assert.NotEqual(0u, machine.Stack32(index + 2) & (uint)Rflags.RF);
        Assert.Equal(0, machine.State->Cpl);
    }

    private static IEnumerable<Case> All()
    {
        const int User = 3;
        foreach (var (name, code) in new (string, Action<Assembler>)[]
        {
            ("hlt", a => a.hlt()), ("cli", a => a.cli()), ("sti", a => a.sti()), ("clts", a => a.clts()),
            ("mov cr0", a => a.mov(eax, cr0)), ("mov to cr3", a => a.mov(cr3, eax)), ("mov dr7", a => a.mov(eax, dr7)),
            ("lgdt", a => a.lgdt(__[SystemMachine.KernelStack])), ("lidt", a => a.lidt(__[SystemMachine.KernelStack])), ("lmsw", a => a.lmsw(ax)),
            ("lldt", a => a.lldt(ax)), ("ltr", a => a.ltr(ax)), ("invd", a => a.invd()), ("wbinvd", a => a.wbinvd()),
            ("invlpg", a => a.invlpg(__[0])), ("rdmsr", a => a.rdmsr()), ("wrmsr", a => a.wrmsr()), ("sgdt", a => a.sgdt(__[SystemMachine.UserStack])),
            ("sidt", a => a.sidt(__[SystemMachine.UserStack])), ("sldt", a => a.sldt(eax)), ("str", a => a.str(eax)), ("smsw", a => a.smsw(eax)),
        })
        {
            yield return new Case("CPL 3: " + name, User, code, Vector.GeneralProtection, 0);
        }

        yield return new Case("out to a port the map denies", User, a => a.@out(0xff, al), Vector.GeneralProtection, 0);
        yield return new Case("mov ds, beyond the limit", 0, a => { LoadAt(a, ds, 0x1f8); }, Vector.GeneralProtection, 0x1f8);
        yield return new Case("mov ds, not present", 0, a => LoadAt(a, ds, SystemMachine.Absent), Vector.SegmentNotPresent, SystemMachine.Absent);
        yield return new Case("mov ss, not present", 0, a => LoadAt(a, ss, SystemMachine.Absent), Vector.StackFault, SystemMachine.Absent);
        yield return new Case("mov ss, read-only", 0, a => LoadAt(a, ss, SystemMachine.ReadOnly), Vector.GeneralProtection, SystemMachine.ReadOnly);
        yield return new Case("mov ss, null", 0, a => LoadAt(a, ss, 0), Vector.GeneralProtection, 0);
        yield return new Case("mov ss, other RPL", 0, a => LoadAt(a, ss, SystemMachine.Data32 | 1), Vector.GeneralProtection, SystemMachine.Data32);
        yield return new Case("mov ds, TSS", 0, a => LoadAt(a, ds, SystemMachine.TssSelector), Vector.GeneralProtection, SystemMachine.TssSelector);
        yield return new Case("mov ds, kernel data at CPL 3", User, a => LoadAt(a, ds, SystemMachine.Data32), Vector.GeneralProtection, SystemMachine.Data32);
        yield return new Case("mov ds, LDT without LDT", 0, a => LoadAt(a, ds, 0xc), Vector.GeneralProtection, 0xc);
        yield return new Case("jmp to null", 0, a => Far(a, 0xea, 0), Vector.GeneralProtection, 0);
        yield return new Case("jmp to data", 0, a => Far(a, 0xea, SystemMachine.Data32), Vector.GeneralProtection, SystemMachine.Data32);
        yield return new Case("jmp to outer code", 0, a => Far(a, 0xea, SystemMachine.UserCode32), Vector.GeneralProtection, SystemMachine.UserCode32 & ~3);
        yield return new Case("call inner code", User, a => Far(a, 0x9a, SystemMachine.Code32), Vector.GeneralProtection, SystemMachine.Code32);
        yield return new Case("call a busy TSS", 0, a => Far(a, 0x9a, SystemMachine.TssSelector), Vector.GeneralProtection, SystemMachine.TssSelector);
        yield return new Case("jmp beyond the limit", 0, a => Far(a, 0xea, SystemMachine.Code16, 0x10000), Vector.GeneralProtection, 0);
        yield return new Case("ud2", User, a => a.ud2(), Vector.InvalidOpcode, null);
        yield return new Case("mov cr1", 0, a => a.db(0x0f, 0x20, 0xc8), Vector.InvalidOpcode, null);
        yield return new Case("mov to cs", 0, a => a.db(0x8e, 0xc8), Vector.InvalidOpcode, null);
        yield return new Case("ltr of the busy TSS", 0, a => a.ltr(__word_ptr[SystemMachine.Tss + 0x68]), Vector.GeneralProtection, 0);
        yield return new Case("wrmsr to nothing", 0, a => a.wrmsr(), Vector.GeneralProtection, 0);
    }

    // The selector stands behind the instruction, so that the fault is the first instruction's.
    private static void LoadAt(Assembler a, AssemblerRegisterSegment segment, int selector)
    {
        a.mov(segment, __word_ptr[SystemMachine.Code + 16]);
        a.nop(10);
        a.dw((ushort)selector);
    }

    private static void Far(Assembler a, byte opcode, int selector, uint offset = SystemMachine.Code)
    {
        a.db(opcode);
        a.dd(offset);
        a.dw((ushort)selector);
    }
}
