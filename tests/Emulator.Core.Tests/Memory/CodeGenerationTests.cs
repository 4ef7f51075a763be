using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using static Emulator.Core.Tests.Memory.PagedMachine;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Core.Tests.Memory;

/// <summary>How long what remembers the place of code stays valid: the generation in the high half of <see cref="CpuState.JumpKey"/>.</summary>
public sealed unsafe class CodeGenerationTests
{
    [Fact]
    public void UserGeneration_ReturnToASpace_IsTheSame()
    {
        using var machine = new PagedMachine();
        var (one, two) = Spaces(machine, User);
        BecomeUser(machine);
        machine.Fetch(Window, TlbTable.User);
        var first = machine.State->JumpKey;

        machine.LoadCr3(two | 2 | NoFlush);
        machine.Fetch(Window, TlbTable.User);
        var second = machine.State->JumpKey;
        machine.LoadCr3(one | 1 | NoFlush);

        Assert.NotEqual(first, second);
        Assert.Equal(first, machine.State->JumpKey);
        machine.LoadCr3(one | 1);
        Assert.NotEqual(first, machine.State->JumpKey);
    }

    [Fact]
    public void SupervisorGeneration_CodeInGlobalPages_IsSharedBySpaces()
    {
        using var machine = new PagedMachine();
        var (_, two) = Spaces(machine, Global);
        machine.Fetch(Window);
        var first = machine.Generation;

        machine.LoadCr3(two | 2);

        Assert.Equal(first, machine.Generation);
        machine.Mmu.FlushPage(Window);
        Assert.NotEqual(first, machine.Generation);
    }

    [Fact]
    public void SupervisorGeneration_CodeInOtherPages_IsOfItsSpace()
    {
        using var machine = new PagedMachine();
        var (one, two) = Spaces(machine, 0);
        machine.Fetch(Window);
        var first = machine.Generation;

        machine.LoadCr3(two | 2 | NoFlush);
        machine.Fetch(Window);
        var second = machine.Generation;
        machine.LoadCr3(one | 1 | NoFlush);

        Assert.NotEqual(first, second);
        Assert.Equal(first, machine.Generation);
        machine.LoadCr3(one | 1);
        Assert.NotEqual(first, machine.Generation);
        Assert.NotEqual(second, machine.Generation);
    }

    [Fact]
    public void Invlpg_PageWithoutCode_KeepsTheGeneration()
    {
        using var machine = new PagedMachine();
        var (one, _) = Spaces(machine, 0);
        machine.Map(one, Window + 0x5000, Frame(5) | Usual);
        machine.Fetch(Window);
        var generation = machine.Generation;
        Assert.Equal(5, machine.Value(Window + 0x5000));

        machine.Mmu.FlushPage(Window + 0x5000);
        Assert.Equal(generation, machine.Generation);
        machine.Mmu.FlushPage(Window);

        Assert.NotEqual(generation, machine.Generation);
    }

    [Fact]
    public void Generation_FlushesOfEveryKind_NeverComesAgain()
    {
        using var machine = new PagedMachine();
        var roots = new ulong[Mmu.AddressSpaces + 3];
        for (var i = 0; i < roots.Length; i++)
        {
            roots[i] = machine.AddSpace();
            machine.Map(roots[i], Window, Frame(10 + i) | Usual | User | ((i & 3) == 0 ? Global : 0));
        }

        // What a generation stood for: a translation. It must stand for it still whenever it is back.
        var random = new Random(7);
        var meanings = new Dictionary<ulong, long>();
        BecomeUser(machine);
        machine.LoadCr3(roots[0] | 1);
        for (var i = 0; i < 5000; i++)
        {
            var space = random.Next(roots.Length);
            Flush(machine, random, roots, space);
            Assert.True(machine.Mmu.TryResolve(Window, AccessKind.Execute, TlbTable.User, out var entry));
            var meaning = *(long*)((byte*)Window + entry->Addend);
            Assert.True(meanings.TryAdd(machine.State->JumpKey, meaning) || meanings[machine.State->JumpKey] == meaning);
        }
    }

    [Fact]
    public void Generation_CounterAtItsEnd_LeavesNothingRemembered()
    {
        using var machine = new PagedMachine();
        var (one, _) = Spaces(machine, 0);
        machine.WriteCode(1, 11);
        Assert.Equal(11ul, machine.Run(Window));
        var cached = JumpCacheEntry.For(machine.State, Window);
        Assert.Equal(machine.State->JumpKey, cached->Key);
        machine.Mmu.LastGeneration = uint.MaxValue;

        machine.LoadCr3(one | 1);

        Assert.InRange(machine.Generation, 1u, 100u);
        Assert.Equal(0ul, cached->Key);
        Assert.Equal(11ul, machine.Run(Window));
    }

    [Fact]
    public void Code_PageRemappedAndInvalidated_IsTheNewOne()
    {
        using var machine = new PagedMachine();
        var (one, _) = Spaces(machine, 0);
        machine.WriteCode(1, 11);
        machine.WriteCode(3, 33);
        Assert.Equal(11ul, machine.Run(Window));
        machine.Map(one, Window, Frame(3) | Usual);

        machine.Execute(a =>
        {
            a.mov(rax, Window);
            a.invlpg(__byte_ptr[rax]);
        });

        Assert.Equal(33ul, machine.Run(Window));
    }

    [Fact]
    public void Code_OfTwoSpacesAtOneAddress_IsEachSpacesOwn()
    {
        using var machine = new PagedMachine();
        var (one, two) = Spaces(machine, 0);
        machine.WriteCode(1, 11);
        machine.WriteCode(2, 22);
        for (var i = 0; i < 4; i++)
        {
            machine.LoadCr3(one | 1 | NoFlush);
            Assert.Equal(11ul, machine.Run(Window));
            machine.LoadCr3(two | 2 | NoFlush);
            Assert.Equal(22ul, machine.Run(Window));
        }
    }

    /// <summary>How many other addresses of the second space could write the page before it held code.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Code_WrittenFromAnotherSpace_IsTheNewOne(int writers)
    {
        using var machine = new PagedMachine();
        var (one, two) = Spaces(machine, 0);
        for (var i = 0ul; i < 4; i++)
        {
            machine.Map(two, Window + 0x10000 + (i << 12), Frame(1) | Usual | Global);
        }

        machine.LoadCr3(two | 2 | NoFlush);
        for (var i = 0; i < writers; i++)
        {
            machine.Store(Window + 0x10000 + ((ulong)i << 12) + 0x800, 1);
        }

        machine.WriteCode(1, 11);
        for (var value = 50; value < 58; value++)
        {
            machine.LoadCr3(one | 1 | NoFlush);
            machine.Run(Window);
            machine.LoadCr3(two | 2 | NoFlush);
            Assert.True(GuestMemory.TryWrite(machine.State, Segment.DS, Window + 0x10000 + ((ulong)((value >> 1) & 3) << 12) + 1, value));
            machine.LoadCr3(one | 1 | NoFlush);

            Assert.Equal((ulong)value, machine.Run(Window));
        }
    }

    private static (ulong One, ulong Two) Spaces(PagedMachine machine, ulong flags)
    {
        var one = machine.AddSpace();
        var two = machine.AddSpace();
        machine.Map(one, Window, Frame(1) | Usual | flags);
        machine.Map(two, Window, Frame(2) | Usual | flags);
        machine.LoadCr3(one | 1);
        return (one, two);
    }

    private static void BecomeUser(PagedMachine machine)
    {
        machine.State->Cpl = 3;
        ModeTracker.Update(machine.State);
    }

    private static void Flush(PagedMachine machine, Random random, ulong[] roots, int space)
    {
        ulong pcid = (uint)(space + 1);
        switch (random.Next(8))
        {
            case 0: machine.Mmu.FlushAll(); break;
            case 1: machine.Mmu.FlushNonGlobal(); break;
            case 2: machine.Mmu.FlushNonGlobal(pcid); break;
            case 3: machine.Mmu.FlushPage(Window); break;
            case 4: machine.Mmu.FlushPage(pcid, Window); break;
            case 5: machine.LoadCr3(roots[space] | pcid); break;
            case 6:
                // Another frame, made known as a correct kernel does: to every process-context identifier.
                machine.Map(roots[space], Window, Frame(random.Next(100, 500)) | Usual | User);
                machine.Mmu.FlushAll();
                break;
            default: machine.LoadCr3(roots[space] | pcid | NoFlush); break;
        }
    }
}
