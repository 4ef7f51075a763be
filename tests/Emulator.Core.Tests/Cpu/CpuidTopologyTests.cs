using Emulator.Core.Cpu;
using Emulator.Core.Tests.SystemLevel;

namespace Emulator.Core.Tests.Cpu;

/// <summary>How many cores a package has, as each vendor tells it (SDM Vol. 2, CPUID; APM Vol. 3, appendix E).</summary>
public sealed class CpuidTopologyTests
{
    [Theory]
    [InlineData(1, 0u)]
    [InlineData(2, 1u)]
    [InlineData(3, 2u)]
    [InlineData(4, 2u)]
    public void Cores_OfAPackage_AreToldByEveryLeaf(int cores, uint bits)
    {
        using var machine = new SystemMachine(CpuModels.Find("max", []).Model);
        machine.Processor.CoresPerPackage = cores;
        Assert.Equal((uint)cores, (CpuidLeaves.Read(machine.Processor, 1, 0).Ebx >> 16) & 0xff);
        Assert.Equal(cores > 1, (CpuidLeaves.Read(machine.Processor, 1, 0).Edx & (1 << 28)) != 0);
        Assert.Equal(bits, CpuidLeaves.Read(machine.Processor, 0xb, 1).Eax);
        Assert.Equal((uint)cores, CpuidLeaves.Read(machine.Processor, 0xb, 1).Ebx);
        Assert.Equal((bits << 12) | (uint)(cores - 1), CpuidLeaves.Read(machine.Processor, 0x8000_0008, 0).Ecx);
        Assert.Equal(cores > 1, (CpuidLeaves.Read(machine.Processor, 0x8000_0001, 0).Ecx & 2) != 0);
    }

    [Fact]
    public void Cores_OfAnIntelPackage_AreInLeaf4()
    {
        using var machine = new SystemMachine(CpuModels.Find("Haswell", []).Model);
        machine.Processor.CoresPerPackage = 4;
        Assert.Equal(3u, CpuidLeaves.Read(machine.Processor, 4, 0).Eax >> 26);
        Assert.Equal(3u, (CpuidLeaves.Read(machine.Processor, 4, 3).Eax >> 14) & 0xfff);
    }

    [Fact]
    public void Caches_OnAmd_AreTheSameInEveryLeaf()
    {
        using var machine = new SystemMachine();
        var level1 = CpuidLeaves.Read(machine.Processor, 0x8000_001d, 0);
        var level2 = CpuidLeaves.Read(machine.Processor, 0x8000_001d, 2);
        Assert.Equal(CpuidLeaves.Read(machine.Processor, 0x8000_0005, 0).Ecx >> 24, Size(level1) >> 10);
        Assert.Equal(CpuidLeaves.Read(machine.Processor, 0x8000_0006, 0).Ecx >> 16, Size(level2) >> 10);
        Assert.Equal(0u, CpuidLeaves.Read(machine.Processor, 0x8000_001d, 3).Eax & 0x1f);
    }

    private static uint Size(CpuidLeaf leaf) => ((leaf.Ebx >> 22) + 1) * ((leaf.Ebx & 0xfff) + 1) * (leaf.Ecx + 1);
}
