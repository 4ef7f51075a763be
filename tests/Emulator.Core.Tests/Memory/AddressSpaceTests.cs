using Emulator.Core.Cpu;
using Emulator.Core.Memory;
using static Emulator.Core.Tests.Memory.PagedMachine;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Core.Tests.Memory;

/// <summary>
/// What loading CR3, INVLPG and INVPCID drop and keep (SDM Vol. 3A, 4.10.4.1). A translation that is kept shows the page that the table named
/// before the test changed it.
/// </summary>
public sealed class AddressSpaceTests
{
    private const ulong Descriptor = 0x9000;

    [Fact]
    public void LoadCr3_WithNoFlushBit_KeepsTranslations()
    {
        using var machine = new PagedMachine();
        var (one, two) = TwoSpaces(machine);

        machine.LoadCr3(two | 2 | NoFlush);
        Assert.Equal(2, machine.Value(Window));
        machine.Map(one, Window, Frame(3) | Usual);
        machine.LoadCr3(one | 1 | NoFlush);

        Assert.Equal(1, machine.Value(Window + 0x1000));
        Assert.Equal(1, ReadsUser(machine, Window));
    }

    [Fact]
    public void LoadCr3_ToAndFro_ShowsSupervisorAndUserTheirOwnPages()
    {
        using var machine = new PagedMachine();
        var (one, two) = TwoSpaces(machine);
        for (var round = 0; round < 3; round++)
        {
            machine.LoadCr3(two | 2 | NoFlush);
            Assert.Equal(2, machine.Value(Window));
            Assert.Equal(2, ReadsUser(machine, Window));
            machine.LoadCr3(one | 1 | NoFlush);
            Assert.Equal(1, machine.Value(Window));
            Assert.Equal(1, ReadsUser(machine, Window));
        }
    }

    [Fact]
    public void LoadCr3_WithoutNoFlushBit_DropsItsPcidAlone()
    {
        using var machine = new PagedMachine();
        var (one, two) = TwoSpaces(machine);
        machine.Map(one, Window, Frame(3) | Usual | User);

        machine.LoadCr3(two | 2);
        Assert.Equal(2, ReadsUser(machine, Window));
        machine.Map(two, Window, Frame(4) | Usual | User);
        machine.LoadCr3(one | 1 | NoFlush);
        Assert.Equal(1, ReadsUser(machine, Window));
        machine.LoadCr3(two | 2);

        Assert.Equal(4, ReadsUser(machine, Window));
        machine.LoadCr3(one | 1);
        Assert.Equal(3, ReadsUser(machine, Window));
    }

    [Fact]
    public void LoadCr3_OtherTablesUnderOnePcid_TranslatesByTheNewOnes()
    {
        using var machine = new PagedMachine();
        var (_, two) = TwoSpaces(machine);

        machine.LoadCr3(two | 1 | NoFlush);

        Assert.Equal(2, ReadsUser(machine, Window));
        Assert.Equal(2, machine.Value(Window));
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(Cr4.PCIDE)]
    public void LoadCr3_GlobalPages_AreKept(ulong cr4)
    {
        using var machine = new PagedMachine(cr4);
        var root = machine.AddSpace();
        machine.LoadCr3(root);
        machine.Map(root, Window, Frame(1) | Usual | Global);
        machine.Map(root, Window + 0x1000, Frame(2) | Usual);
        Assert.Equal(3, machine.Value(Window) + machine.Value(Window + 0x1000));
        machine.Map(root, Window, Frame(5) | Usual | Global);
        machine.Map(root, Window + 0x1000, Frame(6) | Usual);

        machine.LoadCr3(root);

        Assert.Equal(1, machine.Value(Window));
        Assert.Equal(6, machine.Value(Window + 0x1000));
    }

    [Fact]
    public void LoadCr3_MoreSpacesThanAreKept_RecyclesTheOldest()
    {
        using var machine = new PagedMachine();
        var roots = new ulong[Mmu.AddressSpaces + 2];
        for (var i = 0; i < roots.Length; i++)
        {
            roots[i] = machine.AddSpace();
            machine.Map(roots[i], Window, Frame(10 + i) | Usual | User);
        }

        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < roots.Length; i++)
            {
                machine.LoadCr3(roots[i] | (uint)(i + 1) | NoFlush);
                Assert.Equal(10 + i, ReadsUser(machine, Window));
                Assert.Equal(10 + i, machine.Value(Window));
            }
        }

        machine.Map(roots[0], Window, Frame(40) | Usual | User);
        machine.LoadCr3(roots[0] | 1 | NoFlush);
        Assert.Equal(40, ReadsUser(machine, Window));
    }

    [Fact]
    public void LoadCr3_PcidNeverUsedBefore_InheritsNothing()
    {
        using var machine = new PagedMachine();
        var root = machine.AddSpace();
        machine.Map(root, Window, Frame(1) | Usual | User);
        for (var pcid = 1u; pcid <= Mmu.AddressSpaces; pcid++)
        {
            machine.LoadCr3(root | pcid | NoFlush);
            Assert.Equal(1, ReadsUser(machine, Window));
        }

        machine.Map(root, Window, Frame(2) | Usual | User);
        machine.LoadCr3(root | (Mmu.AddressSpaces + 1u) | NoFlush);

        Assert.Equal(2, ReadsUser(machine, Window));
    }

    [Fact]
    public void Invlpg_GlobalPage_DropsItInEverySpace()
    {
        using var machine = new PagedMachine();
        var (one, two) = TwoSpaces(machine);
        foreach (var root in new[] { one, two })
        {
            machine.Map(root, Window + 0x2000, Frame(5) | Usual | User | Global);
            machine.LoadCr3(root | (root == one ? 1ul : 2) | NoFlush);
            Assert.Equal(5, ReadsUser(machine, Window + 0x2000));
            Assert.Equal(5, machine.Value(Window + 0x2000));
            machine.Map(root, Window + 0x2000, Frame(6) | Usual | User | Global);
        }

        machine.Execute(a => Invlpg(a, Window + 0x2000));

        Assert.Equal(6, ReadsUser(machine, Window + 0x2000));
        Assert.Equal(6, machine.Value(Window + 0x2000));
        machine.LoadCr3(one | 1 | NoFlush);
        Assert.Equal(6, ReadsUser(machine, Window + 0x2000));
        Assert.Equal(6, machine.Value(Window + 0x2000));
    }

    [Fact]
    public void Invlpg_PageOfOnePcid_StaysInOthers()
    {
        using var machine = new PagedMachine();
        var (one, two) = TwoSpaces(machine);
        machine.LoadCr3(two | 2 | NoFlush);
        Assert.Equal(2, ReadsUser(machine, Window));
        machine.Map(one, Window, Frame(7) | Usual | User);
        machine.Map(two, Window, Frame(8) | Usual | User);

        machine.Execute(a => Invlpg(a, Window));

        Assert.Equal(8, ReadsUser(machine, Window));
        machine.LoadCr3(one | 1 | NoFlush);
        Assert.Equal(1, ReadsUser(machine, Window));
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(Global)]
    public void Invlpg_LargePage_DropsAllOfIt(ulong global)
    {
        using var machine = new PagedMachine();
        var root = machine.AddSpace();
        machine.LoadCr3(root | 1);
        machine.Map(root, Window, Frame(0) | Usual | Large | global);
        machine.Map(root, Window + 0x20_0000, Frame(9) | Usual | global);
        Assert.Equal(3, machine.Value(Window + 0x3000));
        Assert.Equal(77, machine.Value(Window + 0x4d000));
        Assert.Equal(9, machine.Value(Window + 0x20_0000));
        machine.Map(root, Window, (Frame(0) - 0x20_0000) | Usual | Large | global);
        machine.Map(root, Window + 0x20_0000, Frame(11) | Usual | global);

        machine.Execute(a => Invlpg(a, Window + 0x12_3456));

        Assert.NotEqual(3, machine.Value(Window + 0x3000));
        Assert.NotEqual(77, machine.Value(Window + 0x4d000));
        Assert.Equal(9, machine.Value(Window + 0x20_0000));
    }

    /// <summary>INVPCID type and PCID, and which of these it drops: current space's page, its neighbour, the other space's page, a global page.</summary>
    [Theory]
    [InlineData(0, 2, true, false, false, false)]
    [InlineData(0, 1, false, false, true, false)]
    [InlineData(0, 3, false, false, false, false)]
    [InlineData(1, 2, true, true, false, false)]
    [InlineData(1, 1, false, false, true, false)]
    [InlineData(1, 3, false, false, false, false)]
    [InlineData(2, 0, true, true, true, true)]
    [InlineData(3, 0, true, true, true, false)]
    public void Invpcid_EachType_DropsWhatItNames(int type, int pcid, bool page, bool neighbour, bool other, bool global)
    {
        using var machine = new PagedMachine();
        var (one, two) = TwoSpaces(machine);
        machine.Map(two, Window + 0x2000, Frame(3) | Usual | User | Global);
        machine.LoadCr3(two | 2 | NoFlush);
        Assert.Equal(2 + 2 + 3, ReadsUser(machine, Window) + ReadsUser(machine, Window + 0x1000) + ReadsUser(machine, Window + 0x2000));
        Assert.Equal(2 + 2 + 3, machine.Value(Window) + machine.Value(Window + 0x1000) + machine.Value(Window + 0x2000));
        machine.Map(one, Window, Frame(21) | Usual | User);
        machine.Map(two, Window, Frame(22) | Usual | User);
        machine.Map(two, Window + 0x1000, Frame(23) | Usual | User);
        machine.Map(two, Window + 0x2000, Frame(24) | Usual | User | Global);
        machine.Machine.Write(Descriptor, (ulong)pcid);
        machine.Machine.Write(Descriptor + 8, Window);

        machine.Execute(a =>
        {
            a.mov(eax, type);
            a.mov(edi, (int)Descriptor);
            a.invpcid(rax, __xmmword_ptr[rdi]);
        });

        Assert.Equal(page ? 22 : 2, ReadsUser(machine, Window));
        Assert.Equal(page ? 22 : 2, machine.Value(Window));
        Assert.Equal(neighbour ? 23 : 2, ReadsUser(machine, Window + 0x1000));
        Assert.Equal(neighbour ? 23 : 2, machine.Value(Window + 0x1000));
        Assert.Equal(global ? 24 : 3, ReadsUser(machine, Window + 0x2000));
        Assert.Equal(global ? 24 : 3, machine.Value(Window + 0x2000));
        machine.LoadCr3(one | 1 | NoFlush);
        Assert.Equal(other ? 21 : 1, ReadsUser(machine, Window));
    }

    [Fact]
    public void Invpcid_GlobalPageOfTheAddress_IsKept()
    {
        using var machine = new PagedMachine();
        var root = machine.AddSpace();
        machine.LoadCr3(root | 1);
        machine.Map(root, Window, Frame(1) | Usual | Global);
        Assert.Equal(1, machine.Value(Window));
        machine.Map(root, Window, Frame(2) | Usual | Global);

        machine.Mmu.FlushPage(1, Window);
        Assert.Equal(1, machine.Value(Window));
        machine.Mmu.FlushPage(Window);

        Assert.Equal(2, machine.Value(Window));
    }

    [Fact]
    public void WriteCr4_PcidDisabled_DropsEverything()
    {
        using var machine = new PagedMachine();
        var (one, two) = TwoSpaces(machine);
        machine.LoadCr3(two | 2 | NoFlush);
        Assert.Equal(2, ReadsUser(machine, Window));
        machine.Map(two, Window, Frame(31) | Usual | User);
        machine.Map(one, Window, Frame(32) | Usual | User);

        AssertWritesCr4(machine, Cr4.PAE | Cr4.PGE);

        Assert.Equal(31, ReadsUser(machine, Window));
        machine.LoadCr3(one);
        Assert.Equal(32, ReadsUser(machine, Window));
    }

    // Space 1 is entered and read, space 2 exists.
    private static (ulong One, ulong Two) TwoSpaces(PagedMachine machine)
    {
        var one = machine.AddSpace();
        var two = machine.AddSpace();
        for (var page = 0ul; page < 2; page++)
        {
            machine.Map(one, Window + (page << 12), Frame(1) | Usual | User);
            machine.Map(two, Window + (page << 12), Frame(2) | Usual | User);
        }

        machine.LoadCr3(one | 1);
        Assert.Equal(1, ReadsUser(machine, Window));
        Assert.Equal(1, machine.Value(Window));
        return (one, two);
    }

    private static unsafe long ReadsUser(PagedMachine machine, ulong linear)
    {
        Assert.True(machine.Mmu.TryResolve(linear, AccessKind.Read, TlbTable.User, out var entry));
        return *(long*)((byte*)linear + entry->Addend);
    }

    private static unsafe void AssertWritesCr4(PagedMachine machine, ulong value)
        => Assert.True(ControlRegisterWrites.TryWriteCr4(machine.State, value));

    private static void Invlpg(Iced.Intel.Assembler a, ulong linear)
    {
        a.mov(rax, linear);
        a.invlpg(__byte_ptr[rax]);
    }
}
