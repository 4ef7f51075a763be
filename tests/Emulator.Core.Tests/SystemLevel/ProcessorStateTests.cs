using Emulator.Core.Cpu;
using Emulator.Core.Snapshots;

namespace Emulator.Core.Tests.SystemLevel;

public sealed unsafe class ProcessorStateTests
{
    [Fact]
    public void Processor_SavedMutatedAndLoaded_IsAsBefore()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(3);
        var s = machine.State;
        s->Rax = 0x1234;
        s->X87.Registers[3].Significand = 77;
        s->Vectors[5] = 99;
        machine.Processor.Msrs.TryWrite(Msr.Pat, 0x0606_0606_0606_0606);
        machine.Processor.RaiseNmi();
        var before = Save(machine.Processor);
        machine.Processor.Reset();
        machine.Processor.Mmu.SetA20(false);
        Assert.NotEqual(before, Save(machine.Processor));
        using var stream = new MemoryStream(before);
        using var reader = new StateReader(stream);
        reader.ReadRecord(machine.Processor);
        Assert.Equal(before, Save(machine.Processor));
        Assert.Equal(3, s->Cpl);
        Assert.True(s->Is64Bit);
    }

    [Theory]
    [InlineData("max", true, true, true)]
    [InlineData("486", false, false, false)]
    [InlineData("pentium3", false, true, false)]
    [InlineData("Haswell-noTSX", true, true, false)]
    public void Model_ByName_HasItsFeatures(string name, bool longMode, bool sse, bool amd)
    {
        var result = CpuModels.Find(name, []);
        Assert.NotNull(result.Model);
        Assert.Equal(longMode, result.Model.HasLongMode);
        Assert.Equal(sse, result.Model.Has(Iced.Intel.CpuidFeature.SSE));
        Assert.Equal(amd, result.Model.IsAmd);
    }

    [Fact]
    public void Model_WithChanges_FollowsThemOrNamesWhatIsUnknown()
    {
        Assert.False(CpuModels.Find("max", [("smap", false)]).Model!.Has("smap"));
        Assert.Equal("nonsense", CpuModels.Find("max", [("nonsense", true)]).Unknown);
        Assert.Equal("nothing", CpuModels.Find("nothing", []).Unknown);
        Assert.Contains("avx512f", CpuModels.Find("Skylake-Server", []).Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_All_NameKnownFeatures()
    {
        foreach (var entry in CpuModels.All)
        {
            Assert.NotNull(CpuModels.Find(entry.Name, []).Model);
        }
    }

    private static byte[] Save(Processor processor)
    {
        using var stream = new MemoryStream();
        using var writer = new StateWriter(stream);
        writer.WriteRecord(processor);
        return stream.ToArray();
    }
}
