using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>Indirect branches go to where they lead, whether the region holds that place or not.</summary>
public sealed unsafe class IndirectBranchTests
{
    private const int Enough = 4000;
    private const int Stride = 0x20;
    private const int FirstWay = TestLayout.Code + 0x400;

    public static TheoryData<string, int> Ways
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var strategy in EnginePair.Strategies)
            {
                foreach (var ways in (ReadOnlySpan<int>)[1, 2, 3, 4, 7, 12, 16, 32])
                {
                    data.Add(strategy, ways);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Jump_OverATable_ReachesEveryWay(string strategy, int ways)
    {
        using var pair = new EnginePair(strategy, a =>
        {
            Choose(a, ways);
            a.jmp(rax);
        });
        pair.Both(machine => PlaceWays(machine, ways, a => a.jmp(TestLayout.Code)));
        Run(pair);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Call_OverATable_ReachesEveryFunctionAndReturns(string strategy, int ways)
    {
        using var pair = new EnginePair(strategy, a =>
        {
            Choose(a, ways);
            a.mov(__qword_ptr[TestLayout.Data], rax);
            a.call(__qword_ptr[TestLayout.Data]);
            a.add(rdx, rcx);
            a.jmp(TestLayout.Code);
        });
        pair.Both(machine => PlaceWays(machine, ways, a => a.ret()));
        Run(pair);
    }

    [Fact]
    public void Jump_ToTargetsThatWereSeen_StaysInTheRegion()
    {
        const int Targets = 6;
        using var pair = new EnginePair("region", a =>
        {
            Choose(a, Targets);
            a.jmp(rax);
        });
        pair.Both(machine => PlaceWays(machine, Targets, a => a.jmp(TestLayout.Code)));
        Run(pair);
        var exits = pair.Exits;
        var requested = pair.Counters.Requested;
        pair.Run(Enough);
        Assert.Equal(requested, pair.Counters.Requested);
        Assert.InRange(pair.Exits - exits, 0, 10);
    }

    // RAX becomes the next way in a pattern that repeats late.
    private static void Choose(Assembler a, int ways)
    {
        a.imul(esi, esi, 1103515245);
        a.add(esi, 12345);
        a.mov(eax, esi);
        a.shr(eax, 8);
        a.xor(edx, edx);
        a.mov(ecx, ways);
        a.div(ecx);
        a.mov(eax, edx);
        a.shl(eax, 5);
        a.add(eax, FirstWay);
    }

    private static void PlaceWays(TestMachine machine, int ways, Action<Assembler> end)
    {
        for (var i = 0; i < ways; i++)
        {
            var number = i;
            machine.Place(FirstWay + (i * Stride), a =>
            {
                a.lea(r8, __[r8 + (r8 * 2) + number]);
                a.inc(__dword_ptr[TestLayout.Data + 0x100 + (number * 4)]);
                end(a);
            });
        }
    }

    private static void Run(EnginePair pair)
    {
        pair.Run(Enough);
        pair.Step(50);
        pair.Run(Enough);
        Assert.NotEqual(0, pair.Counters.Installed);
    }
}
