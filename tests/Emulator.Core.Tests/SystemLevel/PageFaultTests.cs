using Emulator.Core.Cpu;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>Error code and CR2 of page faults (SDM Vol. 3A, 4.7), accesses that are supervisor's by nature (4.6.1), accessed and dirty bits.</summary>
public sealed unsafe class PageFaultTests
{
    private const ulong Page = 0x60_0000;
    private const int Directory = SystemMachine.Tables + 0x2000;
    private const int Table = SystemMachine.Tables + 0x3000;
    private const ulong Present = 1;
    private const ulong Writable = 2;
    private const ulong User = 4;
    private const ulong NoExecute = 1ul << 63;
    private const string Load = "488B00";
    private const string Store = "488900";
    private const string Jump = "FFE0";
    private const string Modify = "480100";
    private const string Compare = "483900";

    /// <summary>CPL, code, the page's entry, CR0 and CR4 bits added, RFLAGS added, PKRU, error code; -1 for none.</summary>
    public static TheoryData<int, string, ulong, ulong, ulong, ulong, uint, int> Cases => new()
    {
        { 0, Load, 0, 0, 0, 0, 0, 0 },
        { 0, Store, 0, 0, 0, 0, 0, 2 },
        { 3, Load, 0, 0, 0, 0, 0, 4 },
        { 3, Store, 0, 0, 0, 0, 0, 6 },
        { 3, Jump, 0, 0, 0, 0, 0, 0x14 },
        { 0, Jump, 0, 0, 0, 0, 0, 0x10 },
        { 3, Load, Present | Writable, 0, 0, 0, 0, 5 },
        { 3, Store, Present | User, 0, 0, 0, 0, 7 },
        { 3, Modify, Present | User, 0, 0, 0, 0, 7 },
        { 3, Compare, Present | User, 0, 0, 0, 0, -1 },
        { 0, Store, Present | User, 0, 0, 0, 0, -1 },
        { 0, Store, Present | User, Cr0.WP, 0, 0, 0, 3 },
        { 0, Store, Present, Cr0.WP, 0, 0, 0, 3 },
        { 0, Modify, Present, Cr0.WP, 0, 0, 0, 3 },
        { 3, Jump, Present | User | NoExecute, 0, 0, 0, 0, 0x15 },
        { 0, Jump, Present | NoExecute, 0, 0, 0, 0, 0x11 },
        { 0, Load, Present | Writable | (1ul << 51), 0, 0, 0, 0, 9 },
        { 3, Store, Present | Writable | User | (1ul << 45), 0, 0, 0, 0, 0xf },
        { 3, Jump, Present | Writable | User | (1ul << 40), 0, 0, 0, 0, 0x1d },
        { 3, Load, Present | Writable | User | (1ul << 59), 0, Cr4.PKE, 0, 4, 0x25 },
        { 3, Load, Present | Writable | User | (1ul << 59), 0, Cr4.PKE, 0, 8, -1 },
        { 3, Store, Present | Writable | User | (1ul << 59), 0, Cr4.PKE, 0, 8, 0x27 },
        { 3, Load, Present | Writable | User | (1ul << 59), 0, 0, 0, 4, -1 },
        { 3, Jump, Present | Writable | User | (1ul << 59), 0, Cr4.PKE, 0, 4, -1 },
        { 0, Load, Present | Writable | User | (1ul << 59), 0, Cr4.PKE, 0, 4, 0x21 },
        { 0, Store, Present | Writable | User | (1ul << 59), 0, Cr4.PKE, 0, 8, -1 },
        { 0, Store, Present | Writable | User | (1ul << 59), Cr0.WP, Cr4.PKE, 0, 8, 0x23 },
        { 0, Store, Present | Writable | (1ul << 59), Cr0.WP, Cr4.PKE, 0, 12, -1 },
        { 0, Load, Present | Writable | User, 0, Cr4.SMAP, 0, 0, 1 },
        { 0, Store, Present | Writable | User, 0, Cr4.SMAP, 0, 0, 3 },
        { 0, Load, Present | Writable | User, 0, Cr4.SMAP, Rflags.AC, 0, -1 },
        { 3, Load, Present | Writable | User, 0, Cr4.SMAP, 0, 0, -1 },
        { 0, Load, Present | Writable, 0, Cr4.SMAP, 0, 0, -1 },
        { 0, Jump, Present | Writable | User, 0, Cr4.SMEP, 0, 0, 0x11 },
        { 0, Jump, Present | Writable | User, 0, Cr4.SMEP, Rflags.AC, 0, 0x11 },
        { 0, Load, Present | Writable | User, 0, Cr4.SMEP, 0, 0, -1 },
        { 0, Jump, Present | Writable, 0, Cr4.SMEP, 0, 0, -1 },
        { 3, Jump, Present | Writable | User, 0, Cr4.SMEP, 0, 0, -1 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Access_ToAPage_HasTheErrorCodeOfItsKind(
        int cpl, string code, ulong entry, ulong cr0, ulong cr4, ulong flags, uint keys, int errorCode)
    {
        using var machine = new SystemMachine();
        Start(machine, cpl, code, entry);
        var s = machine.State;
        s->Cr0 |= cr0;
        s->Cr4 |= cr4;
        s->SystemFlags |= flags;
        s->Pkru = keys;
        Apply(machine);
        machine.Run();
        if (errorCode < 0)
        {
            // The instruction behind, or the page's own: UD2 in either place.
            Assert.Equal((int)Vector.InvalidOpcode, machine.HandledVector);
            return;
        }

        Assert.Equal((int)Vector.PageFault, machine.HandledVector);
        Assert.Equal((ulong)(uint)errorCode, machine.Stack64(0));
        Assert.Equal(Page, s->Cr2);
        Assert.Equal(code == Jump ? Page : SystemMachine.Code, machine.Stack64(1));
    }

    [Theory]
    [InlineData("fetch", 0x11)]
    [InlineData("fetch without nx", 0x01)]
    public void FetchFlag_WithoutNxAndSmep_IsNotReported(string name, int errorCode)
    {
        using var machine = new SystemMachine();
        Start(machine, 3, Jump, Present);
        machine.State->Efer &= name == "fetch" ? ~0ul : ~Efer.NXE;
        Apply(machine);
        machine.Run();
        Assert.Equal((ulong)(uint)errorCode | 4, machine.Stack64(0));
    }

    [Theory]
    [InlineData(Load, 0x20ul)]
    [InlineData(Store, 0x60ul)]
    [InlineData(Modify, 0x60ul)]
    [InlineData(Compare, 0x20ul)]
    [InlineData(Jump, 0x20ul)]
    public void AccessedAndDirty_AfterAnAccess_AreWhatItDid(string code, ulong bits)
    {
        using var machine = new SystemMachine();
        Start(machine, 0, code, Present | Writable | User);
        Apply(machine);
        machine.Run();
        Assert.Equal(bits, machine.Read<ulong>(Table) & 0x60);
        Assert.Equal(0x20ul, machine.Read<ulong>(Directory + 24) & 0x60);
    }

    [Fact]
    public void Dirty_OnAWriteThatFaults_StaysClear()
    {
        using var machine = new SystemMachine();
        Start(machine, 3, Store, Present | User);
        Apply(machine);
        machine.Run();
        Assert.Equal(0ul, machine.Read<ulong>(Table) & 0x60);
    }

    [Fact]
    public void WriteAcrossTwoPages_WhoseSecondFaults_WritesNothingAndReportsTheSecond()
    {
        using var machine = new SystemMachine();
        Start(machine, 0, Store, Present | Writable | User);
        machine.State->Rax = Page + 0xffc;
        machine.Write<ulong>(Page + 0xffc, 0x1122_3344_5566_7788);
        Apply(machine);
        machine.Run();
        Assert.Equal((int)Vector.PageFault, machine.HandledVector);
        Assert.Equal(Page + 0x1000, machine.State->Cr2);
        Assert.Equal(0x1122_3344_5566_7788ul, machine.Read<ulong>(Page + 0xffc));
    }

    [Theory]
    [InlineData(SystemMachine.Gdt, "8ED8")]
    [InlineData(SystemMachine.Idt, "CD40")]
    [InlineData(SystemMachine.Tss, "CD40")]
    [InlineData(SystemMachine.Tss, "EE")]
    public void DescriptorTables_OnSupervisorPages_AreReadAtLevel3(int address, string code)
    {
        using var machine = new SystemMachine();
        Start(machine, 3, code, 0);
        MapSmall(machine, address, Present | Writable);
        machine.State->Rax = SystemMachine.UserData32;
        machine.State->Rdx = 0x80;
        machine.Ram[SystemMachine.Tss + 0x88 + 0x10] = 0;
        Apply(machine);
        machine.Run();
        Assert.Equal(code == "CD40" ? 0x40 : 6, machine.HandledVector);
    }

    [Theory]
    [InlineData(SystemMachine.Gdt, "8ED8", 0)]
    [InlineData(SystemMachine.Tss, "EE", 0)]
    public void DescriptorTables_ThatAreNotMapped_FaultAsSupervisorAccesses(int address, string code, int errorCode)
    {
        using var machine = new SystemMachine();
        Start(machine, 3, code, 0);
        if (address == SystemMachine.Gdt)
        {
            machine.State->Rax = SystemMachine.UserData32 | 4;
            machine.State->Ldtr = new SegmentCache { Selector = SystemMachine.LdtSelector, Base = Page, Limit = 0xff, Attributes = 0x82 };
        }
        else
        {
            machine.State->Tr.Base = Page - 0x68;
            machine.State->Tr.Limit = 0x2067;
            machine.Write<ulong>(SystemMachine.Tss + 4, SystemMachine.InnerStack);
            MapBelow(machine);
        }

        machine.State->Rdx = 0x80;
        Apply(machine);
        machine.Run();
        Assert.Equal((int)Vector.PageFault, machine.HandledVector);
        Assert.Equal((ulong)(uint)errorCode, machine.Stack64(0));
        Assert.Equal((ulong)SystemMachine.Code, machine.Stack64(1));
    }

    [Fact]
    public void DescriptorTables_OnUserPagesWithSmap_FaultWhateverAcSays()
    {
        using var machine = new SystemMachine();
        Start(machine, 0, "8ED8", Present | Writable | User);
        machine.State->Rax = SystemMachine.Data32 | 4;
        machine.State->Ldtr = new SegmentCache { Selector = SystemMachine.LdtSelector, Base = Page, Limit = 0xff, Attributes = 0x82 };
        machine.State->Cr4 |= Cr4.SMAP;
        machine.State->SystemFlags |= Rflags.AC;
        Apply(machine);
        machine.Run();
        Assert.Equal((int)Vector.PageFault, machine.HandledVector);
        Assert.Equal(1ul, machine.Stack64(0));
        Assert.Equal(Page + SystemMachine.Data32, machine.State->Cr2);
    }

    [Fact]
    public void GlobalPage_AfterMovToCr3_IsKeptUntilInvlpg()
    {
        using var machine = new SystemMachine();
        Start(machine, 0, Load, Present | Writable | User | 0x100);
        machine.State->Cr4 |= Cr4.PGE;
        Apply(machine);
        var s = machine.State;
        Convert.FromHexString("488B00" + "C7042500300100" + "00000000" + "0F20D9" + "0F22D9" + "488B142500006000" + "0F013C2500006000" + "488B142500006000" + "0F0B")
            .CopyTo(new Span<byte>(machine.Ram + SystemMachine.Code, 64));
        machine.Run();
        Assert.Equal((int)Vector.PageFault, machine.HandledVector);
        Assert.Equal((ulong)SystemMachine.Code + 3 + 11 + 6 + 8 + 8, machine.Stack64(1));
        Assert.Equal(0xdeadul, s->Rdx);
    }

    private static void Start(SystemMachine machine, int cpl, string code, ulong entry)
    {
        machine.EnterLong(cpl);
        var bytes = Convert.FromHexString(code + "0F0B");
        bytes.CopyTo(new Span<byte>(machine.Ram + SystemMachine.Code, bytes.Length));
        machine.State->Rax = Page;
        machine.Write<ulong>(Page, 0xdead);

        // UD2 for jumps into the page; other accesses do not mind.
        if (code == Jump)
        {
            machine.Write<ushort>(Page, 0x0b0f);
        }

        machine.Write(Directory + 24, (ulong)Table | Present | Writable | User);
        machine.Write(Table, entry == 0 ? 0 : entry | Page);
    }

    // The lowest 2 MiB as 4 KiB pages, for user code too, with one page's rights replaced.
    private static void MapSmall(SystemMachine machine, int address, ulong rights)
    {
        const int Low = SystemMachine.Tables + 0x4000;
        for (var i = 0ul; i < 512; i++)
        {
            machine.Write(Low + (i * 8), (i << 12) | (i == (ulong)address >> 12 ? rights : Present | Writable | User));
        }

        machine.Write(Directory, (ulong)Low | Present | Writable | User);
    }

    // The 2 MiB below the page stay a large page; the TSS copy there holds the stack and the map's base.
    private static void MapBelow(SystemMachine machine)
    {
        machine.Write<ulong>(Page - 0x68 + 4, SystemMachine.InnerStack);
        machine.Write<ushort>(Page - 0x68 + 0x66, 0x68);
    }

    // Supervisor code and data are the user's too, which SMEP and SMAP do not like: what is used at level 0 becomes supervisor's.
    private static void Apply(SystemMachine machine)
    {
        var s = machine.State;
        if (s->Cpl == 0)
        {
            for (var i = 0ul; i < 3; i++)
            {
                machine.Write(Directory + (8 * i), machine.Read<ulong>(Directory + (8 * i)) & ~User);
            }
        }
        else if ((s->Cr4 & (Cr4.SMEP | Cr4.SMAP)) != 0)
        {
            MapSmall(machine, SystemMachine.Handlers, Present | Writable);
            foreach (var page in new[] { SystemMachine.Gdt, SystemMachine.Idt, SystemMachine.Tss, SystemMachine.InnerStack - 0x1000, SystemMachine.Tss })
            {
                machine.Write((ulong)(SystemMachine.Tables + 0x4000 + (page >> 12 << 3)), (ulong)page | Present | Writable);
            }
        }

        machine.Processor.Mmu.FlushAll();
        ModeTracker.Update(s);
    }
}
