using Emulator.Jit.Runtime;

namespace Emulator.Jit.Tests;

/// <summary>Tests that measure the process: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    /// <summary>The collection's name.</summary>
    public const string Name = "alone";
}

/// <summary>Compiled code stays within its bound, and goes when nobody needs it.</summary>
[Collection(AloneCollection.Name)]
public sealed class CodeBoundTests
{
    private const long Small = 256 << 10;
    private const long Ample = 256 << 20;

    [Fact]
    public void Code_BeyondItsBound_IsEvictedAndStillComputes()
    {
        using var machine = new ManyFunctions(Small);

        Assert.Equal(ManyFunctions.Expected(4), machine.Run(4));

        Assert.True(machine.Translator.Counters.Evicted > 0);
        Assert.InRange(machine.Translator.CodeBytes, 1, Small);
        Assert.Equal(
            machine.Translator.Counters.Installed,
            machine.Translator.RegionCount + machine.Translator.Counters.Evicted + machine.Translator.Counters.Invalidated);
    }

    [Fact]
    public void Code_WithinItsBound_StaysWhereItIs()
    {
        using var machine = new ManyFunctions(Ample);

        Assert.Equal(ManyFunctions.Expected(4), machine.Run(4));
        var compiled = machine.Translator.Counters.Compiled;
        Assert.Equal(ManyFunctions.Expected(4), machine.Run(4));

        Assert.True(compiled > 0);
        Assert.Equal(0, machine.Translator.Counters.Evicted);
        Assert.Equal(0, machine.Translator.Counters.Suspended);
    }

    [Fact]
    public void SuspendedRegion_EnteredAgain_ComesBackWithoutACompiler()
    {
        // Room for all of it, but not without suspending some.
        using var sized = new ManyFunctions(Ample);
        sized.Run(4);
        using var machine = new ManyFunctions(sized.Translator.CodeBytes * 8 / 7);

        Assert.Equal(ManyFunctions.Expected(4), machine.Run(4));

        Assert.True(machine.Translator.Counters.Suspended > 0);
        Assert.True(machine.Translator.Counters.Revived > 0);
        Assert.Equal(0, machine.Translator.Counters.Evicted);
    }

    [Fact]
    public void HostMemory_OfEvictedCode_IsUsedAgain()
    {
        using var machine = new ManyFunctions(Small);
        machine.Run(4);
        var compiled = machine.Translator.Counters.Compiled;
        var before = ResidentBytes();
        var rounds = 0;
        while (machine.Translator.Counters.Compiled < compiled + 1500)
        {
            rounds++;
            Assert.Equal(ManyFunctions.Expected(4), machine.Run(4));
        }

        // Kept, these regions would take what their estimates add up to.
        var estimated = (machine.Translator.Counters.Compiled - compiled) * (8 << 10);
        Assert.True(rounds > 1);
        Assert.InRange(ResidentBytes() - before, long.MinValue, estimated);
    }

    [Fact]
    public void RewrittenCode_ItsRegions_AreInvalidatedAndMadeAgain()
    {
        using var machine = new ManyFunctions(Ample);
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal(ManyFunctions.Expected(2), machine.Run(2));
            machine.Rewrite();
            Assert.Equal(0, machine.Translator.RegionCount);
            Assert.Equal(machine.Translator.Counters.Installed, machine.Translator.Counters.Invalidated);
        }
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
