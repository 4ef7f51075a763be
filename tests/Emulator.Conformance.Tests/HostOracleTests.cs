using Emulator.Conformance.Tests.Guest;
using Emulator.Conformance.Tests.Judging;
using Emulator.Conformance.Tests.Native;
using Emulator.Core.Cpu;

namespace Emulator.Conformance.Tests;

/// <summary>
/// The host CPU judges the engines: random user-mode instructions in 64-bit mode must do the same to every register, flag and byte of
/// memory. The long run is in <see cref="Program"/>.
/// </summary>
[Collection(HostOracleTests.Arena)]
public sealed class HostOracleTests(ITestOutputHelper output)
{
    /// <summary>Runs one after the other: both sides of the oracle need the same addresses of this process.</summary>
    internal const string Arena = "the addresses of the oracle";

    private const int CasesPerSeed = 40_000;

    [Theory]
    [InlineData(1ul)]
    [InlineData(20_261_124ul)]
    [InlineData(0x5eed_0f0f_1234_5678ul)]
    public void Interpreter_FixedSeed_MatchesHost(ulong seed) => Judge(seed);

    [Fact]
    public void Interpreter_RandomSeed_MatchesHost() => Judge((ulong)Random.Shared.NextInt64());

    [Fact]
    public void Interpreter_WholeBlocks_MatchesHost() => Judge(2, wholeBlocks: true);

    [Fact]
    public void Interpreter_Regressions_MatchHost()
    {
        Assert.SkipWhen(NativeProcessor.WhyNot() is not null, $"the host cannot judge: {NativeProcessor.WhyNot()}");
        var files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "regressions"), "*.txt");
        var lines = files.SelectMany(File.ReadAllLines).Where(line => line.Length > 0 && line[0] != '#').ToList();
        Assert.NotEmpty(lines);
        Assert.Empty(OracleRun.Run(lines, JudgedModel.Everything, JudgedEngines.Interpreter));
    }

    private void Judge(ulong seed, bool wholeBlocks = false)
    {
        var reason = NativeProcessor.WhyNot();
        Assert.SkipWhen(reason is not null, $"the host cannot judge: {reason}");
        output.WriteLine($"seed {seed}");
        var report = OracleRun.Run(
            new OracleOptions { Cases = CasesPerSeed, Seed = seed, WholeBlocks = wholeBlocks }, CpuModels.Max, JudgedEngines.Interpreter);
        output.WriteLine(report.ToString());
        Assert.True(report.Different == 0, report.ToString());
        Assert.True(report.Unstable.Count == 0, report.ToString());
        Assert.True(report.Equal > CasesPerSeed / 2, report.ToString());
    }
}
