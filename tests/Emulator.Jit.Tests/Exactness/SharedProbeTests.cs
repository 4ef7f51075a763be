using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>One probe of the TLB answers for several accesses: what lies on another page, cannot be written, or is no plain memory still gets its due.</summary>
public sealed unsafe class SharedProbeTests
{
    private const int Enough = 3000;

    public static TheoryData<string> Strategies => EnginePair.Strategies;

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Fields_OverAPageBound_AreAccessedWhereTheyLie(string strategy) => Check(strategy, TestLayout.Data + 0x1000 - 20, a => Fields(a, 8));

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Fields_BeforeAnAbsentPage_FaultAtTheFirstThatIsThere(string strategy) => Check(strategy, TestLayout.AbsentPage - 20, a => Fields(a, 8));

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Loads_BesideAStoreToAReadOnlyPage_HappenBeforeItsFault(string strategy)
        => Check(strategy, TestLayout.ReadOnlyPage + 0x100, a =>
        {
            a.mov(rax, __qword_ptr[rbx]);
            a.add(rcx, __qword_ptr[rbx + 8]);
            a.mov(__qword_ptr[rbx + 16], rcx);
            a.inc(rdx);
        });

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Stack_OverAPageBound_IsPushedAndPoppedWhereItLies(string strategy)
        => Check(strategy, TestLayout.Data + 0x2000 + 12, a =>
        {
            a.mov(rbp, rsp);
            a.mov(rsp, rbx);
            a.push(rcx);
            a.push(rdx);
            a.mov(rsi, __qword_ptr[rsp + 8]);
            a.push(rsi);
            a.pop(r8);
            a.pop(r9);
            a.pop(r10);
            a.mov(rsp, rbp);
            a.lea(rcx, __[rcx + (r8 * 2) + 1]);
        });

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Data_BesideCode_AreStoredAndTheCodeIsKept(string strategy)
    {
        using var pair = new EnginePair(strategy, a => Loop(a, TestLayout.Code + 0x800, () => Fields(a, 8)));
        pair.Run(Enough);
        pair.Run(Enough);
        Assert.Equal(0, pair.Actual.Blocks.Dropped);
        Assert.NotEqual(0, pair.Counters.Learned);
    }

    [Fact]
    public void Probe_ThatKeepsMeetingAPageBound_IsTakenApart()
    {
        using var pair = new EnginePair("region", a => Loop(a, TestLayout.Data + 0x1000 - 20, () => Fields(a, 8)));
        pair.Run(Enough);
        var learned = pair.Counters.Learned;
        pair.Run(Enough);
        Assert.NotEqual(0, learned);
        Assert.Equal(learned, pair.Counters.Learned);
    }

    private static void Check(string strategy, int address, Action<Assembler> body)
    {
        using var pair = new EnginePair(strategy, a => Loop(a, address, () => body(a)));
        pair.Run(Enough);
        pair.Step(60);
        pair.Run(Enough);
        Assert.NotEqual(0, pair.Counters.Installed);
    }

    private static void Fields(Assembler a, int step)
    {
        for (var i = 0; i < 5; i++)
        {
            a.mov(rax, __qword_ptr[rbx + (i * step)]);
            a.add(rcx, rax);
            a.mov(__qword_ptr[rbx + (i * step)], rcx);
        }
    }

    private static void Loop(Assembler a, int address, Action body)
    {
        var loop = a.CreateLabel();
        a.Label(ref loop);
        a.mov(ebx, address);
        body();
        a.jmp(loop);
    }
}
