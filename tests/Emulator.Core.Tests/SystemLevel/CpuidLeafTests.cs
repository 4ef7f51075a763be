using Emulator.Core.Cpu;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>CPUID beyond the last leaf, and AMD's caches (SDM Vol. 2, CPUID; APM Vol. 3, E.4.15); RDPMC without counters.</summary>
public sealed unsafe class CpuidLeafTests
{
    [Theory]
    [InlineData("Haswell")]
    [InlineData("max")]
    [InlineData("EPYC")]
    public void Leaf_BeyondTheLast_IsTheLastOfIntelAndZeroOfAmd(string name)
    {
        var model = CpuModels.Find(name, []).Model!;
        using var machine = new SystemMachine(model);
        var last = CpuidLeaves.Read(machine.Processor, 0, 0).Eax;
        foreach (var subleaf in (uint[])[0, 1, 2])
        {
            var expected = model.IsAmd ? default : CpuidLeaves.Read(machine.Processor, last, subleaf);
            Assert.Equal(expected, CpuidLeaves.Read(machine.Processor, last + 1, subleaf));
            Assert.Equal(expected, CpuidLeaves.Read(machine.Processor, 0x2000_0000, subleaf));
            Assert.Equal(expected, CpuidLeaves.Read(machine.Processor, CpuidLeaves.Read(machine.Processor, 0x8000_0000, 0).Eax + 1, subleaf));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void CacheLeaf_OfAmd_AgreesWithTheOlderLeaves(int threads)
    {
        using var machine = new SystemMachine(CpuModels.Find("EPYC", []).Model);
        machine.Processor.Topology = new CpuTopology(2, threads);
        var old = CpuidLeaves.Read(machine.Processor, 0x8000_0005, 0);
        Assert.Equal((old.Ecx >> 24) * 1024, Size(0));
        Assert.Equal((old.Edx >> 24) * 1024, Size(1));
        Assert.Equal((CpuidLeaves.Read(machine.Processor, 0x8000_0006, 0).Ecx >> 16) * 1024, Size(2));
        for (var i = 0u; i < 3; i++)
        {
            var leaf = CpuidLeaves.Read(machine.Processor, 0x8000_001d, i);
            Assert.Equal((i + 1, i == 2 ? 2u : 1u), (leaf.Eax & 31, (leaf.Eax >> 5) & 7));
            Assert.Equal((uint)threads - 1, (leaf.Eax >> 14) & 0xfff);
        }

        Assert.Equal(default, CpuidLeaves.Read(machine.Processor, 0x8000_001d, 3));

        uint Size(uint subleaf)
        {
            var leaf = CpuidLeaves.Read(machine.Processor, 0x8000_001d, subleaf);
            return ((leaf.Ebx >> 22) + 1) * (((leaf.Ebx >> 12) & 0x3ff) + 1) * ((leaf.Ebx & 0xfff) + 1) * (leaf.Ecx + 1);
        }
    }

    // No counter is announced (CPUID leaf 0Ah is zero), so every number is beyond the last.
    [Theory]
    [InlineData(0, 0u, false)]
    [InlineData(0, 0x4000_0000u, true)]
    [InlineData(3, 0u, true)]
    [InlineData(3, 1u, false)]
    public void Rdpmc_OfAnyCounter_IsAGeneralProtectionFault(int cpl, uint counter, bool allowed)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(cpl);
        machine.State->Cr4 |= allowed ? Cr4.PCE : 0;
        machine.State->Rcx = counter;
        machine.Assemble(64, SystemMachine.Code, a => a.rdpmc());
        machine.Run();
        Assert.Equal(0u, CpuidLeaves.Read(machine.Processor, 0xa, 0).Eax & 0xff00);
        Assert.Equal((int)Vector.GeneralProtection, machine.HandledVector);
        Assert.Equal(0ul, machine.Stack64(0));
        Assert.Equal((ulong)SystemMachine.Code, machine.Stack64(1));
    }
}
