using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>Compiled code never outlives the bytes and the mapping that it was made from.</summary>
public sealed unsafe class ChangingCodeTests
{
    private const int SecondPage = TestLayout.Code + 0x1000;
    private const int Change = TestLayout.Code + 0x800;

    // The immediate of the second page's ADD.
    private const int Constant = SecondPage + 3;

    public static TheoryData<string> Strategies => EnginePair.Strategies;

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Store_ToTheNextInstruction_ActsAtOnce(string strategy)
        => Check(strategy, (a, target) =>
        {
            a.inc(ecx);
            a.mov(__dword_ptr[target], ecx);
        });

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Store_ToTheNextInstructionNowAndThen_ActsAtOnce(string strategy)
        => Check(strategy, (a, target) =>
        {
            var skip = a.CreateLabel();
            a.inc(ecx);
            a.test(ecx, 0x3f);
            a.jne(skip);
            a.mov(__dword_ptr[target], ecx);
            a.Label(ref skip);
            a.nop();
        });

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Store_ThroughAnAlias_ActsAtOnce(string strategy)
        => Check(strategy, (a, target) =>
        {
            a.inc(ecx);
            a.test(ecx, 0x1f);
            a.sete(dl);
            a.movzx(edx, dl);
            a.neg(edx);
            a.and(edx, TestLayout.Alias + target - TestLayout.Data);
            a.mov(__dword_ptr[rdx + TestLayout.Data], ecx);
        });

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Store_ByARepeatedMove_ActsAtOnce(string strategy)
        => Check(strategy, (a, target) =>
        {
            a.inc(__dword_ptr[TestLayout.Data]);
            a.mov(esi, TestLayout.Data);
            a.mov(edi, target);
            a.mov(ecx, 4);
            a.rep.movsb();
        });

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Store_ByPushingOverTheCode_ActsAtOnce(string strategy)
        => Check(strategy, (a, target) =>
        {
            a.inc(rcx);
            a.mov(rdx, rcx);
            a.and(edx, 0xff);
            a.shl(rdx, 24);
            a.mov(r8, 0x90c0_ff48_0000_1234);
            a.or(rdx, r8);
            a.mov(rbp, rsp);
            a.mov(esp, target + 8);
            a.push(rdx);
            a.mov(rsp, rbp);
        });

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Dma_IntoACompiledLoop_ActsAtOnce(string strategy)
    {
        using var pair = new EnginePair(strategy, HotLoop.Mixed);
        pair.Run(HotLoop.WarmUp);
        for (var i = 1; i < 20; i++)
        {
            // The immediate of the loop's first ADD.
            var value = (byte)(i * 7);
            pair.Both(machine => machine.Memory.Write(TestLayout.Code + 5 + 3, [value]));
            pair.Run(97);
        }

        Assert.NotEqual(0, pair.Counters.Invalidated);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Switch_OfThePageTablesUnderALoopOfTwoPages_RunsTheOtherCode(string strategy)
    {
        using var pair = TwoPages(strategy, a => a.mov(cr3, rdx));
        RunTwoPages(pair, TestLayout.SecondTables);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Invlpg_OfTheSecondPageOfALoop_RunsTheOtherCode(string strategy)
    {
        var entry = TestLayout.EntryOf(64, TestLayout.Tables, SecondPage);
        using var pair = TwoPages(strategy, a =>
        {
            a.mov(__dword_ptr[entry], edx);
            a.invlpg(__[SecondPage]);
        });
        RunTwoPages(pair, SecondPage - TestLayout.Code + TestLayout.CodeCopy + 3, SecondPage + 3);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Loop_OfTwoPagesAtAnAlias_GoesOnThere(string strategy)
    {
        using var pair = TwoPages(strategy, a => a.nop());
        pair.Run(HotLoop.WarmUp);
        pair.Both(machine => machine.State->Rip += TestLayout.Alias);
        pair.Run(HotLoop.WarmUp);
        Assert.True(pair.Actual.State->Rip >= TestLayout.Alias + TestLayout.Code);
        pair.Both(machine => machine.State->Rip -= TestLayout.Alias);
        pair.Run(HotLoop.WarmUp);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Processors_SharingCompiledCodeUnderOtherTables_RunTheirOwn(string strategy)
    {
        using var pair = TwoPages(strategy, a => a.nop(), processors: 2);
        pair.Both(machine =>
        {
            var second = machine.Processors[1].State;
            second->Cr3 = TestLayout.SecondTables;
            machine.Processors[1].Mmu.FlushAll();
            second->Rsp = TestLayout.StackTop - 0x800;

            // The first page is the same for both.
            machine.Write(TestLayout.EntryOf(64, TestLayout.SecondTables, TestLayout.Code), (ulong)TestLayout.Code + 3);
        });
        for (var limit = 100ul; limit < 3000; limit += 100)
        {
            pair.Both(machine =>
            {
                machine.RunTo(machine.Processors[0], limit);
                machine.RunTo(machine.Processors[1], limit);
            });
            Assert.Null(StateText.Difference(pair.Expected, pair.Actual, withRam: true));
        }

        Assert.NotEqual(0, pair.Counters.Installed);
        Assert.NotEqual(pair.Actual.Processors[0].State->R8, pair.Actual.Processors[1].State->R8);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Store_ByAnotherProcessor_ActsInItsNextTurn(string strategy)
    {
        using var pair = new EnginePair(strategy, HotLoop.Mixed, processors: 2);
        pair.Both(machine =>
        {
            var second = machine.Processors[1].State;
            second->Rip = TestLayout.Code + 0x4000;
            machine.Place(TestLayout.Code + 0x4000, a =>
            {
                var loop = a.CreateLabel();
                a.Label(ref loop);
                a.inc(rcx);
                a.test(ecx, 0xf);
                a.jne(loop);
                a.mov(__byte_ptr[TestLayout.Code + 5 + 3], ch);
                a.jmp(loop);
            });
        });
        for (var limit = 100ul; limit < 6000; limit += 100)
        {
            pair.Both(machine =>
            {
                machine.RunTo(machine.Processors[0], limit);
                machine.RunTo(machine.Processors[1], limit);
            });
            Assert.Null(StateText.Difference(pair.Expected, pair.Actual, withRam: true));
        }

        Assert.NotEqual(0, pair.Counters.Invalidated);
    }

    // A loop around a MOV RAX, imm32 (sign-extended) at 'target' - 3, whose immediate the writer changes.
    private static void Check(string strategy, Action<Assembler, int> writer)
    {
        var target = Place(writer);
        using var pair = new EnginePair(strategy, a => Emit(a, writer, target));
        pair.Run(3000);
        Assert.NotEqual(0, pair.Actual.Blocks.Dropped);
        Assert.NotEqual(0x1234, pair.Actual.Read<int>(target));
        pair.Step(100);
    }

    private static int Place(Action<Assembler, int> writer)
    {
        var assembler = new Assembler(64);
        writer(assembler, TestLayout.Code + 0x1000);
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), TestLayout.Code);
        return TestLayout.Code + (int)stream.Length + 3;
    }

    private static void Emit(Assembler a, Action<Assembler, int> writer, int target)
    {
        var loop = a.CreateLabel();
        a.Label(ref loop);
        writer(a, target);
        a.AddInstruction(Instruction.Create(Code.Mov_rm64_imm32, Register.RAX, 0x1234));
        a.inc(rax);
        a.nop();
        a.add(r9, rax);
        a.jmp(loop);
    }

    // A loop over two pages: R8 counts by the second page's constant. 'change' stands in the first, outside the loop.
    private static EnginePair TwoPages(string strategy, Action<Assembler> change, int processors = 1)
    {
        var pair = new EnginePair(
            strategy,
            a =>
            {
                a.inc(rcx);
                a.jmp((ulong)SecondPage);
            },
            processors: processors);
        pair.Both(machine =>
        {
            machine.Place(Change, a =>
            {
                change(a);
                a.xor(r10d, r10d);
                a.jmp((ulong)TestLayout.Code);
            });
            machine.Place(SecondPage, a =>
            {
                a.add(r8, 1);
                a.test(r10d, r10d);
                a.je((ulong)TestLayout.Code);
                a.jmp((ulong)Change);
            });
            machine.Ram[Constant - TestLayout.Code + TestLayout.CodeCopy] = 2;
        });
        return pair;
    }

    private static void RunTwoPages(EnginePair pair, params ReadOnlySpan<int> values)
    {
        foreach (var value in values)
        {
            pair.Run(HotLoop.WarmUp);
            var word = value;
            pair.Both(machine =>
            {
                machine.State->Rdx = (ulong)word;
                machine.State->R10 = 1;
            });
        }

        var before = pair.Actual.State->R8;
        pair.Run(50);
        Assert.NotEqual(before, pair.Actual.State->R8);
        pair.Run(HotLoop.WarmUp);
        Assert.NotEqual(0, pair.Counters.Installed);
    }
}
