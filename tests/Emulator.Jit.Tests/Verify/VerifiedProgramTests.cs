using Emulator.Core.Instructions;
using Emulator.Jit.Emit;
using Emulator.Jit.Strategies;
using Emulator.Jit.Verify;
using Emulator.Workloads;
using Emulator.Workloads.Machine;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Jit.Tests.Verify;

/// <summary>What ships comes to the same as the interpreter, and the machine computes under verification what it computes without.</summary>
public sealed unsafe class VerifiedProgramTests
{
    private const int Data = 0x20_0000;
    private const int Rounds = 300;
    private const int DivideError = 0;

    public static TheoryData<string, string> Workloads =>
    [
        .. from strategy in StrategyRegistry.All
           where strategy.Threshold is not null
           from workload in WorkloadCatalog.All
           select new TheoryDataRow<string, string>(strategy.Name, workload.Name),
    ];

    [Theory]
    [MemberData(nameof(Workloads))]
    public void Workload_Verified_HasTheReferencesChecksum(string strategy, string name)
    {
        const int Share = 20;
        var workload = WorkloadCatalog.All.Single(candidate => candidate.Name == name);
        VerifyingEngine? engine = null;
        var emitters = new EmitterTable(new InstructionTable());
        using var run = new WorkloadRun(workload, (model, blocks) => engine = VerifiedMachine.CreateEngine(model, blocks, emitters, strategy, _ => { }));
        var units = Math.Max(1, workload.RoundUnits / Share);

        Assert.Equal(workload.Reference(units), run.Execute(units));
        Assert.Equal(workload.Reference(units), run.Execute(units));
        Assert.NotEqual(0, engine!.Counters.Checked);
    }

    [Fact]
    public void Stores_OverPageBounds_AreComparedAndKept()
    {
        using var machine = new VerifiedMachine();

        machine.Run(a => Repeat(a, () =>
        {
            a.add(rdi, rcx);
            a.mov(__qword_ptr[Data + 0x1000 - 4], rcx);
            a.mov(__qword_ptr[Data + 0x2ff8], rcx);
            a.add(__dword_ptr[Data + 0x2ffe], ecx);
            a.add(rsi, __[Data + 0x0ffd]);
        }));

        AssertChecked(machine);
        Assert.Equal(1, machine.Ram[Data + 0x1000 - 4]);
    }

    [Fact]
    public void Faults_InTheMiddleOfARegion_AreTheInterpreters()
    {
        using var machine = new VerifiedMachine();

        machine.Run(a =>
        {
            var start = a.CreateLabel();
            var handler = a.CreateLabel();
            InterruptGate.Emit(a, DivideError, handler);
            a.jmp(start);
            a.Label(ref handler);
            a.inc(r15);
            a.add(__qword_ptr[rsp], 3);
            a.iretq();
            a.Label(ref start);
            Repeat(a, () =>
            {
                a.mov(__dword_ptr[Data + 8], ecx);
                a.xor(edx, edx);
                a.mov(r8d, ecx);
                a.and(r8d, 3);
                a.mov(eax, ecx);
                a.div(r8);
                a.add(rsi, rax);
            });
        });

        AssertChecked(machine);
        Assert.Equal(Rounds / 4, (int)machine.State->R15);
    }

    [Fact]
    public void Strings_OfManyPages_AreComparedAndKept()
    {
        using var machine = new VerifiedMachine();

        machine.Run(a => Repeat(a, () =>
        {
            a.mov(r8, rcx);
            a.mov(eax, ecx);
            a.mov(edi, Data + 0x800);
            a.mov(ecx, 0x3000);
            a.rep.stosb();
            a.mov(esi, Data + 0x900);
            a.mov(edi, Data + 0x8001);
            a.mov(ecx, 0x800);
            a.rep.movsd();
            a.mov(edi, Data + 0x8001);
            a.mov(ecx, 0x4000);
            a.repe.scasb();
            a.mov(rcx, r8);
        }));

        AssertChecked(machine);
        Assert.Equal(1, machine.Ram[Data + 0x9fff]);
    }

    [Fact]
    public void FloatingPoint_OfBothUnits_IsCompared()
    {
        using var machine = new VerifiedMachine();

        machine.Run(a =>
        {
            a.fninit();
            a.fld1();
            Repeat(a, () =>
            {
                a.mov(__dword_ptr[Data], ecx);
                a.fild(__dword_ptr[Data]);
                a.fsqrt();
                a.faddp(st1, st0);
                a.fst(__qword_ptr[Data + 8]);
                a.cvtsi2sd(xmm1, ecx);
                a.sqrtsd(xmm2, xmm1);
                a.addsd(xmm0, xmm2);
                a.movups(__xmmword_ptr[Data + 0xff8], xmm0);
                a.pshufd(xmm3, xmm0, 0x1b);
                a.paddd(xmm3, __xmmword_ptr[Data]);
            });
        });

        AssertChecked(machine);
    }

    [Fact]
    public void Code_ThatIsWrittenByItsOwnRegion_IsCompared()
    {
        using var machine = new VerifiedMachine();

        machine.Run(a =>
        {
            var patched = a.CreateLabel();
            a.lea(rbx, __[patched]);
            Repeat(a, () =>
            {
                a.mov(__byte_ptr[rbx + 1], cl);
                a.Label(ref patched);
                a.mov(eax, 0);
                a.add(rsi, rax);
            });
        });

        // Each immediate is the round's number, cut to a byte.
        var sum = 0;
        for (var round = 1; round <= Rounds; round++)
        {
            sum += (byte)round;
        }

        Assert.Equal((ulong)sum, machine.State->Rsi);
    }

    [Fact]
    public void Disposal_OfTheEngine_TellsWhatWasCompared()
    {
        var machine = new VerifiedMachine();
        machine.Run(a => Repeat(a, () => a.add(rsi, rcx)));

        machine.Dispose();

        Assert.Contains(machine.Log, line => line.StartsWith("verify: ", StringComparison.Ordinal));
    }

    private static void Repeat(Assembler a, Action body)
    {
        var loop = a.CreateLabel();
        a.mov(ecx, Rounds);
        a.Label(ref loop);
        body();
        a.dec(ecx);
        a.jne(loop);
    }

    private static void AssertChecked(VerifiedMachine machine)
    {
        Assert.NotEqual(0, machine.Engine!.Counters.Checked);
        Assert.NotEqual(0ul, machine.Engine.Counters.Instructions);
    }
}
