using Emulator.Core.Bus;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Time;

namespace Emulator.Core.Tests.Memory;

/// <summary>PageWalker and Mmu against <see cref="ReferenceWalker"/> over random tables, in every paging mode.</summary>
public sealed unsafe class PageWalkOracleTests : IMachineControl, IDisposable
{
    private const int Rounds = 60;
    private const int AccessesPerRound = 600;

    private readonly GuestRam _ram = new(RandomTables.Size);
    private readonly MemoryMap _memory;
    private readonly BlockCache _blocks;
    private readonly Processor _processor;

    public PageWalkOracleTests()
    {
        _memory = new MemoryMap(_ram);
        _memory.MapRam("ram", 0, 0, RandomTables.Size);
        _blocks = new BlockCache(_memory);
        var wiring = new ProcessorWiring(_memory, new IoPortBus(), new ManualClock(), _blocks, this, GuestLog.Silent());
        _processor = new Processor(0, CpuModels.Max, wiring);
    }

    public static TheoryData<PagingMode, int, bool> Modes { get; } = MakeModes();

    [Theory]
    [MemberData(nameof(Modes))]
    public void Walk_RandomTables_MatchesReference(PagingMode mode, int physicalBits, bool gigabytePages)
    {
        var random = new Random(((int)mode * 100) + physicalBits);
        var tables = new RandomTables(_ram, random);
        var walker = new PageWalker(_memory, physicalBits, gigabytePages);
        var faults = 0;
        for (var round = 0; round < Rounds; round++)
        {
            tables.Fill(mode, physicalBits);
            for (var i = 0; i < AccessesPerRound; i++)
            {
                var c = RandomContext(mode, physicalBits, gigabytePages, random);
                var (cr3, pdptes) = Roots(tables, random);
                var linear = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
                linear = IsLong(mode) ? linear : (uint)linear;
                Apply(c, cr3, pdptes);
                var expected = tables.Reference.Access(c, cr3, pdptes, linear);
                var done = walker.TryWalk(_processor.State, linear, Kind(c), Table(c), out var page);
                var actual = new WalkResult(!done, done ? 0 : (uint)page.ErrorCode, done ? page.Physical | (linear & 0xfff) : 0);
                Assert.True(expected == actual, $"{c}, linear {linear:x}: expected {expected}, got {actual}");
                faults += done ? 0 : 1;
            }

            Assert.True(tables.IsEqual(), "accessed and dirty flags differ");
        }

        // The random tables must exercise both ways.
        Assert.InRange(faults, Rounds * AccessesPerRound / 20, Rounds * AccessesPerRound * 19 / 20);
    }

    [Theory]
    [InlineData(PagingMode.Bits32)]
    [InlineData(PagingMode.Bits32WithPse)]
    [InlineData(PagingMode.Pae)]
    [InlineData(PagingMode.FourLevel)]
    [InlineData(PagingMode.FiveLevel)]
    public void Mmu_RepeatedAccesses_MatchReference(PagingMode mode)
    {
        var random = new Random((int)mode);
        var tables = new RandomTables(_ram, random);
        for (var round = 0; round < Rounds; round++)
        {
            tables.Fill(mode, CpuModels.Max.PhysicalAddressBits);
            var (cr3, pdptes) = Roots(tables, random);
            var fixedPart = RandomContext(mode, CpuModels.Max.PhysicalAddressBits, CpuModels.Max.HasGigabytePages, random);
            var addresses = new ulong[24];
            for (var i = 0; i < addresses.Length; i++)
            {
                addresses[i] = IsLong(mode) ? (ulong)(random.NextInt64(long.MinValue, long.MaxValue) << 7) >> 7 : (uint)random.NextInt64();
            }

            Apply(fixedPart, cr3, pdptes);
            _processor.Mmu.FlushAll();
            for (var i = 0; i < AccessesPerRound; i++)
            {
                // One TLB serves reads, writes and fetches at both privileges, mostly from what it has kept.
                var c = fixedPart with
                {
                    User = random.Next(2) == 0,
                    Write = random.Next(2) == 0,
                    Fetch = false,
                    AlignmentCheckFlag = random.Next(2) == 0,
                };
                c = random.Next(3) == 0 ? c with { Write = false, Fetch = true } : c;
                CompareOnce(tables, c, cr3, pdptes, addresses[random.Next(addresses.Length)]);
            }

            Assert.True(tables.IsEqual(), "accessed and dirty flags differ");
        }
    }

    void IMachineControl.RequestReset(string cause) => Assert.Fail(cause);

    void IMachineControl.RequestPowerOff(int exitStatus) => Assert.Fail("power off");

    public void Dispose()
    {
        _processor.Dispose();
        _blocks.Dispose();
        _ram.Dispose();
    }

    private static TheoryData<PagingMode, int, bool> MakeModes()
    {
        var data = new TheoryData<PagingMode, int, bool>();
        foreach (var mode in Enum.GetValues<PagingMode>())
        {
            foreach (var bits in new[] { 36, 40, 46, 52 })
            {
                data.Add(mode, bits, bits != 36);
            }
        }

        return data;
    }

    private void CompareOnce(RandomTables tables, PagingContext c, ulong cr3, ulong[] pdptes, ulong linear)
    {
        var s = _processor.State;
        var expected = tables.Reference.Access(c, cr3, pdptes, linear);
        s->PendingVector = Fault.None;
        if (!_processor.Mmu.TryResolve(linear, Kind(c), Table(c), out var entry))
        {
            Assert.True(expected.Faults, $"{c}, linear {linear:x}: expected {expected}, got a fault");
            Assert.Equal((int)Vector.PageFault, s->PendingVector);
            Assert.Equal(expected.ErrorCode, s->PendingErrorCode);
            Assert.Equal(linear, s->PendingCr2);
            return;
        }

        Assert.False(expected.Faults, $"{c}, linear {linear:x}: expected {expected}, got a translation");
        var tag = c.Fetch ? entry->ExecTag : c.Write ? entry->WriteTag : entry->ReadTag;
        var address = linear + (ulong)entry->Addend;
        var physical = (tag & TlbEntry.DeviceTag) != 0 ? address : address - (ulong)_ram.Pointer;
        Assert.Equal(expected.Physical, physical);
    }

    private static (ulong Cr3, ulong[] Pdptes) Roots(RandomTables tables, Random random)
    {
        var pdptes = new ulong[4];
        for (var i = 0; i < 4; i++)
        {
            pdptes[i] = tables.Page() | (random.Next(8) == 0 ? 0ul : 1ul);
        }

        // PCD, PWT and ignored bits of CR3 do not matter.
        return (tables.Page() | ((ulong)random.Next(4) << 3), pdptes);
    }

    private static PagingContext RandomContext(PagingMode mode, int physicalBits, bool gigabytePages, Random random)
    {
        bool Coin() => random.Next(2) == 0;
        var fetch = random.Next(3) == 0;
        return new PagingContext
        {
            Mode = mode,
            WriteProtect = Coin(),
            Smep = Coin(),
            Smap = Coin(),
            ProtectionKeys = Coin(),
            NoExecuteEnable = random.Next(4) != 0,
            User = Coin(),
            AlignmentCheckFlag = Coin(),
            Fetch = fetch,
            Write = !fetch && Coin(),
            Pkru = (uint)random.NextInt64() & (uint)random.NextInt64(),
            PhysicalBits = physicalBits,
            GigabytePages = gigabytePages,
        };
    }

    private void Apply(PagingContext c, ulong cr3, ulong[] pdptes)
    {
        var s = _processor.State;
        var isLong = IsLong(c.Mode);
        s->Cr0 = Cr0.PG | Cr0.PE | (c.WriteProtect ? Cr0.WP : 0);
        s->Cr3 = cr3;
        s->Cr4 = (c.Mode == PagingMode.Bits32WithPse ? Cr4.PSE : 0) | (c.Mode >= PagingMode.Pae ? Cr4.PAE : 0)
            | (c.Mode == PagingMode.FiveLevel ? Cr4.LA57 : 0) | (c.Smep ? Cr4.SMEP : 0) | (c.Smap ? Cr4.SMAP : 0)
            | (c.ProtectionKeys ? Cr4.PKE : 0);
        s->Efer = (isLong ? Efer.LME | Efer.LMA : 0) | (c.NoExecuteEnable ? Efer.NXE : 0);
        s->Pkru = c.Pkru;
        for (var i = 0; i < 4; i++)
        {
            s->Pdpte[i] = pdptes[i];
        }
    }

    private static bool IsLong(PagingMode mode) => mode is PagingMode.FourLevel or PagingMode.FiveLevel;

    private static AccessKind Kind(PagingContext c) => c.Fetch ? AccessKind.Execute : c.Write ? AccessKind.Write : AccessKind.Read;

    private static TlbTable Table(PagingContext c)
        => c.User ? TlbTable.User : c.Smap && !c.AlignmentCheckFlag ? TlbTable.SupervisorSmap : TlbTable.Supervisor;
}
