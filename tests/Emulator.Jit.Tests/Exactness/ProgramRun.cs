using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Machine;
using Emulator.Jit.Runtime;
using Emulator.Jit.Strategies;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>How a random program is run: everything but the program that decides what happens.</summary>
/// <param name="Strategy">The strategy under test.</param>
/// <param name="Threshold">Entries after which a block is compiled.</param>
/// <param name="Seed">Decides where the runs stop, and what happens there.</param>
/// <param name="Instructions">Where the last run stops.</param>
internal sealed record RunPlan(string Strategy, uint Threshold, int Seed, ulong Instructions);

/// <summary>
/// Runs a random program under the interpreter and under a strategy, from stop to stop, with interrupts and DMA into code between, and tells the first
/// difference.
/// </summary>
internal static unsafe class ProgramRun
{
    private const int RamInterval = 16;

    /// <summary>The first difference; null when there is none.</summary>
    public static string? Difference(RandomProgram program, RunPlan plan)
    {
        if (ProgramAssembler.Assemble(program) is not { } code)
        {
            return null;
        }

        using var expected = Create(program, plan.Seed, code, "interpreter", plan.Threshold);
        using var actual = Create(program, plan.Seed, code, plan.Strategy, plan.Threshold);
        var patches = ProgramAssembler.Addresses(program).Patches;
        var random = new Random(plan.Seed);
        var limit = 0ul;
        for (var stop = 1; limit < plan.Instructions; stop++)
        {
            limit += (ulong)random.Next(4) switch { 0 => (ulong)random.Next(1, 4), 1 => (ulong)random.Next(1, 40), _ => (ulong)random.Next(1, 400) };
            expected.RunTo(limit);
            actual.RunTo(limit);
            if (StateText.Difference(expected, actual, withRam: stop % RamInterval == 0 || limit >= plan.Instructions) is { } difference)
            {
                return $"stop {stop} at {limit}: {difference}";
            }

            if (expected.State->Activity != ActivityState.Active)
            {
                return StateText.Difference(expected, actual, withRam: true);
            }

            Disturb(random, patches, expected, actual);
        }

        return null;
    }

    /// <summary>A machine that is about to run a program.</summary>
    public static TestMachine Create(RandomProgram program, int seed, byte[] code, string strategy, uint threshold)
    {
        var machine = new TestMachine(program.Bitness, (model, blocks) => CreateEngine(strategy, threshold, model, blocks));
        var random = new Random(seed);
        random.NextBytes(machine.Ram.Slice(TestLayout.Data, TestLayout.DataPages * 0x1000));
        machine.Load(code);
        var (blocks, patches) = ProgramAssembler.Addresses(program);

        // In the copy the constants are others.
        foreach (var patch in patches)
        {
            machine.Ram[TestLayout.CodeCopy + patch - TestLayout.Code + 1] = 0x99;
        }

        for (var i = 0; i < 8; i++)
        {
            var entry = TestLayout.JumpTable + (i * program.Bitness / 8);
            machine.Write(entry, blocks[(i + 1) % blocks.Length]);
        }

        machine.Write(TestLayout.Fixup, TestLayout.Code);
        var s = machine.State;
        foreach (var number in (ReadOnlySpan<int>)[0, 1, 2, 5, 8, 9, 10, 11, 12, 13, 14])
        {
            if (program.Bitness == 64 || number < 8)
            {
                *CpuState.Gpr(s, number) = program.Bitness == 64 ? InstructionPool.Value(random) : (uint)InstructionPool.Value(random);
            }
        }

        return machine;
    }

    private static ICpuEngine CreateEngine(string strategy, uint threshold, CpuModel model, BlockCache blocks)
        => EngineFactory.Create(StrategyRegistry.Find(strategy)!, new JitOptions { Threshold = threshold, Threads = 0 }, model, blocks);

    private static void Disturb(Random random, int[] patches, params ReadOnlySpan<TestMachine> machines)
    {
        var choice = random.Next(12);
        var patch = patches[random.Next(patches.Length)];
        var value = (byte)random.Next(256);
        foreach (var machine in machines)
        {
            if (choice == 0)
            {
                machine.Interrupt();
            }
            else if (choice == 1)
            {
                machine.Memory.Write((ulong)patch + 1, [value]);
            }
        }
    }
}
