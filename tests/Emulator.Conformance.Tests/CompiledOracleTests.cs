using Emulator.Conformance.Tests.Guest;
using Emulator.Conformance.Tests.Judging;
using Emulator.Conformance.Tests.Native;
using Emulator.Jit.Strategies;

namespace Emulator.Conformance.Tests;

/// <summary>
/// The host CPU judges compiled code: every case is compiled when it is entered, so these are few; the long run is in <see cref="Program"/> (<c>--strategy</c>).
/// </summary>
[Collection(HostOracleTests.Arena)]
public sealed class CompiledOracleTests(ITestOutputHelper output)
{
    private const int Cases = 4_000;

    [Theory]
    [InlineData("block", 1ul)]
    [InlineData("superblock", 2ul)]
    [InlineData("region", 3ul)]
    public void Compiled_EachStrategy_MatchesHost(string strategy, ulong seed) => Judge(strategy, seed, vectorLocals: null);

    [Fact]
    public void Compiled_VectorsInLocals_MatchesHost() => Judge("block", 4, vectorLocals: true);

    private void Judge(string name, ulong seed, bool? vectorLocals)
    {
        Assert.SkipWhen(NativeProcessor.WhyNot() is not null, $"the host cannot judge: {NativeProcessor.WhyNot()}");
        var strategy = StrategyRegistry.Find(name);
        Assert.NotNull(strategy);
        var report = OracleRun.Run(
            new OracleOptions { Cases = Cases, Seed = seed, WholeBlocks = true }, JudgedModel.Everything, JudgedEngines.Compiled(strategy, vectorLocals));
        output.WriteLine(report.ToString());
        Assert.True(report.Different == 0, report.ToString());
        Assert.True(report.Unstable.Count == 0, report.ToString());
        Assert.True(report.Equal > Cases / 2, report.ToString());
    }
}
