using System.Globalization;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>
/// Random programs do under every strategy, compiled at once, what they do under the interpreter: registers, flags, memory, faults, interrupts, traps and
/// the count of retired instructions at every stop. Variables of the environment make the run longer: EMULATOR_PROGRAMS (programs of each kind) and
/// EMULATOR_SEED (the first).
/// </summary>
public sealed class RandomProgramTests
{
    private const int ShortRun = 12;
    private const int DefaultSeed = 1;
    private const ulong Instructions = 6000;

    private readonly ITestOutputHelper _output;

    public RandomProgramTests(ITestOutputHelper output) => _output = output;

    [Theory]
    [InlineData(64, "region")]
    [InlineData(64, "superblock")]
    [InlineData(64, "block")]
    [InlineData(32, "region")]
    [InlineData(32, "superblock")]
    [InlineData(32, "block")]
    public void RandomProgram_Compiled_DoesWhatTheInterpreterDoes(int bitness, string strategy)
    {
        var first = Setting("EMULATOR_SEED", DefaultSeed);
        var count = Setting("EMULATOR_PROGRAMS", ShortRun);
        var pool = new InstructionPool(bitness);
        _output.WriteLine($"seeds {first} to {first + count - 1}");
        for (var seed = first; seed < first + count; seed++)
        {
            var random = new Random(seed);
            var program = RandomProgram.Create(bitness, pool, random);
            var plan = new RunPlan(strategy, (uint)random.Next(1, 6), seed, Instructions);
            if (ProgramRun.Difference(program, plan) is not null)
            {
                program = ProgramShrinker.Shrink(program, candidate => ProgramRun.Difference(candidate, plan) is not null);
                Assert.Fail($"seed {seed}, {plan}:\n{ProgramRun.Difference(program, plan)}\n{ProgramShrinker.Describe(program)}");
            }
        }
    }

    private static int Setting(string name, int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
