using Emulator.Core.Cpu;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>CPUID of processors that share packages and cores (SDM Vol. 2, CPUID; APM Vol. 3, appendix E).</summary>
public sealed class CpuTopologyTests
{
    [Theory]
    [InlineData(1, 1, 5, 5)]
    [InlineData(4, 2, 13, 13)]
    [InlineData(3, 1, 4, 5)]
    [InlineData(3, 2, 7, 9)]
    public void ApicId_OfProcessor_HasAFieldForEachLevel(int cores, int threads, int index, uint expected)
        => Assert.Equal(expected, new CpuTopology(cores, threads).ApicIdOf(index));

    [Fact]
    public void SharedPackage_OfIntel_IsReported()
    {
        using var machine = new SystemMachine(CpuModels.Find("Haswell", []).Model);
        machine.Processor.Topology = new CpuTopology(3, 2);
        Assert.Equal(6u, (Read(1).Ebx >> 16) & 0xff);
        Assert.NotEqual(0u, Read(1).Edx & (1u << 28));
        Assert.Equal((3u << 26) | (1u << 14), Read(4).Eax & 0xffff_c000);
        Assert.Equal((3u << 26) | (7u << 14), Read(4, 3).Eax & 0xffff_c000);
        Assert.Equal((1u, 2u, 0x100u), (Read(0xb).Eax, Read(0xb).Ebx, Read(0xb).Ecx));
        Assert.Equal((3u, 6u, 0x201u), (Read(0xb, 1).Eax, Read(0xb, 1).Ebx, Read(0xb, 1).Ecx));
        Assert.Equal(0u, Read(0x8000_0008).Ecx);

        CpuidLeaf Read(uint leaf, uint subleaf = 0) => CpuidLeaves.Read(machine.Processor, leaf, subleaf);
    }

    [Fact]
    public void SharedPackage_OfAmd_IsReported()
    {
        using var machine = new SystemMachine(CpuModels.Find("EPYC", []).Model);
        machine.Processor.Topology = new CpuTopology(4, 2);
        Assert.Equal((3u << 12) | 7, Read(0x8000_0008).Ecx);
        Assert.NotEqual(0u, Read(0x8000_0001).Ecx & 2);
        Assert.Equal(1u << 8, Read(0x8000_001e).Ebx);

        CpuidLeaf Read(uint leaf, uint subleaf = 0) => CpuidLeaves.Read(machine.Processor, leaf, subleaf);
    }

    [Fact]
    public void SeparateProcessors_AnnounceNoSharing()
    {
        using var machine = new SystemMachine();
        var features = CpuidLeaves.Read(machine.Processor, 1, 0);
        Assert.Equal(1u, (features.Ebx >> 16) & 0xff);
        Assert.Equal(0u, features.Edx & (1u << 28));
        Assert.Equal(0u, CpuidLeaves.Read(machine.Processor, 0x8000_0001, 0).Ecx & 2);
    }
}
